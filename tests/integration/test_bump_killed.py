"""SIGKILL at any git that changes something, then a re-run: one commit, one tag, here and on the server."""

import os
import shutil
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

WRAPPER = """#!/bin/sh
case " $* " in
  *" $KILL_AT "*) if [ "$KILL_WHEN" = after ]; then {git} "$@"; fi; kill -9 $PPID; exit 1 ;;
esac
exec {git} "$@"
"""
PUSH = ("version-bump", "--mode", "commit", "--push")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a clone with a feature, a bare origin that counts the tags of each push, and a git that kills."""
    made = projects.make(tmp_path, projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"'))
    origin = tmp_path / "origin.git"
    made.git("clone", "--quiet", "--bare", str(made.root), str(origin))
    hook = origin / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ngrep -c refs/tags/ >> {tmp_path}/pushed\nexit 0\n", encoding="utf-8")
    hook.chmod(0o755)
    made.git("remote", "add", "origin", str(origin))
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(git=shutil.which("git")), encoding="utf-8")
    wrapper.chmod(0o755)
    made.commit("feat: a")
    return made


@pytest.mark.parametrize("at", ["add", "commit", "tag --annotate", "push"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_and_run_again(project: Project, tmp_path: Path, at: str, when: str) -> None:
    """Whatever was done already is found, and the rest is done."""
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    killed = project.tagship(*PUSH, PATH=path, KILL_AT=at, KILL_WHEN=when)
    assert killed.code == -9, killed.said
    done = project.tagship(*PUSH)
    assert done.code == 0, done.said
    assert project.git("log", "--format=%s", "v1.2.0..HEAD").split("\n") == ["chore(release): 1.3.0", "feat: a"]
    assert project.git("status", "--porcelain") == ""
    head = project.git("rev-parse", "HEAD")
    listed = dict(reversed(line.split("\t")) for line in project.git("ls-remote", "origin").splitlines())
    assert (listed["refs/heads/main"], listed["refs/tags/v1.3.0^{}"]) == (head, head)
    again = project.tagship(*PUSH)
    assert "nothing to release" in again.err


def test_no_push_has_more_than_three_tags(tmp_path: Path, project: Project) -> None:
    """GitHub starts nothing for a push of more: seven packages are pushed by three, three and one."""
    names = [f"p{number}" for number in range(7)]
    files = {
        f"packages/{name}/{file}": text.replace("demo-server", name).replace("demo_server", name)
        for name in names
        for file, text in projects.plain(projects.manifest(projects.HATCH)).items()
    }
    project.commit("feat: seven", {**files, "tagship.yaml": "version: {tag: '{name}@{version}'}\n"})
    done = project.tagship(*PUSH)
    assert done.code == 0, done.said
    pushed = [int(line) for line in (tmp_path / "pushed").read_text(encoding="utf-8").split()]
    assert max(pushed) <= 3
    made = project.git("tag", "--points-at", "HEAD").split()
    assert sum(pushed) == len(made) == 8
    assert len(project.git("ls-remote", "--tags", "--refs", "origin").splitlines()) == 9
