"""What many test processes share is made once, appears whole, and survives whoever is killed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools.kept import made_once

ROOT = Path(__file__).resolve().parents[2]

SLOW = """
import os, sys, time
from pathlib import Path
from tests.tools.kept import made_once

log, folder, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

def make(fresh):
    (fresh / "first").write_text("1")
    with log.open("a") as lines:
        lines.write(f"{os.getpid()}\\n")
    time.sleep(seconds)
    (fresh / "second").write_text("2")

print(sorted(path.name for path in made_once(folder, make).iterdir()))
"""


def ask(log: Path, folder: Path, seconds: float) -> "subprocess.Popen[str]":
    """Ask for the folder in a process of its own."""
    argv = [sys.executable, "-c", SLOW, str(log), str(folder), str(seconds)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def fill(folder: Path) -> None:
    (folder / "file").write_text("whole", encoding="utf-8")


def test_one_makes_and_the_others_wait(tmp_path: Path) -> None:
    """Five ask at once: one makes, and nobody sees the folder before it is whole."""
    log = tmp_path / "log"

    processes = [ask(log, tmp_path / "kept", 0.3) for _ in range(5)]
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert answers == ["['first', 'second']"] * 5
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1


def test_a_killed_maker_blocks_nobody_and_leaves_nothing(tmp_path: Path) -> None:
    """Its lock falls with it, and the next maker removes what it left."""
    log, folder = tmp_path / "log", tmp_path / "tools" / "kept"
    killed = ask(log, folder, 600)
    while not log.exists():
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.communicate(timeout=60)
    assert not folder.exists()

    made_once(folder, fill)

    assert {path.name for path in folder.parent.iterdir()} == {"kept", ".kept.lock"}
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_failure_is_told_and_may_be_tried_again(tmp_path: Path) -> None:
    """A half-made folder never appears."""

    def fail(fresh: Path) -> None:
        fill(fresh)
        raise RuntimeError("broken download")

    with pytest.raises(RuntimeError, match="broken download"):
        made_once(tmp_path / "kept", fail)
    assert [path.name for path in tmp_path.iterdir()] == [".kept.lock"]

    assert (made_once(tmp_path / "kept", fill) / "file").read_text(encoding="utf-8") == "whole"


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    """Asking is free: neither made nor locked."""
    (tmp_path / "kept").mkdir()

    assert made_once(tmp_path / "kept", lambda _fresh: pytest.fail("made again")) == tmp_path / "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
