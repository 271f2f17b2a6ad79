"""Provenance for npm: planned, made by the signing job, kept in the release, put with the package; others find it true."""

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagship.adapters import oidc
from tagship.channels import _npm_document
from tagship.domain.plans.channel import Owed
from tagship.domain.proofs import claims, npm_provenance
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY, WORKFLOW
from tests.integration import projects
from tests.integration.gnupg import Gnupg, need
from tests.integration.projects import Project, Result
from tests.tools import npm_client, verifiers
from tests.tools.npm_registry import NpmRegistry
from tests.tools.verifiers import Case

NAME, TARBALL = "@octo/dice-mcp", "octo-dice-mcp-1.2.0.tgz"
STATEMENTS = "dice-mcp-1.2.0.intoto.jsonl"
MANIFEST: dict[str, Any] = {
    "name": NAME,
    "version": "1.2.0",
    "description": "Rolls dice.",
    "license": "MIT",
    "repository": f"github:{REPOSITORY}",
    "bin": "./main.js",
    "files": ["main.js"],
}
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="SKIPPED: the registry's Node is locked for POSIX systems"),
    pytest.mark.network,
]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[NpmRegistry]:
    with NpmRegistry(tmp_path / "registry") as server:
        yield server


@pytest.fixture
def gnupg() -> Iterator[Gnupg]:
    """Give somebody's GnuPG; its agent listens at a short path, as sockets must."""
    need("gpg")
    with tempfile.TemporaryDirectory(prefix="gnupg-") as folder:
        made = Gnupg(Path(folder))
        yield made
        made.stop()


def built(
    folder: Path, registry: NpmRegistry | None, provenance: str = "always", signers: str = "sigstore", **manifest: Any
) -> Project:
    """Plan and build a package for a registry, else for the public one."""
    options = f"provenance: {provenance}"
    address = f"address: '{registry.address}', options: {{{options}}}" if registry else "id: npm"
    channel = f"{{kind: npm, {address}}}"
    files = {
        "package.json": json.dumps({**MANIFEST, **manifest}),
        "main.js": "#!/usr/bin/env node\n",
        "LICENSE": "MIT",
        "tagship.yaml": f"name: dice-mcp\nsigners: [{signers}]\nsbom: []\nchannels: [{channel}]\n",
    }
    project = projects.make(folder, files)
    for command in (("build-matrix", "--probes", "false"), ("build",)):
        done = project.tagship(*command, GITHUB_REPOSITORY=REPOSITORY)
        assert done.code == 0, done.said
    return project


def sign(project: Project, instance: Sigstore, **secrets: str) -> Result:
    config = ("--trust-config", str(instance.trust_config_v1), "--json")
    environment = instance.environment(GITHUB_SERVER_URL="https://github.com", **secrets)
    done = project.tagship("sign-and-attest", *config, **environment)
    assert done.code == 0, done.said
    return done


def publish(project: Project, signed: Result, registry: NpmRegistry, *arguments: str) -> dict[str, Any]:
    """Publish, and return the document that the registry was given."""
    given = arguments or ("--digests", json.loads(signed.out)["digests"])
    done = project.tagship("publish", *given, TAGSHIP_NPM_TOKEN=registry.token)
    assert done.code == 0, done.said
    document: dict[str, Any] = json.loads(registry.put[-1])
    return document


def stated(project: Project) -> list[dict[str, Any]]:
    lines = (project.root / "dist" / "sign-and-attest" / STATEMENTS).read_bytes().splitlines()
    statements = [json.loads(base64.b64decode(json.loads(line)["dsseEnvelope"]["payload"])) for line in lines]
    return [each for each in statements if each["subject"][0]["name"].startswith("pkg:npm/")]


def verify(project: Project, instance: Sigstore, files: str) -> Result:
    who = ("--repository", REPOSITORY, "--issuer", instance.issuer.address)
    config = ("--trust-config", str(instance.trusted_root), "--json")
    return project.tagship("verify", *who, *config, "--files", files, GITHUB_SERVER_URL="https://github.com")


def test_the_registry_gets_the_provenance_that_the_signing_job_made(
    instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """Attached as npm's client does it; others' verifiers accept the bundle, `verify` the release; a mutation is refused."""
    project = built(tmp_path / "made", registry)
    signed = sign(project, instance)
    document = publish(project, signed, registry)
    (tarball,) = project.root.glob(f"dist/*/{TARBALL}")

    attached = document["_attachments"][f"{NAME}-1.2.0.sigstore"]
    bundle = json.loads(attached["data"])
    assert attached["content_type"] == bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert attached["length"] == len(attached["data"])
    said = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    digest = hashlib.sha512(tarball.read_bytes()).hexdigest()
    assert said["subject"] == [{"name": "pkg:npm/%40octo/dice-mcp@1.2.0", "digest": {"sha512": digest}}]
    assert document["versions"]["1.2.0"]["repository"]["url"] == f"git+https://github.com/{REPOSITORY}.git"
    assert registry.document(NAME)["versions"].keys() == {"1.2.0"}

    path = tmp_path / "npm.sigstore"
    path.write_text(attached["data"], encoding="utf-8")
    case = Case(
        tarball, path, f"https://github.com/{WORKFLOW}", instance.issuer.address, instance.trusted_root, statement=True
    )
    assert verifiers.VERIFIERS["@sigstore/verify"](case) == ""

    found = verify(project, instance, "dist/sign-and-attest\ndist/npm-any")
    assert found.code == 0, found.said
    findings = {each["file"]: each for each in json.loads(json.loads(found.out)["report"])}
    assert findings[TARBALL]["provenance"] == "ok"

    lines = project.root / "dist" / "sign-and-attest" / STATEMENTS
    text = lines.read_text(encoding="utf-8")
    payload = bundle["dsseEnvelope"]["payload"]
    forged = base64.b64encode(base64.b64decode(payload).replace(digest.encode(), b"0" * 128)).decode()
    lines.write_text(text.replace(payload, forged), encoding="utf-8")
    refused = verify(project, instance, "dist/sign-and-attest\ndist/npm-any")
    assert (refused.code, STATEMENTS in refused.err) == (6, True), refused.said


def test_the_tarball_alone_is_proved_by_its_statement(
    instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """Its package's statement beside it is enough, by SHA-512 only; other bytes under its name are refused."""
    project = built(tmp_path / "made", registry)
    sign(project, instance)
    lines = (project.root / "dist" / "sign-and-attest" / STATEMENTS).read_bytes().splitlines(keepends=True)
    (own,) = [each for each in lines if b"pkg:npm" in base64.b64decode(json.loads(each)["dsseEnvelope"]["payload"])]
    (tarball,) = project.root.glob(f"dist/*/{TARBALL}")
    alone = project.root / "alone"
    alone.mkdir()
    (alone / TARBALL).write_bytes(tarball.read_bytes())
    (alone / f"{TARBALL}.intoto.jsonl").write_bytes(own)
    found = verify(project, instance, "alone")
    assert found.code == 0, found.said
    (alone / TARBALL).write_bytes(b"other")
    refused = verify(project, instance, "alone")
    assert refused.code == 6, refused.said


def test_a_published_release_is_gone_on_from(
    gnupg: Gnupg, instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """`--from-release` believes what the key has signed, and finds the statement in the release's file."""
    project = built(tmp_path / "made", registry, signers="sigstore, gpg")
    signed = sign(project, instance, TAGSHIP_GPG_KEY=gnupg.make("demo"))
    public = project.home / "public.asc"
    public.write_bytes(gnupg.run("--armor", "--export"))
    digests = json.loads(signed.out)["digests"]
    forge = ("--forge", "directory", "--directory", "releases")
    done = project.tagship("release-assets", *forge, "--digests", digests)
    assert done.code == 0, done.said
    (project.root / "plan.json").unlink()
    document = publish(project, signed, registry, "--from-release", "v1.2.0", *forge, "--public-key", str(public))
    assert f"{NAME}-1.2.0.sigstore" in document["_attachments"]


def test_a_release_that_no_key_signed_is_gone_on_from(
    instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """`--from-release` believes a workflow of the repository whose release it is, and of no other; trust by path or as JSON."""
    project = built(tmp_path / "made", registry)
    signed = sign(project, instance)
    forge = ("--forge", "directory", "--directory", "releases")
    done = project.tagship("release-assets", *forge, "--digests", json.loads(signed.out)["digests"])
    assert done.code == 0, done.said
    (project.root / "plan.json").unlink()
    who = ("--issuer", instance.issuer.address, "--trust-config", str(instance.trusted_root))
    given = ("--from-release", "v1.2.0", *forge, *who)
    for other in (("--repository", "octo/other"), ("--repository", REPOSITORY, "--workflow", "other.yml")):
        refused = project.tagship("publish", *given, *other, TAGSHIP_NPM_TOKEN=registry.token)
        assert refused.code == 6, refused.said
    assert registry.put == []
    itself = (*given[:-1], instance.trusted_root.read_text(encoding="utf-8"))
    document = publish(project, signed, registry, *itself, "--repository", REPOSITORY)
    assert f"{NAME}-1.2.0.sigstore" in document["_attachments"]


@pytest.mark.parametrize(
    ("said", "manifest", "told"),
    [
        ({"repository_visibility": "private"}, {}, "no npm provenance is made: the repository is private"),
        ({"runner_environment": "self-hosted"}, {}, "no npm provenance is made: the job runs on a runner of your own"),
        ({}, {"repository": "github:octo/other"}, f'write "repository": "github:{REPOSITORY}"'),
        ({}, {"publishConfig": {"access": "restricted"}}, "npm takes it of public packages only"),
    ],
    ids=["private", "self-hosted", "other repository", "restricted"],
)
def test_what_npm_would_refuse_is_not_made_and_said_once(
    said: dict[str, str], manifest: dict[str, Any], told: str, instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """The release is signed and published all the same."""
    instance.issuer.claims |= said
    project = built(tmp_path / "made", registry, **manifest)
    signed = sign(project, instance)
    assert (stated(project), signed.err.count(told)) == ([], 1), signed.said
    document = publish(project, signed, registry)
    assert document["_attachments"].keys() == {f"{NAME}-1.2.0.tgz"}


def test_the_public_registry_gets_none_of_an_instance_of_ones_own(instance: Sigstore, tmp_path: Path) -> None:
    """It trusts the public instance only: nothing is made that it would refuse, and that is said."""
    project = built(tmp_path / "made", None)
    plan = json.loads((project.root / "plan.json").read_bytes())
    assert plan["channels"][0]["artifacts"] == [STATEMENTS, TARBALL]
    signed = sign(project, instance)
    assert (stated(project), signed.err.count("trusts the public instance of Sigstore only")) == ([], 1)


@pytest.mark.parametrize("provenance", ["auto", "never"])
def test_other_registries_get_none_unless_it_is_asked_for(
    provenance: str, instance: Sigstore, registry: NpmRegistry, tmp_path: Path
) -> None:
    """Most do not know it; nothing is logged that nobody asked for."""
    project = built(tmp_path / "made", registry, provenance)
    signed = sign(project, instance)
    assert stated(project) == []
    document = publish(project, signed, registry)
    assert document["_attachments"].keys() == {f"{NAME}-1.2.0.tgz"}


@pytest.mark.parametrize("name", [NAME, "dice-mcp"])
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ref": "refs/heads/fix@home", "workflow_ref": f"{REPOSITORY}/.github/workflows/ré.yml@refs/heads/fix@home"},
        {"job_workflow_ref": "tagship/tagship/.github/workflows/release.yml@" + "d" * 40, "run_attempt": "3"},
        {"runner_environment": "self-hosted", "repository": "octo/a", "event_name": 'push"\\\u2028'},
    ],
    ids=["plain", "odd names", "reusable workflow", "self-hosted"],
)
def test_statement_and_attachment_are_byte_for_byte_those_of_npm(
    name: str, said: dict[str, str], instance: Sigstore, tmp_path: Path
) -> None:
    """What npm's client reads from a job's environment, the token says, too."""
    instance.issuer.claims |= said
    token = oidc.claims(oidc.identity_token(instance.environment(), "sigstore"))
    job = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_EVENT_NAME": token["event_name"],
        "RUNNER_ENVIRONMENT": token["runner_environment"],
        **{
            f"GITHUB_{key.upper()}": token[key]
            for key in ("ref", "sha", "repository", "repository_id", "repository_owner_id", "workflow_ref")
        },
        **{f"GITHUB_{key.upper()}": token[key] for key in ("run_id", "run_attempt")},
    }
    manifest = {**MANIFEST, "name": name}
    path = tmp_path / "package.tgz"
    path.write_bytes(b"any bytes")
    ours = npm_provenance.statement(
        claims.of_job(token),
        npm_provenance.package_url(name, "1.2.0"),
        hashlib.sha512(path.read_bytes()).hexdigest(),
    )
    payload = base64.b64encode(ours).decode()
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {"payload": payload}}
    environment = {**instance.environment(), **job}
    statement, document = npm_client.published(
        manifest, base64.b64encode(path.read_bytes()).decode(), bundle, environment
    )
    assert ours.decode() == statement

    beside = tmp_path / "statements.intoto.jsonl"
    beside.write_text("{}\n" + json.dumps(bundle) + "\n", encoding="utf-8")
    owed = Owed(
        name=path.name,
        path=str(path),
        size=9,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        beside=(str(beside),),
    )
    tarball = _npm_document.Tarball(name=name, version="1.2.0", manifest=manifest)
    put = json.loads(_npm_document.body(owed, tarball, "https://registry.npmjs.org", "latest", "public"))
    assert put["_attachments"] == document["_attachments"]
