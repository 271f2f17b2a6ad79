"""Which commit of a branch brought which: compared with a slow and obvious answer on histories of any shape."""

from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes.commits import Commit
from tagship.domain.changes.mainline import mainline


@st.composite
def histories(draw: st.DrawFn) -> list[Commit]:
    """Make a range, newest first: each commit has up to three older parents, in the range or before it."""
    size = draw(st.integers(1, 9))
    made = []
    for number in range(size):
        older = [str(n) for n in range(number + 1, size)] + ["before"]
        parents = draw(st.lists(st.sampled_from(older), max_size=3, unique=True))
        made.append(Commit(id=str(number), message="", parents=tuple(parents)))
    return made


def reached(known: dict[str, Commit], start: str) -> set[str]:
    """Return a commit of the range and all before it."""
    found, waiting = set(), [start]
    while waiting:
        at = waiting.pop()
        if at in known and at not in found:
            found.add(at)
            waiting += known[at].parents
    return found


@given(histories())
def test_each_commit_came_by_the_first_of_the_branch_that_has_it(history: list[Commit]) -> None:
    """The branch is the chain of first parents; a commit belongs to the oldest of it that leads to it, and comes once."""
    known = {commit.id: commit for commit in history}
    chain, at = [], history[0].id
    while at in known:
        chain.append(at)
        at = known[at].parents[0] if known[at].parents else ""
    expected = [
        (next(on for on in reversed(chain) if commit.id in reached(known, on)), commit.id)
        for commit in history
        if commit.id in reached(known, history[0].id)
    ]
    assert [(on, commit.id) for on, commit in mainline(history)] == expected


def test_a_long_history_takes_no_deep_stack() -> None:
    """Ten thousand commits in a row, and as many on one side."""
    main = [Commit(id=f"m{n}", message="", parents=(f"m{n + 1}",)) for n in range(1, 10_000)]
    side = [Commit(id=f"s{n}", message="", parents=(f"s{n + 1}",)) for n in range(10_000)]
    top = Commit(id="m0", message="", parents=("m1", "s0"))
    brought = list(mainline([top, *main, *side]))
    assert len(brought) == 20_000
    assert {on for on, commit in brought if commit.id.startswith("s")} == {"m0"}
