"""The part of a file that tagship wrote, between marks: renewed while it is as it was written, never once somebody changed it.

The first mark holds a digest of what is between them. Around the part anybody may write what they like.
"""

import difflib
import hashlib
import re
from typing import Final, Literal

import msgspec

State = Literal["created", "updated", "unchanged", "edited", "foreign"]
_BEGIN: Final = (
    "# tagship init: begin {} – `tagship init` renews what is between these marks, unless somebody changed it"
)
_END: Final = "# tagship init: end"
_FOUND: Final = re.compile(
    r"^# tagship init: begin (?P<digest>[0-9a-f]{16})[^\n]*\n(?P<body>.*?)^# tagship init: end[ \t]*$\n?",
    re.MULTILINE | re.DOTALL,
)
_MARK: Final = "# tagship init: "


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a file: ``edited`` and ``foreign`` ones stay as they are."""

    state: State
    text: str

    @property
    def written(self) -> bool:
        """Whether it is to be written."""
        return self.state in {"created", "updated"}


def renewed(old: str | None, body: str, *, replace: bool = False, append: bool = False) -> Renewed:
    """Put ``body`` into a file; ``old`` is what there is, ``None`` when there is no file.

    ``replace`` overwrites what others wrote or changed; ``append`` adds the part to a file that has none.
    """
    part = marked(body)
    if old is None:
        return Renewed(state="created" if body else "unchanged", text=part if body else "")
    lines_end = "\r\n" if "\r\n" in old else "\n"
    plain = old.replace("\r\n", "\n")
    found = _FOUND.search(plain)
    if found and found["body"] == body:
        return Renewed(state="unchanged", text=old)
    if found and (found["digest"] == _digest(found["body"]) or replace):
        text = plain[: found.start()] + (part if body else "") + plain[found.end() :]
    elif not plain.strip() or (replace and not found):
        text = part
    elif append and _MARK not in plain:
        text = plain.rstrip("\n") + f"\n\n{part}" if body else plain
    else:
        return Renewed(state="edited" if _MARK in plain else "foreign", text=old)
    state: State = "unchanged" if text == plain else "updated"
    return Renewed(state=state, text=text.replace("\n", lines_end))


def split(text: str) -> tuple[str, str]:
    """Return the part of a file, and what it holds besides."""
    plain = text.replace("\r\n", "\n")
    found = _FOUND.search(plain)
    return (found["body"], plain[: found.start()] + plain[found.end() :]) if found else ("", plain)


def marked(body: str) -> str:
    """Put marks around a text."""
    return f"{_BEGIN.format(_digest(body))}\n{body}{_END}\n"


def difference(old: str, new: str, file: str) -> str:
    """Say what would change, as a unified diff."""
    lines = difflib.unified_diff(
        old.replace("\r\n", "\n").splitlines(keepends=True),
        new.splitlines(keepends=True),
        file,
        f"{file} (tagship init)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).rstrip("\n")


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]
