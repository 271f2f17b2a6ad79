"""CHANGELOG.md in the form of Keep a Changelog 1.1.0 (keepachangelog.com), written from Conventional Commits."""

import re
from typing import Final

from tagship.domain.commits import Meaning
from tagship.domain.version import Version

FILE: Final = "CHANGELOG.md"
_TITLE_OF_TYPE: Final[dict[str, str]] = {
    "feat": "Added",
    "fix": "Fixed",
    "perf": "Performance",
    "revert": "Reverted",
}
_PREAMBLE: Final = "# Changelog\n\n"
_ANY_SECTION: Final = re.compile(r"^## ", re.MULTILINE)
_UNRELEASED: Final = re.compile(r"^## \[?Unreleased\]?.*$", re.MULTILINE | re.IGNORECASE)
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_CODE_OR_TAG: Final = re.compile(r"(?P<code>`[^`]*`)|<(?=[A-Za-z/!?])")


def section(version: Version, date: str, meanings: tuple[Meaning, ...]) -> str:
    """Write one version's section; ``date`` is ``YYYY-MM-DD``. Breaking changes come first."""
    parts = [f"## [{version}] - {date}\n"]
    breaking = [f"- {_entry(m, note)}" for m in meanings for note in m.breaking]
    if breaking:
        parts.append("### Breaking\n\n" + "\n".join(breaking) + "\n")
    for kind, title in _TITLE_OF_TYPE.items():
        entries = [f"- {_entry(m, m.subject)}" for m in meanings if m.type == kind]
        if entries:
            parts.append(f"### {title}\n\n" + "\n".join(entries) + "\n")
    if len(parts) == 1:
        parts.append("No changes that a user would notice.\n")
    return "\n".join(parts)


def insert(changelog: str, new: str) -> str:
    """Put a section on top of the existing ones, below an ``Unreleased`` heading, and leave the rest untouched."""
    text = changelog or _PREAMBLE
    end = "\r\n" if "\r\n" in text else "\n"
    unreleased = _UNRELEASED.search(text)
    following = _ANY_SECTION.search(text, unreleased.end() if unreleased else 0)
    at = following.start() if following else len(text)
    before, after = text[:at], text[at:]
    gap = "" if not before.strip() or before.endswith(end * 2) else end if before.endswith("\n") else end * 2
    return before + gap + new.rstrip("\n").replace("\n", end) + end + (end + after if after else "")


def extract(changelog: str, version: Version) -> str:
    """Return the body of one version's section without its heading, or an empty string."""
    heading = re.compile(rf"^## \[?v?{re.escape(str(version))}\]?(?:[^\S\n(]*\(.*|[^\S\n].*)?$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        return ""
    following = _ANY_SECTION.search(changelog, found.end())
    return changelog[found.end() : following.start() if following else len(changelog)].strip()


def _entry(meaning: Meaning, text: str) -> str:
    scope = f"**{_clean(meaning.scope)}:** " if meaning.scope else ""
    return f"{scope}{_clean(text)} ({meaning.commit[:7]})"


def _clean(text: str) -> str:
    """Commit messages are hostile: no control or bidirectional characters, one line, no HTML that swallows the rest."""
    line = " ".join(_CONTROL.sub("", text).split())
    return _CODE_OR_TAG.sub(lambda match: match["code"] or "\\<", line)
