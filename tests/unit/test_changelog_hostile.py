"""CHANGELOG.md as somebody may write it who wants it to take for ever, or to hide where sections are."""

import pytest

from tagship.domain.changes import changelog
from tagship.domain.versions.version import Version

VERSION = Version(major=1, minor=3, patch=0)
NEW = "## [1.3.0] - 2026-01-01\n\n- new\n"
OLD = "## [1.2.0] - 2025-01-01\n\n- old\n"
ENDLESS = {
    "comments": "<!--" * 200_000,
    "code blocks": "```\n" * 200_001,
    "code blocks, ever shorter": "".join("~" * size + " x\n" for size in range(400, 2, -1)),
    "empty lines": "\n" * 300_000 + "x",
    "references": "[a]: b\n" * 100_000 + "x",
    "a heading": "# " + "-1.1.1-a" * 60_000 + "!",
    "blocks and headings": "```\n# x\n```\n# y\n" * 30_000,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_text_of_a_megabyte_is_a_text(name: str) -> None:
    """What is opened thousands of times, and never closed, costs one look; a section is put in and found above it."""
    text = f"# Changelog\n\n{OLD}\n{ENDLESS[name]}\n"
    made = changelog.insert(text, NEW)
    assert made == text.replace(OLD, f"{NEW}\n{OLD}", 1)
    assert changelog.extract(made, VERSION) == "- new"


def test_a_longer_fence_is_closed_by_none_that_is_shorter() -> None:
    """As in CommonMark: a code block may show another one, and headings in both are none."""
    text = f"# Changelog\n\n````md\n```\n## [9.9.9]\n```\n## [1.3.0]\n````\n\n{OLD}"
    assert changelog.extract(text, VERSION) == ""
    assert changelog.insert(text, NEW) == text.replace(OLD, f"{NEW}\n{OLD}")


def test_what_is_never_closed_hides_nothing() -> None:
    """One comment that is left open, after one that is closed, and a fence of each kind."""
    text = f"# Changelog\n\n<!-- ## [1.3.0] -->\n<!-- open\n```\n~~~~\n{OLD}"
    assert changelog.extract(text, VERSION) == ""
    assert changelog.extract(text, Version(major=1, minor=2, patch=0)) == "- old"
