"""A forward proxy on loopback that only tunnels (``CONNECT``, RFC 9110 section 9.3.6) and remembers where to."""

import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Proxy:
    """Used as a context manager."""

    def __init__(self) -> None:
        self.tunnels: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Tunnel)
        self._server.daemon_threads = True
        self._server.tunnels = self.tunnels  # type: ignore[attr-defined]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Tunnel(BaseHTTPRequestHandler):
    """One client."""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        self.server.tunnels.append(self.path)  # type: ignore[attr-defined]
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            exchange(self.connection, there)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: ``tunnels`` tells."""


def exchange(one: socket.socket, other: socket.socket) -> None:
    """Hand bytes over in both directions until one side ends."""
    while True:
        for ready in select.select([one, other], [], [], 10)[0]:
            data = ready.recv(1 << 16)
            if not data:
                return
            (other if ready is one else one).sendall(data)
