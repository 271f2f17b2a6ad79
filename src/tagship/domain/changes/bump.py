"""From what is released and what has changed since to the next version: a function of its arguments."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from tagship.domain.changes import changelog
from tagship.domain.changes.commits import Meaning
from tagship.domain.manifests.layout import join
from tagship.domain.versions.calver import Scheme, next_date_version
from tagship.domain.versions.release_line import Line
from tagship.domain.versions.version import Change, Channel, Version, next_version, with_channel
from tagship.domain.versions.version_site import is_placeholder
from tagship.errors import UsageError

ChannelWish = Channel | Literal["", "final"]
FIRST = Version(major=0, minor=1, patch=0)
"""The first version of a project whose files say none."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked for: how far, in which channel, or which version exactly."""

    bump: Literal["auto", "major", "minor", "patch", "none"] = "auto"
    channel: ChannelWish = ""
    version: str = ""


class Bump(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one release line.

    ``meanings`` is what the changelog tells; ``dependencies`` are packages of this repository that moved beneath it,
    with their new versions; ``since`` is the tag that the changelog compares with.
    """

    line: Line
    current: Version | None
    wanted: Version
    meanings: tuple[Meaning, ...] = ()
    dependencies: Mapping[str, str] = {}
    since: str = ""

    @property
    def bumped(self) -> bool:
        """Whether there is a new version."""
        return self.current is None or self.wanted != self.current

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the version, one per style that the line writes."""
        return tuple(f"{style}{self.wanted}" for style in self.line.write)

    @property
    def changelogs(self) -> tuple[str, ...]:
        """Where its changelogs are, from the project's root: one, or one for each package of a linked group."""
        folders = (".",) if self.line.shared else self.line.paths
        return tuple(join(folder, changelog.FILE) for folder in folders)

    @property
    def title(self) -> str:
        """Package and version, for people: only the version where there is one line."""
        return f"{self.line.name} {self.wanted}".strip()


def decide(
    current: Version | None,
    declared: tuple[str, ...],
    change: Change,
    wish: Wish,
    *,
    scheme: Scheme,
    leave_zero: bool,
    today: date,
) -> Version:
    """Return the next version, or the current one when nothing asks for another.

    ``declared`` are the versions in the files, for the first release.

    Raises:
        UsageError: it would go backwards, or the version asked for is none.

    """
    if wish.version:
        if is_placeholder(wish.version):
            raise UsageError(
                f"{wish.version} stands for no version: it is a placeholder", hint="give another `version`"
            )
        asked = Version.parse(wish.version)
        if current is not None and asked < current:
            hint = "ask for a later version: registries would not take this one for the newest"
            raise UsageError(f"{asked} would go back: {current} is released", hint=hint)
        return asked
    if current is None:
        return _first(declared, wish, scheme, today)
    if change == "none" and (not wish.channel or not current.channel or wish.channel == current.channel):
        return current
    if scheme != "semver":
        return next_date_version(current, scheme, today, wish.channel)
    return next_version(current, change, wish.channel, leave_zero=leave_zero)


def _first(declared: tuple[str, ...], wish: Wish, scheme: Scheme, today: date) -> Version:
    if scheme != "semver":
        return next_date_version(None, scheme, today, wish.channel)
    found = max((Version.from_declared(text) for text in declared), default=FIRST)
    return found if found.channel else with_channel(found, None, wish.channel)
