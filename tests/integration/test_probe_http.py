"""Probes of addresses: both eras, JSON and event streams, sessions, the transport of 2024-11-05, and servers that are none."""

import re
import socket
import threading
from typing import Any, Final

import pytest

from tagship.domain.tools.probe_report import Probe
from tagship.mcp.probe import probe_url
from tagship.ports import ToolCall, Wanted
from tests.integration import odd_http
from tests.integration.odd_http import Odd, Server, serving
from tests.integration.probing import PATIENT, tools

WELL: Final[dict[type[Odd], str]] = {
    odd_http.Odd: "modern 2026-07-28 streamable-http",
    odd_http.ModernEvents: "modern 2026-07-28 streamable-http",
    odd_http.Sessions: "legacy 2025-11-25 streamable-http",
    odd_http.Events: "legacy 2025-11-25 streamable-http",
    odd_http.Fails: "legacy 2025-11-25 streamable-http",
    odd_http.Old: "legacy 2024-11-05 sse",
}
BROKEN: Final[dict[type[Odd], str]] = {
    odd_http.Page: "it answered 200 with text/html: <h1>Welcome</h1>",
    odd_http.Elsewhere: "it redirects to https://example.org/mcp .308.: probe that address",
    odd_http.BreaksOff: "its answer broke off, 999 bytes before its end",
    odd_http.Huge: "an answer over HTTP is longer than 8 MB",
    odd_http.EndsStream: "it closes its output before it answers initialize",
}


def look(server: Server, **wanted: Any) -> Probe:
    return probe_url(server.url, Wanted(**{"timeout": PATIENT, **wanted}), tools()).probe


@pytest.mark.parametrize("handler", WELL, ids=lambda each: each.__name__)
def test_well(handler: type[Odd]) -> None:
    """Each kind of server is understood, and gets what the specification has clients send."""
    with serving(handler) as server:
        found = look(server, calls=(ToolCall(tool="echo", arguments={"text": "Grüße"}),))
        assert found.verdict == "ok", found.reason
        assert f"{found.protocol.era} {found.protocol.used} {found.protocol.transport}" == WELL[handler]
        assert [call.ok for call in found.calls] == [True]
        assert [tool.name for tool in found.tools] == ["echo"]
        assert server.wrong == []


def test_older_clients_on_request() -> None:
    """An address is asked in both ways where that is wanted."""
    with serving(odd_http.Odd) as server:
        assert look(server, both_eras=True).protocol.supported == ("2026-07-28", "2025-11-25")


def test_a_session_is_ended() -> None:
    """The client ends the session that the server made, and makes none of its own."""
    with serving(odd_http.Sessions) as server:
        look(server)
        assert server.asked[-1] == f"DELETE {odd_http.SESSION}"
    with serving(odd_http.Odd) as server:
        look(server)
        assert server.asked == ["server/discover", "tools/list"]


@pytest.mark.parametrize("handler", BROKEN, ids=lambda each: each.__name__)
def test_broken(handler: type[Odd]) -> None:
    """What is no MCP server is broken, and the reason says what it is."""
    with serving(handler) as server:
        found = look(server)
        assert found.verdict == "broken"
        assert re.search(BROKEN[handler], found.reason), found.reason


@pytest.mark.parametrize(
    "handler", [odd_http.Drips, odd_http.DripsToTheEnd, odd_http.DripsHeaders], ids=lambda each: each.__name__
)
def test_who_drips_holds_nobody(handler: type[Odd]) -> None:
    """A server that sends byte after byte is left when the time is up."""
    with serving(handler) as server:
        found = look(server, timeout=1)
        assert found.verdict == "broken"
        assert re.fullmatch("it does not answer (server/discover|initialize) within 1 s", found.reason)


def test_who_asks_for_a_name_needs_configuration() -> None:
    """401 is no failure of the server."""
    with serving(odd_http.Closed) as server:
        found = look(server)
        assert (found.verdict, found.missing) == ("needs-configuration", ("authorization",))


def test_nobody_there() -> None:
    """An address where nobody listens is broken when the time is up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = probe_url(f"http://127.0.0.1:{free.getsockname()[1]}/", Wanted(timeout=0.5), tools()).probe
    assert found.verdict == "broken"
    assert "Connection refused" in found.reason


def test_a_server_is_given_time_to_start() -> None:
    """An address where nobody listens yet is asked again."""
    server = Server(Odd)
    server.socket.close()
    later = socket.socket()
    later.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    later.bind(("127.0.0.1", 0))
    server.socket, server.server_address = later, later.getsockname()

    def start() -> None:
        later.listen()
        server.serve_forever(poll_interval=0.02)

    timer = threading.Timer(0.3, start)
    timer.start()
    try:
        assert look(server).verdict == "ok"
    finally:
        server.shutdown()
        server.server_close()
        timer.join()
