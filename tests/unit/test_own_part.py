"""The part of a file that is ours: renewed as long as nobody changed it, whatever stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.text import own_part
from tagship.domain.text.own_part import marked, renewed

OLD, NEW = "a: 1\n", "a: 2\n"
lines = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8), max_size=4).map("\n".join)


def test_what_becomes_of_a_file() -> None:
    """Created, unchanged, updated; an edited part and a file of somebody else's stay as they are, unless told otherwise."""
    assert renewed(None, NEW).state == "created"
    assert (renewed(None, "").state, renewed(None, "").text) == ("unchanged", "")
    assert renewed(marked(OLD), OLD).state == "unchanged"
    assert (renewed(marked(OLD), NEW).state, renewed(marked(OLD), NEW).text) == ("updated", marked(NEW))
    edited = marked(OLD).replace("a: 1", "a: 3")
    assert (renewed(edited, NEW).state, renewed(edited, NEW).text) == ("edited", edited)
    assert renewed(edited, NEW, replace=True).text == marked(NEW)
    assert (renewed("b: 1\n", NEW).state, renewed("b: 1\n", NEW).written) == ("foreign", False)
    assert renewed("b: 1\n", NEW, append=True).text == f"b: 1\n\n{marked(NEW)}"
    assert renewed("b: 1\n", NEW, replace=True).text == marked(NEW)


def test_an_end_that_was_deleted_is_an_edit() -> None:
    """Half a pair of marks says that somebody was there: nothing is appended beside it."""
    broken = marked(OLD).replace("# tagship init: end\n", "")
    assert renewed(broken, NEW).state == "edited"
    assert renewed(broken, NEW, append=True).state == "edited"


@given(lines, lines, st.sampled_from(["\n", "\r\n"]))
def test_what_stands_around_it_stays(before: str, after: str, end: str) -> None:
    """Every other line keeps its bytes, also its line ends, and a second run changes nothing."""
    text = f"{before}\n{marked(OLD)}{after}".replace("\n", end)
    once = renewed(text, NEW)
    assert once.text == f"{before}\n{marked(NEW)}{after}".replace("\n", end)
    assert renewed(once.text, NEW).state == "unchanged"
    assert own_part.split(once.text) == (NEW, f"{before}\n{after}")


@pytest.mark.parametrize("state", ["edited", "foreign"])
def test_the_difference_shows_what_would_be_written(state: str) -> None:
    """A diff with both sides, so that it can be brought in by hand."""
    old = marked(OLD).replace("a: 1", "a: 3") if state == "edited" else "b: 1\n"
    said = own_part.difference(old, marked(NEW), "f.yml")
    assert said.startswith("--- f.yml\n+++ f.yml (tagship init)\n")
    assert "\n+a: 2" in said
