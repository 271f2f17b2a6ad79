"""Whatever a server answers, the probe has a verdict and a report: no JSON value is a crash of ours."""

from collections import deque
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_markdown import markdown
from tagship.domain.tools.probe_report import Measured, ProbeResult
from tagship.mcp.conversation import converse
from tagship.mcp.judge import Seen, judge
from tagship.mcp.messages import Message, decode, encode
from tagship.mcp.transport import ClosedError, Heard
from tagship.ports import ToolCall, Wanted
from tests.unit.samples import FakeClock

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
KEYS = st.sampled_from(
    ["name", "title", "description", "inputSchema", "type", "properties", "required", "annotations", "uri", "tools", "prompts",
     "resources", "arguments", "nextCursor", "capabilities", "serverInfo", "version", "protocolVersion", "supportedVersions",
     "supported", "resultType", "_meta", "io.modelcontextprotocol/serverInfo", "content", "text", "isError", "$ref", "enum",
     "instructions", "ttlMs", "cacheScope", "x-mcp-header"]
)  # fmt: skip
TEXTS = st.sampled_from(["", "object", "a", "2026-07-28", "2025-11-25", "complete", "private", "\x1b[2J\u200b", "😀"])
VALUES = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
GOOD: dict[str, Any] = {
    "server/discover": {
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}, "prompts": {}, "resources": {}},
    },
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "a", "version": "1"},
    },
    "tools/list": {"tools": [{"name": "a", "inputSchema": {"type": "object"}}]},
    "prompts/list": {"prompts": [{"name": "a"}]},
    "resources/list": {"resources": [{"uri": "a:b", "name": "a"}]},
    "tools/call": {"content": []},
}


class Played:
    """A way to a server that answers each method with what it is told, and ends when it knows nothing more."""

    kind: probe_report.Transport = "stdio"

    def __init__(self, results: dict[str, Any], errors: dict[str, Any]) -> None:
        self.version, self.heard = "", Heard()
        self._results, self._errors = results, errors
        self._ready: deque[Message] = deque()

    def send(self, message: dict[str, Any], _: float) -> None:
        """Answer."""
        if "id" not in message or "method" not in message:
            return
        method = message["method"]
        answer = {"error": self._errors[method]} if method in self._errors else {"result": self._results.get(method)}
        self._ready.extend(decode(encode({"id": message["id"], **answer}), "line 1"))

    def receive(self, _: float) -> Message:
        """Return what was answered."""
        if not self._ready:
            raise ClosedError
        return self._ready.popleft()


def verdict(results: dict[str, Any], errors: dict[str, Any]) -> probe_report.Probe:
    way = Played(results, errors)
    wanted = Wanted(timeout=5, version="1.0.0", calls=(ToolCall(tool="a"),))
    learnt = converse(way, wanted, FakeClock(), now=0)
    found = judge(Seen(learnt=learnt, heard=way.heard, exit=None), wanted)
    report = probe_report.report([ProbeResult(probe=found, measured=Measured(total_seconds=1))])
    assert probe_report.decode(probe_report.encode(report), file="x").verdict == found.verdict
    assert markdown(report)
    return found


@given(st.sampled_from(sorted(GOOD)), VALUES, st.booleans())
@settings(max_examples=150)
def test_any_result(method: str, value: Any, legacy: bool) -> None:  # noqa: FBT001
    """Any JSON value in the place of one result."""
    results = {**GOOD, method: value}
    if legacy:
        results["server/discover"] = None
    verdict(results, {})


@given(st.sampled_from(sorted(GOOD)), st.lists(st.tuples(KEYS, VALUES), max_size=4))
@settings(max_examples=150)
def test_any_member(method: str, members: list[tuple[str, Any]]) -> None:
    """Any JSON value as a member of a result, or of its first entry."""
    results = {**GOOD, method: {**GOOD[method], **dict(members)}}
    key = method.partition("/")[0]
    if method.endswith("/list"):
        results[method] = {key: [{**GOOD[method][key][0], **dict(members)}]}
    verdict(results, {})


@given(st.sampled_from(sorted(GOOD)), st.integers(-33000, 33000), VALUES)
def test_any_error(method: str, code: int, data: Any) -> None:
    """Any error in the place of one result."""
    verdict(GOOD, {method: {"code": code, "message": "no", "data": data}})


def test_the_play_is_a_server() -> None:
    """Without a change the played server is a server, so that the tests above change something."""
    cached = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    found = verdict({name: {**value, **cached} for name, value in GOOD.items()}, {})
    assert found.reason == "it does not say its version, and should be 1.0.0"
    assert len(found.tools) == len(found.prompts) == len(found.resources) == 1
