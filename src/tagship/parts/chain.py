"""The stages of the whole chain in one go: what each has done, for the picture that heads the job summary."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagship.domain.releases import job_summary
from tagship.domain.releases.picture import Stage
from tagship.ports import Tools


class Chain:
    """Keeps how far a chain came; a stage says what it has made by adding lines.

    ``title`` is what is released, as soon as that is known.
    """

    def __init__(self, names: Sequence[str], tools: Tools) -> None:
        self._stages = {name: Stage(name=name, state="waiting") for name in names}
        self._tools = tools
        self._began = tools.clock.monotonic()
        self.title = "release"

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return self._tools.clock.monotonic() - self._began

    @contextmanager
    def told(self) -> Iterator[None]:
        """Put the picture before everything that the stages told, however it ends."""
        try:
            yield
        finally:
            picture = job_summary.chain(self.title, list(self._stages.values()), self.seconds)
            self._tools.reporter.summary(picture, first=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Frame a stage; without a line to add it had nothing to do."""
        lines: list[str] = []
        began = self._tools.clock.monotonic()
        self._stages[name] = Stage(name=name, state="failed")
        yield lines
        took = f"{self._tools.clock.monotonic() - began:.1f} s"
        state = Stage(name=name, lines=(*lines, took)) if lines else Stage(name=name, state="left-out")
        self._stages[name] = state
