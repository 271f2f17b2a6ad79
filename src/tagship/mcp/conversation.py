"""One conversation of a probe: agree on a version, list everything, call what is to be called; all that was learnt is kept."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tagship.domain.text.invisible import escaped
from tagship.domain.tools import probe_report as report
from tagship.mcp import catalog, listing
from tagship.mcp.client import BATCHES, Client, RefusedError, WrongError
from tagship.mcp.era import EndedEarlyError, Session, open_session
from tagship.mcp.messages import TooMuchError
from tagship.mcp.transport import ClosedError, SilentError, UnreachableError, Way
from tagship.ports import Clock, ToolCall, Wanted

_LATER: Final = 3.0
"""Seconds that a server without tools has to find some, or to say so."""


class Learnt(msgspec.Struct, kw_only=True):
    """What a conversation brought to light, also where it broke off; ``failure`` says how it did."""

    failure: str = ""
    status: int = 0
    """The HTTP status that it failed with."""
    refusal: str = ""
    """What the server itself said of why it refuses."""
    silent: bool = False
    """It did not answer in time."""
    too_much: bool = False
    """It says more than anybody reads."""
    closed: bool = False
    """The server ended, or closed its output, before it had answered."""
    ended_early: bool = False
    protocol: report.Protocol = msgspec.field(default_factory=report.Protocol)
    server: report.ServerInfo = msgspec.field(default_factory=report.ServerInfo)
    instructions: str = ""
    tools: tuple[report.Tool, ...] = ()
    undeclared_tools: bool = False
    refused_lists: tuple[str, ...] = ()
    """Lists that were declared and are refused."""
    prompts: tuple[report.Prompt, ...] = ()
    resources: tuple[report.Resource, ...] = ()
    calls: tuple[report.CallResult, ...] = ()
    noise: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    """Members of answers that are missing or of the wrong kind."""
    waiting: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    unnamed_errors: bool = False
    batches: bool = False
    first_answer: float | None = None


def converse(way: Way, wanted: Wanted, clock: Clock, *, now: float, modern_first: bool = True) -> Learnt:
    """Speak with a server until everything is known, or nothing more can be."""
    client = Client(way, clock, now + wanted.timeout)
    learnt = Learnt()
    try:
        _talk(client, learnt, wanted, now, modern_first=modern_first)
    except EndedEarlyError:
        learnt.ended_early = learnt.closed = True
    except ClosedError:
        learnt.closed = True
    except SilentError:
        learnt.silent = True
        learnt.failure = f"it does not answer {_first(client.waiting)} within {wanted.timeout:g} s"
    except UnreachableError as error:
        learnt.failure, learnt.status = str(error), error.status
        learnt.refusal = learnt.failure if error.status else ""
    except TooMuchError as error:
        learnt.failure, learnt.too_much = str(error), True
    except RefusedError as error:
        learnt.failure = learnt.refusal = str(error)
    except WrongError as error:
        learnt.failure = str(error)
    _keep(client, learnt)
    return learnt


def _talk(client: Client, learnt: Learnt, wanted: Wanted, now: float, *, modern_first: bool) -> None:
    session = open_session(client, now=now, modern_first=modern_first)
    learnt.protocol = session.protocol
    learnt.instructions = session.instructions if isinstance(session.instructions, str) else ""
    learnt.server = _server(client, session, learnt)
    _list(client, session, learnt)
    _list_again(client, session, learnt)
    learnt.server = _server(client, session, learnt)  # a modern server says who it is with each result
    if client.way.kind != "stdio":
        _mirror(client.way, learnt)
    for call in wanted.calls:
        learnt.calls += (_call(client, call),)


def _mirror(way: Way, learnt: Learnt) -> None:
    """Tell a way by HTTP which arguments are mirrored into headers."""
    from tagship.mcp.http import Http

    if isinstance(way, Http):
        way.schemas = {tool.name: tool.input_schema for tool in learnt.tools}


def _list(client: Client, session: Session, learnt: Learnt) -> None:
    """Ask for all lists at once: answers may come in any order."""
    declared = session.capabilities
    asked = {"tools/list": client.ask("tools/list")}
    asked |= {f"{name}/list": client.ask(f"{name}/list") for name in ("prompts", "resources") if name in declared}
    if "tools" in declared or client.answered(asked["tools/list"], _LATER):
        learnt.tools = catalog.tools(_tools(client, asked["tools/list"], declared="tools" in declared))
        learnt.undeclared_tools = bool(learnt.tools) and "tools" not in declared
    learnt.prompts = catalog.prompts(_beside(client, learnt, "prompts/list", asked))
    learnt.resources = catalog.resources(_beside(client, learnt, "resources/list", asked))


def _tools(client: Client, asked: int, *, declared: bool) -> list[dict[str, Any]]:
    """Follow the list of tools; a server that declares none may refuse it."""
    try:
        return listing.everything(client, "tools/list", asked)
    except RefusedError:
        if declared:
            raise
        return []


def _beside(client: Client, learnt: Learnt, method: str, asked: Mapping[str, int]) -> list[dict[str, Any]]:
    """Follow a list that clients can do without: one that is declared and refused is told, and breaks nothing."""
    try:
        return listing.everything(client, method, asked[method]) if method in asked else []
    except RefusedError as error:
        learnt.refused_lists += (str(error),)
        return []


def _list_again(client: Client, session: Session, learnt: Learnt) -> None:
    """Give a server that has nothing the time to say that it has now: some look for their tools after the handshake."""
    tools = session.capabilities.get("tools")
    promised = isinstance(tools, dict) and tools.get("listChanged") is True
    nothing = not (learnt.tools or learnt.prompts or learnt.resources)
    if nothing and promised and client.noticed("notifications/tools/list_changed", _LATER):
        learnt.tools = catalog.tools(listing.everything(client, "tools/list", client.ask("tools/list")))


def _call(client: Client, call: ToolCall) -> report.CallResult:
    """Call a tool; an error is a result, too: it is the gate that says what it means."""
    try:
        result = client.result(client.ask("tools/call", {"name": call.tool, "arguments": dict(call.arguments)}))
    except (RefusedError, WrongError) as error:
        return report.CallResult(tool=call.tool, ok=False, error=str(error))
    content = [each for each in _listed(result.get("content")) if isinstance(each, dict)]
    kinds = tuple(escaped(str(each.get("type", "nothing")), 40) for each in content)
    if result.get("isError") is True:
        said = next((each["text"] for each in content if isinstance(each.get("text"), str)), "an error without words")
        return report.CallResult(tool=call.tool, ok=False, content=kinds, error=escaped(said))
    return report.CallResult(tool=call.tool, ok=True, content=kinds)


def _server(client: Client, session: Session, learnt: Learnt) -> report.ServerInfo:
    info = client.info
    name, version, title = (info.get(key) for key in ("name", "version", "title"))
    return report.ServerInfo(
        name=name if isinstance(name, str) else "",
        version=version if isinstance(version, str) else "",
        title=title if isinstance(title, str) else "",
        instructions=bool(learnt.instructions),
        capabilities=session.capabilities,
    )


def _keep(client: Client, learnt: Learnt) -> None:
    learnt.noise, learnt.strays, learnt.faults = tuple(client.noise), tuple(client.strays), tuple(client.faults)
    learnt.waiting = client.waiting
    learnt.questions = tuple(sorted(client.questions)) if client.modern else ()
    learnt.unnamed_errors = bool(client.unnamed_errors)
    learnt.batches = bool(client.batches) and client.way.version != BATCHES
    learnt.first_answer = client.first_answer


def _first(waiting: tuple[str, ...]) -> str:
    return waiting[-1] if waiting else "anything"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
