"""version-bump where the disk is full: all of its files are written, or none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project
from tests.integration.test_bump_hostile import FILES, state

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits and mounts of POSIX")
ROOM = 12


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 1.2 MB, where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    options = ["-t", "tmpfs", "-o", "size=1200k,nr_inodes=5000", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("this root may not mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, room: int) -> None:
    """Leave room for so many pages."""
    with (folder / "fill").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(file.tell() - room * 4096, 0))


def test_a_file_that_does_not_fit_leaves_the_others_alone(tmp_path: Path) -> None:
    """The last of three is too big for this process: the first two are as they were, and nothing lies about."""
    module = FILES["src/demo_server/__init__.py"] + "# much\n" * 100_000
    project = projects.make(tmp_path, {**FILES, "src/demo_server/__init__.py": module})
    project.commit("feat: a")
    before = state(project)
    command = [sys.executable, "-m", "tagship", "version-bump"]
    limited = ["sh", "-c", 'ulimit -f 200 && exec "$@"', "sh", *command]
    done = subprocess.run(limited, cwd=project.root, env=project.env(), capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "src/demo_server/__init__.py: cannot write it: File too large" in done.stderr
    assert state(project) == before


@pytest.mark.parametrize("room", range(ROOM))
def test_a_full_disk(small: Path, room: int) -> None:
    """Wherever room runs out, in our files or in git's, every file and HEAD are as before, or everything is done."""
    project: Project = projects.make(small / "one", FILES)
    project.commit("feat: a")
    before = (project.git("rev-parse", "HEAD"), project.git("tag"))
    texts = {name: (project.root / name).read_bytes() for name in FILES}
    fill(small, room)
    done = project.tagship("version-bump", "--mode", "commit")
    (small / "fill").unlink()
    if done.code == 0:
        assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"
        return
    assert done.code in {2, 3}, done.said
    assert "Traceback" not in done.said
    assert {name: (project.root / name).read_bytes() for name in FILES} == texts
    assert (project.git("rev-parse", "HEAD"), project.git("tag")) == before
    project.git("reset", "--quiet")
    assert project.tagship("version-bump", "--mode", "commit").code == 0
