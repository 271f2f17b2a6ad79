"""Clones and files as they are: links, submodules, pointers, line ends, locks, keys, cut histories, dry runs of refusals."""

import os
import sys
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.monorepos import bump
from tests.integration.projects import Project, Result

FILES = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a released project with a feature since."""
    made = projects.make(tmp_path, FILES)
    made.commit("feat: a")
    return made


def refused(project: Project, code: int, *arguments: str) -> Result:
    """Run it to a clear refusal, by the dry run as well, which changes nothing that the real one would not."""
    before = state(project)
    done = project.tagship("version-bump", *arguments)
    assert done.code == code, done.said
    assert "Traceback" not in done.said
    assert "→" in done.err
    assert state(project) == before
    return done


def state(project: Project) -> tuple[str, str, dict[str, bytes]]:
    """Return references, status and bytes."""
    files = {
        str(path.relative_to(project.root)): path.read_bytes()
        for path in project.root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    return project.git("for-each-ref"), project.git("status", "--porcelain"), files


def test_a_shallow_clone_with_tags_beyond_the_cut(project: Project, tmp_path: Path) -> None:
    """All tags are there, but the history between is not: that is told, and is no first release."""
    project.commit("feat: b")
    clone = project.at(tmp_path / "clone")
    project.git("clone", "--quiet", "--depth", "1", f"file://{project.root}", str(clone.root))
    clone.git("fetch", "--quiet", "--depth", "1", "origin", "tag", "v1.2.0")
    done = refused(clone, 2, "--mode", "commit")
    assert "its tags are not in the history that is there" in done.err
    assert "fetch-depth: 0" in done.err
    assert bump(clone, "--mode", "none", "--deepen")["version"] == "1.3.0"


def test_a_shallow_clone_that_reaches_the_release_is_enough(project: Project, tmp_path: Path) -> None:
    """What was cut off lies before the last release."""
    project.git("tag", "--delete", "v1.2.0")
    project.git("tag", "v1.2.5")
    project.commit("fix: b")
    clone = project.at(tmp_path / "clone")
    project.git("clone", "--quiet", "--depth", "2", f"file://{project.root}", str(clone.root))
    assert clone.git("rev-parse", "--is-shallow-repository") == "true"
    assert bump(clone, "--mode", "none")["version"] == "1.2.6"


def test_no_commit_at_all(project: Project, tmp_path: Path) -> None:
    """An empty repository, and a folder that is none."""
    project.git("init", "--quiet", str(tmp_path / "empty"))
    empty = project.at(tmp_path / "empty").tagship("version-bump")
    assert (empty.code, "no commit yet" in empty.err) == (2, True)
    (tmp_path / "folder").mkdir()
    none = project.at(tmp_path / "folder").tagship("version-bump", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert (none.code, "not a git repository" in none.err) == (2, True)


WRAPPER = """#!/bin/sh
case " $* " in
  *" add "*) PATH="$OLD_PATH" {python} -m tagship version-bump --mode commit > {log} 2>&1; echo code=$? >> {log} ;;
esac
PATH="$OLD_PATH" exec git "$@"
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_run_while_another_one_works(project: Project, tmp_path: Path) -> None:
    """Just before the one commits, another one decides the same: it is refused, and the first one is whole."""
    wrapper, log = tmp_path / "bin" / "git", tmp_path / "log"
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(python=sys.executable, log=log), encoding="utf-8")
    wrapper.chmod(0o755)
    path = os.environ["PATH"]
    values = bump(project, "--mode", "commit", PATH=f"{wrapper.parent}{os.pathsep}{path}", OLD_PATH=path)
    said = log.read_text(encoding="utf-8")
    assert "another version-bump, or another git, works in this clone" in said
    assert said.endswith("code=3\n")
    assert project.git("rev-parse", "v1.3.0^{commit}") == project.git("rev-parse", "HEAD") == values["commit"]
    assert project.git("rev-list", "--count", "v1.2.0..") == "2"
    assert project.git("status", "--porcelain") == ""
    assert bump(project, "--mode", "commit")["bumped"] is False


def test_a_work_tree_of_its_own(project: Project, tmp_path: Path) -> None:
    """A linked work tree, whose `.git` is a file."""
    project.git("worktree", "add", "--quiet", "-b", "next", str(tmp_path / "linked"))
    linked = project.at(tmp_path / "linked")
    assert bump(linked, "--mode", "commit")["tag"] == "v1.3.0"
    assert linked.git("status", "--porcelain") == project.git("status", "--porcelain") == ""


@pytest.mark.parametrize("option", ["tag.gpgsign", "commit.gpgsign"])
def test_a_key_that_is_missing(project: Project, option: str) -> None:
    """Commit and tag are both taken back where either cannot be signed."""
    project.git("config", option, "true")
    project.git("config", "gpg.program", "/nonexistent")
    head = project.git("rev-parse", "HEAD")
    refused(project, 3, "--mode", "commit")
    assert (project.git("rev-parse", "HEAD"), project.git("tag")) == (head, "v1.2.0")


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "prepare-commit-msg", "reference-transaction"])
def test_hooks_that_refuse(project: Project, hook: str) -> None:
    """Whichever hook says no: the clone is as it was, and what the hook said is told."""
    path = project.root / ".git" / "hooks" / hook
    path.write_text("#!/bin/sh\necho not today >&2\nexit 1\n", encoding="utf-8")
    path.chmod(0o755)
    head = project.git("rev-parse", "HEAD")
    done = project.tagship("version-bump", "--mode", "commit")
    path.unlink()
    assert done.code == 3, done.said
    assert (project.git("rev-parse", "HEAD"), project.git("tag"), project.git("status", "--porcelain")) == (
        head, "v1.2.0", "",
    )  # fmt: skip


def test_a_commit_hook_that_rewrites_the_message(project: Project) -> None:
    """What others add to messages does not hide a release commit from the next run."""
    hook = project.root / ".git" / "hooks" / "commit-msg"
    hook.write_text('#!/bin/sh\nprintf "\\nSigned-off-by: T <t@example.invalid>\\n" >> "$1"\n', encoding="utf-8")
    hook.chmod(0o755)
    bump(project, "--mode", "commit", "--tag", "false")
    assert "Signed-off-by" in project.git("log", "-1", "--format=%B")
    values = bump(project, "--mode", "commit")
    assert (values["tagged"], values["tag"]) == (True, "v1.3.0")
    assert project.git("rev-parse", "v1.3.0^{commit}") == project.git("rev-parse", "HEAD")


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_read_only_file_stays_read_only(project: Project) -> None:
    """It is written all the same: that it is to change was asked for."""
    manifest = project.root / "pyproject.toml"
    manifest.chmod(0o444)
    bump(project)
    assert 'version = "1.3.0"' in manifest.read_text(encoding="utf-8")
    assert manifest.stat().st_mode & 0o777 == 0o444


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_written(project: Project) -> None:
    """Neither what it leads to nor the link itself: it is refused before anything is written."""
    project.commit("docs: move it", {"docs/CHANGELOG.md": "# Changelog\n"})
    (project.root / "CHANGELOG.md").symlink_to("docs/CHANGELOG.md")
    project.commit("docs: link it")
    for mode in ("commit", "files"):
        assert (
            "CHANGELOG.md: the version is to be written there, and it is a link"
            in refused(project, 3, "--mode", mode).err
        )
    assert (project.root / "CHANGELOG.md").is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_linked_manifest_never_becomes_a_file(project: Project) -> None:
    """What git holds of a link is where it leads to, which is no manifest."""
    manifest = project.root / "pyproject.toml"
    (project.root / "real.toml").write_bytes(manifest.read_bytes())
    manifest.unlink()
    manifest.symlink_to("real.toml")
    project.commit("chore: link it")
    assert "pyproject.toml:1: not TOML" in refused(project, 3, "--mode", "commit").err
    assert manifest.is_symlink()


def test_autocrlf(project: Project) -> None:
    """With `core.autocrlf` the commit has git's line ends, and the tree is clean."""
    project.git("config", "core.autocrlf", "true")
    for name in project.git("ls-files").splitlines():
        (project.root / name).unlink()
    project.git("checkout", "--quiet", "--", ".")
    assert b"\r\n" in (project.root / "pyproject.toml").read_bytes()
    bump(project, "--mode", "commit")
    assert project.git("status", "--porcelain") == ""
    assert "\r" not in project.git("cat-file", "blob", "HEAD:pyproject.toml")
    changed = project.git("diff", "--numstat", "HEAD~1", "HEAD", "--", "pyproject.toml").split()
    assert changed == ["1", "1", "pyproject.toml"]


def test_submodules_are_left_alone(project: Project, tmp_path: Path) -> None:
    """A submodule is another repository, with versions and tags of its own."""
    other = projects.make(tmp_path / "other", FILES, tag="v7.0.0")
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(other.root), "vendor/other")
    project.commit("feat: more")
    assert bump(project, "--mode", "commit")["tag"] == "v1.3.0"
    assert 'version = "1.2.0"' in (project.root / "vendor/other/pyproject.toml").read_text(encoding="utf-8")
    assert project.git("status", "--porcelain") == ""


def test_a_pointer_of_lfs_is_no_manifest(project: Project) -> None:
    """It is told with its place, and can be excluded."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1\n"
    project.commit("feat: more", {"data/package.json": pointer})
    assert "data/package.json:1:1: not JSON" in refused(project, 3, "--mode", "commit").err
    project.commit("chore: leave it out", {"tagship.yaml": "exclude: [data]\n"})
    assert bump(project, "--mode", "commit")["tag"] == "v1.3.0"
    assert (project.root / "data/package.json").read_text(encoding="utf-8") == pointer


def test_an_ignored_changelog(project: Project) -> None:
    """Git takes no ignored file: that is told, and nothing is left."""
    project.commit("chore: ignore it", {".gitignore": "CHANGELOG.md\n"})
    done = refused(project, 3, "--mode", "commit")
    assert "ignored" in done.err


@pytest.mark.parametrize("run", [(), ("--dry-run",)], ids=["real", "dry"])
def test_dry_runs_refuse_what_real_ones_do(project: Project, tmp_path: Path, run: tuple[str, ...]) -> None:
    """Changes in the way, no branch to push to, a tag elsewhere: the same exit code and words."""
    project.git("clone", "--quiet", "--bare", str(project.root), str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    manifest = project.root / "pyproject.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text + "# mine\n", encoding="utf-8")
    assert "not committed: pyproject.toml" in refused(project, 2, "--mode", "commit", *run).err
    manifest.write_text(text, encoding="utf-8")
    project.git("checkout", "--quiet", "--detach")
    assert "HEAD is on no branch" in refused(project, 2, "--mode", "commit", "--push", *run).err
    project.git("checkout", "--quiet", "-b", "other", "main~1")
    project.commit("chore: x")
    project.git("tag", "v1.3.0")
    project.git("checkout", "--quiet", "main")
    assert "v1.3.0 exists already" in refused(project, 2, "--mode", "commit", *run).err
