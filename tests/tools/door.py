"""A door in front of a real server on loopback: it notes every request, and can misbehave as networks and servers do."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive", "server", "date"})


class Door:
    """``requests`` are the methods and paths so far, ``headers`` what came with each.

    ``before`` may answer a request with a status instead of the server; ``cut`` may end a connection after so many bytes of
    the body, which is what the server then gets; ``after`` may lose the server's answer by returning true.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._noting = threading.Lock()
        self._own = threading.local()
        self.before: Callable[[str, str], int | None] = lambda _method, _path: None
        self.cut: Callable[[str, str], int | None] = lambda _method, _path: None
        self.after: Callable[[str, str], bool] = lambda _method, _path: False
        self.port = free_port()
        self._door = _listener(self)

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._door.server_address[1]}"

    def note(self, request: str, headers: dict[str, str]) -> None:
        """Keep a request and what came with it together, whoever else asks meanwhile."""
        self._own.headers = headers
        with self._noting:
            self.requests.append(request)
            self.headers.append(headers)

    @property
    def own_headers(self) -> dict[str, str]:
        """What came with the request that ``before``, ``cut`` or ``after`` is asked about."""
        headers: dict[str, str] = self._own.headers
        return headers

    def count(self, *methods: str) -> int:
        """Say how many requests had one of these methods."""
        return sum(request.partition(" ")[0] in methods for request in self.requests)

    def healthy(self) -> None:
        """Behave again."""
        self.before = self.cut = lambda _method, _path: None
        self.after = lambda _method, _path: False

    def open(self) -> None:
        """Let clients in."""
        threading.Thread(target=self._door.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.shutdown()
        self._door.server_close()

    def partial(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Do with the beginning of a request what the server behind does with it."""
        self.forward(method, path, headers, body)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on to the server behind."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


class _Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door: Door

    def handle_any(self) -> None:
        door, length = self.door, int(self.headers.get("Content-Length") or 0)
        door.note(f"{self.command} {self.path}", {name.lower(): value for name, value in self.headers.items()})
        cut = door.cut(self.command, self.path)
        body = self.rfile.read(length if cut is None else min(cut, length))
        given = {name: ", ".join(self.headers.get_all(name, [])) for name in self.headers}
        if cut is not None:
            door.partial(self.command, self.path, {**given, "Content-Length": str(len(body))}, body)
            self.break_off()
            return
        status = door.before(self.command, self.path)
        if status is not None:
            self.reply(status, [], b'{"error":"out of order"}')
            return
        answer = door.forward(self.command, self.path, given, body)
        if door.after(self.command, self.path):
            self.break_off()
        else:
            self.reply(*answer)

    def break_off(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        empty = self.command == "HEAD"
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP and (name.lower() != "content-length" or empty):
                self.send_header(name, value)
        if not empty:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if empty else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815


def _listener(door: Door) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"door": door}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that were killed
    return server


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return when a server takes connections."""
    for _ in range(1200):
        assert process.poll() is None, f"{process.args!r} ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{process.args!r} does not listen")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server."""
    process.terminate()
    process.wait(timeout=20)
