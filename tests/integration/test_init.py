"""`tagship init` as people call it: what it writes, what it asks, what it leaves alone, what it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tagship.cli import COMMANDS
from tests.integration import projects
from tests.integration.projects import SHAPES, Project, Result
from tests.unit.test_migrations import GORELEASER

REF = "0123456789abcdef0123456789abcdef01234567"
RELEASE = ".github/workflows/release.yml"
GO = {
    "go.mod": "module example.com/octo/tides\n\ngo 1.22\n",
    "cmd/tides/main.go": "package main\n\nfunc main() {}\n",
    ".goreleaser.yaml": GORELEASER,
}


def init(project: Project, *arguments: str, **environment: str) -> Result:
    """Run it for a known commit of tagship."""
    return project.tagship("init", "--ref", REF, *arguments, **environment)


@pytest.fixture
def server(tmp_path: Path) -> Project:
    """Make a small Python project with a tag."""
    return projects.make(tmp_path, SHAPES["hatch"])


def test_it_shows_the_plan_and_writes_what_is_needed_and_nothing_else(server: Project) -> None:
    """No configuration where nothing differs; a workflow pinned by commit; the second run changes nothing."""
    done = init(server, "--yes", "--json")
    assert done.code == 0, done.said
    assert re.search(r"package +demo-server +python +1\.2\.0 +MIT", done.err)
    assert re.search(r"build +python-any +ubuntu-24.04 +demo_server-1\.2\.0-py3-none-any\.whl", done.err)
    assert json.loads(json.loads(done.out)["files"]) == {RELEASE: "created"}
    assert not (server.root / "tagship.yaml").exists()
    text = (server.root / RELEASE).read_text(encoding="utf-8")
    assert f"uses: tagship/tagship/.github/workflows/release.yml@{REF} # v" in text
    assert 'tags: ["v[0-9]*"]' in text
    assert 'signers: "sigstore"' in text
    assert "secrets:" not in text

    server.commit("chore: release with tagship")
    again = init(server, "--json")
    assert again.code == 0, again.said
    assert json.loads(json.loads(again.out)["files"]) == {RELEASE: "unchanged"}
    assert server.git("status", "--porcelain") == ""


def test_it_renews_its_own_part_and_leaves_alone_what_somebody_changed(server: Project) -> None:
    """Jobs below the marks stay; a changed line is shown as a diff, and only --replace goes over it."""
    assert init(server, "--signers", "key", "--channels", "none").code == 0
    path = server.root / RELEASE
    path.write_text(path.read_text(encoding="utf-8") + "  tell:\n    runs-on: ubuntu-24.04\n", encoding="utf-8")
    renewed = server.tagship("init", "--ref", "f" * 40)
    assert renewed.code == 0, renewed.said
    text = path.read_text(encoding="utf-8")
    assert REF not in text
    assert f"@{'f' * 40} #" in text
    assert text.endswith("  tell:\n    runs-on: ubuntu-24.04\n")
    assert "TAGSHIP_KEY: ${{ secrets.TAGSHIP_KEY }}" in text

    path.write_text(text.replace("cancel-in-progress: false", "cancel-in-progress: true"), encoding="utf-8")
    left = init(server, "--channels", "pypi")
    assert left.code == 2
    assert f"{RELEASE}: left alone: somebody changed what is between the marks" in left.err
    assert "-  cancel-in-progress: true\n+  cancel-in-progress: false\n" in left.err
    assert f"@{'f' * 40} #" in path.read_text(encoding="utf-8")
    assert "channels: [pypi]" in (server.root / "tagship.yaml").read_text(encoding="utf-8")
    assert init(server, "--replace").code == 0
    assert "cancel-in-progress: true" not in path.read_text(encoding="utf-8")


def test_a_workflow_of_somebody_else_is_read_and_not_overwritten(server: Project) -> None:
    """A hand-written release.yml is told line by line, and stays until --replace."""
    steps = "      - run: uv build\n      - run: uv publish\n"
    theirs = f"on: {{push: {{tags: ['v*']}}}}\njobs:\n  all:\n    runs-on: x\n    steps:\n{steps}"
    server.commit("ci: release", {RELEASE: theirs})
    done = init(server, "--yes")
    assert done.code == 2
    assert f"{RELEASE}:7  jobs.all.steps.1 → channels: pypi" in done.err
    assert f"{RELEASE}: left alone: somebody else wrote it" in done.err
    assert (server.root / RELEASE).read_text(encoding="utf-8") == theirs
    assert init(server, "--yes", "--replace").code == 0
    assert "TAGSHIP_PYPI_TOKEN" in (server.root / RELEASE).read_text(encoding="utf-8")


def test_your_own_settings_stand(server: Project) -> None:
    """Keys of a tagship.yaml by hand are not written again; what is new goes below them."""
    server.commit("chore: configure", {"tagship.yaml": "# mine\nchannels: [npm]\n"})
    done = init(server, "--yes", "--channels", "pypi")
    assert done.code == 0, done.said
    assert "tagship.yaml says channels already: that stands" in done.err
    assert (server.root / "tagship.yaml").read_text(encoding="utf-8") == "# mine\nchannels: [npm]\n"
    broken = server.root / "tagship.yaml"
    broken.write_text("chanels: [npm]\n", encoding="utf-8")
    refused = init(server, "--yes")
    assert (refused.code, "did you mean 'channels'" in refused.err) == (2, True)


def test_nobody_to_ask_is_an_error_with_the_questions(server: Project) -> None:
    """Each question with the flag that answers it; nothing is written."""
    done = init(server)
    assert done.code == 2
    assert "Who signs in the workflow?" in done.err
    assert "say it with --signers, or take 'sigstore' with --yes" in done.err
    assert "Of pypi, comma-separated:" in done.err
    assert not (server.root / RELEASE).exists()
    new = server.at(server.home).tagship("init", "--new", "go", "tides", "--ref", REF, "--yes")
    assert (new.code, "say it with --owner" in new.err) == (2, True)


def test_a_server_in_a_fixture_is_nothing_to_publish(server: Project) -> None:
    """The MCP Registry is proposed for documents of the project, not for those of its tests and examples."""
    server.commit("test: a fixture", {"tests/data/server.json": "{}"})
    assert "Of pypi, comma-separated:" in init(server).err
    server.commit("feat: register it", {"server.json": "{}"})
    assert "Of pypi, mcp-registry, comma-separated:" in init(server).err


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_a_person_is_asked_until_the_answer_can_be_used(server: Project) -> None:
    """On a terminal: a wrong answer is told and asked again, an empty one takes the proposal."""
    import pty

    primary, secondary = pty.openpty()
    os.write(primary, b"nobody\nkey\n\n")
    argv = [sys.executable, "-m", "tagship", "init", "--ref", REF]
    with subprocess.Popen(
        argv, cwd=server.root, env=server.env(), stdin=secondary, stderr=secondary, stdout=subprocess.PIPE
    ) as process:
        os.close(secondary)
        said = b""
        while True:
            try:
                chunk = os.read(primary, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not chunk:
                break
            said += chunk
        assert process.wait(60) == 0, said.decode()
    os.close(primary)
    assert b"unknown name 'nobody'" in said
    assert said.count(b"Who signs in the workflow?") == 2
    assert 'signers: "key"' in (server.root / RELEASE).read_text(encoding="utf-8")


def test_goreleaser_is_carried_over(tmp_path: Path) -> None:
    """Line by line on the terminal and as JSON; its settings are in tagship.yaml, its signer and draft in the workflow."""
    project = projects.make(tmp_path, GO)
    done = init(project, "--from", "goreleaser", "--yes", "--json")
    assert done.code == 0, done.said
    assert ".goreleaser.yaml:18  upx ✗ " in done.err
    notes = json.loads(json.loads(done.out)["migration"])
    assert {"file": ".goreleaser.yaml", "line": 16, "what": "release.draft: true", "became": "draft, in the workflow",
            "reason": ""} in notes  # fmt: skip
    settings = (project.root / "tagship.yaml").read_text(encoding="utf-8")
    assert "targets: [linux-x86_64, linux-aarch64, macos-aarch64]" in settings
    text = (project.root / RELEASE).read_text(encoding="utf-8")
    assert "draft: true" in text
    assert 'signers: "sigstore"' in text
    assert re.search(r"build +go +ubuntu-24.04 +tides-1\.2\.0-1\.aarch64\.rpm", done.err)
    refused = init(project, "--from", "cargo-dist", "--yes")
    assert (refused.code, "no configuration of cargo-dist" in refused.err) == (2, True)
    unknown = init(project, "--from", "jreleaser", "--yes")
    assert (unknown.code, "choose among auto, none, cargo-dist" in unknown.err) == (2, True)


def test_a_broken_configuration_of_another_tool_is_told_with_its_line(tmp_path: Path) -> None:
    """No traceback; `--from none` goes on without it."""
    project = projects.make(tmp_path, {**GO, ".goreleaser.yaml": "builds:\n  - main: [\n"})
    done = init(project, "--yes")
    assert done.code == 2
    assert ".goreleaser.yaml:3" in done.err
    assert "Traceback" not in done.said
    assert init(project, "--yes", "--from", "none").code == 0


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        (".release-please-manifest.json", "", ":1:1: not JSON"),
        ("release-please-config.json", "[]", ":1: not a JSON object"),
        ("dist.toml", "[dist\n", ":1:6: not TOML"),
        (".goreleaser.yaml", "builds: []\nbuilds:\n  - main: .\n", ":2: the key 'builds' is there twice"),
        (".releaserc.json", '{"plugins": [],\n "plugins": []}', ":2: the key 'plugins' is there twice"),
    ],
)
def test_broken_ones_are_told_alike_whatever_their_format(server: Project, file: str, text: str, told: str) -> None:
    """Exit 2 with file and line, and the way on without it."""
    server.commit("chore: odd", {file: text})
    done = init(server, "--yes", "--dry-run")
    assert done.code == 2, done.said
    assert f"{file}{told}" in done.err
    assert "mend the file, or leave it out with --from none" in done.err


def test_a_configuration_that_says_nothing_is_not_said_to_be_missing(server: Project) -> None:
    """An empty file is there all the same."""
    server.commit("chore: odd", {".goreleaser.yaml": "# later\n"})
    done = init(server, "--yes", "--from", "goreleaser")
    assert done.code == 2, done.said
    assert ".goreleaser.yaml: it says nothing of a release that goreleaser makes" in done.err


def test_packages_with_tags_of_their_own_and_a_folder(tmp_path: Path) -> None:
    """The patterns are those of the history; a project in a folder says so."""
    files = {f"deep/{name}": text for name, text in SHAPES["hatch"].items()}
    project = projects.make(tmp_path, files, tag="demo-server-v1.2.0")
    done = init(project.at(project.root / "deep"), "--yes", "--form", "composite", "--channels", "pypi")
    assert done.code == 0, done.said
    text = (project.root / RELEASE).read_text(encoding="utf-8")
    assert 'tags: ["demo-server-v[0-9]*"]' in text
    assert 'working-directory: "deep"' in text
    assert 'path: "deep/tagship-dist/"' in text
    assert (project.root / "deep" / "tagship.yaml").is_file()


def test_the_commit_is_that_of_a_tag_or_a_branch(server: Project, tmp_path: Path) -> None:
    """An annotated tag is peeled; a tag that is not there is exit 2, a server that does not answer exit 5."""
    ours = tmp_path / "hub" / "tagship" / "tagship"
    ours.mkdir(parents=True)
    theirs = server.at(ours)
    theirs.git("init", "--quiet", "--initial-branch", "main")
    commit = theirs.commit("feat: begin", {"a": "b"})
    theirs.git("tag", "--annotate", "--message", "nine", "v9.9.9")
    hub = {"GITHUB_SERVER_URL": f"file://{tmp_path / 'hub'}"}
    for reference in ("v9.9.9", "main"):
        done = server.tagship("init", "--yes", "--replace", "--ref", reference, **hub)
        assert done.code == 0, done.said
        assert f"release.yml@{commit} # {reference}\n" in (server.root / RELEASE).read_text(encoding="utf-8")
    missing = server.tagship("init", "--yes", "--ref", "v0.0.9", **hub)
    assert (missing.code, "neither a tag nor a branch v0.0.9" in missing.err) == (2, True)
    gone = server.tagship("init", "--yes", "--ref", "v1", GITHUB_SERVER_URL=f"file://{tmp_path / 'gone'}")
    assert (gone.code, "give the commit with --ref" in gone.err) == (5, True)
    odd = server.tagship("init", "--yes", "--ref", "--upload-pack=id", **hub)
    assert (odd.code, "no commit, tag or branch" in odd.err) == (2, True)


def test_a_new_server_is_not_begun_where_something_is(server: Project, tmp_path: Path) -> None:
    """In a folder of its name where the place is not empty; never in somebody's repository or over somebody's files."""
    inside = init(server, "--new", "go", "tides", "--owner", "octo", "--yes")
    assert (inside.code, "inside of the repository" in inside.err) == (2, True)
    place = server.at(tmp_path)
    done = init(place, "--new", "go", "tides", "--owner", "octo", "--yes")
    assert done.code == 0, done.said
    assert "module github.com/octo/tides" in (tmp_path / "tides" / "go.mod").read_text(encoding="utf-8")
    assert "next: cd tides && git add ." in done.err
    again = init(place, "--new", "go", "tides", "--owner", "octo", "--yes")
    assert (again.code, "there is something already" in again.err) == (2, True)
    dry = init(place, "--new", "npm", "colours", "--owner", "octo", "--yes", "--dry-run")
    assert (dry.code, (tmp_path / "colours").exists()) == (0, False)


def test_an_empty_clone_knows_whose_it_is(server: Project, tmp_path: Path) -> None:
    """A repository that was made at GitHub and cloned says its owner and its name: nothing is asked."""
    place = server.at(tmp_path / "clone")
    place.root.mkdir()
    place.git("init", "--quiet")
    place.git("remote", "add", "origin", "git@github.com:Octo/the-weather.git")
    done = init(place, "--new", "python", "weather", "--yes")
    assert done.code == 0, done.said
    document = json.loads((place.root / "server.json").read_text(encoding="utf-8"))
    assert document["name"] == "io.github.Octo/weather"
    assert document["repository"]["url"] == "https://github.com/Octo/the-weather"


def test_dry_run_shows_and_writes_nothing(server: Project) -> None:
    """The whole diff, exit 0."""
    done = init(server, "--yes", "--dry-run", "--channels", "pypi")
    assert done.code == 0, done.said
    assert f"+++ {RELEASE} (tagship init)" in done.err
    assert server.git("status", "--porcelain") == ""


def test_it_is_a_command() -> None:
    """And no action: a workflow has nothing to set up."""
    assert "init" in COMMANDS
