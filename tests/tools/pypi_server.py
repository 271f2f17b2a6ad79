"""A real package index on loopback: pypiserver with a password, behind a door that notes every request and can misbehave."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.tools import require

USER: Final = "publisher"
TOKEN: Final = "pypi-AgEIcHlwaS5vcmc-secret-of-the-tests"
_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive", "server", "date"})


class PypiServer:
    """``address`` takes uploads and has ``simple/``; ``packages`` is the folder the files lie in.

    ``requests`` are the methods and paths so far. ``before`` may answer a request with a status instead of the index;
    ``after`` may lose the index's answer by returning true.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        self.requests: list[str] = []
        self.before: Callable[[str, str], int | None] = lambda _method, _path: None
        self.after: Callable[[str, str], bool] = lambda _method, _path: False
        self._passwords = folder / "htpasswd"
        users = (USER, "__token__")
        self._passwords.write_text("".join(f"{user}:{_hashed(TOKEN)}\n" for user in users), encoding="utf-8")
        self._options = options or ("-a", "update", "--disable-fallback")
        self._port = _free_port()
        self._door = _door(self)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._door.server_address[1]}/"

    @property
    def uploads(self) -> int:
        return sum(request.startswith("POST") for request in self.requests)

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.packages.iterdir()}

    def __enter__(self) -> Self:
        program = [str(require("pypi-server")), "run", "-i", "127.0.0.1", "-p", str(self._port)]
        self._process = subprocess.Popen(
            [*program, "-P", str(self._passwords), *self._options, str(self.packages)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_until_listening(self._port, self._process)
        threading.Thread(target=self._door.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.shutdown()
        self._door.server_close()
        self._process.terminate()
        self._process.wait(timeout=20)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on to pypiserver."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def _door(index: PypiServer) -> ThreadingHTTPServer:
    class Door(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            index.requests.append(f"{self.command} {self.path}")
            status = index.before(self.command, self.path)
            if status is not None:
                self.reply(status, [], b"the index is out of order")
                return
            answer = index.forward(self.command, self.path, dict(self.headers.items()), body)
            if index.after(self.command, self.path):
                self.close_connection = True
                return
            self.reply(*answer)

        def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in {*_HOP, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command != "HEAD" else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

        do_GET = do_POST = do_HEAD = handle_any  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    return server


def _hashed(password: str) -> str:
    """Hash for an htpasswd file, as Apache's {SHA}: nothing here outlives a test."""
    import base64
    import hashlib

    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(400):
        assert process.poll() is None, "pypiserver ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("pypiserver does not listen")
