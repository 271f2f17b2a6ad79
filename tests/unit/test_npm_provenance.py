"""Statements about npm packages: told apart from those about files, and judged by the SHA-512 that they tell."""

import json
from typing import Any

import pytest

from tagship.domain.proofs import evidence, npm_provenance, provenance
from tagship.domain.proofs.claims import Claims
from tagship.domain.proofs.evidence import Finding
from tagship.domain.proofs.trust import Identity
from tagship.errors import IntegrityError

NAME, TARBALL = "@octo/dice-mcp", "octo-dice-mcp-1.2.0.tgz"
SHA256, SHA512 = "ab" * 32, "cd" * 64
SOURCE = "https://github.com/octo/demo"
CLAIMS = Claims(
    iss="https://token.actions.githubusercontent.com",
    ref="refs/tags/v1.2.0",
    sha="c" * 40,
    repository="octo/demo",
    event_name="push",
    job_workflow_ref="octo/demo/.github/workflows/release.yml@refs/tags/v1.2.0",
    workflow_ref="octo/demo/.github/workflows/release.yml@refs/tags/v1.2.0",
    repository_id="1",
    repository_owner_id="2",
    runner_environment="github-hosted",
    run_id="77",
    run_attempt="1",
)


def document(**changed: Any) -> dict[str, Any]:
    subject = npm_provenance.package_url(NAME, "1.2.0")
    return {**json.loads(npm_provenance.statement(CLAIMS, subject, SHA512)), **changed}


def judged(*documents: dict[str, Any], sha512: str = SHA512, file: str = TARBALL, trusting: bool = True) -> Finding:
    read = [evidence.statement(each, Identity(repository=SOURCE), file="x.intoto.jsonl") for each in documents]
    return evidence.judge(
        file, SHA256, promised={}, signature="none", detail="", trusting=trusting, statements=read, sha512=sha512
    )


@pytest.mark.parametrize(
    ("name", "version", "subject", "tarball"),
    [
        ("dice-mcp", "1.2.0", "pkg:npm/dice-mcp@1.2.0", "dice-mcp-1.2.0.tgz"),
        (NAME, "1.2.0-rc.1", "pkg:npm/%40octo/dice-mcp@1.2.0-rc.1", "octo-dice-mcp-1.2.0-rc.1.tgz"),
    ],
)
def test_a_package_has_one_address_and_one_file_name(name: str, version: str, subject: str, tarball: str) -> None:
    """Only the scope's mark is escaped, as npm's client does; the file is called as `npm pack` calls it."""
    assert npm_provenance.package_url(name, version) == subject
    assert npm_provenance.tarball(subject) == tarball


@pytest.mark.parametrize("file", [TARBALL, "renamed.bin"])
def test_a_tarball_is_proved_by_its_sha512(file: str) -> None:
    """Under whatever name, as by other provenance."""
    found = judged(document(), file=file)
    assert (found.good, found.provenance, found.builder) == (True, "ok", f"{npm_provenance.BUILDER}/github-hosted")


def test_a_tarball_with_other_bytes_is_refused_whatever_else_is_said_of_it() -> None:
    """A list and provenance by SHA-256 hold, and still its package's statement is about something else."""
    other = json.loads(provenance.statement([(TARBALL, SHA256)], provenance.SLSA, document()["predicate"]))
    assert judged(other).provenance == "ok"
    found = judged(other, document(), sha512="ee" * 64)
    assert (found.good, found.provenance) == (False, "wrong")
    assert "its provenance is of other bytes" in found.problem


def test_it_says_nothing_of_other_files() -> None:
    """A file that is neither the tarball nor named like it stays without evidence."""
    found = judged(document(), sha512="ee" * 64, file="other.tgz")
    assert (found.provenance, found.good) == ("none", False)


def test_a_sha512_never_stands_for_a_sha256() -> None:
    """What is said by one digest is not looked up by the other."""
    read = evidence.statement(document(), None, file="x")
    assert (read.subjects, read.packages) == ({}, {TARBALL: SHA512})
    about_files = json.loads(provenance.statement([(TARBALL, SHA256)], provenance.SLSA, {}))
    assert evidence.statement(about_files, None, file="x").packages == {}


def test_another_source_is_refused() -> None:
    """Provenance of a fork does not count for the repository that is asked for."""
    changed = json.loads(json.dumps(document()).replace(SOURCE, "https://github.com/mallory/demo"))
    with pytest.raises(IntegrityError, match="mallory/demo as source"):
        judged(changed)


@pytest.mark.parametrize(
    "subject",
    [
        [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": "short"}}],
        [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": SHA512, "sha1": "ab" * 20}}],
        [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": SHA512}}, {"name": "a.whl", "digest": {"sha256": SHA256}}],
        [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": SHA512}}] * 2,
        [{"name": "a.whl", "digest": {"sha512": SHA512}}],
        [{"name": "pkg:npm/a@1.0.0", "digest": None}],
        [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": SHA512}}, 7],
    ],
)
def test_half_a_statement_about_a_package_is_refused(subject: list[Any]) -> None:
    """It is about one package and tells one SHA-512, or is about files by SHA-256: nothing in between."""
    with pytest.raises(IntegrityError, match="without one SHA-"):
        evidence.statement(document(subject=subject), None, file="x.intoto.jsonl")


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        ("octo/demo", "octo/demo"),
        ("github:octo/demo", "octo/demo"),
        ("https://github.com/octo/demo", "octo/demo"),
        ({"type": "git", "url": "git+https://github.com/octo/demo.git"}, "octo/demo"),
        ({"url": "git+ssh://git@github.com/octo/demo.git"}, "octo/demo"),
        ("git@github.com:octo/demo.git", "octo/demo"),
        ("https://gitlab.com/octo/demo", ""),
        ("https://github.com.example.org/octo/demo", ""),
        ("gitlab:octo/demo", ""),
        ({"url": 7}, ""),
        (None, ""),
    ],
)
def test_the_repository_of_a_package_is_found_in_every_spelling(repository: object, found: str) -> None:
    """The registry compares it with the provenance."""
    assert npm_provenance.source_of({"repository": repository}) == found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"repository_visibility": "public", "runner_environment": "github-hosted"}, ""),
        ({"repository_visibility": "private", "runner_environment": "github-hosted"}, "the repository is private"),
        ({"repository_visibility": "internal", "runner_environment": "github-hosted"}, "the repository is internal"),
        ({"runner_environment": "github-hosted"}, "not known to be public"),
        ({"repository_visibility": "public", "runner_environment": "self-hosted"}, "a runner of your own"),
    ],
)
def test_what_npm_refuses_is_not_made(said: dict[str, str], why: str) -> None:
    """A version that the registry refuses for its provenance would be a failed release."""
    told = npm_provenance.refused(said)
    assert bool(told) == bool(why)
    assert why in told
