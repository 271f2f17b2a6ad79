"""release into a folder: the whole chain, again, tampered with, killed, and refused where bytes would change."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

pytestmark = [pytest.mark.network, pytest.mark.e2e]
CHANGELOG = "# Changelog\n\n## [1.2.0] - 2026-03-01\n\n### Added\n\n- all of it\n"
FILES = projects.plain(projects.manifest(projects.HATCH), **{"CHANGELOG.md": CHANGELOG})
NAMES = {
    "demo_server-1.2.0-py3-none-any.whl",
    "demo_server-1.2.0.tar.gz",
    "demo-server-1.2.0.cdx.json",
    "demo-server-1.2.0.spdx.json",
    "demo-server-1.2.0.release.json",
    "checksums.txt",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Release once with zero configuration and no key: one is made for this machine."""
    project = projects.make(tmp_path_factory.mktemp("released"), FILES)
    done = project.tagship("release")
    assert done.code == 0, done.said
    assert "made a signing key for this machine" in done.err
    return project


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """Copy the released project, to be spoiled or released again."""
    shutil.copytree(released.root, tmp_path / "project")
    shutil.copytree(released.home, tmp_path / "home")
    return Project(tmp_path / "project", tmp_path / "home")


def folder(project: Project) -> Path:
    return project.root / "releases" / "v1.2.0"


def content(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


def verify(project: Project, *more: str, key: str = "releases/v1.2.0/signing-key.pub") -> tuple[int, str]:
    done = project.tagship("verify", "--files", "releases/v1.2.0", *(("--key", key) if key else ()), *more)
    return done.code, done.said


def test_the_folder_is_what_a_release_page_holds(released: Project) -> None:
    """All files, a signature each, the record, the notes and a page that shows every file and loads nothing."""
    record = json.loads((folder(released) / "release.json").read_text(encoding="utf-8"))
    assets = {asset["name"] for asset in record["assets"]}
    others = {"signing-key.pub", "demo-server-1.2.0.intoto.jsonl"}
    assert assets == NAMES | {f"{name}.sigstore.json" for name in NAMES} | others
    assert (record["state"], record["tag"], record["latest"], record["prerelease"]) == (
        "published",
        "v1.2.0",
        True,
        False,
    )
    assert set(content(folder(released))) == assets | {"release.json", "RELEASE_NOTES.md", "index.html"}
    assert (
        (folder(released) / "RELEASE_NOTES.md")
        .read_text(encoding="utf-8")
        .startswith("### Added\n\n- all of it\n\n## Install\n")
    )
    page = _Page((folder(released) / "index.html").read_text(encoding="utf-8"))
    assert {link.removeprefix("./") for link in page.links} == (assets - {"signing-key.pub.sigstore.json"}) | {
        "release.json"
    }
    assert page.loads == []
    assert page.open_tags == []


class _Page(HTMLParser):
    """Reads links, what would be fetched, and whether tags are closed."""

    VOID = ("meta", "br", "hr", "img", "link", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.open_tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.links += [values["href"] or ""] if tag == "a" else []
        self.loads += [tag] if tag in {"img", "link", "iframe"} or "src" in values else []
        if tag not in self.VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def test_releasing_again_changes_nothing(project: Project) -> None:
    """Same commit, same key: the state says unchanged and no byte moves."""
    before = content(folder(project))
    again = project.tagship("release", "--json")
    assert again.code == 0, again.said
    assert json.loads(again.out)["state"] == "unchanged"
    assert content(folder(project)) == before


def test_the_line_that_is_printed_verifies(project: Project) -> None:
    """The last line of the release is a command that works."""
    last = project.tagship("release").err.splitlines()[-1]
    words = last.partition("verify it yourself: ")[2].split()
    assert words[:2] == ["tagship", "verify"]
    assert project.tagship(*words[1:]).code == 0


@pytest.mark.parametrize("name", [*sorted(NAMES), "demo-server-1.2.0.cdx.json.sigstore.json"])
def test_a_changed_file_is_found(project: Project, name: str) -> None:
    """Whichever it is: exit 6, and its name."""
    path = folder(project) / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2") + b"\n")
    code, said = verify(project)
    assert code == 6, said
    assert name.removesuffix(".sigstore.json") in said
    assert "Traceback" not in said


def test_a_missing_file_another_key_and_stripped_signatures_are_found(project: Project) -> None:
    """Whoever swaps files can also rewrite lists and drop signatures: none of that passes with the right key."""
    assert verify(project)[0] == 0
    assert project.tagship("sign-and-attest", "--generate-key", "other.pem").code == 0
    code, said = verify(project, key="other.pem.pub")
    assert (code, "another key" in said) == (6, True)
    (folder(project) / "demo_server-1.2.0.tar.gz").unlink()
    code, said = verify(project)
    assert (code, "not there" in said) == (6, True)
    for bundle in folder(project).glob("*.sigstore.json"):
        bundle.unlink()
    code, said = verify(project)
    assert (code, "neither signed by whom you trust nor in a list that is" in said) == (6, True)


def test_signatures_without_a_key_are_not_waved_through(project: Project) -> None:
    """Exit 2: give the key."""
    code, said = verify(project, key="")
    assert (code, "nothing says whose they must be" in said) == (2, True)


def test_other_bytes_on_a_published_release_are_refused(project: Project) -> None:
    """Exit 4, the file is named, nothing in the folder changes."""
    before = content(folder(project))
    assert project.tagship("sign-and-attest", "--generate-key", "other.pem").code == 0
    done = project.tagship("release", TAGSHIP_KEY="other.pem")
    assert done.code == 4, done.said
    assert "checksums.txt.sigstore.json" in done.err
    assert "nothing was changed" in done.err
    assert content(folder(project)) == before
    replaced = project.tagship("release", "--on-different", "replace", TAGSHIP_KEY="other.pem")
    assert replaced.code == 0, replaced.said
    assert content(folder(project)) != before


def test_foreign_files_follow_on_extra(project: Project) -> None:
    """Refused unless told: kept or deleted."""
    foreign = folder(project) / "foreign.txt"
    foreign.write_text("x", encoding="utf-8")
    refused = project.tagship("release")
    assert (refused.code, "foreign.txt" in refused.err) == (6, True)
    kept = project.tagship("release", "--on-extra", "keep")
    assert kept.code == 0, kept.said
    assert foreign.exists()
    assert verify(project)[0] == 6, "nobody vouches for it, and a stranger is told so"
    assert project.tagship("release", "--on-extra", "delete").code == 0
    assert not foreign.exists()


def test_draft_prerelease_and_latest(project: Project) -> None:
    """A draft has no page; a prerelease is never latest; a back-port is not latest over a higher version."""
    states = {}
    for version, arguments in (("1.3.0-rc.1", ()), ("2.0.0", ()), ("1.2.1", ()), ("2.1.0", ("--draft",))):
        python = version.replace("-rc.", "rc")
        project.commit(
            f"feat: {version}", {"pyproject.toml": projects.manifest(projects.HATCH, f'version = "{python}"')}
        )
        project.git("tag", f"v{version}")
        done = project.tagship("release", *arguments)
        assert done.code == 0, done.said
        place = project.root / "releases" / f"v{version}"
        record = json.loads((place / "release.json").read_text(encoding="utf-8"))
        states[version] = (record["state"], record["prerelease"], record["latest"], (place / "index.html").exists())
    assert states == {
        "1.3.0-rc.1": ("published", True, False, True),
        "2.0.0": ("published", False, True, True),
        "1.2.1": ("published", False, False, True),
        "2.1.0": ("draft", False, False, False),
    }


@pytest.mark.parametrize("after", ["→ dist/plan.json", ".whl", "✓ build", "✓ write checksums", "  + ", "created: "])
def test_killed_anywhere_a_second_run_converges(released: Project, tmp_path: Path, after: str) -> None:
    """SIGKILL once a stage is told, then the same command again: the same bytes as a run that nobody disturbed."""
    root = tmp_path / "project"
    released.git("clone", "--quiet", str(released.root), str(root))
    shutil.copytree(released.home, tmp_path / "home")
    project = Project(root, tmp_path / "home")
    argv = [sys.executable, "-m", "tagship", "release"]
    with subprocess.Popen(
        argv, cwd=root, env=project.env(), stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    ) as victim:
        assert victim.stderr
        assert any(after in line for line in victim.stderr), "the stage was told"
        os.killpg(victim.pid, signal.SIGKILL)
    again = project.tagship("release")
    assert again.code == 0, again.said
    assert content(folder(project)) == content(folder(released))


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_the_next_one_goes_on(
    released: Project, tmp_path: Path, kind: signal.Signals
) -> None:
    """Ctrl-C and a cancelled job: exit 130, one sentence, no traceback; the same command converges."""
    root = tmp_path / "project"
    released.git("clone", "--quiet", str(released.root), str(root))
    shutil.copytree(released.home, tmp_path / "home")
    project = Project(root, tmp_path / "home")
    argv = [sys.executable, "-m", "tagship", "release"]
    with subprocess.Popen(argv, cwd=root, env=project.env(), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        for line in running.stderr:
            if "✓ plan" in line:
                break
        running.send_signal(kind)
        said = running.stderr.read()
    assert running.returncode == 130, said
    assert "interrupted; run it again" in said
    assert "Traceback" not in said
    assert project.tagship("release").code == 0
    assert content(folder(project)) == content(folder(released))


@pytest.mark.parametrize("name", ["with space", "a, b", "a[1]", "quote'd"])
def test_a_project_may_lie_in_a_folder_of_any_name(released: Project, tmp_path: Path, name: str) -> None:
    """No path of ours is read as a list or a pattern: the release is made and proved there, with the same bytes."""
    root = tmp_path / name / "project"
    root.parent.mkdir()
    released.git("clone", "--quiet", str(released.root), str(root))
    shutil.copytree(released.home, tmp_path / "home")
    project = Project(root, tmp_path / "home")
    done = project.tagship("release")
    assert done.code == 0, done.said
    assert content(folder(project)) == content(folder(released))


def test_the_line_that_is_printed_can_be_pasted(project: Project) -> None:
    """Into a shell, also where the folder of the releases has a name that a shell would split or expand."""
    done = project.tagship("release", "--directory", "our [new] releases")
    assert done.code == 0, done.said
    words = shlex.split(done.err.splitlines()[-1].partition("verify it yourself: ")[2])
    assert words[:2] == ["tagship", "verify"]
    checked = project.tagship(*words[1:])
    assert checked.code == 0, checked.said
    assert re.search(r"(\d+) of \1 files hold", checked.err)
