"""A reporter that keeps what was warned of, for those who tell it in their own way."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tagship.errors import Problem
from tagship.ports import Progress, Reporter

_TO_DO = "\n  → "


class Listener:
    """:class:`tagship.ports.Reporter` that shows nothing; ``heard`` are the warnings, secrets go to the one it stands for."""

    def __init__(self, instead_of: Reporter) -> None:
        self._other = instead_of
        self.heard: list[Problem] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Frame nothing."""
        del title
        yield

    def info(self, message: str) -> None:
        """Drop what is only told."""

    def notice(self, message: str) -> None:
        """Drop what is only told."""

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Keep a warning, with what it advises."""
        said, _, hint = message.partition(_TO_DO)
        self.heard.append(Problem(message=said, file=file, line=line, hint=hint))

    def listing(self, title: str, level: str, rows: Sequence[tuple[str, Problem]]) -> None:
        """Drop what is only told."""

    def output(self, line: str) -> None:
        """Drop a line of a program."""

    @contextmanager
    def progress(self, files: Mapping[str, int]) -> Iterator[Progress]:
        """Leave it to the one it stands for."""
        with self._other.progress(files) as shown:
            yield shown

    def labelled(self, label: str) -> "Listener":
        """Be the same for everyone."""
        del label
        return self

    def mask(self, secret: str) -> None:
        """Hand it on: a secret is one everywhere."""
        self._other.mask(secret)

    def summary(self, markdown: str) -> None:
        """Drop it."""
