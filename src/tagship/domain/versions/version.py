"""One version, every spelling.

A release has one :class:`Version` (SemVer 2.0.0); each registry's spelling is derived from it, never typed twice:
PEP 440 for PyPI, SemVer for npm and OCI tags, ``~`` for the prerelease of deb and rpm (Debian policy 5.6.12, RPM ≥ 4.10).
Prereleases are ``alpha``, ``beta`` and ``rc`` with a number: the three that all registries can order.
"""

import re
from typing import Final, Literal, Self

import msgspec
import semver

from tagship.errors import UsageError

Channel = Literal["alpha", "beta", "rc"]
Change = Literal["major", "minor", "patch", "none"]

CHANGES: Final[tuple[Change, ...]] = ("none", "patch", "minor", "major")
"""From the smallest to the biggest."""
CHANNELS: Final[tuple[Channel, ...]] = ("alpha", "beta", "rc")
_PEP440_LETTERS: Final[dict[str, Channel]] = {"a": "alpha", "b": "beta", "rc": "rc"}
_LETTER_OF: Final[dict[Channel, str]] = {channel: letter for letter, channel in _PEP440_LETTERS.items()}
_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_PRERELEASE: Final = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRERELEASE}(?:\.{_PRERELEASE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
"""As semver.org has it; the library reads other digits too, and a line end."""
_LONGEST: Final = 255
"""Characters of a version: more fits no tag, and numbers of thousands of digits are not even read."""
_HINT: Final = "write MAJOR.MINOR.PATCH, or a prerelease such as 1.2.0-rc.1 (alpha, beta or rc with a number)"


class Spellings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How each kind of registry writes one version."""

    pep440: str
    npm: str
    oci: str
    deb: str
    rpm: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A SemVer version whose prerelease, if any, is ``alpha|beta|rc`` with a number."""

    major: int
    minor: int
    patch: int
    channel: Channel | None = None
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the SemVer spelling.

        Raises:
            UsageError: not SemVer, build metadata, or a prerelease that not every registry can order.

        """
        if len(text) > _LONGEST or not is_semver(text):
            raise UsageError(f"{text[:_LONGEST]!r} is not a version", hint=_HINT)
        parsed = semver.Version.parse(text)
        if parsed.build:
            hint = "leave out everything from the + on: PyPI, npm and OCI tags refuse or drop it"
            raise UsageError(f"{text!r} has build metadata", hint=hint)
        final = cls(major=parsed.major, minor=parsed.minor, patch=parsed.patch)
        if not parsed.prerelease:
            return final
        channel, _, number = parsed.prerelease.partition(".")
        if channel not in CHANNELS or not number.isdigit():
            raise UsageError(f"{text!r} has a prerelease that not every registry can order", hint=_HINT)
        return msgspec.structs.replace(final, channel=channel, number=int(number))

    @classmethod
    def from_tag(cls, tag: str) -> Self:
        """Read a tag: the SemVer spelling with or without ``v`` in front."""
        return cls.parse(tag[1:] if tag[:1] in {"v", "V"} else tag)

    @classmethod
    def from_pep440(cls, text: str) -> Self:
        """Read a Python version: up to three numbers and ``aN``, ``bN`` or ``rcN`` (PEP 440).

        Raises:
            UsageError: not PEP 440, or a part that has no SemVer spelling (epoch, post, dev, local, a fourth number).

        """
        from packaging.version import InvalidVersion
        from packaging.version import Version as Pep440

        try:
            parsed = Pep440(text[: _LONGEST + 1])
        except InvalidVersion:
            parsed = None
        if parsed is None or len(text) > _LONGEST:
            raise UsageError(f"{text[:_LONGEST]!r} is not a version of PEP 440", hint=_HINT)
        beyond = parsed.epoch or parsed.post is not None or parsed.dev is not None or parsed.local
        if beyond or len(parsed.release) > 3:  # noqa: PLR2004
            raise UsageError(f"{text!r} has no SemVer spelling", hint=_HINT)
        major, minor, patch = (*parsed.release, 0, 0)[:3]
        letter, number = parsed.pre or ("", 0)
        return cls(major=major, minor=minor, patch=patch, channel=_PEP440_LETTERS.get(letter), number=number)

    @classmethod
    def from_declared(cls, text: str) -> Self:
        """Read what a manifest says: SemVer, else the spelling of Python."""
        try:
            return cls.parse(text)
        except UsageError:
            return cls.from_pep440(text)

    @property
    def core(self) -> tuple[int, int, int]:
        """The three numbers without the prerelease."""
        return self.major, self.minor, self.patch

    @property
    def prerelease(self) -> bool:
        """Whether it is one: ``alpha``, ``beta`` or ``rc``."""
        return self.channel is not None

    @property
    def spellings(self) -> Spellings:
        """The version as each kind of registry writes it."""
        core = f"{self.major}.{self.minor}.{self.patch}"
        python = f"{core}{_LETTER_OF[self.channel]}{self.number}" if self.channel else core
        linux = f"{core}~{self.channel}.{self.number}" if self.channel else core
        return Spellings(pep440=python, npm=str(self), oci=str(self), deb=linux, rpm=linux)

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{self.channel}.{self.number}" if self.channel else core

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    # functools.total_ordering takes the comparisons of msgspec.Struct for ours and would leave these three out.
    def __le__(self, other: "Version") -> bool:
        return self._key <= other._key

    def __gt__(self, other: "Version") -> bool:
        return self._key > other._key

    def __ge__(self, other: "Version") -> bool:
        return self._key >= other._key

    @property
    def _key(self) -> tuple[tuple[int, int, int], int, int]:
        order = CHANNELS.index(self.channel) if self.channel else len(CHANNELS)
        return self.core, order, self.number


def is_semver(text: str) -> bool:
    """Say whether a text is SemVer 2.0.0, with any prerelease and build metadata: what npm and Cargo take."""
    return _SEMVER.fullmatch(text) is not None


def next_version(
    current: Version, change: Change, channel: Channel | Literal["", "final"] = "", *, leave_zero: bool = False
) -> Version:
    """Say which version follows ``current`` after ``change``.

    Below 1.0.0 a breaking change raises the minor number (SemVer 2.0.0, item 4: anything may change there), unless
    ``leave_zero``: then somebody decided on 1.0.0. An empty ``channel`` stays where it is: a final version stays final,
    a prerelease counts on; ``final`` leaves the channel.

    Raises:
        UsageError: it would go backwards (``rc`` → ``beta`` of the same version, final → ``rc`` without a change).

    """
    core = _next_core(current, change, leave_zero=leave_zero)
    return with_channel(Version(major=core[0], minor=core[1], patch=core[2]), current, channel)


def with_channel(core: Version, current: Version | None, channel: Channel | Literal["", "final"]) -> Version:
    """Give new numbers the channel they are to have after ``current``: stay, leave, go on in it, or begin a new one.

    Raises:
        UsageError: it would go backwards.

    """
    staying = current.channel if current else None
    if channel == "final" or (not channel and not staying):
        return core
    wanted = channel or staying
    if current is None or core.core != current.core:
        return msgspec.structs.replace(core, channel=wanted, number=1)
    if not current.channel:
        hint = "bump major, minor or patch as well: a prerelease comes before its final version"
        raise UsageError(f"{current} is released: {wanted} of it would go back", hint=hint)
    if wanted == current.channel:
        return msgspec.structs.replace(current, number=current.number + 1)
    if wanted is None or CHANNELS.index(wanted) < CHANNELS.index(current.channel):
        hint = f"choose {current.channel} or a later channel, or bump major, minor or patch"
        raise UsageError(f"{current} cannot go back to {wanted}", hint=hint)
    return msgspec.structs.replace(current, channel=wanted, number=1)


def _next_core(current: Version, change: Change, *, leave_zero: bool) -> tuple[int, int, int]:
    """Raise the numbers, unless the open prerelease has already raised them far enough."""
    if current.major == 0 and change == "major" and not leave_zero:
        change = "minor"
    if current.channel and CHANGES.index(change) <= CHANGES.index(_level(current)):
        return current.core
    major, minor, patch = current.core
    steps: dict[Change, tuple[int, int, int]] = {
        "major": (major + 1, 0, 0),
        "minor": (major, minor + 1, 0),
        "patch": (major, minor, patch + 1),
        "none": current.core,
    }
    return steps[change]


def _level(version: Version) -> Change:
    """How big the step was that led to this version's numbers."""
    if version.patch:
        return "patch"
    return "minor" if version.minor else "major"
