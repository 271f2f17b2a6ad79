"""The processes that a program started: those below it, those of its group, and those that left it but carry its mark.

A process that calls ``setsid`` leaves its group and would stay for ever. Its environment goes along, so a variable in it is
a mark that only a program which means to hide takes off. Linux tells both in ``/proc``, see proc(5); elsewhere the group is
all there is.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MARK: Final = "TAGSHIP_PROBE_MARK"
MAXRSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""getrusage(2): bytes on macOS, kilobytes elsewhere."""
_PROC: Final = Path("/proc")
TOLD: Final = sys.platform == "linux"
"""Whether ``/proc`` says it."""
_PAUSE: Final = 0.01


def peak_memory(group: int) -> int | None:
    """Add up the largest resident sizes of a group's processes, in bytes; ``None`` where nobody tells.

    ``VmHWM`` and not ``ru_maxrss``: the latter begins with the size of whoever started the program.
    """
    sizes = [_high_water(pid) for pid, _ in _group(group)]
    return sum(sizes) or None


def wait_until_gone(group: int, mark: str, *, seconds: float) -> bool:
    """Give a family the time to end by itself; whether some of it is still there."""
    until = time.monotonic() + seconds
    while _alive(group) or (TOLD and any(_marked(mark))):
        if time.monotonic() >= until:
            return True
        time.sleep(_PAUSE)
    return False


def kill_marked(mark: str) -> None:
    """Kill what carries the mark, also what it starts while it is killed."""
    for _ in range(100):
        found = list(_marked(mark)) if TOLD else []
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE)


def below(pid: int) -> list[int]:
    """Return the processes that one has started, and those that they have; none where nobody tells."""
    children: dict[int, list[int]] = {}
    for each, fields in _stats():
        children.setdefault(int(fields[1]), []).append(each)
    found, level = list[int](), [pid]
    while level:
        level = [child for parent in level for child in children.get(parent, ())]
        found += level
    return found


def _alive(group: int) -> bool:
    if TOLD:
        return any(state not in "ZX" for _, state in _group(group))
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _group(group: int) -> Iterator[tuple[int, str]]:
    """Yield process id and state of a group's processes."""
    return ((pid, fields[0]) for pid, fields in _stats() if int(fields[2]) == group)


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Yield every process with what ``/proc/<pid>/stat`` says after its name: state, parent, group and more."""
    for pid in _processes():
        with contextlib.suppress(OSError):
            text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
            fields = text.rpartition(")")[2].split()
            if len(fields) > 2 and fields[1].isdigit() and fields[2].isdigit():  # noqa: PLR2004
                yield pid, fields


def _marked(mark: str) -> Iterator[int]:
    wanted = mark.encode()
    for pid in _processes():
        with contextlib.suppress(OSError):
            if wanted in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                yield pid


def _high_water(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        for line in (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _processes() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()] if TOLD else []  # noqa: PTH208
