"""Delivering to one channel: look, decide, send what is missing, see it."""

from tagship.adapters.http import Transient
from tagship.domain.plans.channel import Decision, Owed, Standing, State, decide
from tagship.ports import Channel, Judged, Tools


class Delivery:
    """One channel's files on their way; an attempt may be repeated at any time."""

    def __init__(self, target: Channel, owed: tuple[Owed, ...], tools: Tools, *, dry_run: bool) -> None:
        self._target, self._owed, self._tools, self._dry_run = target, owed, tools, dry_run
        self._taken: set[str] = set()
        self._seen: Decision | None = None

    @property
    def url(self) -> str:
        """The page of what is delivered."""
        return self._target.url

    @property
    def said(self) -> str:
        """What to tell people of it in place of its page; empty: nothing."""
        standing = self._standing
        return standing.said if standing else ""

    def progress(self) -> int:
        """Return how many files the channel took."""
        return len(self._taken)

    def look(self) -> None:
        """See what is there; the first attempt goes on from it.

        Raises:
            OtherBytes: the version is there and is not what was built.

        """
        self._seen = decide(self._owed, self._target.there(self._owed))

    def attempt(self) -> State:
        """Look, decide, send what is missing and was not taken yet, look whether it can be seen."""
        tell = self._tools.reporter.info
        decision, self._seen = self._seen or decide(self._owed, self._target.there(self._owed)), None
        if decision.foreign and not self._taken:
            tell(f"also there, and not of this plan: {', '.join(decision.foreign)}")
        missing = [file for file in decision.missing if file.name not in self._taken]
        if self._dry_run:
            for file in missing:
                tell(f"would publish {file.name}  {file.size:,} bytes")
            if missing:
                return "skipped"
        for file in missing:
            self._target.publish(file)
            self._taken.add(file.name)
            tell(f"+ {file.name}  {file.size:,} bytes")
        if decision.missing and not self._target.visible(self._owed):
            raise Transient("taken, but not to be seen yet")
        plain: State = "published" if self._taken else "already-there"
        return self._standing.state if self._standing else plain

    @property
    def _standing(self) -> Standing | None:
        return self._target.standing if isinstance(self._target, Judged) else None
