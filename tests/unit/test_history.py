"""What a range of commits says: squashes, people, what is not conventional, whatever else is thrown at it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes.commits import Commit, change_of, overall
from tagship.domain.changes.history import authors, read_history, standing, unconventional
from tagship.domain.versions.version import CHANGES

A, B, C, D = "a" * 40, "b" * 40, "c" * 40, "d" * 40

SQUASHES: list[tuple[str, list[tuple[str, str, str]], str]] = [
    ("feat: x (#12)\n\n* wip\n\n* more", [("feat", "x", "12")], "minor"),
    ("fix: x (#12)\n\n* fix: a\n\n* feat: b", [("fix", "x", "12")], "minor"),
    ("fix: x (#12)\n\n* fix: a\n\n* feat!: b", [("fix", "x", "12")], "major"),
    ("docs: x (#12)\n\n* docs: a", [("docs", "x", "12")], "none"),
    ("Title (#12)\n\n* feat: a\n\n* wip\n\n* fix(s): b", [("feat", "a", "12"), ("fix", "b", "12")], "minor"),
    ("Title (#12)\n\n- fix: a\n- chore: b", [("fix", "a", "12"), ("chore", "b", "12")], "patch"),
    ("Title (#12)\n\n* wip", [("", "Title", "12")], "none"),
    ("feat: x\n\n* fix: this is prose of a commit, not a squash", [("feat", "x", "")], "minor"),
    ("feat: x (!5)", [("feat", "x", "5")], "minor"),
    ("feat: fixes (#a)", [("feat", "fixes (#a)", "")], "minor"),
    ("fix: see #4 (#12)", [("fix", "see #4", "12")], "patch"),
    (
        "Title (#12)\n\n* feat: a\n\nwhy\n\nBREAKING CHANGE: gone\n\n* fix: b",
        [("feat", "a", "12"), ("fix", "b", "12")],
        "major",
    ),
    ("Title (#12)\n\nBREAKING CHANGE: gone\n\n* fix: b", [("fix", "b", "12")], "major"),
    ("Title (#12)\r\n\r\n* feat: a\r\n\r\n* fix: b\r\n", [("feat", "a", "12"), ("fix", "b", "12")], "minor"),
    ("Title\n\n* feat: a (#10)\n* fix: b (#11)", [("feat", "a", "10"), ("fix", "b", "11")], "minor"),
    (
        "Title (#12)\n\n* fix: a\n\n- feature: of its body\n- more",
        [("fix", "a", "12"), ("feature", "of its body", "12")],
        "patch",
    ),
    ("fix: x (#12)\n\nsee - feat: in the middle", [("fix", "x", "12")], "patch"),
    ("fixup! x (#12)\n\n* feat: a", [("", "fixup! x", "12")], "none"),
    (
        "feat(config): option (#123)\n\n* refactor(config): loading\n\n* docs(configuration): option",
        [("feat", "option", "123")],
        "minor",
    ),
]


@pytest.mark.parametrize(("message", "entries", "change"), SQUASHES)
def test_squashes(message: str, entries: list[tuple[str, str, str]], change: str) -> None:
    """The title is the entry where it is conventional, and the list still counts; else the list is the entries.

    The last one is python-semantic-release's (concepts/commit_parsing, «Squash Commit Evaluation»): the same change there,
    and three entries, of which two tell of no change for users.
    """
    meanings = read_history([Commit(id="a" * 40, message=message)])
    assert [(m.type, m.subject, m.pull_request) for m in meanings] == entries
    assert overall(meanings) == change


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ("* feat: a\n\nBREAKING CHANGE: gone\n\n* fix: b", ("gone",)),
        ("* feat!: a\n\n* fix: b", ("a",)),
        (
            "* feat: a\n\nBREAKING CHANGE: these:\n- one: two\n- three: four\n\n* fix!: b",
            ("these: - one: two - three: four", "b"),
        ),
        ("* feat: a\n\nBREAKING CHANGE: gone\n\n---------\n\nCo-authored-by: B <b@x>", ("gone",)),
    ],
)
@pytest.mark.parametrize("title", ["Title (#12)", "fix: x (#12)"])
def test_what_a_squashed_commit_breaks(title: str, body: str, notes: tuple[str, ...]) -> None:
    """Each note once, with its own words, whether the title or the list speaks."""
    meanings = read_history([Commit(id="a" * 40, message=f"{title}\n\n{body}")])
    assert tuple(note for meaning in meanings for note in meaning.breaking) == notes


def test_what_is_raised_is_named() -> None:
    """The types of listed commits are kept, so that any mapping of types decides."""
    (meaning,) = read_history([Commit(id="a" * 40, message="fix: x (#1)\n\n* docs: a\n* feat: b\n* docs: c\n* fix: d")])
    assert meaning.raises == ("docs", "feat")
    assert change_of(meaning, {"docs": "major"}) == "major"
    assert change_of(meaning, {}) == "none"


@pytest.mark.parametrize(
    ("message", "counted"),
    [
        ("wip", True), ("Update README.md", True), ("feat:nospace", True), ("🎉 initial", True), ("", True),
        ("feat: x", False), ("fixup! feat: x", False), ("squash! x", False), ("amend! x", False),
        (f'Revert "x"\n\nThis reverts commit {A}.', False),
        ("Title (#1)\n\n* feat: a", False), ("Merge branch 'x'", False), ("chore(release): 1.2.3", False),
        ("✨ feat: x", True), ('Revert "anything"', False), ('Reapply "anything"', False), ("Revert to the old way", True),
        ("Initial commit", False), ("initial commit\n", False), ("Initial commit of x", True),
        ("Merge pull request #1 from a/b", False), ("Merged in x (pull request #1)", False), ("Merge the two lists", True),
    ],
)  # fmt: skip
def test_what_counts_as_unconventional(message: str, counted: bool) -> None:  # noqa: FBT001
    """What people wrote, not what git and GitHub write; the words are kept for the message."""
    assert bool(unconventional([Commit(id=A, message=message)])) == counted


def test_only_the_first_commit_may_be_called_initial() -> None:
    """It is what GitHub calls the commit it makes with a repository; later ones are people's."""
    assert unconventional([Commit(id=A, message="Initial commit", parents=(B,))]) != ()


def test_unconventional_commits_are_named() -> None:
    """By id and subject, newest first."""
    commits = [Commit(id=A, message="wip\n\nbody"), Commit(id=B, message="feat: b"), Commit(id=C, message="more (#3)")]
    assert [(each.commit, each.subject) for each in unconventional(commits)] == [(A, "wip"), (C, "more")]


@pytest.mark.parametrize(
    ("author", "email", "message", "expected"),
    [
        ("Ada", "ada@example.org", "x", ("Ada",)),
        ("Ada", "123+ada-l@users.noreply.github.com", "x", ("@ada-l",)),
        ("Ada", "ada-l@users.noreply.github.com", "x", ("@ada-l",)),
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", "x", ()),
        ("Ada", "a@x", "x\n\nCo-authored-by: Bob <7+bob@users.noreply.github.com>", ("Ada", "@bob")),
        ("Ada", "a@x", "x\n\nCo-Authored-By: Ada <a@x>\nco-authored-by: C <c@x>", ("Ada", "C")),
        ("", "", "x", ()),
        ("Ada", "12+ada_corp@users.noreply.github.com", "x", ("@ada_corp",)),
        ("Ada", "ada@USERS.noreply.github.com", "x", ("@ada",)),
        ("Ada", "a@b@users.noreply.github.com", "x", ("Ada",)),
        ("Ada", "@users.noreply.github.com", "x", ("Ada",)),
        ("Ada", "a@x", "x\r\n\r\nCo-authored-by: Bob <b@x>\r\n", ("Ada", "Bob")),
        ("Ada", "a@x", "x\n\nCo-authored-by: Ada <1+ada@users.noreply.github.com>", ("@ada",)),
        ("Ada", "1+ada@users.noreply.github.com", "x\n\nCo-authored-by: Ada <a@x>", ("@ada",)),
        (
            "Ada",
            "a@x",
            "x\n\nCo-authored-by: renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>",
            ("Ada",),
        ),
        ("Ada", "a@x", "x\n\nsaid Co-authored-by: Bob <b@x>", ("Ada",)),
        ("Ada", "a@x", "x\n\nCo-authored-by: Bob", ("Ada",)),
    ],
)
def test_people(author: str, email: str, message: str, expected: tuple[str, ...]) -> None:
    """Logins where the address tells them; each once; no programs."""
    assert authors(Commit(id=A, message=message, author=author, email=email)) == expected


words = st.sampled_from(["feat: a", "fix: b", "feat!: c", "docs: d", "wip", "Merge branch 'x'", "perf(x): e"])


@given(st.lists(words, max_size=12), st.randoms())
def test_the_order_of_independent_commits_does_not_matter(messages: list[str], random: object) -> None:
    """The biggest change is a maximum."""
    commits = [Commit(id=f"{n:040x}", message=message) for n, message in enumerate(messages)]
    shuffled = list(commits)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert overall(read_history(commits)) == overall(read_history(shuffled))


@given(st.lists(words, max_size=12), words, st.integers(min_value=0, max_value=12))
def test_one_commit_more_never_makes_it_less(messages: list[str], more: str, at: int) -> None:
    """Unless it is a revert; wherever it comes in."""
    before = [Commit(id=f"{n:040x}", message=message) for n, message in enumerate(messages)]
    after = [*before[:at], Commit(id=A, message=more), *before[at:]]
    assert CHANGES.index(overall(standing(read_history(after)))) >= CHANGES.index(
        overall(standing(read_history(before)))
    )


@given(st.lists(words, min_size=1, max_size=8), st.data())
def test_a_revert_takes_back_one_commit(messages: list[str], data: st.DataObject) -> None:
    """What is left says what the others say; taking the revert back restores it."""
    commits = [Commit(id=f"{n:040x}", message=message) for n, message in enumerate(messages)]
    target = data.draw(st.sampled_from(commits))
    revert = Commit(id=A, message=f'Revert "x"\n\nThis reverts commit {target.id}.')
    again = Commit(id=B, message=f'Reapply "x"\n\nThis reverts commit {A}.')
    others = [commit for commit in commits if commit is not target]
    assert standing(read_history([revert, *commits])) == read_history(others)
    assert standing(read_history([again, revert, *commits])) == read_history(commits)


hostile = st.text(max_size=200) | st.lists(
    st.sampled_from([
        "feat: a", "BREAKING CHANGE:", "BREAKING CHANGE: x", "* feat!: b", "- fix: c", "\n", "Refs: 1234567", "Reverts #1",
        f"This reverts commit {'0' * 40}.", "Release-As: x", "Merge pull request #1 from a/b", "(#1)", "\x00", "\u2028", "\r",
    ]), max_size=12,
).flatmap(lambda parts: st.sampled_from(["\n", "\r\n", "\n\n", " "]).map(lambda between: between.join(parts)))  # fmt: skip


@given(st.lists(st.tuples(hostile, st.lists(st.integers(0, 7), max_size=3)), max_size=6))
def test_reading_never_fails(entries: list[tuple[str, list[int]]]) -> None:
    """Whatever people and programs have written, and however commits refer to each other: in circles, to none, twice."""
    commits = [
        Commit(id=f"{n:040x}", message=message, parents=tuple(f"{parent:040x}" for parent in parents))
        for n, (message, parents) in enumerate(entries)
    ]
    known = {commit.id for commit in commits}
    for meaning in standing(read_history(commits)):
        assert meaning.commit in known
        assert change_of(meaning) in CHANGES
    assert {meaning.commit for meaning in unconventional(commits)} <= known


def test_hostile_sizes_are_read_in_one_go() -> None:
    """No expression goes back over a megabyte of them."""
    hostile = [
        "feat(" * 200_000,
        "feat: " + "x" * 1_000_000,
        "fix: x\n\n" + "BREAKING CHANGE: a\n" * 50_000,
        "feat: a" + " " * 1_000_000 + "b",
        "fix: x\n\nBREAKING CHANGE: a\n" + "more\n" * 200_000,
        "a" * 1_000_000 + "(#1",
        "fix: a\n\n" + "* feat: b\n" * 100_000,
        'Revert "x"\n\n' + "This reverts commit " * 50_000,
        "x\n\nCo-authored-by: " + "a " * 500_000,
        "(" * 1_000_000,
        "feat: a" + " (#1)" * 200_000,
        "fix: x\n\n" + "BREAKING CHANGE: a\n\n" * 100_000,
        "fix: x\n\n" + "".join(f"BREAKING CHANGE: {n}\n" for n in range(50_000)),
        "fix: x\n\nBREAKING CHANGE: " + "\n" * 1_000_000,
        "fix: x\n\nBREAKING CHANGE: a\n" + "-" * 500_000 + "x\n\n* " + "a" * 500_000,
        "fix: x\n\nBREAKING CHANGE: a\n\n" + "* feat(" * 150_000,
        "x\n\n" + "* " * 500_000 + "\n" + "* feat(a\n" * 100_000,
        "Merged in " + "x" * 1_000_000,
        "See merge request " + "!" * 1_000_000 + "\nSee merge request " * 50_000,
        "revert: x\n\nRefs: " + "1234567, " * 100_000,
        'Revert "' * 100_000,
        "revert: x\n\n" + "Reverts #1 " * 50_000 + "\nReverts #1" + " \n" * 200_000,
    ]
    commits = [Commit(id=f"{n:040x}", message=message) for n, message in enumerate(hostile)]
    merges = [
        Commit(id=f"{n + 100:040x}", message=each.message, parents=(f"{n + 101:040x}", each.id))
        for n, each in enumerate(commits)
    ]
    assert overall(standing(read_history(commits))) == "major"
    assert overall(standing(read_history([*merges, *commits]))) == "major"
    assert {each.commit for each in unconventional(commits)} < {each.id for each in commits}
