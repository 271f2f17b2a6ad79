"""Two lists of tools compared: what breaks calls, what does not, and the words for release notes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.plans.artifact import probe_name
from tagship.domain.tools import probe_report, tool_diff
from tagship.domain.tools.probe_report import Measured, Probe, ProbeResult, Tool
from tagship.domain.tools.schema_diff import of_arguments, of_results
from tagship.domain.tools.tool_diff import ToolDiff, diff, markdown
from tagship.parts.probe import tool_changes
from tests.unit import samples
from tests.unit.samples import Warned, listed_tool

FIGURES = Measured(total_seconds=0.1)

TEXT = {"type": "string"}
BREAKING: dict[str, tuple[Any, Any, str]] = {
    "an argument is gone": ({"a": TEXT}, {}, "`a` is gone"),
    "one is newly required": ({"a": TEXT}, {"a": TEXT, "required": ["a"]}, "`a` is required"),
    "a new one is required": ({}, {"b": TEXT, "required": ["b"]}, "`b` is new and required"),
    "another type": ({"a": TEXT}, {"a": {"type": "integer"}}, "`a` is integer now, and no longer string"),
    "fewer types": ({"a": {"type": ["string", "null"]}}, {"a": TEXT}, "`a` is string now, and no longer null"),
    "a type at last": ({"a": {}}, {"a": TEXT}, "`a` is string now, and no longer anything"),
    "numbers, whole only": ({"a": {"type": "number"}}, {"a": {"type": "integer"}}, "no longer number"),
    "fewer values": ({"a": {"enum": ["x", "y"]}}, {"a": {"enum": ["x"]}}, "`a` no longer takes `y`"),
    "values at last": ({"a": TEXT}, {"a": {"type": "string", "enum": ["x"]}}, "`a` takes only `x` now"),
    "one value": ({"a": TEXT}, {"a": {"type": "string", "const": "x"}}, "`a` takes only `x` now"),
    "a higher minimum": ({"a": {"minimum": 1}}, {"a": {"minimum": 2}}, "minimum of `a` is 2 now"),
    "a maximum without end": ({"a": {"minimum": 10**400}}, {"a": {"maximum": 10**400}}, "maximum of `a` is 1e+300 now"),
    "a new maximum": ({"a": TEXT}, {"a": {"type": "string", "maxLength": 5}}, "maxLength of `a` is 5 now"),
    "a pattern": ({"a": TEXT}, {"a": {"type": "string", "pattern": "^x"}}, "pattern of `a` is another"),
    "inside of an object": (
        {"a": {"type": "object", "properties": {"b": TEXT}}},
        {"a": {"type": "object", "properties": {}}},
        "`a.b` is gone",
    ),
    "inside of a list": (
        {"a": {"type": "array", "items": TEXT}},
        {"a": {"type": "array", "items": {"type": "integer"}}},
        "`a[]` is integer now, and no longer string",
    ),
    "a choice less": (
        {"a": {"anyOf": [TEXT, {"type": "integer"}]}},
        {"a": {"anyOf": [TEXT]}},
        "`a` no longer takes integer as before",
    ),
}
COMPATIBLE: dict[str, tuple[Any, Any, str]] = {
    "a new argument": ({}, {"a": TEXT}, "`a` is new"),
    "no longer required": ({"a": TEXT, "required": ["a"]}, {"a": TEXT}, "`a` is no longer required"),
    "more types": ({"a": TEXT}, {"a": {"type": ["string", "null"]}}, "`a` may be null too"),
    "numbers, also broken": ({"a": {"type": "integer"}}, {"a": {"type": "number"}}, "`a` may be number too"),
    "more values": ({"a": {"enum": ["x"]}}, {"a": {"enum": ["x", "y"]}}, "`a` takes `y` too"),
    "a lower minimum": ({"a": {"minimum": 2}}, {"a": {"minimum": 1}}, "minimum of `a` is 1 now"),
    "a choice more": ({"a": TEXT}, {"a": {"anyOf": [TEXT, {"type": "null"}]}}, "`a` takes more"),
    "another default": ({"a": {"default": 1}}, {"a": {"default": 2}}, "the default of `a` is `2` now"),
    "words": ({"a": TEXT}, {"a": {"type": "string", "description": "A."}}, "`a` is described otherwise"),
}


def tools(*given: Tool) -> list[Tool]:
    return list(given)


def one(old: dict[str, Any], new: dict[str, Any]) -> tool_diff.ToolChange:
    changes = diff([listed_tool(**old)], [listed_tool(**new)]).changes
    assert len(changes) == 1
    return changes[0]


@pytest.mark.parametrize("name", BREAKING)
def test_narrower_arguments_break(name: str) -> None:
    """Whatever made a call fail that worked is incompatible, and said."""
    old, new, words = BREAKING[name]
    change = one(old, new)
    assert change.kind == "incompatible"
    assert words in "; ".join(change.words)


@pytest.mark.parametrize("name", COMPATIBLE)
def test_wider_arguments_fit(name: str) -> None:
    """What lets every call of yesterday work is compatible, and said."""
    old, new, words = COMPATIBLE[name]
    change = one(old, new)
    assert change.kind == "compatible"
    assert words in "; ".join(change.words)


@pytest.mark.parametrize("name", BREAKING)
def test_taking_it_back_is_a_change_too(name: str) -> None:
    """Every difference is one in both directions."""
    old, new, _ = BREAKING[name]
    assert one(new, old).words


@pytest.mark.parametrize(
    ("old", "new", "breaking"),
    [
        ({"readOnlyHint": True}, {}, True),
        ({}, {"readOnlyHint": True}, False),
        ({"destructiveHint": False}, {"destructiveHint": True}, True),
        ({"destructiveHint": False}, {}, True),
        ({}, {"destructiveHint": False}, False),
        ({"idempotentHint": True}, {"idempotentHint": False}, True),
        ({"openWorldHint": False}, {}, True),
    ],
)
def test_hints(old: dict[str, bool], new: dict[str, bool], *, breaking: bool) -> None:
    """A hint that promises less is incompatible: people gave their permission to what it said; a missing one has its default."""
    before, after = (msgspec.structs.replace(listed_tool(), annotations=hints) for hints in (old, new))
    assert diff([before], [after]).breaking is breaking
    assert diff([before], [after]).changes


def test_what_only_reads_destroys_nothing() -> None:
    """The hint about destroying means nothing on a tool that only reads."""
    before, after = (
        msgspec.structs.replace(listed_tool(), annotations={"readOnlyHint": True, "destructiveHint": hint})
        for hint in (False, True)
    )
    assert diff([before], [after]).changes == ()


def test_results() -> None:
    """A field that is gone or may be missing breaks who reads it; a new one breaks nobody."""
    old = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
    gone = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
    loose = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
    assert [change.words for change in of_results(old, gone) if change.breaking] == ["`b` of the result is gone"]
    assert [change.words for change in of_results(old, loose) if change.breaking] == [
        "`a` of the result may be missing now"
    ]
    assert not any(change.breaking for change in of_results(gone, old))
    assert [change.breaking for change in of_results(old, None)] == [True]
    assert [change.breaking for change in of_results(None, old)] == [False]
    assert of_results(None, None) == ()


def test_references_are_followed() -> None:
    """A change behind ``$ref`` is found, also where the reference itself did not change."""
    old = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"enum": ["x", "y"]}}}
    new = {**old, "$defs": {"A": {"enum": ["x"]}}}
    assert [change.words for change in of_arguments(old, new)] == ["`a` no longer takes `y`"]


def test_circles_and_mazes_end() -> None:
    """References in circles, and choices of choices, are given up and not followed for ever."""
    ring = {"$ref": "#/$defs/A"}
    old = {"$defs": {"A": {"anyOf": [ring, ring, ring]}}, "anyOf": [ring, ring, ring]}
    new = {"$defs": {"A": {"anyOf": [ring, ring, ring, TEXT]}}, "anyOf": [ring, ring, ring]}
    assert of_arguments(old, new)
    wide = {f"p{number}": ring for number in range(20)}
    old = {"$defs": {"A": {"properties": wide}}, "properties": wide}
    new = {"$defs": {"A": {"properties": {**wide, "q": TEXT}}}, "properties": wide}
    assert [change.breaking for change in of_arguments(old, new)] == [True]


def test_notes_for_a_release() -> None:
    """Added, removed and changed tools are told, what breaks first; nothing is said when nothing changed."""
    before = tools(listed_tool("gone"), listed_tool("same"), listed_tool("narrow", a=TEXT), listed_tool("words"))
    after = tools(
        listed_tool("same"),
        listed_tool("narrow"),
        listed_tool("words", "Other."),
        listed_tool("new", "Does it. And more."),
    )
    found = diff(before, after)
    assert found.breaking
    assert markdown(found) == (
        "### Tools\n\n"
        "- **Removed:** `gone`\n"
        "- **Changed incompatibly:** `narrow` – `a` is gone\n"
        "- Added: `new` – Does it\n"
        "- Changed: `words` – its description is another\n"
    )
    assert markdown(diff(before, before)) == ""
    assert not diff(before, list(reversed(before))).breaking


def test_hostile_names_and_words_stay_text() -> None:
    """A name or a description cannot leave its code span, ping anybody, or begin a heading."""
    written = markdown(diff([], [listed_tool("a`\n# b\x1b", "<script> @everyone [x](https://evil.example)\n# c")]))
    assert "\x1b" not in written
    assert written.count("\n#") == 0
    assert "<script>" not in written.replace("\\<script>", "")
    assert "](https" not in written


SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {}, optional={"type": st.sampled_from(["string", "integer", "object"]), "enum": st.just(["x"])}
    ),
    lambda inner: st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3)}),
    max_leaves=8,
)


@given(SCHEMAS, SCHEMAS)
def test_differences_are_seen_and_equality_is_none(old: Any, new: Any) -> None:
    """A schema compared with itself shows nothing, with any other something."""
    assert of_arguments(old, old) == ()
    assert bool(of_arguments(old, new)) == (old != new)


class _Compared(NamedTuple):
    root: Path
    baseline: str = ""
    baseline_command: str = ""


@pytest.mark.parametrize(("previous", "folder"), [("v1.1.0", "v1.1.0"), ("servers/demo/v1.1.0", "servers-demo-v1.1.0")])
def test_the_last_release_in_a_folder_is_found_by_its_tag(previous: str, folder: str, tmp_path: Path) -> None:
    """Also by the tag of one package of several, which has slashes."""
    tools: Any = SimpleNamespace(environment={}, reporter=Warned())
    plan = msgspec.structs.replace(samples.plan("1.2.0"), previous=previous)
    place = tmp_path / "releases" / folder
    place.mkdir(parents=True)
    (place / probe_name(plan.name, "1.1.0")).write_bytes(probe_report.encode(samples.REPORT))
    nothing = probe_report.report([ProbeResult(probe=Probe(id="p", verdict="ok", refused=False), measured=FIGURES)])
    found = tool_changes.against_last(_Compared(tmp_path), plan, nothing, tools)
    assert (found.advice, [each.message for each in found.problems]) == ("major", ["add: it is gone"])


def test_an_empty_diff_is_not_breaking() -> None:
    """Nothing is advised when nothing is known."""
    assert not ToolDiff().breaking
