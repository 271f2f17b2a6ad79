"""What changed in the tools of a server since its last release: for its notes, and as advice for its version.

A removed tool, a removed or newly required argument, a narrower type or fewer values, or a hint that promises less make the
calls, or the permissions, of yesterday fail: they ask for a major version.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tagship.domain.changes.changelog_section import clean
from tagship.domain.text.invisible import escaped
from tagship.domain.tools import schema_diff
from tagship.domain.tools.probe_report import Tool
from tagship.domain.tools.tool_change import KINDS, Kind, ToolChange, ToolDiff

_HINTS: Final = {
    "readOnlyHint": (False, "it is no longer read-only", "it is read-only now"),
    "destructiveHint": (True, "it may destroy now", "it no longer destroys"),
    "idempotentHint": (
        False,
        "calling it twice is no longer the same as once",
        "calling it twice is the same as once now",
    ),
    "openWorldHint": (True, "it reaches out to the world now", "it no longer reaches out to the world"),
}
"""Defaults: https://modelcontextprotocol.io/specification/2025-11-25/schema#toolannotations; words for worse and for better."""
_SAFE: Final = frozenset({"readOnlyHint", "idempotentHint"})
"""Hints that promise something when they are true; the others do when they are false."""
_LONGEST: Final = 160


def diff(before: Sequence[Tool], after: Sequence[Tool]) -> ToolDiff:
    """Compare two lists of tools; their order is no difference."""
    old, new = {tool.name: tool for tool in before}, {tool.name: tool for tool in after}
    changes = [ToolChange(kind="removed", tool=name) for name in old.keys() - new.keys()]
    changes += [
        ToolChange(kind="added", tool=name, words=_first_sentence(new[name])) for name in new.keys() - old.keys()
    ]
    changes += [change for name in old.keys() & new.keys() if (change := _changed(old[name], new[name]))]
    return ToolDiff(changes=tuple(sorted(changes, key=lambda each: (KINDS.index(each.kind), each.tool))))


def markdown(found: ToolDiff, *, heading: str = "### Tools") -> str:
    """Write a section for release notes; empty when nothing changed."""
    if not found.changes:
        return ""
    titles: Mapping[Kind, str] = {
        "removed": "**Removed:** ",
        "incompatible": "**Changed incompatibly:** ",
        "added": "Added: ",
        "compatible": "Changed: ",
    }
    lines = [f"- {titles[each.kind]}{_code(each.tool)}{_told(each)}" for each in found.changes]
    return "\n".join([heading, "", *lines]) + "\n"


def _told(change: ToolChange) -> str:
    return f" – {'; '.join(change.words)}" if change.words else ""


def _changed(old: Tool, new: Tool) -> ToolChange | None:
    """Compare two versions of a tool; what breaks is told first, and alone decides of which kind it is."""
    found = [
        *schema_diff.of_arguments(old.input_schema, new.input_schema),
        *schema_diff.of_results(old.output_schema, new.output_schema),
        *_hints(old, new),
        *_texts(old, new),
    ]
    if not found:
        return None
    breaking = any(change.breaking for change in found)
    words = tuple(change.words for change in sorted(found, key=lambda change: not change.breaking))
    return ToolChange(kind="incompatible" if breaking else "compatible", tool=new.name, words=words)


def _hints(old: Tool, new: Tool) -> Iterator[schema_diff.Change]:
    """Compare what hints promise; to a tool that only reads, the hint about destroying means nothing."""
    for hint, (default, worse, better) in _HINTS.items():
        before, after = (_hint(tool, hint, default=default) for tool in (old, new))
        if hint == "destructiveHint":
            before, after = (value and not _hint(tool, "readOnlyHint", default=False)
                             for value, tool in ((before, old), (after, new)))  # fmt: skip
        if before != after:
            promises_less = after != (hint in _SAFE)
            yield schema_diff.breaks(worse) if promises_less else schema_diff.fits(better)


def _hint(tool: Tool, name: str, *, default: bool) -> bool:
    value = tool.annotations.get(name)
    return value if isinstance(value, bool) else default


def _texts(old: Tool, new: Tool) -> Iterator[schema_diff.Change]:
    if old.title != new.title:
        yield schema_diff.fits("its title is another")
    if old.description != new.description:
        yield schema_diff.fits("its description is another")


def _first_sentence(tool: Tool) -> tuple[str, ...]:
    line = tool.description.strip().partition("\n")[0].partition(". ")[0].rstrip(".")
    return (clean(escaped(line, _LONGEST)),) if line else ()


def _code(name: str) -> str:
    return f"`{escaped(name, 80).replace('`', chr(39))}`"
