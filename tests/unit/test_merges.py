"""Merged branches: who speaks for whom, by which pull request each commit came."""

import sys
from collections.abc import Callable

import pytest

from tagship.domain.changes.commits import Commit, asked_for
from tagship.domain.changes.history import read_history, standing, unconventional


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
        (
            "a merge of merges: a title speaks inside",
            graph(("m", "Merge branch 'develop'", "a n"), ("n", f"{PULL}feat: inner", "c d"), ("d", "wip", "a"),
                  ("c", "fix: c", "a"), ("a", "docs: a", "root")),
            [("n", "feat", "inner", "12"), ("c", "fix", "c", ""), ("a", "docs", "a", "")],
        ),
        (
            "a merge of merges: commits speak inside, and know the inner pull request",
            graph(("m", "Merge pull request #20 from octo/develop\n\nfeat: all", "a n"), ("n", f"{PULL}feat: inner", "c d"),
                  ("d", "feat: d", "a"), ("c", "fix: c", "a"), ("a", "docs: a", "root")),
            [("d", "feat", "d", "12"), ("c", "fix", "c", "20"), ("a", "docs", "a", "")],
        ),
        (
            "a merge of merges: only an inner title speaks, and the outer one is silent",
            graph(("m", "Merge pull request #20 from octo/develop\n\nfeat: all", "a n"), ("n", f"{PULL}fix: inner", "c d"),
                  ("d", "wip", "a"), ("c", "more", "a"), ("a", "docs: a", "root")),
            [("n", "fix", "inner", "12"), ("c", "", "more", "20"), ("a", "docs", "a", "")],
        ),
        (
            "a merge of merges: the outer title speaks for all",
            graph(("m", "Merge pull request #20 from octo/develop\n\nfeat: all", "a n"), ("n", f"{PULL}inner", "c d"),
                  ("d", "wip", "a"), ("c", "more", "a"), ("a", "docs: a", "root")),
            [("m", "feat", "all", "20"), ("a", "docs", "a", "")],
        ),
        (
            "a merge of merges of merges: the innermost speaks, and those around it are silent",
            graph(("m", "Merge pull request #30 from o/x\n\nfeat: all", "a n"),
                  ("n", "Merge pull request #20 from o/y\n\nfeat: some", "a o"), ("o", f"{PULL}fix: one", "a d"),
                  ("d", "wip", "a"), ("a", "docs: a", "root")),
            [("o", "fix", "one", "12"), ("a", "docs", "a", "")],
        ),
        (
            "the branch was brought up to date before it was merged",
            graph(("m", f"{PULL}Title", "b d"), ("d", "feat: d", "u"), ("u", "Merge branch 'main' into x", "c b"),
                  ("b", "fix: b", "a"), ("c", "feat: c", "a"), ("a", "docs: a", "root")),
            [("d", "feat", "d", "12"), ("b", "fix", "b", ""), ("c", "feat", "c", "12"), ("a", "docs", "a", "")],
        ),
        (
            "what older merges brought is theirs",
            graph(("m", "Merge pull request #20 from o/y\n\nTitle", "n d"), ("d", "feat: d", "c"),
                  ("n", f"{PULL}Title", "a c"), ("c", "fix: c", "a"), ("a", "docs: a", "root")),
            [("d", "feat", "d", "20"), ("c", "fix", "c", "12"), ("a", "docs", "a", "")],
        ),
        (
            "a conventional merge of conventional commits counts once",
            graph(("m", "feat: x (#3)", "a b"), ("b", "feat: x", "a"), ("a", "docs: a", "root")),
            [("b", "feat", "x", "3"), ("a", "docs", "a", "")],
        ),
        (
            "squashed and fixed-up commits of a branch do not speak for it",
            graph(("m", f"{PULL}fix: x", "a c"), ("c", "fixup! feat: x\n\n* feat: y", "b"), ("b", "wip", "a"),
                  ("a", "docs: a", "root")),
            [("m", "fix", "x", "12"), ("a", "docs", "a", "")],
        ),
        (
            "a range with gaps, as one limited to a folder is",
            graph(("e", "feat: e", "gone"), ("m", f"{PULL}Title", "a c"), ("c", "fix: c", "a"), ("a", "docs: a", "root")),
            [("e", "feat", "e", ""), ("c", "fix", "c", "12"), ("a", "docs", "a", "")],
        ),
        (
            "a merge of which nothing is known but itself",
            graph(("m", f"{PULL}feat: x", "gone lost"), ("a", "docs: a", "root")),
            [("m", "feat", "x", "12"), ("a", "docs", "a", "")],
        ),
    ],
)  # fmt: skip
def test_merges(name: str, commits: list[Commit], expected: list[tuple[str, str, str, str]]) -> None:
    """GitHub's, GitLab's and Bitbucket's words for a merge (their default messages), and plain git's."""
    del name
    assert said(commits) == expected


@pytest.mark.parametrize(
    ("merge", "side", "notes", "version"),
    [
        (f"{PULL}feat: x\n\nBREAKING CHANGE: y", "wip", ("y",), ""),
        (f"{PULL}feat!: x", "wip", ("x",), ""),
        (f"{PULL}feat!: x", "feat: x", ("x",), ""),
        (f"{PULL}feat: x\n\nBREAKING CHANGE: y", "fix: x", ("y",), ""),
        ("Merge branch 'x' into 'main'\n\nfeat: x\n\nBREAKING CHANGE: y\n\nSee merge request g/p!7", "wip", ("y",), ""),
        ("feat!: x (#12)", "feat: x", ("x",), ""),
        (f"{PULL}Title\n\nRelease-As: 2.0.0", "fix: x", (), "2.0.0"),
        ("Merge branch 'x'\n\nRelease-As: 2.0.0", "wip", (), "2.0.0"),
        ("Merge branch 'x'\n\nSigned-off-by: Max <m@x>", "wip", (), ""),
        (f"{PULL}Title\n\nBREAKING CHANGE: said below no type", "fix: x", (), ""),
    ],
)
def test_what_a_merge_must_not_lose(merge: str, side: str, notes: tuple[str, ...], version: str) -> None:
    """A breaking change and a wished version, though the commits of the branch speak; nothing counts twice."""
    meanings = read_history(graph(("m", merge, "a b"), ("b", side, "a"), ("a", "docs: a", "root")))
    assert tuple(note for meaning in meanings for note in meaning.breaking) == notes
    assert asked_for(meanings) == version
    assert len([meaning for meaning in meanings if meaning.type]) == 1 + (side != "wip" or "feat" in merge)


def ids(*names: str) -> list[str]:
    return [name * 40 for name in names]


A, B, C, D, E, F = ids("a", "b", "c", "d", "e", "f")
MERGED = (
    (C, f"{PULL}Title", f"{A} {B}"),
    (B, "feat: b", D),
    (D, "fix!: d", A),
    (A, "docs: a", "root"),
)
REVERT = f'Revert "Merge pull request #12 from octo/branch"\n\nThis reverts commit {C}, reversing\nchanges made to {A}.'
NESTED = (
    (C, "Merge branch 'develop'", f"{A} {B}"),
    (B, f"{PULL}Title", f"{A} {D}"),
    (D, "feat: d", A),
    (A, "docs: a", "root"),
)


@pytest.mark.parametrize(
    ("commits", "left"),
    [
        ([(E, REVERT), *MERGED], [A]),
        ([(E, 'Revert "Title"\n\nReverts octo/demo#12'), *MERGED], [A]),
        ([(E, 'Revert "Title (#12)"'), *MERGED], [A]),
        ([(F, f'Reapply "Title"\n\nThis reverts commit {E}.'), (E, REVERT), *MERGED], [B, D, A]),
        ([(E, f"revert: half\n\nRefs: {D[:8]}"), *MERGED], [B, A]),
        ([(E, REVERT), *NESTED], [A]),
        ([(E, 'Revert "Title"\n\nReverts octo/demo#12'), *NESTED], [A]),
        ([(E, f"revert: inner\n\nThis reverts commit {B}."), *NESTED], [A]),
        ([(E, REVERT), (C, f"{PULL}feat: title", f"{A} {B}"), (B, "wip", A), (A, "docs: a", "root")], [A]),
        ([(E, REVERT), (A, "docs: a", "root")], [E, A]),
        ([(E, f"{PULL}Title", f"{A} {F}"), (F, f"revert: a\n\nRefs: {A}", A), (A, "feat: a", "root")], []),
    ],
)
def test_merges_are_taken_back(commits: list[tuple[str, str] | tuple[str, str, str]], left: list[str]) -> None:
    """With all that came by them, by ``git revert -m 1`` and by GitHub's button, inner merges too."""
    assert [meaning.commit for meaning in standing(read_history(graph(*commits)))] == left


def test_authors_are_those_of_the_branch() -> None:
    """Where the title speaks, whoever wrote the commits is named, not who merged them."""
    wrote = Commit(id="b", message="wip\n\nCo-authored-by: Cy <c@x>", parents=("a",), author="Bo", email="b@x")
    more = Commit(id="c", message="more", parents=("b",), author="Bo", email="b@x")
    merge = Commit(id="m", message=f"{PULL}feat: x", parents=("a", "c"), author="Max", email="m@x")
    first = Commit(id="a", message="docs: a", author="Al", email="1+al@users.noreply.github.com")
    assert [m.authors for m in read_history([merge, more, wrote, first])] == [("Bo", "Cy"), ("@al",)]
    assert [m.authors for m in read_history([merge, first])] == [("Max",), ("@al",)]


def test_a_title_speaks_for_unconventional_commits() -> None:
    """They are no fault then."""
    commits = graph(("m", f"{PULL}feat: all", "a c"), ("c", "wip", "a"), ("a", "feat: a", "root"))
    assert unconventional(commits) == ()


def calls(work: Callable[[], object]) -> int:
    """Count the calls of functions, which say how much is done without a clock."""
    counted = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal counted
        counted += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def side_by_side(number: int) -> list[Commit]:
    """Every other commit is a merge of the one below it."""
    made = []
    for at in range(2 * number, 0, -2):
        made.append(Commit(id=f"{at:040}", message=f"{PULL}feat: {at}", parents=(f"{at - 2:040}", f"{at - 1:040}")))
        made.append(Commit(id=f"{at - 1:040}", message="wip", parents=(f"{at - 2:040}",)))
    return made


def within_each_other(number: int) -> list[Commit]:
    """Each merge is on the branch that the one before it merged."""
    return [
        Commit(id=f"{at:040}", message=f"Merge pull request #{at} from a/b", parents=("root", f"{at - 1:040}"))
        for at in range(number, 1, -1)
    ] + [Commit(id=f"{1:040}", message="feat: x", parents=("root",))]


def criss_cross(number: int) -> list[Commit]:
    """Two branches that merge each other all the time."""
    return [
        Commit(id=f"{at:040}", message=f"Merge branch 'x{at}'", parents=(f"{at - 2:040}", f"{at - 1:040}"))
        for at in range(number, 2, -1)
    ] + [Commit(id=f"{at:040}", message="feat: x", parents=("root",)) for at in (2, 1)]


def taken_back_again(number: int) -> list[Commit]:
    """All commits came by one pull request, and as many reverts name it, its merge, and one that is not there."""
    merge = f"{10**6:040}"
    named = (
        "Reverts a/b#12",
        f"This reverts commit {merge}.",
        "Reverts a/b#12\nReverts a/b#99",
        f"Refs: {merge[:39]}1",
    )
    side = [Commit(id=f"{at:040}", message="fix: x", parents=(f"{at - 1:040}",)) for at in range(number, 0, -1)]
    reverts = [Commit(id=f"{at:040x}", message=f"revert: x\n\n{named[at % 4]}") for at in range(10**9, 10**9 + number)]
    return [*reverts, Commit(id=merge, message=f"{PULL}Title", parents=("root", f"{number:040}")), *side]


@pytest.mark.parametrize("shape", [side_by_side, within_each_other, criss_cross, taken_back_again])
@pytest.mark.parametrize("job", [read_history, lambda commits: standing(read_history(commits)), unconventional])
def test_work_grows_with_the_number_of_commits(
    shape: Callable[[int], list[Commit]], job: Callable[[list[Commit]], object]
) -> None:
    """Not with its square: four times the commits are at most about four times the calls."""
    few, many = shape(250), shape(1000)
    assert calls(lambda: job(many)) < 5 * calls(lambda: job(few))


@pytest.mark.parametrize("shape", [side_by_side, within_each_other, criss_cross, taken_back_again])
def test_a_hundred_thousand_commits(shape: Callable[[int], list[Commit]]) -> None:
    """They are read whatever their shape: no recursion, no square."""
    assert len(read_history(shape(50_000))) >= 1
