"""A child that is spoken to: its end, whatever it does with what it is told."""

import os
import sys
import threading
from pathlib import Path

import pytest

from tagship.adapters.child import Child
from tagship.adapters.shell import SystemShell

IGNORES = "import threading; threading.Event().wait()"
ECHOES = "import sys; sys.stdout.write(sys.stdin.read())"


def started(code: str, said: list[bytes], folder: Path) -> Child:
    def out(data: bytes) -> bool:
        said.append(data)
        return True

    argv = (sys.executable, "-c", code)
    return Child(argv, cwd=folder, env=dict(os.environ), shell=SystemShell(), out=out, err=lambda _: True)


def test_what_is_written_arrives_before_the_end(tmp_path: Path) -> None:
    """Closing the input waits for its turn behind what was written before."""
    said: list[bytes] = []
    child = started(ECHOES, said, tmp_path)
    assert child.write(b"one ")
    assert child.write(b"two")
    ended = child.end(patience=60, force=5)
    assert b"".join(said) == b"one two"
    assert (ended.code, ended.forced) == (0, "")


def test_who_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    """More than a pipe and a queue hold is refused; the end comes, and no thread stays behind."""
    before = threading.active_count()
    child = started(IGNORES, [], tmp_path)
    written = 0
    while child.write(b"x" * 10_000) and written < 5000:
        written += 1
    assert written < 5000
    ended = child.end(patience=0.2, force=5)
    assert ended.forced == "terminated"
    assert threading.active_count() == before
    assert not child.running


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """It is an error of the system's, and nothing is left of it."""
    before = threading.active_count()
    with pytest.raises(FileNotFoundError):
        Child(("no-such-program",), cwd=tmp_path, env={}, shell=SystemShell(), out=lambda _: True, err=lambda _: True)
    assert threading.active_count() == before
