"""What checks found: sorted, counted, mended."""

from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.setup.diagnosis import Diagnosis, Edit, apply, change, count, sort

texts = st.text(alphabet="ab\n", max_size=30)


@given(texts, texts)
def test_a_change_makes_the_one_text_of_the_other(before: str, after: str) -> None:
    """Whatever differs."""
    edit = change("f", before, after)
    assert apply(before, [edit]) == after


@given(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), texts), max_size=5))
def test_edits_that_overlap_wait_for_the_next_run(before: str, made: list[tuple[int, int, str]]) -> None:
    """Each is made once or not at all, and all else stays; twice the same edit is made once."""
    edits = [
        Edit(file="f", start=start, end=start + length, text=text)
        for start, length, text in made
        if start + length <= len(before)
    ]
    after = apply(before, edits)
    assert apply(before, [*edits, *edits]) == after
    assert len(after) <= len(before) + sum(len(edit.text) for edit in edits)


def one(
    severity: str, message: str, *, file: str = "f", line: int = 1, check: str = "c", mends: bool = False
) -> Diagnosis:
    edits = (Edit(file=file, start=0, end=0, text="x"),) if mends else ()
    return Diagnosis(check=check, severity=severity, message=message, file=file, line=line, edits=edits)  # type: ignore[arg-type]


def test_the_gravest_come_first_and_nothing_is_told_twice() -> None:
    """Of what several checks came upon, the gravest is kept, and of equal ones that which mends it."""
    note, warning = one("note", "n"), one("warning", "b", line=2)
    plain, grave, mending = one("warning", "a"), one("error", "a", check="x"), one("error", "a", check="y", mends=True)
    assert sort([note, plain, warning, grave, mending]) == (mending, warning, note)
    assert count([note, warning, grave]) == {"error": 1, "warning": 1, "note": 1}
