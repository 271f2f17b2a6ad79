"""What people see: aligned, quiet lines on a terminal or in a job log; annotations and folds where the runner reads along."""

import copy
import io
import posixpath
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from msgspec.structs import replace

from tagship.adapters import progress, runner
from tagship.domain.text.lazy_pattern import lazy
from tagship.errors import Problem, TagshipError
from tagship.ports import Clock, Progress

_TITLE: Final = 46
"""Where times stand, however deep the step."""
_STEERING: Final = lazy(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_COLOURS: Final = {"green": "32", "yellow": "33", "red": "31", "dim": "2", "bold": "1"}

_LEVELS: Final = {"error": "red", "warning": "yellow", "note": "dim"}
_ANNOTATIONS: Final = {"error": "error", "warning": "warning", "note": "notice"}


class Console:
    """:class:`tagship.ports.Reporter` for a terminal, a log file and the Actions runner."""

    def __init__(self, environment: Mapping[str, str], clock: Clock, stream: TextIO | None = None) -> None:
        self._clock = clock
        self._stream = stream or sys.stderr or io.StringIO()  # closed by whoever started us: nobody reads
        self._sink = runner.Runner(environment, self._stream)
        self._runner = self._sink if runner.inside(environment) else None
        self._live = self._stream.isatty() and environment.get("TERM") != "dumb" and self._runner is None
        self._colour = self._live and not environment.get("NO_COLOR")
        self._secrets: list[str] = []
        self._depth = 0
        self._label = ""
        self._passing = False
        self._bars: progress.BarProgress | None = None
        self.project = "."
        """The project's root as the user gave it: annotations name files from the workspace."""
        self.command = "tagship"
        """What runs, as the job summary calls it."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Frame a part of the work and say how long it took."""
        title = visible(title)
        began = self._clock.monotonic()
        if self._runner and self._depth == 0:
            self._runner.command("group", self._clean(title))
        self._depth += 1
        mark = "✗"
        try:
            yield
            mark = "✓"
        finally:
            self._depth -= 1
            if self._runner and self._depth == 0:
                self._runner.command("endgroup")
            took = f"{self._clock.monotonic() - began:7.2f} s"
            colour = "green" if mark == "✓" else "red"
            said = title.ljust(_TITLE - 2 * self._depth)
            self._line(f"{'  ' * self._depth}{self._paint(mark, colour)} {said}{self._paint(took, 'dim')}")

    def info(self, message: str) -> None:
        """Say what happened."""
        self._line(f"{'  ' * self._depth}{visible(message)}" if self._depth else visible(message))

    def notice(self, message: str) -> None:
        """Say what a person should know."""
        self._tell("notice", Problem(message=message), "dim")

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Say what a person should look at."""
        self._tell("warning", Problem(message=message, file=file, line=line), "yellow")

    def listing(self, title: str, level: str, rows: Sequence[tuple[str, Problem]]) -> None:
        """Show what was found, aligned below a title; the runner marks the places, too."""
        colour = _LEVELS[level]
        self._line(self._paint(visible(title), colour))
        width = max((len(name) for name, _ in rows), default=0)
        for name, problem in rows:
            place, *rest = [visible(each) for each in (problem.place, problem.message) if each]
            self._line(f"  {self._paint(f'{name:<{width}}', colour)}  {place}")
            hint = [self._paint(f"→ {visible(problem.hint)}", "dim")] if problem.hint else []
            for line in "\n".join([*rest, *hint]).split("\n"):
                self._line(f"  {'':<{width}}  {line}")
            if self._runner:
                self._runner.annotate(_ANNOTATIONS[level], self._placed(problem))

    def output(self, line: str) -> None:
        """Show a line of a long program: dim and indented; a terminal keeps only the newest, where the next line goes."""
        text = visible(line).strip()
        if not text:
            return
        if not self._live or self._label:
            self._line(f"{'  ' * self._depth}{self._paint(text, 'dim')}")
            return
        import shutil

        width = shutil.get_terminal_size().columns - 1
        shown = self._clean(f"{'  ' * self._depth}{text}").split("\n")[0][:width]
        self._stream.write(f"\r\x1b[K{self._paint(shown, 'dim')}")
        self._stream.flush()
        self._passing = True

    @contextmanager
    def progress(self, files: Mapping[str, int]) -> Iterator[Progress]:
        """Show how files move: bars on a terminal, a line every few seconds in a log."""
        if not self._live:
            yield progress.LogProgress(files, self._clock, self.info)
            return
        with progress.bars({visible(name): size for name, size in files.items()}, self._clock, self._stream) as shown:
            self._bars = shown
            try:
                yield shown
            finally:
                self._bars = None

    def labelled(self, label: str) -> "Console":
        """Return one whose lines begin with a label, without folds: several write at once."""
        other = copy.copy(self)
        vars(other).update(_label=f"{self._label}{visible(label)}: ", _depth=max(self._depth, 1))
        return other

    def mask(self, secret: str) -> None:
        """Keep a secret, whole and line by line, out of every later line."""
        for part in {secret, *secret.splitlines()}:
            if part.strip() and part.strip() not in self._secrets:
                self._secrets.append(part.strip())
                self._secrets.sort(key=len, reverse=True)
                if self._runner:
                    self._runner.command("add-mask", part.strip())

    def summary(self, markdown: str, *, first: bool = False) -> None:
        """Add to the job summary, where there is one; ``first``: before all that this run has added."""
        self._sink.add_summary(self._clean(markdown), first=first)

    def check_files(self) -> None:
        """Find out whether summary and outputs can be written, before anything is done that they should tell."""
        self._sink.check_files()

    def outputs(self, values: Mapping[str, str]) -> None:
        """Hand values to later steps, where there are any."""
        self._sink.set_outputs(values)

    def failed(self, error: TagshipError) -> None:
        """Tell every problem: as annotations with their place, or as lines; and what to do next, on top of the summary."""
        for problem in error.problems:
            self._tell("error", problem, "red")
        if not self._sink.has_summary:
            return
        from tagship.domain.releases import job_summary

        with suppress(TagshipError):  # the problem may be that the summary cannot be written
            self.summary(job_summary.failed(self.command, error.problems, error.exit_code), first=True)

    def interrupted(self) -> None:
        """Tell that somebody stopped it."""
        self.info("interrupted; run it again: it goes on where it stopped")
        from tagship.domain.releases import job_summary

        with suppress(TagshipError):
            self.summary(job_summary.interrupted(self.command), first=True)

    def _tell(self, level: str, problem: Problem, colour: str) -> None:
        if self._runner:
            self._runner.annotate(level, self._placed(problem))
        else:
            self._line(f"{self._paint(level, colour)}: {self._cleaned(problem)}")

    def _cleaned(self, problem: Problem) -> Problem:
        return Problem(
            message=self._clean(visible(problem.message)),
            file=visible(problem.file or "") or None,
            line=problem.line,
            column=problem.column,
            hint=self._clean(visible(problem.hint)),
        )

    def _placed(self, problem: Problem) -> Problem:
        """Name the file as the runner knows it."""
        clean = self._cleaned(problem)
        return replace(clean, file=self._from_workspace(clean.file))

    def _from_workspace(self, file: str | None) -> str | None:
        return posixpath.normpath(posixpath.join(self.project, file)) if file else None

    def _line(self, text: str) -> None:
        """Write one line; inside a job no line may start a workflow command."""
        text = self._clean("\n".join(self._label + line for line in text.split("\n")))
        if self._runner:
            text = _harmless(text)
        gone = "\r\x1b[K" if self._passing else ""
        self._passing = False
        if self._bars and self._bars.line(text):
            return
        self._stream.write(f"{gone}{text}\n")
        self._stream.flush()

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour else text


def visible(text: str) -> str:
    """Leave out what steers a terminal or turns text around: others wrote parts of it (CVE-2021-42574)."""
    return _STEERING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _harmless(text: str) -> str:
    """Break what the runner would read as a command: ``::`` at the start of a line, ``##[`` anywhere; CR ends a line too."""
    lines = text.replace("##[", "##\u200b[").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.replace("::", ":\u200b:", 1) if line.lstrip().startswith("::") else line for line in lines)
