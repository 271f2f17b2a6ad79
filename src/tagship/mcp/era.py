"""Which era a server is of, found as the specification says: ``server/discover`` first, then ``initialize``.

https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
Nothing hangs on one error code, and silence counts as "legacy": servers before 2026-07-28 answer what they do not know in
many ways. Some end: :class:`EndedEarlyError` tells them apart, and they are started again without the question.
"""

from typing import Any, Final

from tagship.domain.text.invisible import escaped
from tagship.domain.tools.probe_report import Protocol
from tagship.mcp.client import INFO, LEGACY, MODERN, Client, RefusedError, WrongError
from tagship.mcp.messages import Answer, Refusal
from tagship.mcp.transport import ClosedError, SilentError, UnreachableError

UNSUPPORTED: Final = -32022
_GRACE: Final = 10.0
"""Seconds of silence, at most, after which a server is asked in the legacy way too."""
_CLOSED_TO_ALL: Final = frozenset({401, 403})
_PERHAPS_SSE: Final = frozenset({400, 404, 405})
_SHOWN: Final = 10


class EndedEarlyError(Exception):
    """The server ended when it was asked in the modern way, as some legacy servers do."""


class Session:
    """What was agreed on, and what the server said of itself."""

    def __init__(self, protocol: Protocol, result: dict[str, Any]) -> None:
        self.protocol = protocol
        capabilities = result.get("capabilities")
        self.capabilities: dict[str, Any] = capabilities if isinstance(capabilities, dict) else {}
        self.instructions = result.get("instructions")


def open_session(client: Client, *, now: float, modern_first: bool = True) -> Session:
    """Agree with a server on a version.

    Raises:
        EndedEarlyError: try again with ``modern_first`` off.
        RefusedError, WrongError: it cannot be agreed with.
        ClosedError, SilentError, TooMuchError, UnreachableError: it does not answer.

    """
    if not modern_first:
        return _legacy(client)
    grace = now + min(_GRACE, (client.deadline - now) / 3)
    try:
        return _discover(client, MODERN[0], grace)
    except UnreachableError as error:
        if error.status in _CLOSED_TO_ALL or error.status < 400:  # noqa: PLR2004
            raise
        return _legacy(client)


def _discover(client: Client, version: str, grace: float, *, again: bool = False) -> Session:
    """Ask in the modern way; whatever is no sign of a modern server leads to the handshake."""
    client.way.version = version
    asked = client.ask("server/discover")
    try:
        _, answer = client.wait(asked, until=grace)
    except SilentError:
        return _both(client, asked)
    except ClosedError:
        if client.way.kind != "stdio":
            return _legacy(client)
        raise EndedEarlyError from None
    supported = _supported(answer)
    if isinstance(answer, Answer) and set(supported) & set(MODERN):
        return _modern(client, asked, answer, supported)
    mutual = [each for each in MODERN if each in supported]
    if isinstance(answer, Refusal) and answer.code == UNSUPPORTED and mutual and not again:
        return _discover(client, mutual[0], grace, again=True)
    if supported and not set(supported) & set(LEGACY):
        shown = ", ".join(escaped(each, 40) for each in supported[:_SHOWN])
        raise WrongError(f"it speaks only versions of the protocol that no client knows: {shown}")
    return _legacy(client)


def _modern(client: Client, asked: int, answer: Answer, supported: tuple[str, ...]) -> Session:
    """Go on in the modern way, with the version both know."""
    client.way.version = next(each for each in MODERN if each in supported)
    client.modern = True
    client.put_back(asked, answer)
    result = client.result(asked)
    return Session(_protocol(client, "modern", supported), result)


def _both(client: Client, discover: int) -> Session:
    """Ask a silent server in the other way as well, and follow whichever answer comes first that is one."""
    initialize = _ask_initialize(client, LEGACY[0])
    which, answer = client.wait(discover, initialize)
    supported = _supported(answer)
    if which == discover and isinstance(answer, Answer) and set(supported) & set(MODERN):
        return _modern(client, discover, answer, supported)
    if which == discover:
        return _shaken(client, initialize)
    client.put_back(initialize, answer)
    try:
        return _shaken(client, initialize)
    except RefusedError:
        _, late = client.wait(discover)
        if not isinstance(late, Answer) or not set(_supported(late)) & set(MODERN):
            raise
        return _modern(client, discover, late, _supported(late))


def _legacy(client: Client) -> Session:
    """Shake hands, over the older HTTP transport if the newer one is not there."""
    try:
        return _shaken(client, _ask_initialize(client, LEGACY[0]))
    except UnreachableError as error:
        from tagship.mcp.http import Http

        if not isinstance(client.way, Http) or error.status not in _PERHAPS_SSE:
            raise
        older = client.way.older()
        try:
            older.open(client.deadline)
        except UnreachableError:
            raise error from None
        client.way = older
        return _shaken(client, _ask_initialize(client, LEGACY[-1]))


def _ask_initialize(client: Client, version: str) -> int:
    client.way.version = ""
    return client.ask("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": INFO})


def _shaken(client: Client, asked: int, *, again: bool = True) -> Session:
    """Take the answer to a handshake; a server that refuses a version although it should name its own is asked once more."""
    try:
        result = client.result(asked)
    except RefusedError as error:
        named = [each for each in LEGACY if each in _supported(error.refusal)]
        if not again or not named:
            raise
        return _shaken(client, _ask_initialize(client, named[0]), again=False)
    version = result.get("protocolVersion")
    if version not in LEGACY:
        raise WrongError(f"it answers initialize with version {escaped(repr(version), 60)}, which no client knows")
    info = result.get("serverInfo")
    client.info = info if isinstance(info, dict) else {}
    client.way.version = version
    client.tell("notifications/initialized")
    return Session(_protocol(client, "legacy", (version,)), result)


def _protocol(client: Client, era: Any, supported: tuple[str, ...]) -> Protocol:
    shown = tuple(sorted({escaped(each, 40) for each in supported}, reverse=True))
    return Protocol(era=era, used=client.way.version, supported=shown[:_SHOWN], transport=client.way.kind)


def _supported(answer: Answer | Refusal) -> tuple[str, ...]:
    """Return the versions that an answer names: of ``server/discover``, or in the data of an error."""
    value = answer.result if isinstance(answer, Answer) else answer.data
    name = "supportedVersions" if isinstance(answer, Answer) else "supported"
    listed = value.get(name) if isinstance(value, dict) else None
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
