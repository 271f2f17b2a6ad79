"""What a range of commits says: merges, squashes, reverts, people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.commits import Commit, asked_for, change_of, overall
from tagship.domain.history import authors, read_history, standing, unconventional


def graph(*entries: tuple[str, str] | tuple[str, str, str]) -> list[Commit]:
    """Make commits, newest first, from ``(id, message, parents)``; a missing last one is the entry below."""
    made = []
    for number, entry in enumerate(entries):
        below = entries[number + 1][0] if number + 1 < len(entries) else "root"
        parents = tuple(entry[2].split()) if len(entry) > 2 else (below,)
        made.append(Commit(id=entry[0], message=entry[1], parents=parents))
    return made


def said(commits: list[Commit]) -> list[tuple[str, str, str, str]]:
    return [(m.commit, m.type, m.subject, m.pull_request) for m in read_history(commits)]


PULL = "Merge pull request #12 from octo/branch\n\n"


@pytest.mark.parametrize(
    ("name", "commits", "expected"),
    [
        (
            "conventional commits of a merged branch speak, and know their pull request",
            graph(("m", f"{PULL}Some title", "a c"), ("c", "fix: c", "b"), ("b", "wip", "a"), ("a", "feat: a", "root")),
            [("c", "fix", "c", "12"), ("b", "", "wip", "12"), ("a", "feat", "a", "")],
        ),
        (
            "the title speaks for a branch without any",
            graph(("m", f"{PULL}feat: all of it", "a c"), ("c", "wip", "b"), ("b", "more", "a"), ("a", "feat: a", "root")),
            [("m", "feat", "all of it", "12"), ("a", "feat", "a", "")],
        ),
        (
            "GitLab's merge request",
            graph(("m", "Merge branch 'x' into 'main'\n\nfeat: x\n\nSee merge request group/p!7", "a b"), ("b", "wip", "a"),
                  ("a", "docs: a", "root")),
            [("m", "feat", "x", "7"), ("a", "docs", "a", "")],
        ),
        (
            "Bitbucket's",
            graph(("m", "Merged in x (pull request #9)\n\nfix: x", "a b"), ("b", "wip", "a"), ("a", "docs: a", "root")),
            [("m", "fix", "x", "9"), ("a", "docs", "a", "")],
        ),
        (
            "a merge with a conventional message of its own",
            graph(("m", "feat: x (#3)", "a b"), ("b", "wip", "a"), ("a", "docs: a", "root")),
            [("m", "feat", "x", "3"), ("a", "docs", "a", "")],
        ),
        (
            "merging main into a branch says nothing",
            graph(("m", "Merge branch 'main' into x", "b a"), ("b", "feat: b", "root"), ("a", "fix: a", "root")),
            [("b", "feat", "b", ""), ("a", "fix", "a", "")],
        ),
        (
            "a nested merge",
            graph(("m", f"{PULL}outer", "a n"), ("n", "Merge branch 'y' into x", "c d"), ("d", "feat: d", "a"),
                  ("c", "wip", "a"), ("a", "fix: a", "root")),
            [("d", "feat", "d", "12"), ("c", "", "wip", "12"), ("a", "fix", "a", "")],
        ),
        (
            "an octopus",
            graph(("m", "Merge branches 'x' and 'y'", "a b c"), ("c", "feat: c", "a"), ("b", "fix: b", "a"),
                  ("a", "docs: a", "root")),
            [("c", "feat", "c", ""), ("b", "fix", "b", ""), ("a", "docs", "a", "")],
        ),
    ],
)  # fmt: skip
def test_merges(name: str, commits: list[Commit], expected: list[tuple[str, str, str, str]]) -> None:
    """GitHub's, GitLab's and Bitbucket's words for a merge (their default messages), and plain git's."""
    del name
    assert said(commits) == expected


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
]


@pytest.mark.parametrize(("message", "entries", "change"), SQUASHES)
def test_squashes(message: str, entries: list[tuple[str, str, str]], change: str) -> None:
    """The title is the entry where it is conventional, and the list still counts; else the list is the entries."""
    meanings = read_history([Commit(id="a" * 40, message=message)])
    assert [(m.type, m.subject, m.pull_request) for m in meanings] == entries
    assert overall(meanings) == change


A, B, C = "a" * 40, "b" * 40, "c" * 40
REVERT_A = f'Revert "feat: a"\n\nThis reverts commit {A}.'


@pytest.mark.parametrize(
    ("messages", "left", "change"),
    [
        ([(B, REVERT_A), (A, "feat: a")], [], "none"),
        ([(C, f"This and that\n\nThis reverts commit {B}."), (B, REVERT_A), (A, "feat: a")], [C], "none"),
        ([(C, f'Revert "Revert"\n\nThis reverts commit {B}.'), (B, REVERT_A), (A, "feat: a")], [A], "minor"),
        ([(B, f"revert: a\n\nRefs: {A[:9]}"), (A, "feat: a")], [], "none"),
        ([(B, REVERT_A), (C, "fix: c")], [B, C], "patch"),
        ([(B, 'Revert "feat: a (#12)"\n\nReverts octo/demo#12'), (A, "feat: a (#12)")], [], "none"),
        ([(B, 'Revert "feat: a (#12)" (#13)\n\nReverts octo/demo#12'), (A, "feat: a (#12)")], [], "none"),
        ([(B, 'Revert "x"\n\nReverts octo/demo#99'), (A, "feat: a (#12)")], [B, A], "minor"),
        ([(B, f"revert: a and more\n\nRefs: {A[:7]}, {C[:7]}"), (A, "feat: a"), (C, "fix: c")], None, None),
    ],
)
def test_reverts(messages: list[tuple[str, str]], left: list[str] | None, change: str | None) -> None:
    """Git revert, the specification's footer, GitHub's button; a revert of what was released before stays."""
    meanings = standing(read_history([Commit(id=commit, message=message) for commit, message in messages]))
    if left is not None:
        assert ([m.commit for m in meanings], overall(meanings)) == (left, change)
    else:
        assert A not in [m.commit for m in meanings]


def test_a_merged_branch_is_taken_back_by_its_number() -> None:
    """GitHub's button on a merged pull request of several commits."""
    commits = graph(
        ("r", 'Revert "All"\n\nReverts octo/demo#12'),
        ("m", f"{PULL}All", "a c"),
        ("c", "fix: c", "b"),
        ("b", "feat: b", "a"),
        ("a", "docs: a", "root"),
    )
    assert [m.commit for m in standing(read_history(commits))] == ["a"]


@pytest.mark.parametrize(
    ("message", "counted"),
    [
        ("wip", True), ("Update README.md", True), ("feat:nospace", True), ("🎉 initial", True), ("", True),
        ("feat: x", False), ("fixup! feat: x", False), ("squash! x", False), ("amend! x", False), (REVERT_A, False),
        ("Title (#1)\n\n* feat: a", False), ("Merge branch 'x'", False), ("chore(release): 1.2.3", False),
    ],
)  # fmt: skip
def test_what_counts_as_unconventional(message: str, counted: bool) -> None:  # noqa: FBT001
    """What people wrote, not what git and GitHub write; the words are kept for the message."""
    assert bool(unconventional([Commit(id=A, message=message)])) == counted


def test_a_title_speaks_for_unconventional_commits() -> None:
    """They are no fault then."""
    commits = graph(("m", f"{PULL}feat: all", "a c"), ("c", "wip", "a"), ("a", "feat: a", "root"))
    assert unconventional(commits) == ()


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


@given(st.lists(st.text(max_size=200), max_size=6))
def test_reading_never_fails(messages: list[str]) -> None:
    """Whatever people and programs have written."""
    commits = [Commit(id=f"{n:040x}", message=message, parents=("0" * 40,)) for n, message in enumerate(messages)]
    for meaning in standing(read_history(commits)):
        change_of(meaning)
    unconventional(commits)


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
    ]
    commits = [Commit(id=f"{n:040x}", message=message) for n, message in enumerate(hostile)]
    assert overall(read_history(commits)) == "major"
    unconventional(commits)


def test_a_long_history_of_merges() -> None:
    """50,000 commits of which every other is a merge: each is looked at a few times."""
    commits = []
    for number in range(50_000, 0, -2):
        commits.append(
            Commit(id=f"{number}", message=f"{PULL}feat: {number}", parents=(f"{number - 2}", f"{number - 1}"))
        )
        commits.append(Commit(id=f"{number - 1}", message="wip", parents=(f"{number - 2}",)))
    assert len(read_history(commits)) == 25_000
    assert asked_for(read_history([Commit(id=A, message="chore: x\n\nrelease-as: v3.0.0")])) == "3.0.0"
