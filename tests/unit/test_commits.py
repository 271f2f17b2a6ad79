"""Conventional Commits: what is read, and that nothing hostile gets through."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain import changelog_section, commits
from tagship.domain.commits import Commit, Meaning, change_of
from tagship.domain.version import Version

ID = "a" * 40

SUBJECT = changelog_section.Subject(version=Version(major=1, minor=0, patch=0), date="2024-01-02")


def read(message: str) -> Meaning:
    return commits.read(Commit(id=ID, message=message))


@pytest.mark.parametrize(
    ("message", "kind", "scope", "subject", "change"),
    [
        ("feat: add", "feat", "", "add", "minor"),
        ("fix(io): mend", "fix", "io", "mend", "patch"),
        ("perf: faster", "perf", "", "faster", "patch"),
        ("revert: that", "revert", "", "that", "patch"),
        ("docs: words", "docs", "", "words", "none"),
        ("FEAT: loud", "feat", "", "loud", "minor"),
        ("feat!: break", "feat", "", "break", "major"),
        ("chore(deps)!: drop 3.10", "chore", "deps", "drop 3.10", "major"),
        ("feat(a b/c): x", "feat", "a b/c", "x", "minor"),
        ("fix:   spaced  ", "fix", "", "spaced", "patch"),
        ("  feat: led in", "feat", "", "led in", "minor"),
        ("feat:nospace", "", "", "feat:nospace", "none"),
        ("feat : gap", "", "", "feat : gap", "none"),
        ("feat(): empty scope", "", "", "feat(): empty scope", "none"),
        ("Merge branch 'x'", "", "", "Merge branch 'x'", "none"),
        ("", "", "", "", "none"),
    ],
)
def test_headers(message: str, kind: str, scope: str, subject: str, change: str) -> None:
    """Type, scope and subject of the first line, and how far it moves the version."""
    meaning = read(message)
    assert (meaning.type, meaning.scope, meaning.subject, change_of(meaning)) == (kind, scope, subject, change)


@pytest.mark.parametrize(
    ("message", "breaking"),
    [
        ("fix: x\n\nBREAKING CHANGE: gone", ("gone",)),
        ("fix: x\n\nBREAKING-CHANGE: gone", ("gone",)),
        ("fix: x\r\n\r\nBREAKING CHANGE: gone\r\n", ("gone",)),
        ("fix!: x\n\nBREAKING CHANGE: one\nBREAKING CHANGE: two", ("one", "two")),
        ("fix!: x\n\nbody", ("x",)),
        ("fix: x\n\nbreaking change: lower case is none", ()),
        ("fix: x\n\nBREAKING CHANGE:", ()),
        ("fix: x\n\nsaid BREAKING CHANGE: inside a line", ()),
    ],
)
def test_breaking_changes(message: str, breaking: tuple[str, ...]) -> None:
    """The footer's text, or the subject when only ``!`` says it."""
    assert read(message).breaking == breaking


@pytest.mark.parametrize(
    ("messages", "change"),
    [((), "none"), (("docs: a",), "none"), (("fix: a", "docs: b"), "patch"), (("fix: a", "feat: b", "fix: c"), "minor"),
     (("feat: a", "fix!: b"), "major")],
)  # fmt: skip
def test_the_biggest_change_wins(messages: tuple[str, ...], change: str) -> None:
    """One commit decides for all."""
    assert commits.overall(tuple(map(read, messages))) == change


hostile = st.text() | st.builds(
    "{}{}: {}\n\n{}".format,
    st.sampled_from(["feat", "fix(\u202escope)", "fix!", "perf", "revert(::error::)", "feat(a\x1b[31m)"]),
    st.sampled_from(["", "!"]),
    st.text(),
    st.text() | st.sampled_from(["BREAKING CHANGE: ::error::x", "BREAKING CHANGE: \x07\u2066<!-- x", "Refs #1\n: :"]),
)


@given(st.lists(hostile, max_size=5))
def test_nothing_in_a_message_escapes_its_line(messages: list[str]) -> None:
    """Any text is read; in the changelog it stays one list item without control or bidirectional characters."""
    meanings = tuple(map(read, messages))
    section = changelog_section.section(SUBJECT, meanings)
    for line in section.removesuffix("\n").split("\n"):
        assert re.match(r"(## \[1\.0\.0\] - 2024-01-02|### [A-Z][a-z]+|- .*|No changes .*|)\Z", line), line
        assert not any(unicodedata.category(c) == "Cc" or unicodedata.bidirectional(c) in BIDI for c in line), line
    assert section.splitlines() == section.removesuffix("\n").split("\n")


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x9b", "\u061c", "\u200e", "\u200f", "\u202e", "\u2066", "\r"])
def test_characters_that_deceive_are_dropped(character: str) -> None:
    """Control characters and marks that turn the reading direction do not reach the notes."""
    meaning = read(f"fix: safe{character}text")
    assert character not in changelog_section.section(SUBJECT, (meaning,))


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("<!-- the rest is hidden", "\\<!-- the rest is hidden"),
        ("close <details>", "close \\<details>"),
        ("return `List<int>`", "return `List<int>`"),
        ("a < b and a <= b", "a < b and a <= b"),
        ("an odd ` and <b>", "an odd \\` and \\<b>"),
    ],
)
def test_a_subject_cannot_open_html(subject: str, shown: str) -> None:
    """A tag or comment in a subject would swallow the notes below it; code spans stay as they are."""
    section = changelog_section.section(SUBJECT, (read(f"fix: {subject}"),))
    assert f"- {shown} ({ID[:7]})" in section


def test_a_huge_body_is_read() -> None:
    """A commit body of a megabyte is no problem, and its footer counts."""
    body = "(((: !" * 180_000 + "\n" * 1000
    assert read(f"fix: x\n\n{body}\nBREAKING CHANGE: all").breaking == ("all",)
    assert read("f" * 1_000_000).type == ""
