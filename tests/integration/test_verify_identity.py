"""verify by identity: files, folders and whole releases of GitHub; each thing that does not fit is told in a sentence."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.parts.sign import loose_files
from tagship.parts.sign.signing import sign_all
from tagship.ports import Tools
from tagship.steps import verify
from tests.fakes.github import GithubServer
from tests.fakes.github.client import Client
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY, WORKFLOW
from tests.integration.keyless import NAME, files, signer


@pytest.fixture
def tools(tools: Tools) -> Tools:
    """Be on a machine that names GitHub as everybody does."""
    return replace(tools, environment={**tools.environment, "GITHUB_SERVER_URL": "https://github.com"})


@pytest.fixture
def folder(tmp_path: Path, job: Tools, instance: Sigstore) -> Path:
    """Sign two files with one statement of provenance about both, as another repository's workflow may do it."""
    made = tmp_path / "release"
    made.mkdir()
    subjects = {file.path: file.sha256 for file in files(made, 2)}
    keyless = [signer(instance.trust_config_v1, job)]
    loose_files.sign(subjects, keyless, window=5, tools=job)
    (job_claims := dict(job.environment)).pop("GITHUB_SERVER_URL", None)
    loose_files.attest(subjects, keyless, ["provenance"], window=5, tools=replace(job, environment=job_claims))
    return made


def inputs(folder: Path, instance: Sigstore, **more: Any) -> verify.Inputs:
    asked = {
        "repository": REPOSITORY,
        "issuer": instance.issuer.address,
        "trust_config": str(instance.trusted_root),
        **more,
    }
    return verify.Inputs(working_directory=str(folder.parent), **{"files": "release", **asked})


def report(outputs: verify.Outputs) -> dict[str, dict[str, Any]]:
    return {each["file"]: each for each in json.loads(outputs.report)}


def test_files_are_verified_by_repository_and_workflow(folder: Path, tools: Tools, instance: Sigstore) -> None:
    """Signature and provenance of each file, who built it; the report is a file too, and nobody is asked."""
    wish = inputs(
        folder, instance, workflow="release.yml", source_ref="refs/tags/v1.2.0", offline=True, report="report.json"
    )
    done = verify.run(wish, tools)

    assert done.verified
    found = report(done)
    for name in ("file-0.bin", "file-1.bin"):
        assert (found[name]["signature"], found[name]["provenance"], found[name]["problem"]) == ("ok", "ok", "")
        assert found[name]["builder"] == f"https://github.com/{WORKFLOW}"
    assert json.loads((folder.parent / "report.json").read_bytes()) == json.loads(done.report)


def test_whom_to_trust_is_given_itself(folder: Path, tools: Tools, instance: Sigstore) -> None:
    """A client trust configuration as JSON, and trusted roots one a line, of which the one that certified is taken."""
    root = json.dumps(json.loads(instance.trusted_root.read_bytes()))
    other = json.dumps(json.loads(instance.unlogged.trusted_root.read_bytes()))
    for given in (f"\n{instance.trust_config.read_text(encoding='utf-8')}", f"{other}\n{root}\n"):
        assert verify.run(inputs(folder, instance, trust_config=given, offline=True), tools).verified
    with pytest.raises(IntegrityError):
        verify.run(inputs(folder, instance, trust_config=other, offline=True), tools)


def test_one_file_brings_its_signature_and_statement_along(folder: Path, tools: Tools, instance: Sigstore) -> None:
    """They lie beside it; the exact identity serves as well as the repository."""
    wish = inputs(folder, instance, files="release/file-0.bin", repository="", identity=NAME)
    found = report(verify.run(wish, tools))
    assert (found["file-0.bin"]["signature"], found["file-0.bin"]["provenance"]) == ("ok", "ok")
    assert set(found) == {"file-0.bin", "file-0.bin.intoto.jsonl"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"repository": "mallory/demo"}, "https://github.com/mallory/demo"),
        ({"workflow": "other.yml"}, "not .github/workflows/other.yml"),
        ({"source_ref": "refs/heads/main"}, "not refs/heads/main"),
        ({"repository": "", "identity": NAME + "x"}, "it was signed by"),
        ({"issuer": "https://issuer.invalid"}, "not https://issuer.invalid"),
    ],
)
def test_somebody_elses_signature_is_refused(
    wrong: dict[str, str], words: str, folder: Path, tools: Tools, instance: Sigstore
) -> None:
    """Exit 6, a problem per file, and each says who it was and who it should have been."""
    with pytest.raises(IntegrityError) as caught:
        verify.run(inputs(folder, instance, **wrong), tools)
    assert {"file-0.bin", "file-1.bin"} <= {problem.file for problem in caught.value.problems}
    assert all(
        words in problem.message for problem in caught.value.problems if problem.file in {"file-0.bin", "file-1.bin"}
    )


@pytest.mark.parametrize(
    ("half", "words"),
    [
        ({"repository": "", "issuer": ""}, "nothing says whose"),
        ({"repository": "", "issuer": "", "identity": NAME}, "without an issuer"),
        ({"repository": ""}, "not said whose workflow"),
        ({"repository": "", "issuer": "", "workflow": "release.yml"}, "not said whose workflow"),
        ({"repository": "demo"}, "no repository"),
        ({"trust_config": "release/file-0.bin"}, "cannot be used"),
    ],
)
def test_half_a_question_is_no_question(
    half: dict[str, str], words: str, folder: Path, tools: Tools, instance: Sigstore
) -> None:
    """Exit 2: with a certificate alone anybody has signed."""
    with pytest.raises(UsageError, match=words) as caught:
        verify.run(inputs(folder, instance, **half), tools)
    assert caught.value.problems[0].hint


def test_what_was_changed_moved_or_left_unsigned_is_found(folder: Path, tools: Tools, instance: Sigstore) -> None:
    """A byte more, a statement about another file, a file that nobody signed, a broken statement file."""
    good = {path: path.read_bytes() for path in folder.iterdir()}
    first, second = folder / "file-0.bin", folder / "file-1.bin"
    alone = json.loads(good[folder / "file-0.bin.intoto.jsonl"])
    cases = {
        "its digest is|the bundle signs|does not hold": lambda: first.write_bytes(b"changed"),
        "does not hold": lambda: (folder / "file-0.bin.sigstore.json").write_bytes(
            good[folder / "file-1.bin.sigstore.json"]
        ),
        "neither signed": lambda: (folder / "more.bin").write_bytes(b"more"),
        "about other files": lambda: [
            (folder / "more.bin").write_bytes(b"more"),
            (folder / "more.bin.intoto.jsonl").write_bytes(good[folder / "file-0.bin.intoto.jsonl"]),
        ],
        "there is no statement": lambda: (folder / "file-0.bin.intoto.jsonl").write_bytes(b""),
        "no key is trusted": lambda: (folder / "file-0.bin.intoto.jsonl").write_bytes(b"{}\n"),
        "a key occurs twice": lambda: (folder / "file-0.bin.intoto.jsonl").write_bytes(
            json.dumps(alone).replace('"payload"', '"payload": "e30=", "payload"').encode() + b"\n"
        ),
    }
    for words, spoil in cases.items():
        spoil()
        with pytest.raises(IntegrityError, match=words) as caught:
            verify.run(inputs(folder, instance), tools)
        assert caught.value.exit_code == 6
        for path in folder.iterdir():
            path.unlink()
        for path, data in good.items():
            path.write_bytes(data)
    verify.run(inputs(folder, instance), tools)
    assert second.is_file()


def put(server: GithubServer, folder: Path, *, publish: bool = True) -> None:
    client = Client(server)
    release = client.create("v1.2.0")
    for path in sorted(folder.iterdir()):
        assert client.upload(release, path.name, path.read_bytes()).status_code == 201
    if publish:
        assert client.publish(release).status_code == 200


@pytest.fixture
def online(tools: Tools, github_server: GithubServer) -> Tools:
    """Reach the stand-in of GitHub, whose certificates name the real one."""
    environment = {**tools.environment, "GITHUB_API_URL": github_server.environment()["GITHUB_API_URL"]}
    return replace(tools, environment=environment)


def remote(folder: Path, instance: Sigstore, **more: Any) -> verify.Inputs:
    return inputs(folder, instance, tag="v1.2.0", token="write-token", retry_window=20, **more)


def test_a_whole_release_is_fetched_and_verified(
    folder: Path, online: Tools, instance: Sigstore, github_server: GithubServer
) -> None:
    """Of any repository: there is no manifest of ours in it. Nothing is left behind, and nothing was changed there."""
    put(github_server, folder)
    before = github_server.journal.lines()
    found = report(verify.run(remote(folder, instance, files="nothing-here/*"), online))

    assert {name for name, each in found.items() if each["signature"] == "ok"} >= {"file-0.bin", "file-1.bin"}
    assert all(not each["problem"] for each in found.values())
    assert all(" GET " in f" {line}" or line.startswith("GET") for line in github_server.journal.lines()[len(before) :])


def test_a_release_with_one_changed_file_is_refused(
    folder: Path, online: Tools, instance: Sigstore, github_server: GithubServer
) -> None:
    """Whoever may write to the release has no identity: his file is found out, and so is one without signature."""
    (folder / "file-0.bin").write_bytes(b"another program")
    (folder / "extra.bin").write_bytes(b"never built")
    put(github_server, folder)
    with pytest.raises(IntegrityError) as caught:
        verify.run(remote(folder, instance), online)
    assert {problem.file for problem in caught.value.problems} == {"file-0.bin", "extra.bin"}


def test_a_release_that_is_not_there(
    folder: Path, online: Tools, instance: Sigstore, github_server: GithubServer
) -> None:
    """No such tag is a usage error; a repository that the token cannot see is a refusal."""
    with pytest.raises(UsageError, match=r"no release of v1\.2\.0"):
        verify.run(remote(folder, instance), online)
    with pytest.raises(RemoteRefused):
        verify.run(remote(folder, instance, repository="octo/secret"), online)


def test_bytes_that_change_on_the_way_are_found(
    folder: Path, online: Tools, instance: Sigstore, github_server: GithubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forge tells a digest: other bytes than these never reach the check."""
    from tagship.forges.github import GitHubForge

    put(github_server, folder)
    fetch = GitHubForge.download

    def spoiled(self: GitHubForge, release: Any, asset: Any, to: Path) -> None:
        fetch(self, release, asset, to)
        if asset.name == "file-0.bin":
            to.write_bytes(to.read_bytes()[:-1] + b"?")

    monkeypatch.setattr(GitHubForge, "download", spoiled)
    with pytest.raises(IntegrityError, match="other bytes came"):
        verify.run(remote(folder, instance), online)


def test_a_hundred_signed_files_are_verified(tmp_path: Path, job: Tools, tools: Tools, instance: Sigstore) -> None:
    """As a release has them: each is judged, none is forgotten."""
    made = tmp_path / "release"
    made.mkdir()
    subjects = files(made, 100)
    signatures = sign_all(signer(instance.trust_config_v1, job), subjects, window=5, tools=job)
    for subject in subjects:
        subject.path.with_name(f"{subject.name}.sigstore.json").write_bytes(signatures[subject.path])
    found = report(verify.run(inputs(made, instance), tools))
    assert {each.name: each.sha256 for each in subjects} == {name: each["sha256"] for name, each in found.items()}
    assert hashlib.sha256(b"content 7").hexdigest() == found["file-7.bin"]["sha256"]
