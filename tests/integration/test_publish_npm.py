"""``tagship publish`` to a real npm registry, verdaccio: what it puts is what npm installs, and a re-run puts nothing."""

import base64
import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship.adapters import http
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tests.integration import publish_run
from tests.integration.mcp_client import Answer, ask
from tests.integration.publish_run import Built, Publisher
from tests.tools.issuer import REQUEST_TOKEN, Issuer
from tests.tools.npm_registry import NpmRegistry

NAME = "@octo/dice-mcp"
TARBALL = "octo-dice-mcp-1.2.0.tgz"
MANIFEST: dict[str, Any] = {
    "name": NAME,
    "version": "1.2.0",
    "description": "Rolls dice.",
    "license": "MIT",
    "mcpName": "io.github.octo/dice-mcp",
    "bin": "./main.js",
    "files": ["main.js"],
}
PROGRAM = """#!/usr/bin/env node
const info = { name: "dice-mcp", version: "1.2.0" };
const answers = {
  initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: info },
  "tools/list": { tools: [{ name: "roll", inputSchema: { type: "object" } }] },
};
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (answers[method]) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
});
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SKIPPED: the registry's Node is locked for POSIX systems")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return _build(tmp_path_factory.mktemp("built") / "dice-mcp", "1.2.0")


@pytest.fixture(scope="module")
def rc(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return _build(tmp_path_factory.mktemp("built") / "dice-mcp", "1.3.0-rc.1")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[NpmRegistry]:
    with NpmRegistry(tmp_path / "registry") as server:
        yield server


@pytest.fixture
def publisher(built: Built, registry: NpmRegistry, tmp_path: Path) -> Publisher:
    return _publisher(built, registry, tmp_path)


def test_what_is_published_is_installed_by_npm_and_speaks_mcp(
    publisher: Publisher, registry: NpmRegistry, tmp_path: Path
) -> None:
    """The bytes that were built arrive; npm gets them by name, and their command is the server."""
    done = publisher.run()
    assert done.code == 0, done.said
    wanted = {"state": "published", "version": "1.2.0", "url": f"{registry.address}/@octo%2Fdice-mcp"}
    assert wanted.items() <= done.published["npm"].items()
    assert {each["user-agent"] for each in registry.headers} == {http.AGENT}
    told = registry.document(NAME)
    assert told["dist-tags"] == {"latest": "1.2.0"}
    assert told["versions"]["1.2.0"]["dist"]["integrity"] == _integrity(publisher.file(TARBALL))
    assert told["versions"]["1.2.0"]["mcpName"] == "io.github.octo/dice-mcp"
    assert "Rolls dice" in told["readme"]
    folder = tmp_path / "installed"
    folder.mkdir()
    env = {**publisher.env, "npm_config_cache": str(tmp_path / "cache"), "npm_config_registry": registry.address}
    publish_run.check(["npm", "install", "--no-audit", "--no-fund", f"{NAME}@1.2.0"], folder, env)
    assert ask([folder / "node_modules/.bin/dice-mcp"], folder, env) == Answer("dice-mcp", "1.2.0", frozenset({"roll"}))


def test_again_puts_nothing_and_needs_no_token(publisher: Publisher, registry: NpmRegistry) -> None:
    """A second run asks once."""
    assert publisher.run().code == 0
    registry.requests.clear()
    again = publisher.run(TAGSHIP_NPM_TOKEN="")
    assert (again.code, again.published["npm"]["state"]) == (0, "already-there"), again.said
    assert registry.requests == ["GET /@octo%2Fdice-mcp"]


def test_other_bytes_under_the_version_are_refused(
    publisher: Publisher, registry: NpmRegistry, built: Built, tmp_path: Path
) -> None:
    """The version is there from another build: nothing is put."""
    other = _build(tmp_path / "other" / "dice-mcp", "1.2.0", PROGRAM.replace("roll", "other"))
    assert _publisher(other, registry, tmp_path / "second").run().code == 0
    registry.requests.clear()
    done = publisher.run()
    assert (done.code, registry.publications) == (4, 0), done.said
    assert f"npm: this version is there with other bytes: {TARBALL}" in done.said


def test_a_prerelease_is_not_what_npm_installs(
    publisher: Publisher, rc: Built, registry: NpmRegistry, tmp_path: Path
) -> None:
    """``latest`` stays; the candidate is found as ``rc``."""
    assert publisher.run().code == 0
    done = _publisher(rc, registry, tmp_path / "rc").run()
    assert done.code == 0, done.said
    assert registry.document(NAME)["dist-tags"] == {"latest": "1.2.0", "rc": "1.3.0-rc.1"}


def test_a_back_port_does_not_move_latest_back(publisher: Publisher, registry: NpmRegistry, tmp_path: Path) -> None:
    """An older line that gets a fix keeps a tag of its own."""
    newer = _build(tmp_path / "newer" / "dice-mcp", "2.0.0")
    assert _publisher(newer, registry, tmp_path / "second").run().code == 0
    done = publisher.run()
    assert done.code == 0, done.said
    assert registry.document(NAME)["dist-tags"] == {"latest": "2.0.0", "release-1.x": "1.2.0"}


def test_platforms_go_before_the_launcher_that_asks_for_them(publisher: Publisher, registry: NpmRegistry) -> None:
    """Three packages of one version: whoever sees the launcher finds all that it names."""
    platforms = {"@octo/dice-mcp-linux-x64": Target.LINUX_X86_64, "@octo/dice-mcp-win32-x64": Target.WINDOWS_X86_64}
    owner = _with_platforms(publisher, platforms)
    done = owner.run()
    assert done.code == 0, done.said
    put = [request.partition(" ")[2] for request in registry.requests if request.startswith("PUT")]
    assert put == ["/@octo%2Fdice-mcp-linux-x64", "/@octo%2Fdice-mcp-win32-x64", "/@octo%2Fdice-mcp"]
    assert owner.run().published["npm"]["state"] == "already-there"


def test_a_half_published_version_is_completed(publisher: Publisher, registry: NpmRegistry) -> None:
    """The registry failed after the first platform; the next run puts the rest, and nothing twice."""
    owner = _with_platforms(publisher, {"@octo/dice-mcp-linux-x64": Target.LINUX_X86_64})
    registry.before = lambda method, path: 403 if method == "PUT" and path.endswith("dice-mcp") else None
    assert owner.run().code == 4
    registry.healthy()
    registry.requests.clear()
    done = owner.run()
    assert (done.code, registry.publications) == (0, 1), done.said


def test_the_job_itself_is_trusted(publisher: Publisher, registry: NpmRegistry) -> None:
    """Without a token the job says who it is, to this registry only, and gets a token for this package; none is shown."""
    with Issuer() as issuer:
        audience = "npm:127.0.0.1"
        registry.trusts = lambda package, identity: package == NAME and identity == issuer.token(audience)
        hidden = (*publisher.secrets, REQUEST_TOKEN, issuer.token(audience))
        owner = Publisher(publisher.project, publisher.digests, publisher.env, hidden)
        done = owner.run(TAGSHIP_NPM_TOKEN="", **issuer.environment)
        assert (done.code, issuer.audiences) == (0, [audience]), done.said
        registry.trusts = lambda _package, _identity: False
        assert owner.run(TAGSHIP_NPM_TOKEN="", **issuer.environment).published["npm"]["state"] == "already-there"
        assert issuer.audiences == [audience]


def test_a_job_that_is_not_trusted_is_told_what_to_do(publisher: Publisher, registry: NpmRegistry) -> None:
    """The first publication needs a token; without any way to get one, its variable is named."""
    with Issuer() as issuer:
        done = publisher.run(TAGSHIP_NPM_TOKEN="", **issuer.environment)
    assert (done.code, registry.publications) == (4, 0), done.said
    assert "publish a new package with a token once" in done.said
    none = publisher.run(TAGSHIP_NPM_TOKEN="")
    assert (none.code, "set TAGSHIP_NPM_TOKEN" in none.said) == (2, True), none.said


def test_a_staged_version_waits_for_a_maintainer(
    built: Built, registry: NpmRegistry, publisher: Publisher, tmp_path: Path
) -> None:
    """Nobody can install it, and it is not sent again; once approved it is there; other bytes that wait are refused."""
    config = f"channels: [{{kind: npm, address: '{registry.address}', options: {{mode: stage}}}}]\n"
    secrets = {"TAGSHIP_NPM_TOKEN": registry.token}
    (tmp_path / "staging").mkdir()
    staging = publish_run.plan(built, tmp_path / "staging", config, secrets, registry.token)
    done = staging.run()
    assert (done.code, registry.publications) == (0, 0), done.said
    assert "waits for approval: npm stage approve stage-0" in done.said
    assert (staging.run().published["npm"]["state"], registry.count("POST")) == ("already-there", 1)
    registry.waiting[0][0]["shasum"] = "0" * 40
    assert staging.run().code == 4
    registry.approve(NAME)
    assert publisher.run().published["npm"]["state"] == "already-there"


def test_a_registry_that_nobody_reads_without_a_token(
    built: Built, publisher: Publisher, registry: NpmRegistry, tmp_path: Path
) -> None:
    """GitHub Packages asks for one to read, too, and keeps scoped packages back: the token goes along, ``access`` arrives."""
    registry.before = lambda _method, _path: None if "authorization" in registry.headers[-1] else 401
    bodies: list[bytes] = []
    forward = registry.forward

    def noted(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        bodies.extend([body] if method == "PUT" else [])
        return forward(method, path, headers, body)

    registry.forward = noted  # type: ignore[method-assign]
    config = f"channels: [{{kind: npm, address: '{registry.address}', options: {{access: restricted}}}}]\n"
    (tmp_path / "kept").mkdir()
    kept = publish_run.plan(built, tmp_path / "kept", config, {"TAGSHIP_NPM_TOKEN": registry.token}, registry.token)
    refused = kept.run(TAGSHIP_NPM_TOKEN="")
    assert (refused.code, "reading wants one too" in refused.said) == (4, True), refused.said
    done = kept.run()
    assert (done.code, [json.loads(body)["access"] for body in bodies]) == (0, ["restricted"]), done.said
    assert publisher.run().published["npm"]["state"] == "already-there"


def test_a_registry_that_tells_no_sha512_is_fetched_from(publisher: Publisher, registry: NpmRegistry) -> None:
    """Old ones tell SHA-1 alone: the tarball is compared, which installers would get."""
    assert publisher.run().code == 0
    document = registry.document(NAME)
    del document["versions"]["1.2.0"]["dist"]["integrity"]
    document["versions"]["1.2.0"]["dist"]["tarball"] = f"{registry.address}/@octo/dice-mcp/-/dice-mcp-1.2.0.tgz"
    registry.answers["/@octo%2Fdice-mcp"] = json.dumps(document).encode()
    again = publisher.run()
    assert (again.code, again.published["npm"]["state"]) == (0, "already-there"), again.said


def test_a_wrong_token_is_refused_with_a_hint(publisher: Publisher, registry: NpmRegistry) -> None:
    """It is not tried again."""
    done = publisher.run(TAGSHIP_NPM_TOKEN="of-nobody")
    assert (done.code, registry.publications) == (4, 1), done.said
    assert "→ the token" in done.said


def test_a_registry_that_fails_for_a_while_is_waited_for(publisher: Publisher, registry: NpmRegistry) -> None:
    """503 and 429, and a connection that ends in the middle of the upload: the version is there once."""
    broken = iter([503, 429])
    cuts = iter([100])
    registry.before = lambda method, _path: next(broken, None) if method == "PUT" else None
    registry.cut = lambda method, _path: next(cuts, None) if method == "PUT" else None
    done = publisher.run()
    assert (done.code, registry.publications) == (0, 4), done.said
    assert registry.document(NAME)["versions"].keys() == {"1.2.0"}


def test_an_answer_that_got_lost_does_not_publish_twice(publisher: Publisher, registry: NpmRegistry) -> None:
    """The registry took it, its answer never came: the next look finds it."""
    lost = iter([True])
    registry.after = lambda method, _path: method == "PUT" and next(lost, False)
    done = publisher.run()
    assert (done.code, registry.publications) == (0, 1), done.said


def test_two_runs_at_once_both_end_well(publisher: Publisher, registry: NpmRegistry) -> None:
    """Both put at the same moment: whoever comes second looks again and finds its own bytes."""
    meet = threading.Barrier(2, timeout=60)

    def together(method: str, _path: str) -> None:
        if method == "PUT" and registry.publications <= 2:
            meet.wait()

    registry.before = together
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(publisher.run), pool.submit(publisher.run)
        assert (first.result().code, second.result().code) == (0, 0), first.result().said + second.result().said
    assert registry.document(NAME)["versions"].keys() == {"1.2.0"}


def test_slow_propagation_is_waited_for(publisher: Publisher, registry: NpmRegistry) -> None:
    """What was taken and is not told yet is not put again."""
    unseen = iter([404] * 2)
    registry.before = lambda method, _path: next(unseen, None) if method == "GET" and registry.publications else None
    done = publisher.run()
    assert (done.code, done.published["npm"]["state"], registry.publications) == (0, "published", 1), done.said
    assert next(unseen, None) is None


@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
def test_a_kill_at_any_request_and_a_re_run_converge(
    publisher: Publisher, registry: NpmRegistry, nth: int, *, taken: bool
) -> None:
    """Look, tags, put, look: killed before or after the registry carried out any of them, a re-run ends the same."""
    publisher.run_until_killed_at(registry, nth, taken=taken)
    done = publisher.run()
    assert done.code == 0, done.said
    assert registry.document(NAME)["versions"]["1.2.0"]["dist"]["integrity"] == _integrity(publisher.file(TARBALL))


def _build(project: Path, version: str, program: str = PROGRAM) -> Built:
    project.mkdir(parents=True)
    files = {
        "package.json": json.dumps({**MANIFEST, "version": version}),
        "main.js": program,
        "README.md": "# Dice\n\nRolls dice.\n",
        "LICENSE": "MIT",
    }
    for name, text in files.items():
        (project / name).write_text(text, encoding="utf-8")
    return publish_run.build_folder(project, f"v{version}")


def _publisher(built: Built, registry: NpmRegistry, folder: Path) -> Publisher:
    folder.mkdir(exist_ok=True)
    config = f"channels: [{{kind: npm, address: '{registry.address}'}}]\n"
    return publish_run.plan(built, folder, config, {"TAGSHIP_NPM_TOKEN": registry.token}, registry.token)


def _with_platforms(publisher: Publisher, platforms: Mapping[str, Target]) -> Publisher:
    """Add tarballs of platforms to what is built and planned."""
    path = publisher.project / "plan.json"
    plan = plans.decode(path.read_bytes(), file="plan.json")
    leg = next(artifact.leg for artifact in plan.artifacts if artifact.name == TARBALL)
    digests, more = json.loads(publisher.digests), []
    for name, target in platforms.items():
        file = f"{name.removeprefix('@').replace('/', '-')}-1.2.0.tgz"
        data = _tarball({"name": name, "version": "1.2.0", "license": "MIT"})
        (publisher.project / "dist" / leg / file).write_bytes(data)
        digests[file] = hashlib.sha256(data).hexdigest()
        owner, kind = plan.packages[0].id, "application/gzip"
        more.append(Artifact(name=file, kind="npm", package=owner, target=target, media_type=kind, leg=leg))
    names = tuple(sorted([TARBALL, *(artifact.name for artifact in more)]))
    channels = tuple(msgspec.structs.replace(channel, artifacts=names) for channel in plan.channels)
    changed = msgspec.structs.replace(plan, artifacts=(*plan.artifacts, *more), channels=channels)
    path.write_bytes(plans.encode(changed))
    return Publisher(publisher.project, json.dumps(digests), publisher.env, publisher.secrets)


def _tarball(manifest: Mapping[str, str]) -> bytes:
    out, data = io.BytesIO(), json.dumps(manifest).encode()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _integrity(path: Path) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()}"
