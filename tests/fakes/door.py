"""A door before a real server on loopback: it notes every request, and can answer in the server's place or lose its answer."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive", "server", "date", "content-length"})


class Door:
    """``requests`` are the methods and paths so far. ``before`` may answer a request with a status instead of the server;
    ``after`` may lose the server's answer by returning true, or put another status in its place.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self.requests: list[str] = []
        self.calm()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def calm(self) -> None:
        """Let everything through."""
        self.before: Callable[[str, str], int | None] = lambda _method, _path: None
        self.after: Callable[[str, str], int] = lambda _method, _path: 0

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on."""
        connection = http.client.HTTPConnection("127.0.0.1", self._behind, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _handler(door: Door) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it died
                self.close_connection = True
                return
            door.requests.append(f"{self.command} {self.path}")
            status = door.before(self.command, self.path)
            if status is not None:
                self.reply(status, [], b'{"message": "out of order"}')
                return
            answer = door.forward(self.command, self.path, dict(self.headers.items()), body)
            instead = door.after(self.command, self.path)
            if instead is True:
                self.close_connection = True
            elif instead:
                self.reply(instead, [], b'{"message": "out of order"}')
            else:
                self.reply(*answer)

        def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

        do_GET = do_POST = handle_any  # noqa: N815

    return Handler
