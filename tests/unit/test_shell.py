"""Programs that are watched while they run: how they end, and what they may not leave behind."""

import os
import time
from pathlib import Path

import pytest

from tagship.adapters import process_family, shell
from tagship.adapters.shell import SystemShell
from tagship.errors import ProjectError

pytestmark = pytest.mark.skipif(not process_family.TOLD, reason="who started whom is told on Linux")


def test_a_program_whose_time_is_up_ends_with_all_that_it_started(tmp_path: Path) -> None:
    """What it started holds its output, and is neither waited for nor left behind."""
    begun: list[list[int]] = []
    before = set(process_family.below(os.getpid()))
    began = time.monotonic()
    argv = ["sh", "-c", "sleep 60 & echo started; wait"]
    with pytest.raises(ProjectError, match="did not end within 2 s"):
        SystemShell().run(
            argv, cwd=tmp_path, timeout=2, watch=lambda _: begun.append(process_family.below(os.getpid()))
        )
    assert time.monotonic() - began < 30
    assert len(set(begun[0]) - before) == 2
    assert set(process_family.below(os.getpid())) <= before


def test_a_program_that_ended_is_not_waited_for_because_of_what_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that keeps the output open keeps nobody here; what was said is kept."""
    monkeypatch.setattr(shell, "_LINGERS", 0.5)
    said: list[str] = []
    began = time.monotonic()
    done = SystemShell().run(["sh", "-c", "sleep 20 & echo done"], cwd=tmp_path, timeout=100, watch=said.append)
    assert time.monotonic() - began < 15
    assert (done.code, done.stdout.strip(), said) == (0, "done", ["done"])
