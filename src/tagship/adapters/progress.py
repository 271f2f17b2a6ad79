"""How far uploads are: a bar each and a total on a terminal, a line every few seconds in a log."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

from tagship.domain.text.markdown import size
from tagship.ports import Clock

_EVERY: Final = 5.0
_AT_ONCE: Final = 0.3


class _Moves:
    """What has gone so far, file by file."""

    def __init__(self, files: Mapping[str, int], clock: Clock) -> None:
        self.sizes, self._clock = dict(files), clock
        self.gone: dict[str, int] = {}
        self.finished: set[str] = set()
        self.lock = threading.Lock()
        self._began = clock.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return self._clock.monotonic() - self._began

    def line(self) -> str:
        """Say files, bytes, speed and the time that is left."""
        gone, whole = sum(self.gone.values()), sum(self.sizes.values())
        speed = gone / self.seconds if self.seconds > 0 else 0.0
        left = f", {(whole - gone) / speed:.0f} s left" if speed else ""
        counts = f"{len(self.finished)} of {len(self.sizes)} files"
        return f"{counts}, {size(gone)} of {size(whole)}, {size(speed)}/s{left}"


class LogProgress:
    """:class:`tagship.ports.Progress` for a log: a line when the last one is old enough."""

    def __init__(self, files: Mapping[str, int], clock: Clock, tell: Callable[[str], None]) -> None:
        self._moves, self._tell = _Moves(files, clock), tell
        self._told = 0.0

    def sent(self, name: str, size: int) -> None:
        """Note it, and say it now and then."""
        moves = self._moves
        with moves.lock:
            moves.gone[name] = size
            if moves.seconds - self._told < _EVERY:
                return
            self._told = moves.seconds
            line = moves.line()
        self._tell(line)

    def done(self, name: str) -> None:
        """Count it."""
        with self._moves.lock:
            self._moves.finished.add(name)


class BarProgress:
    """:class:`tagship.ports.Progress` for a terminal; nothing is shown of what is over at once."""

    def __init__(self, files: Mapping[str, int], clock: Clock, stream: TextIO) -> None:
        self._moves, self._stream = _Moves(files, clock), stream
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def sent(self, name: str, size: int) -> None:
        """Move the file's bar and the total."""
        moves = self._moves
        with moves.lock:
            moves.gone[name] = size
            if self._bars is None and moves.seconds > _AT_ONCE:
                self._bars = self._open()
            if self._bars is None:
                return
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=moves.sizes.get(name))
            self._bars.update(self._tasks[name], completed=size)
            self._total()

    def done(self, name: str) -> None:
        """Take the file's bar away."""
        with self._moves.lock:
            self._moves.finished.add(name)
            if name in self._tasks:
                self._bars.remove_task(self._tasks.pop(name))
                self._total()

    def line(self, text: str) -> bool:
        """Write a line above the bars; ``False`` when there are none."""
        if self._bars is None:
            return False
        from rich.text import Text

        self._bars.console.print(Text.from_ansi(text), soft_wrap=True)
        return True

    def close(self) -> None:
        """Take all bars away."""
        with self._moves.lock:
            if self._bars is not None:
                self._bars.stop()
                self._bars = None

    def _total(self) -> None:
        moves = self._moves
        told = f"total, {len(moves.finished)} of {len(moves.sizes)}"
        self._bars.update(self._tasks[""], description=told, completed=sum(moves.gone.values()))

    def _open(self) -> Any:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.table import Column

        name = TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True), markup=False)
        columns = (name, BarColumn(20), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        console = Console(file=self._stream, force_terminal=True, highlight=False)
        bars = Progress(*columns, console=console, transient=True)
        self._tasks[""] = bars.add_task("total", total=sum(self._moves.sizes.values()))
        bars.start()
        return bars


@contextmanager
def bars(files: Mapping[str, int], clock: Clock, stream: TextIO) -> Iterator[BarProgress]:
    """Show bars as long as it lasts."""
    made = BarProgress(files, clock, stream)
    try:
        yield made
    finally:
        made.close()
