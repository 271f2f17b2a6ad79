"""What official clients refuse in results, member by member."""

from typing import Any

import pytest

from tagship.mcp.shapes import wrong

TOOL = {"name": "a", "inputSchema": {"type": "object"}}
INFO = {"name": "x", "version": "1"}
CACHED = {"resultType": "complete", "ttlMs": 0, "cacheScope": "public"}
GOOD: list[tuple[str, dict[str, Any], bool]] = [
    ("initialize", {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": INFO}, False),
    (
        "initialize",
        {
            "protocolVersion": "x",
            "capabilities": {},
            "serverInfo": {**INFO, "title": "X"},
            "instructions": "Do.",
            "_meta": {},
        },
        False,
    ),
    ("tools/list", {"tools": [TOOL, {**TOOL, "title": "A", "annotations": {"readOnlyHint": True}, "more": 1}]}, False),
    ("tools/list", {"tools": [], "nextCursor": "x", **CACHED}, True),
    ("prompts/list", {"prompts": [{"name": "a", "arguments": [{"name": "b", "required": True}]}]}, False),
    ("resources/list", {"resources": [{"uri": "a:b", "name": "c", "size": 15, "mimeType": "text/plain"}]}, False),
    ("server/discover", {"supportedVersions": ["2026-07-28"], "capabilities": {}, **CACHED}, True),
    ("tools/call", {"content": [], "isError": False}, False),
    ("tools/call", {"content": [], "resultType": "complete"}, True),
]
BAD: list[tuple[str, dict[str, Any], bool, str]] = [
    ("initialize", {"capabilities": {}}, False, "the result of initialize lacks serverInfo"),
    ("initialize", {"capabilities": {}, "serverInfo": {"name": "x"}}, False, "serverInfo lacks version"),
    ("initialize", {"capabilities": {"tools": None}, "serverInfo": INFO}, False, "the capability tools is no object"),
    ("initialize", {"capabilities": {}, "serverInfo": INFO, "instructions": None}, False, "instructions in the result"),
    ("tools/list", {"tools": [TOOL], "nextCursor": None}, False, "nextCursor in the result of tools/list is not a text: what"),
    ("tools/list", {"tools": [TOOL, {**TOOL, "description": None}]}, False, "description in entry 2 of tools/list"),
    ("tools/list", {"tools": [{**TOOL, "annotations": None}]}, False, "annotations in entry 1 of tools/list"),
    ("tools/list", {"tools": [{**TOOL, "annotations": {"readOnlyHint": 1}}]}, False, "readOnlyHint in annotations in entry 1"),
    ("tools/list", {"tools": [TOOL]}, True, "the result of tools/list of 2026-07-28 lacks resultType"),
    ("tools/list", {"tools": [TOOL], **CACHED, "ttlMs": -1}, True, "ttlMs in the result of tools/list"),
    ("tools/list", {"tools": [TOOL], **CACHED, "cacheScope": "all"}, True, 'is not "public" or "private"'),
    ("prompts/list", {"prompts": [{"name": "a", "arguments": [{"required": True}]}]}, False, "an argument in entry 1"),
    ("prompts/list", {"prompts": [{"name": "a", "arguments": ["x"]}]}, False, "is no object"),
    ("prompts/list", {"prompts": [{"name": "a", "arguments": None}]}, False, "arguments in entry 1 of prompts/list is"),
    ("resources/list", {"resources": [{"uri": "a"}]}, False, "entry 1 of resources/list lacks name"),
    ("resources/list", {"resources": [{"uri": "a", "name": "b", "size": True}]}, False, "size in entry 1"),
    ("tools/call", {"isError": False}, False, "the result of tools/call lacks content"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "result", "modern"), GOOD)
def test_good_results(method: str, result: dict[str, Any], *, modern: bool) -> None:
    """What the specification allows is let through, members that nobody knows included."""
    assert wrong(method, result, modern=modern) == ""


@pytest.mark.parametrize(("method", "result", "modern", "words"), BAD)
def test_bad_results(method: str, result: dict[str, Any], *, modern: bool, words: str) -> None:
    """What is missing, null or of another kind is said with its place."""
    assert words in wrong(method, result, modern=modern)
