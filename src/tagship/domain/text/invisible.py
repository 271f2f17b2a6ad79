"""Characters that people do not see and machines do: found, named, and written as escapes.

Hidden instructions in tool descriptions and text that turns around what follows ("trojan source", CVE-2021-42574) live on
them; so do escape sequences that steer a terminal. Unicode: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
and https://www.unicode.org/reports/tr55/.
"""

import re
from typing import Final

_INVISIBLE: Final = "invisible characters"
_UNSEEN: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_KINDS: Final = (
    ("ANSI escape sequences", "\x1b\x9b"),
    ("control characters", "\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9a\x9c-\x9f"),
    ("characters that turn text around", "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"),
    (_INVISIBLE, _UNSEEN),
    ("Unicode tags, which spell hidden text", "\U000e0000-\U000e007f"),
    ("variation selectors that spell hidden bytes", "\U000e0100-\U000e01ef"),
)
_FOUND: Final = tuple((kind, re.compile(f"[{characters}]")) for kind, characters in _KINDS)
_IDLE: Final = re.compile("(?:^|[\\x00-\\x7f\\s])[\u200c\u200d]|[\u200c\u200d](?:[\\x00-\\x7f\\s]|$)")
"""A joiner that joins nothing: scripts like Persian, and emoji, need it between their characters."""
_ALL: Final = "".join(characters for _, characters in _KINDS)
_HIDDEN: Final = re.compile(f"[{_ALL}]")
_ESCAPED: Final = re.compile(f"[\r\n\t\u200c\u200d\u2028\u2029\ud800-\udfff{_ALL}]")
_SHORT: Final = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}


def kinds(text: str) -> tuple[str, ...]:
    """Name the kinds of characters in a text that its readers would not see."""
    found = [kind for kind, pattern in _FOUND if pattern.search(text)]
    if _IDLE.search(text) and _INVISIBLE not in found:
        found.append(_INVISIBLE)
    return tuple(found)


def without(text: str) -> str:
    """Take out of a text what its readers would not see; joiners stay, which scripts and emoji need."""
    return _HIDDEN.sub("", text)


def escaped(text: str, limit: int = 500) -> str:
    """Write a text of others on one line in which nothing is hidden and nothing steers a terminal."""
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    return _ESCAPED.sub(lambda match: _escape(match[0]), cut)


def _escape(character: str) -> str:
    number = ord(character)
    wide = f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"  # noqa: PLR2004
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else wide)  # noqa: PLR2004
