"""MCP servers over HTTP on loopback, each odd in one thing, checking what clients owe them."""

import json
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

from tests.integration.odd_servers import base

SESSION: Final = "session-1"
HEADER_TOOL: Final = {
    **base.TOOL,
    "inputSchema": {
        "type": "object",
        "properties": {"text": {"type": "string", "description": "What.", "x-mcp-header": "Text"}},
    },
}


class Server(ThreadingHTTPServer):
    """Keeps what its clients did wrong, and which methods they used."""

    daemon_threads = True

    def __init__(self, handler: "type[Odd]") -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.answers: queue.Queue[Any] = queue.Queue()
        self.streams: queue.Queue[Any] = queue.Queue()
        self.stop = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/mcp?key=value"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the play."""


class Odd(BaseHTTPRequestHandler):
    """Answers in JSON, in both eras, and wants of modern clients what the specification has them send."""

    server: Server
    protocol_version = "HTTP/1.1"
    modern: ClassVar[bool] = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(message.get("method", "answer"))
        if "method" not in message:
            self.server.answers.put(message)
        self.check(message)
        self.respond(message)

    def do_GET(self) -> None:
        self.reply(405)

    def do_DELETE(self) -> None:
        self.server.asked.append(f"DELETE {self.headers['Mcp-Session-Id']}")
        self.reply(204)

    def check(self, message: dict[str, Any]) -> None:
        """Note what a client does that it must not do."""
        accepted = self.headers["Accept"] or ""
        if "application/json" not in accepted or "text/event-stream" not in accepted:
            self.server.wrong.append(f"Accept: {accepted}")
        if message.get("params", {}).get("_meta"):
            wanted = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": message["method"]}
            if message["method"] == "tools/call":
                wanted |= {"Mcp-Name": "echo", "Mcp-Param-Text": "=?base64?R3LDvMOfZQ==?="}
            self.server.wrong += [f"{key}: {self.headers[key]}" for key in wanted if self.headers[key] != wanted[key]]

    def respond(self, message: dict[str, Any]) -> None:
        answer = base.answer(message, [HEADER_TOOL], modern=self.modern)
        self.reply(404 if "error" in (answer or {}) else 200 if answer else 202, answer)

    def reply(self, status: int, value: Any = None, **headers: str) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send(status, body, "application/json" if body else "", **headers)

    def send(self, status: int, body: bytes, kind: str = "", **headers: str) -> None:
        self.send_response(status)
        for key, value in {**({"Content-Type": kind} if kind else {}), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, events: Iterable[str], *, stay: bool = False) -> None:
        """Send events in chunks; stay until the client goes, or the server stops."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            self.chunk(event)
        while stay and not self.server.stop.wait(0.05):
            self.chunk(": still here\n\n")
        self.chunk("")

    def chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


class Sessions(Odd):
    """A legacy server with sessions: who does not go by the rules gets 400."""

    modern = False

    def respond(self, message: dict[str, Any]) -> None:
        if message["method"] == "server/discover":
            self.reply(400)
        elif message["method"] == "initialize":
            self.reply(200, base.answer(message, [], modern=False), Mcp_Session_Id=SESSION)
        elif (self.headers["Mcp-Session-Id"], self.headers["MCP-Protocol-Version"]) != (SESSION, "2025-11-25"):
            self.server.wrong.append(f"{message['method']} without its session or version")
            self.reply(400)
        else:
            super().respond(message)


class Events(Odd):
    """Answers by event streams: comments first, a ping that wants its answer, data in several lines, and then no end."""

    modern = False

    def respond(self, message: dict[str, Any]) -> None:
        answer = base.answer(message, [HEADER_TOOL], modern=False)
        if answer:
            self.stream(self.events(answer), stay=True)
        else:
            self.reply(202)

    def events(self, answer: dict[str, Any]) -> Iterator[str]:
        ping = json.dumps({"jsonrpc": "2.0", "id": "p", "method": "ping"})
        yield f": hello\r\n\r\nid: 1\r\nevent: message\r\ndata: {ping}\r\n\r\n"
        if self.server.answers.get(timeout=20) != {"jsonrpc": "2.0", "id": "p", "result": {}}:
            self.server.wrong.append("ping")
        yield "".join(f"data: {line}\n" for line in json.dumps(answer, indent=1).splitlines())
        yield "\n"


class ModernEvents(Odd):
    """Answers in the modern way by event streams."""

    def respond(self, message: dict[str, Any]) -> None:
        answer = base.answer(message, [HEADER_TOOL], modern=True)
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        self.stream([f"data: {json.dumps(note)}\n\n", f"data:{json.dumps(answer)}\n\n"])


class Old(Odd):
    """The transport of 2024-11-05: a stream that names an address for messages and brings all answers."""

    def check(self, message: dict[str, Any]) -> None:
        """Nothing is wanted of its clients."""

    def do_GET(self) -> None:
        self.stream(self.events())

    def events(self) -> Iterator[str]:
        yield "event: endpoint\ndata: /messages?id=1\n\n"
        while not self.server.stop.is_set():
            try:
                yield f"event: message\ndata: {json.dumps(self.server.streams.get(timeout=0.05))}\n\n"
            except queue.Empty:
                yield ": still here\n\n"

    def respond(self, message: dict[str, Any]) -> None:
        if not self.path.startswith("/messages"):
            self.reply(405)
            return
        answer = base.answer(message, [HEADER_TOOL], modern=False)
        if answer:
            self.server.streams.put(answer)
        self.send(202, b"Accepted", "text/plain")


class Fails(Odd):
    """Fails at what legacy clients do not ask, and is well otherwise."""

    modern = False

    def respond(self, message: dict[str, Any]) -> None:
        if message["method"] == "server/discover":
            self.send(500, b"<h1>Internal Server Error</h1>", "text/html")
        else:
            super().respond(message)


class Closed(Odd):
    """Wants to know who asks."""

    def respond(self, _: dict[str, Any]) -> None:
        self.reply(401, {"error": "invalid_token"}, WWW_Authenticate="Bearer")


class Page(Odd):
    """Is a web page."""

    def respond(self, _: dict[str, Any]) -> None:
        self.send(200, b"<h1>Welcome</h1>", "text/html")

    def do_GET(self) -> None:
        self.send(200, b"<h1>Welcome</h1>", "text/html")


class Elsewhere(Odd):
    """Has moved."""

    def respond(self, _: dict[str, Any]) -> None:
        self.send(308, b"", Location="https://example.org/mcp")


class Drips(Odd):
    """Sends its answer byte by byte and never the last."""

    def respond(self, _: dict[str, Any]) -> None:
        self.stream(iter(lambda: "" if self.server.stop.wait(0.01) else ":", ""))


class DripsToTheEnd(Odd):
    """Sends an answer without a length, byte by byte, and never the last."""

    protocol_version = "HTTP/1.0"

    def respond(self, _: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        while not self.server.stop.wait(0.01):
            self.wfile.write(b" ")


class DripsHeaders(Odd):
    """Sends headers without end."""

    def respond(self, _: dict[str, Any]) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.stop.wait(0.01):
            self.wfile.write(b"x")
            self.wfile.flush()


class BreaksOff(Odd):
    """Promises more than it sends."""

    def respond(self, _: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")
        self.close_connection = True


class Huge(Odd):
    """Answers with 100 MB."""

    def respond(self, _: dict[str, Any]) -> None:
        self.send(200, b" " * 100_000_000, "application/json")


class EndsStream(Odd):
    """Ends its stream without an answer."""

    def respond(self, _: dict[str, Any]) -> None:
        self.stream([": nothing\n\n"])


@contextmanager
def serving(handler: type[Odd]) -> Iterator[Server]:
    """Run a server while its address is probed."""
    server = Server(handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
