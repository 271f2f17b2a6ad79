"""``tagship publish`` to a real pypiserver: whatever the state it finds, it converges, or refuses before it sends."""

import base64
import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship.channels import _upload_form
from tagship.domain.plans import plan as plans
from tagship.domain.plans.channel import Owed
from tests.integration import publish_run
from tests.integration.publish_run import Built, Publisher
from tests.tools import require
from tests.tools.issuer import REQUEST_TOKEN, Issuer
from tests.tools.pypi_server import TOKEN, USER, PypiServer

WHEEL = "weather_mcp-0.1.0-py3-none-any.whl"
SDIST = "weather_mcp-0.1.0.tar.gz"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return publish_run.build("python-server", tmp_path_factory.mktemp("built"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PypiServer]:
    with PypiServer(tmp_path / "index") as server:
        yield server


@pytest.fixture
def publisher(built: Built, index: PypiServer, tmp_path: Path) -> Publisher:
    return _publisher(built, tmp_path, f"channels: [{{kind: pypi, address: '{index.address}'}}]\n")


def test_what_is_published_is_seen_and_installs(publisher: Publisher, index: PypiServer, tmp_path: Path) -> None:
    """Both files arrive with the bytes that were proved, and an installer gets them from the index."""
    done = publisher.run()
    assert done.code == 0, done.said
    assert {"state": "published", "version": "0.1.0", "url": f"{index.address}simple/weather-mcp/"}.items() <= (
        done.published["pypi"].items()
    )
    assert (index.packages / WHEEL).read_bytes() == publisher.file(WHEEL).read_bytes()
    assert index.files == {WHEEL, SDIST}
    uv, target = str(require("uv")), tmp_path / "installed"
    install = [uv, "pip", "install", "--no-config", "--no-deps", "--no-cache", "--target", str(target)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    publish_run.check([*install, "--index-url", f"{index.address}simple/", "weather-mcp==0.1.0"], tmp_path, env)
    assert (target / "weather_mcp" / "server.py").is_file()


def test_the_form_says_what_twine_would_say(built: Built) -> None:
    """Field by field the same as twine's own upload of the same files."""
    from twine.package import PackageFile
    from twine.repository import Repository

    for name in (WHEEL, SDIST):
        path = built.project / "dist" / "python-any" / name
        digest = json.loads(built.digests)[name]
        fields = _upload_form.fields(Owed(name=name, path=str(path), size=path.stat().st_size, sha256=digest))
        wanted = Repository._convert_metadata_to_list_of_tuples(
            PackageFile.from_filename(str(path), None).metadata_dictionary()
        )
        assert sorted(fields) == sorted([*wanted, (":action", "file_upload"), ("protocol_version", "1")])


def test_again_sends_nothing(publisher: Publisher, index: PypiServer) -> None:
    """A second run only looks, and needs no token for it."""
    assert publisher.run().code == 0
    index.requests.clear()
    again = publisher.run(TAGSHIP_PYPI_TOKEN="")
    assert (again.code, again.published["pypi"]["state"]) == (0, "already-there")
    assert index.requests == ["GET /simple/weather-mcp/"]


def test_other_bytes_under_the_version_are_refused_before_anything_is_sent(
    publisher: Publisher, index: PypiServer
) -> None:
    """The sdist is not uploaded either."""
    _other_bytes(publisher.file(WHEEL), index.packages / WHEEL)
    done = publisher.run()
    assert done.code == 4, done.said
    assert f"pypi: this version is there with other bytes: {WHEEL}" in done.said
    assert (index.uploads, index.files) == (0, {WHEEL})


def test_the_missing_half_is_published(publisher: Publisher, index: PypiServer) -> None:
    """A version of which only the wheel is there gets its sdist, and nothing twice."""
    shutil.copy(publisher.file(WHEEL), index.packages)
    done = publisher.run()
    assert (done.code, done.published["pypi"]["state"]) == (0, "published")
    assert (index.uploads, index.files) == (1, {WHEEL, SDIST})


def test_another_version_and_other_files_are_let_alone(publisher: Publisher, index: PypiServer) -> None:
    """Only exactly this version counts; a foreign file of it is told."""
    (index.packages / "weather_mcp-0.0.9.tar.gz").write_bytes(b"old")
    (index.packages / "weather_mcp-0.1.0-py2-none-any.whl").write_bytes(b"foreign")
    done = publisher.run()
    assert done.code == 0, done.said
    assert "also there, and not of this plan: weather_mcp-0.1.0-py2-none-any.whl" in done.said
    assert index.uploads == 2


def test_an_index_that_tells_no_sha256_is_read_and_hashed(built: Built, tmp_path: Path) -> None:
    """With md5 in its links, equal bytes are still found equal and different ones different."""
    with PypiServer(tmp_path / "index", "-a", "update", "--disable-fallback", "--hash-algo", "md5") as index:
        publisher = _publisher(built, tmp_path, f"channels: [{{kind: pypi, address: '{index.address}'}}]\n")
        assert publisher.run().code == 0
        assert publisher.run().published["pypi"]["state"] == "already-there"
        _other_bytes(publisher.file(WHEEL), index.packages / WHEEL)
        assert publisher.run().code == 4


def test_what_another_index_has_is_not_there(built: Built, tmp_path: Path) -> None:
    """Pypiserver sends readers to its fallback for projects it does not have: that says nothing about itself."""
    with PypiServer(tmp_path / "other") as other:
        address = f"{other.address}simple/"
        with PypiServer(tmp_path / "index", "-a", "update", "--fallback-url", address) as index:
            publisher = _publisher(built, tmp_path, f"channels: [{{kind: pypi, address: '{index.address}'}}]\n")
            _other_bytes(publisher.file(WHEEL), other.packages / WHEEL)
            done = publisher.run()
            assert done.code == 0, done.said
            assert (index.files, other.requests) == ({WHEEL, SDIST}, [])


def test_a_private_index_is_read_with_the_token(built: Built, tmp_path: Path) -> None:
    """Where listing and fetching want a password too, they get it."""
    with PypiServer(tmp_path / "index", "-a", "update,list,download", "--disable-fallback") as index:
        publisher = _publisher(built, tmp_path, f"channels: [{{kind: pypi, address: '{index.address}'}}]\n")
        assert publisher.run().code == 0
        assert publisher.run(TAGSHIP_PYPI_TOKEN="").code == 4


def test_a_wrong_token_is_refused_with_a_hint(publisher: Publisher, index: PypiServer) -> None:
    """It is not tried again, and the line to run afterwards is shown."""
    done = publisher.run(TAGSHIP_PYPI_TOKEN="pypi-of-somebody")
    assert done.code == 4, done.said
    assert "→ the token is wrong" in done.said
    assert "run again, it goes on where it stopped: tagship publish --channels pypi" in done.said
    assert "✗ publish pypi" in done.said
    assert (index.uploads, index.files) == (1, set())


def test_a_missing_token_is_named(publisher: Publisher, index: PypiServer) -> None:
    """The variable to set is in the message; nothing is sent."""
    done = publisher.run(TAGSHIP_PYPI_TOKEN="")
    assert (done.code, index.uploads) == (2, 0)
    assert "set TAGSHIP_PYPI_TOKEN" in done.said


def test_the_job_itself_is_trusted(publisher: Publisher, index: PypiServer) -> None:
    """Without a token the job says who it is, once, and uploads both files with what it gets; none of it is shown."""
    with Issuer() as issuer:
        index.trusts = lambda identity: identity == issuer.token(index.audience)
        owner = dataclasses.replace(
            publisher, secrets=(*publisher.secrets, REQUEST_TOKEN, issuer.token(index.audience))
        )
        done = owner.run(TAGSHIP_PYPI_TOKEN="", TAGSHIP_PYPI_USERNAME="", **issuer.environment)
        assert (done.code, issuer.audiences, index.files) == (0, [index.audience], {WHEEL, SDIST}), done.said


@pytest.mark.parametrize("audience", ["pypi", "sigstore", "npm:registry.npmjs.org", "https://ghcr.io", ""])
def test_no_index_gets_an_identity_for_somebody_else(publisher: Publisher, index: PypiServer, audience: str) -> None:
    """With it, it could publish or sign elsewhere in the name of this job."""
    index.trusts, index.audience = lambda _identity: True, audience
    with Issuer() as issuer:
        done = publisher.run(TAGSHIP_PYPI_TOKEN="", TAGSHIP_PYPI_USERNAME="", **issuer.environment)
        assert (done.code, issuer.audiences, index.uploads) == (4, [], 0), done.said
        assert f"an identity that is for {audience or 'nobody'}" in done.said


def test_a_job_that_is_not_trusted_is_told_what_to_do(publisher: Publisher, index: PypiServer) -> None:
    """Nothing is uploaded; an index without trusted publishers is told apart from one that does not know this job."""
    with Issuer() as issuer:
        unknown = publisher.run(TAGSHIP_PYPI_TOKEN="", **issuer.environment)
        assert (unknown.code, "it knows no trusted publishers" in unknown.said) == (2, True), unknown.said
        index.shows_pages = True
        page = publisher.run(TAGSHIP_PYPI_TOKEN="", **issuer.environment)
        assert (page.code, "it knows no trusted publishers" in page.said) == (2, True), page.said
        index.shows_pages = False
        index.trusts = lambda _identity: False
        done = publisher.run(TAGSHIP_PYPI_TOKEN="", **issuer.environment)
        assert (done.code, "as its trusted publisher" in done.said) == (4, True), done.said
        broken = {**issuer.environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-nobody"}
        refused = publisher.run(TAGSHIP_PYPI_TOKEN="", **broken)
        assert (refused.code, "id-token: write" in refused.said) == (4, True), refused.said
    assert index.files == set()


def test_attestations_go_with_their_files(publisher: Publisher, index: PypiServer) -> None:
    """A statement about the wheel is sent with it, in PyPI's form; not those of other bytes, without a log or its promise."""
    digest = json.loads(publisher.digests)[WHEEL]
    lines = [_bundle(WHEEL, digest), _bundle(WHEEL, "0" * 64)]
    lines += [_bundle(WHEEL, digest, entries=entries) for entries in ([], [{"logIndex": "2"}])]
    owner = _with_statements(publisher, b"\n".join(reversed(lines)))
    with Issuer() as issuer:
        index.trusts = lambda _identity: True
        done = owner.run(TAGSHIP_PYPI_TOKEN="", **issuer.environment)
    assert (done.code, index.files) == (0, {WHEEL, SDIST}), done.said
    ((attestation,),) = index.attestations
    said = json.loads(base64.b64decode(attestation["envelope"].pop("statement")))
    assert said["subject"] == [{"name": WHEEL, "digest": {"sha256": digest}}]
    material = {"certificate": "Y2VydA==", "transparency_entries": [PROMISED]}
    assert attestation == {"version": 1, "verification_material": material, "envelope": {"signature": "c2ln"}}


def test_a_server_that_is_down_is_unreachable(built: Built, tmp_path: Path) -> None:
    """After the window the exit code says that running again may help."""
    publisher = _publisher(built, tmp_path, "channels: [{kind: pypi, address: 'http://127.0.0.1:9/'}]\n")
    done = publisher.run("--retry-window", "1")
    assert done.code == 5, done.said
    assert "gave up: look at http://127.0.0.1:9/simple/weather-mcp/: it did not answer" in done.said


def test_an_index_out_of_order_for_a_while_is_waited_for(publisher: Publisher, index: PypiServer) -> None:
    """Two uploads answered with 503 are repeated, each after a look at what is there."""
    broken = iter([503, 503])
    index.before = lambda method, _path: next(broken, None) if method == "POST" else None
    done = publisher.run()
    assert (done.code, index.files) == (0, {WHEEL, SDIST}), done.said
    posts = [number for number, request in enumerate(index.requests) if request.startswith("POST")]
    assert len(posts) == 4
    assert [index.requests[at - 1][:3] for at in posts[:3]] == ["GET", "GET", "GET"]


def test_an_answer_that_got_lost_does_not_publish_twice(publisher: Publisher, index: PypiServer) -> None:
    """The upload was taken, its answer never came: the next look finds it."""
    lost = iter([True])
    index.after = lambda method, _path: method == "POST" and next(lost, False)
    done = publisher.run()
    assert (done.code, index.files) == (0, {WHEEL, SDIST}), done.said
    assert index.uploads == 2


def test_two_runs_at_once_both_end_well(publisher: Publisher, index: PypiServer) -> None:
    """The one that comes second is told "I have that", looks, and finds its own bytes."""
    meet = threading.Barrier(2, timeout=30)

    def together(method: str, _path: str) -> None:
        if method == "POST" and index.uploads <= 2:
            meet.wait()

    index.before = together
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(publisher.run), pool.submit(publisher.run)
        assert (first.result().code, second.result().code) == (0, 0), first.result().said + second.result().said
    assert index.files == {WHEEL, SDIST}
    assert index.uploads > 2


def test_a_race_lost_to_other_bytes_is_refused(publisher: Publisher, index: PypiServer) -> None:
    """Somebody publishes the version between the look and the upload: "I have that" is not believed, the digests are."""

    def overtaken(method: str, _path: str) -> None:
        if method == "POST" and index.uploads == 1:
            _other_bytes(publisher.file(WHEEL), index.packages / WHEEL)

    index.before = overtaken
    done = publisher.run()
    assert done.code == 4, done.said
    assert f"this version is there with other bytes: {WHEEL}" in done.said


def test_slow_propagation_is_waited_for(publisher: Publisher, index: PypiServer) -> None:
    """What was taken and is not listed yet is not sent again; published means seen."""
    unseen = iter([404] * 3)
    index.before = lambda method, _path: next(unseen, None) if method == "GET" and index.uploads else None
    done = publisher.run()
    assert (done.code, done.published["pypi"]["state"], index.uploads) == (0, "published", 2), done.said
    assert next(unseen, None) is None


def test_what_never_shows_up_is_not_called_published(publisher: Publisher, index: PypiServer) -> None:
    """The window closes with the exit code for a remote that keeps failing."""
    index.before = lambda method, _path: 404 if method == "GET" else None
    done = publisher.run("--retry-window", "1")
    assert done.code == 5, done.said
    assert "taken, but not to be seen yet" in done.said


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: SIGKILL is a signal of POSIX systems")
@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
def test_a_kill_at_any_request_and_a_re_run_converge(
    publisher: Publisher, index: PypiServer, nth: int, *, taken: bool
) -> None:
    """Look, wheel, sdist, look: killed before or after the index carried out any of them, a re-run ends the same."""
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> bool:
        if len(index.requests) == nth and process[0].poll() is None:
            process[0].send_signal(signal.SIGKILL)
            process[0].wait()
        return False

    if taken:
        index.after = lambda _method, _path: kill()
    else:
        index.before = lambda _method, _path: 503 if len(index.requests) == nth and not kill() else None
    publisher.run_until_killed(process.append)
    index.before = lambda _method, _path: None
    index.after = lambda _method, _path: False
    done = publisher.run()
    assert (done.code, index.files) == (0, {WHEEL, SDIST}), done.said
    assert (index.packages / WHEEL).read_bytes() == publisher.file(WHEEL).read_bytes()


def test_a_changed_file_is_not_sent(publisher: Publisher, index: PypiServer) -> None:
    """Only bytes whose digest came from the build are published; the index is not even asked."""
    publisher.file(WHEEL).write_bytes(publisher.file(WHEEL).read_bytes() + b"\0")
    done = publisher.run()
    assert (done.code, index.requests) == (6, []), done.said


def test_a_dry_run_only_looks(publisher: Publisher, index: PypiServer) -> None:
    """It says what would be sent, without a token."""
    done = publisher.run("--dry-run", TAGSHIP_PYPI_TOKEN="")
    assert (done.code, done.published["pypi"]["state"], index.uploads) == (0, "skipped", 0), done.said
    assert f"would publish {WHEEL}" in done.said


def test_a_failing_channel_does_not_stop_the_others(built: Built, index: PypiServer, tmp_path: Path) -> None:
    """The healthy one is published; the table, the summary and the exit code speak of the other; tokens do not mix."""
    with PypiServer(tmp_path / "second") as second:
        entries = (
            f"[{{kind: pypi, address: '{index.address}'}}, {{kind: pypi, id: inner, address: '{second.address}'}}]"
        )
        publisher = _publisher(built, tmp_path, f"channels: {entries}\n")
        summary = tmp_path / "summary.md"
        done = publisher.run(TAGSHIP_INNER_TOKEN="pypi-of-somebody", GITHUB_STEP_SUMMARY=str(summary))
        assert done.code == 4, done.said
        assert "tagship publish --channels inner" in done.said
        assert (index.files, second.files) == ({WHEEL, SDIST}, set())
        assert "| pypi | ✅ published | 0.1.0 |" in summary.read_text(encoding="utf-8")
        assert "| inner | ❌ failed | 0.1.0 |" in summary.read_text(encoding="utf-8")
        rest = publisher.run("--channels", "inner", TAGSHIP_INNER_TOKEN=TOKEN)
        assert (rest.code, list(rest.published), second.files) == (0, ["inner"], {WHEEL, SDIST}), rest.said


def test_a_plan_without_a_tag_is_not_published(built: Built, index: PypiServer, tmp_path: Path) -> None:
    """A snapshot may be looked at, not published."""
    config = f"channels: [{{kind: pypi, address: '{index.address}'}}]\n"
    publisher = _publisher(built, tmp_path, config)
    publish_run.check(["git", "tag", "-d", "v0.1.0"], publisher.project, publisher.env)
    publish_run.tagship(publisher.project, publisher.env, "build-matrix")
    done = publisher.run()
    assert (done.code, index.requests) == (2, []), done.said


def _publisher(built: Built, folder: Path, config: str) -> Publisher:
    secrets = {"TAGSHIP_PYPI_TOKEN": TOKEN, "TAGSHIP_PYPI_USERNAME": USER, "TAGSHIP_INNER_USERNAME": USER}
    return publish_run.plan(built, folder, config, secrets, TOKEN, f"{USER}:{TOKEN}")


PROMISED = {"logIndex": "1", "inclusionPromise": {"signedEntryTimestamp": "c2V0"}}


def _bundle(name: str, digest: str, *, entries: Sequence[Any] = (PROMISED,)) -> bytes:
    """Write a Sigstore bundle, in the shape that a keyless signer leaves."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest}}],
        "predicateType": "https://docs.pypi.org/attestations/publish/v1",
        "predicate": None,
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"certificate": {"rawBytes": "Y2VydA=="}, "tlogEntries": list(entries)},
        "dsseEnvelope": {
            "payload": payload,
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": "c2ln"}],
        },
    }
    return json.dumps(bundle).encode()


def _with_statements(publisher: Publisher, statements: bytes) -> Publisher:
    """Add a file of statements about the wheel to what is built and planned."""
    path = publisher.project / "plan.json"
    plan = plans.decode(path.read_bytes(), file="plan.json")
    wheel = next(artifact for artifact in plan.artifacts if artifact.name == WHEEL)
    about = msgspec.structs.replace(wheel, name=f"{WHEEL}.intoto.jsonl", kind="attestation")
    (publisher.project / "dist" / wheel.leg / about.name).write_bytes(statements)
    digests = {**json.loads(publisher.digests), about.name: hashlib.sha256(statements).hexdigest()}
    (channel,) = plan.channels
    owed = msgspec.structs.replace(channel, artifacts=tuple(sorted([*channel.artifacts, about.name])))
    path.write_bytes(plans.encode(msgspec.structs.replace(plan, artifacts=(*plan.artifacts, about), channels=(owed,))))
    return dataclasses.replace(publisher, digests=json.dumps(digests))


def _other_bytes(wheel: Path, to: Path) -> None:
    """Make a valid wheel of the same name with different bytes."""
    shutil.copy(wheel, to)
    with zipfile.ZipFile(to, "a") as archive:
        archive.comment = b"built elsewhere"
