"""What becomes of another tool's configuration: an account of every value, by rules.

A rule names the keys it is about: ``builds.*.goos`` is every ``goos`` and all that is in it. The first rule that fits decides,
and a value that no rule knows is told too: nothing is lost in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import msgspec

from tagship.domain.text.config_places import Keys, Place

_SHOWN: Final = 60
UNKNOWN: Final = "tagship has nothing like it, as far as is known"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line: ``became`` is empty where it could not be carried over, and ``reason`` says why."""

    file: str
    line: int
    what: str
    became: str = ""
    reason: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        because = f" ({self.reason})" if self.reason and self.became else self.reason
        return f"{place}  {self.what} → {self.became}{because}" if self.became else f"{place}  {self.what} ✗ {because}"


class Rule(NamedTuple):
    """What becomes of values with such keys; with an empty ``became`` they are not carried over."""

    keys: str
    became: str = ""
    reason: str = ""


class Fate(NamedTuple):
    """The same for one value, found by looking at it."""

    became: str = ""
    reason: str = ""


class Migrated(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: the account, the settings of ``tagship.yaml`` that it makes, who signs, whether releases stay drafts."""

    notes: tuple[Note, ...] = ()
    settings: Mapping[str, Any] = {}
    signers: tuple[str, ...] = ()
    draft: bool = False


def account(
    file: str, places: Sequence[Place], rules: Iterable[Rule], found: Mapping[Keys, Fate] | None = None
) -> tuple[Note, ...]:
    """Say of every value what became of it; ``found`` are the fates of keys that rules cannot tell."""
    known, split = found or {}, [(rule.keys.split("."), rule) for rule in rules]
    notes: dict[tuple[object, ...], Note] = {}
    for place in places:
        keys, fate = _fate(place.keys, split, known)
        if (keys, fate) not in notes:
            shown = ".".join(keys) + (f": {_short(place.value)}" if keys == place.keys else "")
            notes[keys, fate] = Note(file=file, line=place.line, what=shown, became=fate.became, reason=fate.reason)
    return tuple(notes.values())


def _fate(keys: Keys, rules: Sequence[tuple[list[str], Rule]], known: Mapping[Keys, Fate]) -> tuple[Keys, Fate]:
    for length in range(len(keys), 0, -1):
        if fate := known.get(keys[:length]):
            return keys[:length], fate
    for wanted, rule in rules:
        if len(wanted) <= len(keys) and all(map(fnmatchcase, keys, wanted)):
            return keys[: len(wanted)], Fate(rule.became, rule.reason)
    return keys, Fate(reason=UNKNOWN)


def _short(value: Any) -> str:
    said = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(said.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
