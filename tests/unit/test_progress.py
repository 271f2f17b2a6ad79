"""How far uploads are: lines in a log, bars on a terminal, and nothing of what is over at once."""

import contextlib
import io
import os
import pty
import re

import pytest

from tagship.adapters.console import Console
from tagship.domain.text.markdown import size
from tests.fakes.github.limits import StillClock


def test_a_log_gets_a_line_every_few_seconds() -> None:
    """Files, bytes, speed, and the time that is left; not a line per piece."""
    still, stream = StillClock(), io.StringIO()
    with Console({"GITHUB_ACTIONS": "true"}, still, stream).progress({"a": 8_000_000, "b": 2_000_000}) as progress:
        for piece in range(1, 9):
            still.seconds += 1
            progress.sent("a", piece * 1_000_000)
        progress.done("a")
        still.seconds += 5
        progress.sent("b", 0)

    assert stream.getvalue().splitlines() == [
        "0 of 2 files, 5.0 MB of 10.0 MB, 1.0 MB/s, 5 s left",
        "1 of 2 files, 8.0 MB of 10.0 MB, 615.4 kB/s, 3 s left",
    ]


def test_what_is_over_at_once_says_nothing() -> None:
    """Small releases have a quiet log."""
    still, stream = StillClock(), io.StringIO()
    with Console({}, still, stream).progress({"a": 10}) as progress:
        progress.sent("a", 10)
        progress.done("a")
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar_each_and_a_total() -> None:
    """Lines that are said meanwhile stand above; at the end the bars are gone."""
    ours, theirs = pty.openpty()
    still = StillClock()
    with os.fdopen(theirs, "w") as stream:
        console = Console({}, still, stream)
        with console.progress({"a.whl": 4_000_000, "b.whl": 4_000_000}) as progress:
            still.seconds = 1
            for name in ("a.whl", "b.whl"):
                progress.sent(name, 2_000_000)
            console.info("+ something arrived")
            progress.done("a.whl")
        console.info("afterwards")
    shown = _all_of(ours)

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for part in ("a.whl", "b.whl", "total, 0 of 2", "total, 1 of 2", "2.0/4.0 MB", "+ something arrived", "afterwards"):
        assert part in plain, plain


def _all_of(terminal: int) -> str:
    """Read what was shown; the other side is closed, which Linux tells as an error."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream, contextlib.suppress(OSError):
        while piece := stream.read(1 << 16):
            shown += piece
    return shown.decode()


@pytest.mark.parametrize(("bytes_", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000_000, "2.5 GB")])
def test_sizes_are_said_as_people_say_them(bytes_: int, said: str) -> None:
    """In thousands."""
    assert size(bytes_) == said
