"""All strings of a JSON document by position, in one walk."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.text.json_text import JsonPlaces, json_string_span, read_json

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


@given(documents, st.sampled_from([None, 2, "\t"]), st.lists(st.text() | st.integers(0, 5), max_size=3).map(tuple))
def test_it_finds_what_a_single_walk_finds(document: Any, indent: Any, other: tuple[str | int, ...]) -> None:
    """At every path of a document, at any other path, and for nothing but strings."""
    text = json.dumps(document, indent=indent)
    places = JsonPlaces(text)
    for path in [*_paths(document), other]:
        assert places.span(path) == json_string_span(text, path)


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ('{"v": "a", "v": "b"}', ("v",), "b"),
        ('{"v": "a", "v": 1}', ("v",), None),
        ('{"v": {"w": "a"}, "v": {}}', ("v", "w"), None),
        ('{"\\u0076": "a"}', ("v",), "a"),
        ('["a", "b"]', (1,), "b"),
        ('["a", "b"]', ("1",), None),
        ('{"1": "a"}', (1,), None),
        (" 7 ", (), None),
        ('"a"', (), "a"),
    ],
)
def test_strange_documents(text: str, path: tuple[str | int, ...], found: str | None) -> None:
    """Of a key that occurs twice the last counts, whatever it holds."""
    span = JsonPlaces(text).span(path)
    assert (text[span.start : span.end] if span else None) == found
    assert span == json_string_span(text, path)


def test_a_document_too_deep_for_us_has_no_places() -> None:
    """Newer interpreters read deeper documents than they can walk: that is no crash."""
    text = '{"v": "a", "w": ' + "[" * 20_000 + "]" * 20_000 + "}"
    assert JsonPlaces(text).span(("v",)) is None
    assert json_string_span(text, ("w", 0)) is None


def test_what_is_no_json_reads_as_nothing() -> None:
    """Broken, too deep or empty."""
    assert [read_json(text) for text in ("", "{", "[" * 100_000, "null", "[1]")] == [None, None, None, None, [1]]
