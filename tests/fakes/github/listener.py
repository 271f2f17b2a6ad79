"""The sockets: one loopback listener a host, HTTP/1.1 with kept connections, bodies spooled to disk."""

import hashlib
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from tests.fakes.github.faults import Answer, Cut, Delay, Drop, Effect, Kill, Reset
from tests.fakes.github.messages import Host, Request, Response, Site
from tests.fakes.github.service import Service
from tests.fakes.github.values import Blob

PIECE = 1 << 16


class Listener(ThreadingHTTPServer):
    """One host on a port of its own; connections live in daemon threads."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: Host, spool: Path, *, latency: float = 0, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.host = host
        self.latency = latency
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.spool = spool
        self.site: Site | None = None
        self.service: Service | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def begin(self, service: Service, site: Site) -> None:
        self.service, self.site = service, site
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a client go that went; anything else is a bug here and is shown by the base class."""
        if not isinstance(sys.exc_info()[1], ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Connection(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:
        self._exchange()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 (the base class looks for these names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the journal tells."""

    def _exchange(self) -> None:
        assert self.server.service is not None
        request = self._head()
        number, effect = self.server.service.begin(request)
        size, status = 0, None
        try:
            response, size = self._outcome(self.server.service, request, effect)
            if response is None:
                self._abort()
            else:
                status = response.status
                self._send(response)
        finally:
            fault = type(effect).__name__.lower() if effect else None
            self.server.service.journal.end(number, body_size=size, status=status, fault=fault)

    def _outcome(self, service: Service, request: Request, effect: Effect | None) -> tuple[Response | None, int]:
        """Give the answer, None for a connection to be reset, and how much of the body came."""
        time.sleep(self.server.latency + (effect.seconds if isinstance(effect, Delay) else 0))
        if isinstance(effect, Reset):
            return None, 0
        if isinstance(effect, Kill) and effect.when == "before":
            effect.fire()
            return None, 0
        request = self._with_body(request, effect)
        size = request.blob.size if request.blob else 0
        if size < (request.declared_size or 0):
            service.broken_off(request)
            return None, size
        if isinstance(effect, Answer):
            return service.injected(effect.response(), request), size
        if isinstance(effect, Cut) or (isinstance(effect, Kill) and effect.when == "during"):
            return None, size
        response = service.answer(request, effect)
        if isinstance(effect, Kill):
            effect.fire()
        return (None if isinstance(effect, Drop | Kill) else response), size

    def _head(self) -> Request:
        assert self.server.site is not None
        address = urlsplit(self.path)
        length = self.headers.get("Content-Length")
        return Request(
            host=self.server.host,
            method=self.command,
            path=address.path,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            site=self.server.site,
            request_id=uuid4().hex[:20].upper(),
            declared_size=int(length) if length and length.isdigit() else None,
        )

    def _with_body(self, request: Request, effect: Effect | None) -> Request:
        expected = request.declared_size or 0
        if request.headers.get("transfer-encoding"):
            self.close_connection = True  # a chunked body is not read: GitHub refuses it by the missing length
        if isinstance(effect, Kill) and effect.when == "during":
            effect.fire()
            expected = min(expected, PIECE)
        if isinstance(effect, Cut):
            expected = min(expected, effect.after)
        with tempfile.NamedTemporaryFile(dir=self.server.spool, delete=False) as spool:
            digest, size = hashlib.sha256(), 0
            while size < expected and (piece := self._piece(expected - size)):
                digest.update(piece)
                size += spool.write(piece)
        blob = Blob(path=Path(spool.name), size=size, sha256=digest.hexdigest())
        body = b"" if request.host == "uploads" else blob.path.read_bytes()
        return replace(request, blob=blob, body=body)

    def _piece(self, most: int) -> bytes:
        try:
            return self.rfile.read1(min(most, PIECE))
        except ConnectionError:
            return b""

    def _send(self, response: Response) -> None:
        body = response.body()
        length = response.file.stat().st_size if response.file else len(body)
        self.send_response(response.status)
        for name, value in response.headers.items():
            if response.status != 204 or name != "Content-Type":
                self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if response.file is not None:
            with response.file.open("rb") as stream:
                shutil.copyfileobj(stream, self.wfile, PIECE)

    def _abort(self) -> None:
        """Close with RST, so that the client sees a reset and not an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
