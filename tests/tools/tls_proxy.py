"""A proxy that ends TLS with a certificate of its own: the few public hosts that a program insists on are answered here."""

import datetime as dt
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.fakes.proxy import exchange

Answer = Callable[[str], tuple[int, bytes] | None]
"""The path of a GET request → status and JSON, or nothing for 404."""
_DAY: Final = dt.timedelta(days=1)


class TlsProxy:
    """``routes`` are hosts with what they answer; every other host is refused, or, of an ``open`` proxy, reached as it is.

    ``environment`` makes a Go program use it.
    """

    def __init__(self, folder: Path, routes: dict[str, Answer], *, open: bool = False) -> None:  # noqa: A002
        self.routes, self.open = routes, open
        folder.mkdir(parents=True, exist_ok=True)
        self._certificate, self._key = folder / "proxy.pem", folder / "proxy.key"
        _certify(self._certificate, self._key, [*routes])
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self._certificate, self._key)
        self._server = _Server(("127.0.0.1", 0), type("Own", (_Handler,), {"proxy": self}))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._server.server_address[1]}",
            "SSL_CERT_FILE": str(self._certificate),
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, host: str, stream: socket.socket) -> None:
        """Answer one request of a tunnel, and close it."""
        with self._context.wrap_socket(stream, server_side=True) as inside, inside.makefile("rb") as reader:
            method, path, _ = reader.readline().decode().split(" ", 2)
            while reader.readline() not in {b"\r\n", b""}:
                pass
            status, body = self.routes[host](path) or (404, b'{"message":"not found"}')
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            inside.sendall(f"{head}Connection: close\r\n\r\n".encode() + (b"" if method == "HEAD" else body))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""


class _Handler(socketserver.StreamRequestHandler):
    proxy: TlsProxy

    def handle(self) -> None:
        host, _, port = self.rfile.readline().decode().split(" ")[1].partition(":")
        while self.rfile.readline() not in {b"\r\n", b""}:
            pass
        known = host in self.proxy.routes
        if self.proxy.open and not known:
            with socket.create_connection((host, int(port)), timeout=30) as there:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                exchange(self.connection, there)
            return
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\n\r\n" if known else b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        )
        if known:
            self.proxy.answer(host, self.connection)


def _certify(certificate: Path, key: Path, hosts: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests of tagship")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate.write_bytes(made.public_bytes(pem))
    key.write_bytes(private.private_bytes(pem, form, serialization.NoEncryption()))
