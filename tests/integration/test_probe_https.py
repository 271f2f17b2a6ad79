"""Probes of addresses with TLS: certificates are checked, and the proxy of the environment is gone through."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from tagship.mcp.probe import probe_url
from tagship.ports import Wanted
from tests.integration.odd_http import Odd, Server, serving
from tests.integration.probing import PATIENT, tools


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a key and a certificate of this machine, which nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def secure(certificate: Path) -> Iterator[tuple[Server, str]]:
    with serving(Odd) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, server.url.replace("http://", "https://")


def test_certificates_are_checked(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody trusts is refused; one that ``SSL_CERT_FILE`` trusts is not."""
    with secure(certificate) as (_, url):
        found = probe_url(url, Wanted(timeout=PATIENT), tools()).probe
        assert found.verdict == "broken"
        assert "CERTIFICATE_VERIFY_FAILED" in found.reason
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert probe_url(url, Wanted(timeout=PATIENT), tools()).probe.verdict == "ok"


class Proxy(BaseHTTPRequestHandler):
    """Connects, and hands on whatever comes."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_CONNECT(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pour, args=(far, self.connection), daemon=True)
            back.start()
            _pour(self.connection, far)
            back.join()


def _pour(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_the_proxy_of_the_environment_is_used(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``HTTPS_PROXY`` is gone through, to addresses that ``NO_PROXY`` does not name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with secure(certificate) as (server, url), ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        proxy.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        environment = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}"}
        assert probe_url(url, Wanted(timeout=PATIENT), replace(tools(), environment=environment)).probe.verdict == "ok"
        assert set(proxy.seen) == {f"127.0.0.1:{server.server_address[1]}"}  # type: ignore[attr-defined]
        proxy.seen.clear()  # type: ignore[attr-defined]
        without = environment | {"NO_PROXY": "localhost,127.0.0.1"}
        assert probe_url(url, Wanted(timeout=PATIENT), replace(tools(), environment=without)).probe.verdict == "ok"
        assert proxy.seen == []  # type: ignore[attr-defined]
        proxy.shutdown()
        thread.join()
