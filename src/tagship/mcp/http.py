"""MCP over HTTP: streamable, with sessions as up to 2025-11-25 or without as since 2026-07-28; and HTTP+SSE of 2024-11-05.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse

One connection per request, whose socket is closed when the time is up: a server that drips bytes holds nobody.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tagship.domain.text.invisible import escaped
from tagship.domain.tools.probe_report import Transport as Kind
from tagship.mcp import headers
from tagship.mcp.client import MODERN
from tagship.mcp.connection import Connection, HttpAnswer, NobodyError, Stream
from tagship.mcp.messages import Answer, Message, Noise, Refusal, decode, encode
from tagship.mcp.transport import ClosedError, Heard, SilentError, UnreachableError
from tagship.ports import Tools

_GONE: Final = (404, 405)
_DELETE_SECONDS: Final = 5.0
_AGAIN: Final = 0.1


class Http:
    """A server at an address."""

    kind: Kind = "streamable-http"

    def __init__(self, url: str, extra: Mapping[str, str], tools: Tools) -> None:
        self.version = ""
        self.heard = Heard()
        self.schemas: Mapping[str, Any] = {}
        self._url, self._extra, self._tools = url, dict(extra), tools
        self._session = ""
        self._met = False
        self._older: Sse | None = None
        self._ready: deque[Message] = deque()
        self._streams: list[Stream] = []

    def send(self, message: dict[str, Any], deadline: float) -> None:
        """POST one message; its answer, or the stream that will bring it, is kept for :meth:`receive`."""
        answer = self._post(message, deadline)
        if message.get("method") == "initialize":
            self._session = headers.session_id(answer.headers.get("Mcp-Session-Id"))
        kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
        if answer.ok and kind == "text/event-stream":
            self._streams.append(Stream(answer, message.get("id")))
            return
        body = answer.body()
        if "id" not in message or "method" not in message:
            if not answer.ok:
                self.heard.late.append(f"it answered {answer.status} to {message.get('method', 'an answer of ours')}")
        elif kind == "application/json" and body.strip():
            self._take(answer.status, body, str(message["method"]))
        else:
            raise answer.refusal(body)

    def receive(self, deadline: float) -> Message:
        """Return the next message of what was answered, or of the first stream that is open."""
        while not self._ready:
            if not self._streams:
                raise ClosedError
            if self._tools.clock.monotonic() >= deadline:
                raise SilentError
            stream = self._streams[0]
            events = stream.read()
            if events is None:
                self._streams.pop(0)
                continue
            for _, data in events:
                self._ready.extend(decode(data.encode(), "an event"))
            if any(isinstance(each, Answer | Refusal) and each.id == stream.request for each in self._ready):
                self._streams.pop(0).close()  # it should end here, and nobody waits for those that do not
        return self._ready.popleft()

    def close(self) -> None:
        """Close what is open, and end the session as its client should."""
        for stream in self._streams:
            stream.close()
        self._streams = []
        if self._older:
            self._older.close()
        if not self._session:
            return
        deadline = self._tools.clock.monotonic() + _DELETE_SECONDS
        try:
            answer = Connection(self._tools).open("DELETE", self._url, self._headers({}), None, deadline)
            answer.body()
        except Exception as error:  # noqa: BLE001  (whatever it is: the session stays, and that is what is told)
            self.heard.late.append(f"its session could not be ended: {escaped(str(error) or type(error).__name__)}")
            return
        if not answer.ok and answer.status not in _GONE:
            self.heard.late.append(f"it answered {answer.status} when its session was ended")

    def _post(self, message: dict[str, Any], deadline: float) -> HttpAnswer:
        """POST to a server that may be about to start: it is waited for until it was there once."""
        while True:
            try:
                answer = Connection(self._tools).open(
                    "POST", self._url, self._headers(message), encode(message), deadline
                )
            except NobodyError:
                if self._met or self._tools.clock.monotonic() + _AGAIN >= deadline:
                    raise
                self._tools.clock.sleep(_AGAIN)
            else:
                self._met = True
                return answer

    def older(self) -> "Sse":
        """Return the same server, as one of 2024-11-05; it is closed with this one."""
        self._older = Sse(self._url, self._extra, self._tools)
        return self._older

    def _take(self, status: int, body: bytes, method: str) -> None:
        """Read a JSON answer; an error's status says the same as its body, and without one the body is no answer."""
        found = list(decode(body, f"the answer to {method}"))
        if not 200 <= status < 300 and all(isinstance(each, Noise) for each in found):  # noqa: PLR2004
            raise UnreachableError(
                f"it answered {status}: {escaped(body[:800].decode('utf-8', 'replace'), 200)}", status
            )
        self._ready.extend(found)

    def _headers(self, message: Mapping[str, Any]) -> dict[str, str]:
        sent = {"Content-Type": "application/json", "Accept": headers.ACCEPTED, **self._extra}
        if self.version:
            sent["MCP-Protocol-Version"] = self.version
        if self._session:
            sent["Mcp-Session-Id"] = self._session
        if self.version in MODERN and "method" in message:
            sent |= headers.mirrored(message)
            params = message.get("params", {})
            if message["method"] == "tools/call":
                sent |= headers.of_parameters(self.schemas.get(params["name"]), params.get("arguments", {}))
        return sent


class Sse(Http):
    """A server of 2024-11-05: one stream that brings everything, and an address for messages that is its first event."""

    kind: Kind = "sse"

    def __init__(self, url: str, extra: Mapping[str, str], tools: Tools) -> None:
        super().__init__(url, extra, tools)
        self._to = ""

    def open(self, deadline: float) -> None:
        """Open the stream and learn where messages go.

        Raises:
            UnreachableError: it is no such server.

        """
        sent = {"Accept": "text/event-stream", **self._extra}
        answer = Connection(self._tools).open("GET", self._url, sent, None, deadline)
        if not answer.ok or "text/event-stream" not in str(answer.headers.get("Content-Type", "")):
            raise answer.refusal(answer.body())
        stream = Stream(answer, None)
        self._streams = [stream]
        while not (events := stream.read()):
            if events is None:
                raise UnreachableError("its event stream ended before it said where messages go")
        (name, where), *rest = events
        self._to = urljoin(self._url, where.strip())
        if name != "endpoint" or urlsplit(self._to)[:2] != urlsplit(self._url)[:2]:
            raise UnreachableError(f"its first event is {escaped(name)} {escaped(where, 200)}, not where messages go")
        for _, data in rest:
            self._ready.extend(decode(data.encode(), "an event"))

    def send(self, message: dict[str, Any], deadline: float) -> None:
        """POST one message; the stream brings the answer."""
        sent = {"Content-Type": "application/json", **self._extra}
        answer = Connection(self._tools).open("POST", self._to, sent, encode(message), deadline)
        body = answer.body()
        if not answer.ok:
            raise answer.refusal(body)
