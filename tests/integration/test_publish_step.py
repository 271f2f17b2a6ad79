"""What ``publish`` does with several channels, and with files that it takes from a release: real indexes on loopback."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.integration import publish_run
from tests.integration.pages_site import Site
from tests.integration.publish_run import Built, Finished, Publisher
from tests.tools.node import openapi_description
from tests.tools.pypi_server import TOKEN, PypiServer

WHEEL = "weather_mcp-0.1.0-py3-none-any.whl"
SDIST = "weather_mcp-0.1.0.tar.gz"
SECRETS = {"TAGSHIP_PYPI_TOKEN": TOKEN, "TAGSHIP_INNER_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return publish_run.build("python-server", tmp_path_factory.mktemp("built"))


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[tuple[PypiServer, PypiServer]]:
    with PypiServer(tmp_path / "first") as first, PypiServer(tmp_path / "second") as second:
        yield first, second


@pytest.fixture
def publisher(built: Built, indexes: tuple[PypiServer, PypiServer], tmp_path: Path) -> Publisher:
    return publish_run.plan(built, tmp_path, _config(*indexes), SECRETS, TOKEN)


def test_channels_that_do_not_wait_for_each_other_are_served_at_once(
    publisher: Publisher, indexes: tuple[PypiServer, PypiServer]
) -> None:
    """Each index answers its first upload only when the other has got one too."""
    meet = threading.Barrier(2, timeout=60)

    for index in indexes:

        def together(method: str, _path: str, index: PypiServer = index) -> None:
            if method == "POST" and index.uploads == 1:
                meet.wait()

        index.before = together
    done = publisher.run()
    assert done.code == 0, done.said
    assert {name: told["state"] for name, told in done.published.items()} == {"inner": "published", "pypi": "published"}
    assert [index.files for index in indexes] == [{WHEEL, SDIST}] * 2
    assert re.search(rf"^inner: +\+ {re.escape(WHEEL)}", done.said, re.MULTILINE)


def test_other_bytes_in_one_channel_keep_all_from_sending(
    publisher: Publisher, indexes: tuple[PypiServer, PypiServer]
) -> None:
    """The one whose version is free gets nothing either: one version is never two things in two places."""
    shutil.copy(publisher.file(WHEEL), indexes[1].packages / WHEEL)
    with zipfile.ZipFile(indexes[1].packages / WHEEL, "a") as archive:
        archive.comment = b"built elsewhere"
    done = publisher.run()
    assert done.code == 4, done.said
    assert f"inner: this version is there with other bytes: {WHEEL}" in done.said
    assert "nothing is sent before inner is settled" in done.said
    assert "tagship publish --channels inner,pypi" in done.said
    assert (indexes[0].uploads, indexes[1].uploads) == (0, 0)


def test_a_published_release_is_enough_to_go_on(
    built: Built, indexes: tuple[PypiServer, PypiServer], tmp_path: Path
) -> None:
    """Without plan, build or sources: one channel is filled from the release's own bytes, proved by its signatures."""
    project = _released(built, indexes, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = _resume(elsewhere, project, "--channels", "inner")
    assert done.code == 0, done.said
    assert (list(done.published), indexes[0].files) == (["inner"], set())
    released = project / "releases" / "v0.1.0"
    for name in (WHEEL, SDIST):
        assert (indexes[1].packages / name).read_bytes() == (released / name).read_bytes()
    assert list(elsewhere.iterdir()) == []


def test_the_page_of_a_published_release(built: Built, tmp_path: Path) -> None:
    """Asked for or later, with a token alone: made from the signed manifest, after what is on it; done once."""
    folder = tmp_path / "weather-mcp"
    shutil.copytree(built.project, folder)
    with GithubServer(["octo/demo"], description=openapi_description()) as server, Site(server) as site:
        options = "{repository: octo/demo, name: weather}"
        config = f"channels: [github-release, {{kind: pages, address: '{site.address}', options: {options}}}]\n"
        (folder / "tagship.yaml").write_text(config, encoding="utf-8")
        own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "CI": ""}
        publish_run.tagship(folder, {**publish_run.environment(tmp_path), **own}, "release", "--probes", "false")
        planned = json.loads((folder / "dist" / "plan.json").read_bytes())["channels"]
        assert {each["id"]: each["after"] for each in planned} == {"github-release": [], "pages": ["github-release"]}
        env = {"GITHUB_API_URL": server.api_url, "TAGSHIP_PAGES_TOKEN": WRITE_TOKEN}
        flags = ("--channels", "pages", "--retry-window", "20")
        states = [_resume(tmp_path, folder, *flags, **env).published["pages"]["state"] for _ in range(2)]
        assert states == ["published", "already-there"]
        page = site.file("index.html").decode()
        assert "<title>weather-mcp 0.1.0</title>" in page
        assert WHEEL in page
        assert hashlib.sha256((folder / "releases" / "v0.1.0" / WHEEL).read_bytes()).hexdigest() in page
        assert site.file("releases/v0.1.0/index.html").decode().count('="../../') == 3
        assert server.violations == []


@pytest.mark.parametrize("changed", [WHEEL, "weather-mcp-0.1.0.release.json"])
def test_a_release_that_was_changed_is_not_published(
    built: Built, indexes: tuple[PypiServer, PypiServer], tmp_path: Path, changed: str
) -> None:
    """One byte more in a file, or another address in the manifest: nothing is sent."""
    project = _released(built, indexes, tmp_path)
    path = project / "releases" / "v0.1.0" / changed
    path.write_bytes(path.read_bytes() + b"\n")
    done = _resume(project, project)
    assert (done.code, [index.requests for index in indexes]) == (6, [[], []]), done.said


def test_a_release_is_not_believed_without_its_key(
    built: Built, indexes: tuple[PypiServer, PypiServer], tmp_path: Path
) -> None:
    """No key, somebody else's key, and a tag that was never released are refused, each with what to do."""
    project = _released(built, indexes, tmp_path)
    assert _resume(project, project, "--public-key", "").code == 2
    env = publish_run.environment(tmp_path)
    publish_run.tagship(project, env, "sign-and-attest", "--generate-key", "other.pem")
    wrong = _resume(project, project, "--public-key", "other.pem.pub")
    assert (wrong.code, [index.requests for index in indexes]) == (6, [[], []]), wrong.said
    unknown = _resume(project, project, "--from-release", "v9.9.9")
    assert (unknown.code, "there is no published release of v9.9.9" in unknown.said) == (2, True), unknown.said


def test_the_release_itself_is_a_channel(built: Built, tmp_path: Path) -> None:
    """What others point at is public first: completed as release-assets does it, found again, never changed, and only told where
    its files are not at hand.
    """
    project = tmp_path / "weather-mcp"
    shutil.copytree(built.project, project)
    hook = "{kind: webhook, address: 'https://hook.example.org'}"
    (project / "tagship.yaml").write_text(f"channels: [github-release, {hook}]\n", encoding="utf-8")
    env = {
        **publish_run.environment(tmp_path),
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "CI": "",
    }
    publish_run.tagship(project, env, "release", "--probes", "false", "--sbom", "none")
    released = project / "releases" / "v0.1.0"
    wanted = {path.name: path.read_bytes() for path in released.iterdir() if path.suffix != ".html"}
    plan = json.loads((project / "dist" / "plan.json").read_bytes())
    assert {each["id"]: each["after"] for each in plan["channels"]}["webhook"] == ["github-release"]
    publisher = Publisher(project, "", env, ())
    flags = ("--plan", "dist/plan.json", "--channels", "github-release", "--forge", "directory")

    shutil.rmtree(released)
    done = publisher.run(*flags)
    assert done.code == 0, done.said
    assert done.published["github-release"]["state"] == "published"
    assert wanted.keys() <= {path.name for path in released.iterdir()}
    assert (released / WHEEL).read_bytes() == wanted[WHEEL]
    again = publisher.run(*flags)
    assert again.code == 0, again.said
    assert again.published["github-release"]["state"] == "already-there"
    record = released / "release.json"
    record.write_text(record.read_text(encoding="utf-8").replace('"published"', '"draft"'), encoding="utf-8")
    draft = publisher.run(*flags)
    assert draft.code == 0, draft.said
    assert draft.published["github-release"]["state"] == "published", draft.said
    (released / WHEEL).write_bytes(b"other")
    other = publisher.run(*flags)
    assert (other.code, f"other bytes: {WHEEL}" in other.said) == (4, True), other.said


def _config(first: PypiServer, second: PypiServer) -> str:
    return f"channels: [{{kind: pypi, address: '{first.address}'}}, {{kind: pypi, id: inner, address: '{second.address}'}}]\n"


def _released(built: Built, indexes: tuple[PypiServer, PypiServer], folder: Path) -> Path:
    """Release the project into a folder of its own, signed."""
    project = folder / "weather-mcp"
    shutil.copytree(built.project, project)
    (project / "tagship.yaml").write_text(_config(*indexes), encoding="utf-8")
    env = {**publish_run.environment(folder), "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "CI": ""}
    publish_run.tagship(project, env, "release")
    return project


def _resume(folder: Path, project: Path, *flags: str, **env: str) -> Finished:
    released = project / "releases"
    given = ["--from-release", "v0.1.0", "--forge", "directory", "--directory", str(released), "--json"]
    key = ["--public-key", str(released / "v0.1.0" / "signing-key.pub")]
    done = subprocess.run(
        [sys.executable, "-m", "tagship", "publish", *given, *key, *flags],
        cwd=folder,
        env={**publish_run.environment(folder.parent), **SECRETS, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert TOKEN not in done.stdout + done.stderr
    json.loads(done.stdout or "{}")
    return Finished(code=done.returncode, out=done.stdout, said=done.stdout + done.stderr)
