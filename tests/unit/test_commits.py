"""Conventional Commits: what is read, and that nothing hostile gets through."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes import changelog_section, commits
from tagship.domain.changes.commits import Commit, Meaning, change_of
from tagship.domain.versions.version import Change, Version

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
        ("feat( io ): padded", "feat", "io", "padded", "minor"),
        ("feat(io: open", "", "", "feat(io: open", "none"),
        ("feat(a(b)): nested", "", "", "feat(a(b)): nested", "none"),
        ("feat)io(: turned", "", "", "feat)io(: turned", "none"),
        ("feat !: gap", "", "", "feat !: gap", "none"),
        ("feat!!: loud", "", "", "feat!!: loud", "none"),
        ("feat(io)!:nospace", "", "", "feat(io)!:nospace", "none"),
        ("two words: x", "", "", "two words: x", "none"),
        ("fix\uff1a wide colon", "", "", "fix\uff1a wide colon", "none"),
        ("✨ feat: emoji first", "", "", "✨ feat: emoji first", "none"),
        (":sparkles: feat: its name first", "", "", ":sparkles: feat: its name first", "none"),
        ("feat: ✨ emoji inside", "feat", "", "✨ emoji inside", "minor"),
        ("fix: bad \ufffd byte", "fix", "", "bad \ufffd byte", "patch"),
        ("fix: windows\r\n\r\nbody\r\n", "fix", "", "windows", "patch"),
        ("hot-fix: x", "hot-fix", "", "x", "none"),
        ("feat: see (#a)", "feat", "", "see (#a)", "minor"),
        ("fixup! feat: x", "", "", "fixup! feat: x", "none"),
        ("squash! feat!: x", "", "", "squash! feat!: x", "none"),
        ("amend! feat: x\n\nfeat!: y", "", "", "amend! feat: x", "none"),
        ("chore(release): 1.2.3", "chore", "release", "1.2.3", "none"),
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
        ("fix: x\n\nBREAKING CHANGES: no such token", ()),
        ("fix: x\n\nBREAKING CHANGE #12", ()),
        ("fix: x\n\n    BREAKING CHANGE: quoted as code", ()),
        ("wip\n\nBREAKING CHANGE: of a commit without a type", ()),
        ("fix: x\n\nBREAKING CHANGE: one\ntwo\n  three\n\nfour", ("one two three four",)),
        ("fix: x\n\nBREAKING CHANGE: one\ntwo\nRefs #1\nthree", ("one two",)),
        ("fix: x\n\nBREAKING CHANGE: one\n\nReviewed-by: Z\nmore", ("one",)),
        ("fix: x\n\nBREAKING-CHANGE: a\nBREAKING CHANGE: b\nBREAKING CHANGE: a", ("a", "b")),
        ("fix: x\n\nBREAKING CHANGE:\n\nbelow", ("below",)),
        ("fix: x\n\nBREAKING CHANGE: a\n\nbody after it: plain", ("a body after it: plain",)),
        ("fix: x\n\nBREAKING CHANGE: these:\n- old: gone\n- b", ("these: - old: gone - b",)),
        ("fix: x\n\nBREAKING CHANGE: a\n\n(cherry picked from commit 1234567)", ("a",)),
        ("fix: x\n\nBREAKING CHANGE: a\n\n---------\n\nprose", ("a",)),
        ("fix: x\n\nRefs #1\nBREAKING CHANGE: a", ("a",)),
        ("fix: x\nBREAKING CHANGE: no empty line before it", ("no empty line before it",)),
        ("fix: x\n\nBREAKING CHANGE: \u202ea\x1b[31m\r\n", ("\u202ea\x1b[31m",)),
    ],
)
def test_breaking_changes(message: str, breaking: tuple[str, ...]) -> None:
    """The footer's text, or the subject when only ``!`` says it."""
    assert read(message).breaking == breaking


SPECIFICATION = [
    ("feat: settings can extend settings\n\nBREAKING CHANGE: the key `extends` has a meaning now", "feat", "major"),
    ("refactor!: Node 6 is no more", "refactor", "major"),
    ("refactor(runtime)!: Node 6 is no more", "refactor", "major"),
    ("refactor!: Node 6 is no more\n\nBREAKING CHANGE: it needs what Node 6 has not", "refactor", "major"),
    ("docs: spelling of CHANGELOG", "docs", "none"),
    ("feat(lang): Polish", "feat", "minor"),
    ("fix: typos in code\n\nthe issue says more\n\non typos mended.\n\nReviewed-by: Z\nRefs #133", "fix", "patch"),
    ("FIX(Parser): any case may be used", "fix", "patch"),
    ("docs!: any type may break", "docs", "major"),
    ("feet: a type that is not meant", "feet", "none"),
]
SEMANTIC_RELEASE = [
    ("fix(pencil): no broken tips under pressure", "fix", "patch"),
    ("feat(pencil): option for its width", "feat", "minor"),
    (
        "perf(pencil): no option for its width\n\nBREAKING CHANGE: the option is gone.\nIt is 10 mm now.",
        "perf",
        "major",
    ),
    ("feat(list): separator\nmore words\n\nBREAKING CHANGE: some change.\nThanks @somebody\n", "feat", "major"),
    ("style: spaces", "style", "none"),
    ("test: more", "test", "none"),
]
RELEASE_PLEASE = [
    (
        "feat: v4 ids\n\nmore words\n\nfix(utils): no throw\n  Rev-Id: 3\n  BREAKING-CHANGE: encode is silent.\n",
        "feat",
        "major",
    ),
    ("deps: newer parser", "deps", "none"),
    ("chore: x", "chore", "none"),
    ("build: x", "build", "none"),
]
GIT_CLIFF = [
    ("feat(scope)!: this breaks", "feat", "major"),
    ("feat: xyz\n\nBREAKING CHANGE: this breaks", "feat", "major"),
    ("fix: x\n\nFixes #1234\nSigned-off-by: A <a@example.org>", "fix", "patch"),
]
PYTHON_SEMANTIC_RELEASE = [
    ("perf(io): less copying", "perf", "patch"),
    ("feat: x\n\nBREAKING CHANGE: one paragraph\n\nBREAKING CHANGE: another", "feat", "major"),
    ("feat: x\n\nNOTICE: this goes away next year", "feat", "minor"),
]


@pytest.mark.parametrize(
    ("message", "kind", "change"),
    [*SPECIFICATION, *SEMANTIC_RELEASE, *RELEASE_PLEASE, *GIT_CLIFF, *PYTHON_SEMANTIC_RELEASE],
)
def test_what_peers_document(message: str, kind: str, change: str) -> None:
    """Conventional Commits 1.0.0 (examples, rules 15 and 16, FAQ), and what peers show, in our words: semantic-release
    (README, «Commit message format»; conventional-commits-parser, README), release-please (README, «multiple fixes or
    features», releasable units: there ``deps`` is one by default, here by configuration), git-cliff (templating/context),
    python-semantic-release (concepts/commit_parsing).
    """
    meaning = read(message)
    assert (meaning.type, change_of(meaning)) == (kind, change)


@pytest.mark.parametrize(
    ("message", "notes"),
    [
        (SPECIFICATION[1][0], ("Node 6 is no more",)),
        (SPECIFICATION[3][0], ("it needs what Node 6 has not",)),
        (SEMANTIC_RELEASE[2][0], ("the option is gone. It is 10 mm now.",)),
        (SEMANTIC_RELEASE[3][0], ("some change. Thanks @somebody",)),
        (RELEASE_PLEASE[0][0], ("encode is silent.",)),
        (PYTHON_SEMANTIC_RELEASE[1][0], ("one paragraph", "another")),
    ],
)
def test_what_peers_tell_of_a_breaking_change(message: str, notes: tuple[str, ...]) -> None:
    """The footer describes it, with all its lines; else the header does (rules 10, 12 and 13 of the specification)."""
    assert read(message).breaking == notes


@pytest.mark.parametrize(
    ("message", "version"),
    [
        ("chore: release 2.0.0\n\nRelease-As: 2.0.0", "2.0.0"),
        ("chore: x\n\nrelease-as: 2.0.0", "2.0.0"),
        ("chore: x\n\nRELEASE-AS: v2.0.0-rc.1\r\n", "2.0.0-rc.1"),
        ("no type\n\nRelease-As: 2.0.0", "2.0.0"),
        ("fix: x\n\nBREAKING CHANGE: y\nRelease-As: 2.0.0\nRefs #1", "2.0.0"),
        ("fix: x\n\nRelease-As: 2.0.0\nRelease-As: 3.0.0", "3.0.0"),
        ("fix: Release-As: 2.0.0", ""),
        ("fix: x\n\nsaid Release-As: 2.0.0", ""),
        ("fix: x\n\nRelease-As:", ""),
    ],
)
def test_a_version_that_is_asked_for(message: str, version: str) -> None:
    """In the body, in any case (release-please, README, «How do I change the version number?»)."""
    assert commits.asked_for((read(message),)) == version


@pytest.mark.parametrize(
    ("types", "message", "change"),
    [
        ({"docs": "patch"}, "docs: a", "patch"),
        ({"docs": "patch"}, "feat: a", "none"),
        ({"feat": "patch"}, "feat: a", "patch"),
        ({"feat": "none"}, "feat!: a", "major"),
        ({"deps": "major"}, "DEPS: a", "major"),
        ({}, "fix: a", "none"),
    ],
)
def test_types_are_the_callers(types: dict[str, Change], message: str, change: str) -> None:
    """A type that is not in the mapping moves nothing; what breaks is major with every mapping."""
    assert change_of(read(message), types) == change
    assert commits.overall((read("chore: b"), read(message)), types) == change


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
