r"""Regular expressions that people write, kept from taking for ever.

Python's ``re`` has no time limit, and a part that can match the same text in several ways takes exponential time when it is
repeated (``(a+)+``, ``(a|aa)*``). So a group with a choice in it (``*``, ``+``, ``?``, ``{2,}``, ``|``) must not be repeated,
except a few times (``{3}``), or where a separator makes it clear where each turn begins (``(?:\.\d+)*``). What is left is
polynomial, and the texts are bounded too.
"""

import re
from typing import Final

import msgspec

from tagship.domain.text.lazy_pattern import lazy

LONGEST_PATTERN: Final = 500
LONGEST_TEXT: Final = 1_000_000
_TOKEN: Final = lazy(
    r"(?P<text>\\.|\(\?#[^)]*\)|\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?:P?<[A-Za-z_]\w*>|<?[=!]|[:>]|P=|\((?:\w+)\)|[aiLmsux-]+[:)]))?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]|\{(?P<least>\d*),?(?P<most>\d*)\})(?P<mode>[?+]?)|(?P<or>\|)|.",
    re.DOTALL,
)
_SEPARATED: Final = lazy(r"(?:\\[.+-]|[-/:,])(?:\\[dw]|\[(?:a-z|A-Z|0-9|[A-Za-z0-9])+\])[+*]?")
"""A separator, and then what cannot be the separator."""
_FEW: Final = 4


class _Group(msgspec.Struct):
    """A group's first position, and its choices: none, some (1), or some that are repeated (2)."""

    start: int
    choices: int = 0


def reason_to_refuse(pattern: str) -> str:
    """Say why an expression that compiles could take for ever; empty when it cannot."""
    if len(pattern) > LONGEST_PATTERN:
        return f"is longer than {LONGEST_PATTERN} characters"
    groups, closed = [_Group(0)], _Group(0)
    for token in _TOKEN.finditer(pattern):
        repeat = token["repeat"]
        if repeat and repeat != "?" and closed.choices:
            if not _clear(pattern[closed.start : token.start() - 1], repeat, closed):
                return f"repeats a group that has a choice in it (at position {token.start()})"
            groups[-1].choices = 2
        closed = _Group(0)
        if token["open"] and not token["open"].endswith(")"):
            groups.append(_Group(token.end()))
        elif token["close"] and len(groups) > 1:
            closed = groups.pop()
            groups[-1].choices = max(groups[-1].choices, closed.choices)
        elif token["or"] or (repeat and _varies(token)):
            groups[-1].choices = groups[-1].choices or 1
    return ""


def _clear(body: str, repeat: str, group: _Group) -> bool:
    """Whether a group may be repeated although it has a choice in it."""
    most = repeat.strip("{}").rpartition(",")[2]
    few = most.isdigit() and int(most) <= _FEW
    return group.choices == 1 and (few or _SEPARATED.fullmatch(body) is not None)


def _varies(token: re.Match[str]) -> bool:
    """Whether a repeat can match more or less often: ``{3}`` cannot."""
    return "," in token["repeat"] or "{" not in token["repeat"]
