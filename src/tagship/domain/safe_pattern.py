"""Regular expressions that people write, kept from taking for ever.

Python's ``re`` has no time limit, and a part that can match the same text in several ways takes exponential time when it is
repeated (``(a+)+``, ``(a|aa)*``). So a group with a choice in it (``*``, ``+``, ``?``, ``{2,}``, ``|``) must not be repeated.
What is left is polynomial, and the texts are bounded too.
"""

import re
from typing import Final

LONGEST_PATTERN: Final = 500
LONGEST_TEXT: Final = 1_000_000
_TOKEN: Final = re.compile(
    r"(?P<text>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?:P?<[A-Za-z_]\w*>|<?[=!]|[:>]|P=|#|\((?:\w+)\)|[aiLmsux-]+[:)]))?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]|\{(?P<least>\d*),?(?P<most>\d*)\})(?P<mode>[?+]?)|(?P<or>\|)|.",
    re.DOTALL,
)


def reason_to_refuse(pattern: str) -> str:
    """Say why an expression that compiles could take for ever; empty when it cannot."""
    if len(pattern) > LONGEST_PATTERN:
        return f"is longer than {LONGEST_PATTERN} characters"
    open_groups, closed = [False], False
    for token in _TOKEN.finditer(pattern):
        repeat = token["repeat"]
        if repeat and repeat != "?" and closed:
            return f"repeats a group that has a choice in it (at position {token.start()})"
        closed = False
        if token["open"] and not token["open"].endswith(")"):
            open_groups.append(False)
        elif token["close"] and len(open_groups) > 1:
            closed = open_groups.pop()
            open_groups[-1] = open_groups[-1] or closed
        elif token["or"] or (repeat and _varies(token)):
            open_groups[-1] = True
    return ""


def _varies(token: re.Match[str]) -> bool:
    """Whether a repeat can match more or less often: ``{3}`` cannot."""
    return "," in token["repeat"] or "{" not in token["repeat"]
