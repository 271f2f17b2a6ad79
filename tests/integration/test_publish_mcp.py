"""``tagship publish`` to the real MCP Registry: its own rules, its own logins, its own look at what a server names."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import publish_run
from tests.integration.publish_run import File, Publisher
from tests.tools.mcp_server import McpServer
from tests.tools.pypi_server import TOKEN, PypiServer

NAME = "io.github.octo/dice-mcp"
DOCUMENT = "dice-mcp-1.2.0.server.json"
WHEEL = "dice_mcp-1.2.0-py3-none-any.whl"
README = f"# Dice\n\n<!-- mcp-name: {NAME} -->\n"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SKIPPED: the registry's database is Debian's")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[McpServer]:
    with McpServer(tmp_path_factory.mktemp("mcp")) as server:
        yield server


@pytest.fixture
def registry(running: McpServer) -> Iterator[McpServer]:
    running.healthy()
    running.requests.clear()
    running.issuer.audiences.clear()
    running.packages = lambda name, _version: README if name == "dice-mcp" else None
    yield running
    running.healthy()


def test_a_server_is_registered_by_the_job_itself(registry: McpServer, tmp_path: Path) -> None:
    """The job's identity is for this registry; the entry is the released document; a second run only looks."""
    publisher = _publisher(registry, tmp_path, "1.2.0")
    done = publisher.run(**registry.issuer.environment)
    assert done.code == 0, done.said
    assert done.published["mcp-registry"]["state"] == "published"
    assert registry.issuer.audiences == [registry.address]
    entry = registry.entry(NAME, "1.2.0")
    assert entry["server"]["packages"][0]["identifier"] == "dice-mcp"
    registry.requests.clear()
    again = publisher.run()
    assert (again.code, again.published["mcp-registry"]["state"]) == (0, "already-there"), again.said
    assert registry.count("POST") == 0


def test_another_document_under_the_version_is_refused(registry: McpServer, tmp_path: Path) -> None:
    """The registry keeps a version for ever: exit 4, and no login."""
    assert _publisher(registry, tmp_path, "1.3.0").run(**registry.issuer.environment).code == 0
    registry.issuer.audiences.clear()
    other = _publisher(registry, tmp_path / "other", "1.3.0", description="Other dice")
    done = other.run(**registry.issuer.environment)
    assert (done.code, registry.issuer.audiences) == (4, []), done.said
    assert "this version is there with other bytes: dice-mcp-1.3.0.server.json" in done.said


def test_the_registry_is_asked_again_until_it_sees_the_package(registry: McpServer, tmp_path: Path) -> None:
    """PyPI shows the new version to it only the third time: each try has a login of its own."""
    looks = iter([None, None])
    registry.packages = lambda _name, _version: next(looks, README)
    done = _publisher(registry, tmp_path, "1.4.0").run(**registry.issuer.environment)
    assert done.code == 0, done.said
    assert "the registry does not see everything yet" in done.said
    assert len(registry.issuer.audiences) == registry.count("POST") // 2 > 1
    assert registry.entry(NAME, "1.4.0")


def test_a_package_of_another_server_is_final(registry: McpServer, tmp_path: Path) -> None:
    """What PyPI shows names somebody else: asking again would not help."""
    registry.packages = lambda _name, _version: "mcp-name: io.github.somebody/else"
    done = _publisher(registry, tmp_path, "1.5.0").run(**registry.issuer.environment)
    assert (done.code, registry.entry(NAME, "1.5.0")) == (4, {}), done.said
    assert registry.count("POST") == 2


def test_a_name_of_somebody_else_is_refused(registry: McpServer, tmp_path: Path) -> None:
    """The registry says 403 with what is allowed; a name that only differs in case is told before anything is sent."""
    registry.packages = lambda _name, _version: "mcp-name: io.github.somebody/dice-mcp"
    foreign = _publisher(registry, tmp_path, "1.2.0", name="io.github.somebody/dice-mcp")
    done = foreign.run(**registry.issuer.environment)
    assert (done.code, "may not publish under this name" in done.said) == (4, True), done.said
    cased = _publisher(registry, tmp_path / "cased", "1.2.0", name="io.github.Octo/dice-mcp")
    registry.requests.clear()
    told = cased.run(**registry.issuer.environment, GITHUB_REPOSITORY_OWNER="octo")
    assert (told.code, registry.count("POST")) == (2, 0), told.said
    assert "case counts" in told.said


def test_without_an_identity_it_says_what_is_missing(registry: McpServer, tmp_path: Path) -> None:
    """The permission is named."""
    done = _publisher(registry, tmp_path, "1.6.0").run()
    assert (done.code, registry.count("POST")) == (2, 0), done.said
    assert "id-token: write" in done.said


def test_a_key_of_the_domain_is_another_way_in(registry: McpServer, tmp_path: Path) -> None:
    """The registry looks for the key at the domain, which has none here: it says no, and the key is in no log."""
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    options = {"login": "http", "domain": "dice.invalid"}
    publisher = _publisher(registry, tmp_path, "1.2.0", name="invalid.dice/dice-mcp", options=options)
    done = publisher.run(TAGSHIP_MCP_REGISTRY_KEY=pem)
    assert done.code == 4, done.said
    assert pem.splitlines()[1] not in done.said
    assert registry.requests[-1] == "POST /v0/auth/http"
    assert publisher.run().code == 2


def test_an_answer_that_got_lost_registers_nothing_twice(registry: McpServer, tmp_path: Path) -> None:
    """The registry took it, its answer never came; 503 before that; the next look finds it."""
    broken, lost = iter([503]), iter([True])
    registry.before = lambda _method, path: next(broken, None) if path == "/v0/publish" else None
    registry.after = lambda _method, path: path == "/v0/publish" and next(lost, False)
    done = _publisher(registry, tmp_path, "1.7.0").run(**registry.issuer.environment)
    assert done.code == 0, done.said
    assert registry.requests.count("POST /v0/publish") == 2


def test_an_older_line_stays_behind_the_latest(registry: McpServer, tmp_path: Path) -> None:
    """The registry decides which is latest; it is told when that is not this one."""
    assert _publisher(registry, tmp_path, "9.0.0").run(**registry.issuer.environment).code == 0
    done = _publisher(registry, tmp_path, "1.8.0").run(**registry.issuer.environment)
    assert (done.code, "a newer version stays the registry's latest" in done.said) == (0, True), done.said


@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
def test_a_kill_at_any_request_and_a_re_run_converge(
    registry: McpServer, tmp_path: Path, nth: int, *, taken: bool
) -> None:
    """Look, log in, publish, look: killed before or after the registry carried out any of them, a re-run ends the same."""
    version = f"2.{nth}.{int(taken)}"
    publisher = _publisher(registry, tmp_path, version)
    publisher = Publisher(
        publisher.project, publisher.digests, {**publisher.env, **registry.issuer.environment}, publisher.secrets
    )
    publisher.run_until_killed_at(registry, nth, taken=taken)
    done = publisher.run()
    assert done.code == 0, done.said
    assert registry.entry(NAME, version)["server"]["version"] == version


@pytest.mark.parametrize("marked", [True, False])
def test_marks_are_looked_for_before_anything_is_uploaded(registry: McpServer, tmp_path: Path, *, marked: bool) -> None:
    """A wheel without its mark keeps even PyPI from getting it; with it, PyPI is first and the registry last."""
    readme = README if marked else README.replace("octo", "somebody")
    with PypiServer(tmp_path / "index") as index:
        files = {DOCUMENT: _document("1.2.9"), WHEEL: File("wheel", _wheel(readme))}
        channels = [
            publish_run.channel("pypi", index.address, artifacts=(WHEEL,)),
            publish_run.channel("mcp-registry", registry.address, artifacts=(DOCUMENT,), after=("pypi",)),
        ]
        publisher = publish_run.by_hand(
            tmp_path, files, channels, {"TAGSHIP_PYPI_TOKEN": TOKEN}, TOKEN, details=_details(NAME)
        )
        done = publisher.run(**registry.issuer.environment)
        if marked:
            assert (done.code, index.files) == (0, {WHEEL}), done.said
        else:
            assert (done.code, index.requests, registry.requests) == (1, [], []), done.said
            assert f"does not say that it is the server {NAME}" in done.said


def test_a_document_that_breaks_the_rules_keeps_all_from_sending(registry: McpServer, tmp_path: Path) -> None:
    """It would be refused after PyPI has the version for ever: it is told first, and nobody gets anything."""
    broken = json.loads(_document("1.2.8").data)
    broken["packages"][0]["version"] = "latest"
    with PypiServer(tmp_path / "index") as index:
        files = {DOCUMENT: File("manifest", json.dumps(broken).encode()), WHEEL: File("wheel", _wheel(README))}
        channels = [
            publish_run.channel("pypi", index.address, artifacts=(WHEEL,)),
            publish_run.channel("mcp-registry", registry.address, artifacts=(DOCUMENT,), after=("pypi",)),
        ]
        secrets = {"TAGSHIP_PYPI_TOKEN": TOKEN, **registry.issuer.environment}
        done = publish_run.by_hand(tmp_path, files, channels, secrets, TOKEN, details=_details(NAME)).run()
        assert (done.code, index.uploads, registry.requests) == (6, 0, []), done.said
        assert "nothing is sent before mcp-registry is settled" in done.said


def test_a_project_goes_from_its_commit_to_the_registry(registry: McpServer, tmp_path: Path) -> None:
    """Planned, built, signed: PyPI first, then the registry, which finds in PyPI's page of the wheel whose server it is."""
    with PypiServer(tmp_path / "index") as index:
        project = _example(index, registry, tmp_path)
        env = {**publish_run.environment(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "CI": ""}
        publish_run.tagship(project, env, "release")
        plan = json.loads((project / "dist" / "plan.json").read_bytes())
        waits = {channel["id"]: channel["after"] for channel in plan["channels"]}
        assert waits == {"mcp-registry": ["pypi"], "pypi": []}
        files = project / "releases" / "v0.1.0"
        names = json.loads((files / "release.json").read_bytes())["assets"]
        digests = json.dumps({each["name"]: each["sha256"] for each in names})
        secrets = {**env, "TAGSHIP_PYPI_TOKEN": TOKEN, **registry.issuer.environment}
        publisher = Publisher(project, digests, secrets, (TOKEN,))
        registry.packages = lambda _name, _version: _shown(index)
        done = publisher.run("--plan", "dist/plan.json")
        assert done.code == 0, done.said
        assert {name: told["state"] for name, told in done.published.items()} == {
            "mcp-registry": "published",
            "pypi": "published",
        }
        again = publisher.run("--plan", "dist/plan.json")
        assert {told["state"] for told in again.published.values()} == {"already-there"}, again.said
    entry = registry.entry("io.github.octo/weather-mcp", "0.1.0")["server"]
    assert [each["version"] for each in entry["packages"]] == ["0.1.0"]


def _example(index: PypiServer, registry: McpServer, folder: Path) -> Path:
    """Take the example of a Python server as one of the owner ``octo``, without its versions in server.json."""
    project = folder / "weather-mcp"
    shutil.copytree(
        publish_run.EXAMPLES / "python-server", project, ignore=shutil.ignore_patterns("__pycache__", "dist")
    )
    for path in (project / "README.md", project / "server.json"):
        text = path.read_text(encoding="utf-8").replace("io.github.tagship/", "io.github.octo/")
        path.write_text(text.replace('"version": "0.1.0"', '"version": "${VERSION}"'), encoding="utf-8")
    channels = f"[{{kind: pypi, address: '{index.address}'}}, {{kind: mcp-registry, address: '{registry.address}'}}]"
    (project / "tagship.yaml").write_text(f"channels: {channels}\n", encoding="utf-8")
    env = publish_run.environment(folder)
    for argv in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "feat: start"], ["tag", "v0.1.0"]):
        publish_run.check(["git", *argv], project, env)
    return project


def _shown(index: PypiServer) -> str | None:
    """Return what PyPI would show of the wheel that was uploaded."""
    wheel = next(index.packages.glob("*.whl"), None)
    if wheel is None:
        return None
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return archive.read(name).decode()


def _publisher(
    registry: McpServer,
    folder: Path,
    version: str,
    *,
    name: str = NAME,
    description: str = "Rolls dice",
    options: dict[str, str] | None = None,
) -> Publisher:
    channel = publish_run.channel("mcp-registry", registry.address, options=options or {})
    file = _document(version, name, description)
    return publish_run.by_hand(
        folder, {f"dice-mcp-{version}.server.json": file}, [channel], version=version, details=_details(name)
    )


def _details(name: str) -> dict[str, Any]:
    packages = [{"registryType": "pypi", "identifier": "dice-mcp"}]
    return {"details": {"server-json": json.dumps({"name": name, "packages": packages})}}


def _document(version: str, name: str = NAME, description: str = "Rolls dice") -> File:
    document = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": name,
        "description": description,
        "version": version,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": "dice-mcp",
                "version": version,
                "transport": {"type": "stdio"},
                "environmentVariables": [{"name": "SIDES", "isRequired": False, "format": "number"}],
            }
        ],
    }
    return File("manifest", json.dumps(document).encode())


def _wheel(readme: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wheel:
        head = "Metadata-Version: 2.1\nName: dice-mcp\nVersion: 1.2.0\nDescription-Content-Type: text/markdown\n"
        wheel.writestr("dice_mcp-1.2.0.dist-info/METADATA", f"{head}\n{readme}")
        wheel.writestr("dice_mcp-1.2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("dice_mcp-1.2.0.dist-info/RECORD", "")
    return out.getvalue()
