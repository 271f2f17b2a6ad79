"""The two parts of a Sigstore instance that are not worth a server of their own: GitHub's token issuer, and a CT log.

Issuer: OpenID discovery, keys (RFC 7517), and the address that a runner names, which answers ``{"value": token}``
(docs.github.com: OIDC reference). CT log: ``add-pre-chain`` of RFC 6962, which Fulcio calls before it signs.
"""

import base64
import hashlib
import json
import struct
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import jwt
from asn1crypto import x509 as asn1  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_POISON: Final = "1.3.6.1.4.1.11129.2.4.3"
BEARER: Final = "request-token-of-the-tests"
REPOSITORY: Final = "octo/demo"
WORKFLOW: Final = f"{REPOSITORY}/.github/workflows/release.yml@refs/tags/v1.2.0"
CLAIMS: Final = {
    "sub": "repo:octo/demo:ref:refs/tags/v1.2.0",
    "job_workflow_ref": WORKFLOW,
    "job_workflow_sha": "c" * 40,
    "workflow_ref": WORKFLOW,
    "workflow_sha": "c" * 40,
    "workflow": "release",
    "repository": REPOSITORY,
    "repository_id": "1",
    "repository_owner": "octo",
    "repository_owner_id": "2",
    "repository_visibility": "public",
    "ref": "refs/tags/v1.2.0",
    "ref_type": "tag",
    "sha": "c" * 40,
    "event_name": "push",
    "runner_environment": "github-hosted",
    "run_id": "77",
    "run_number": "7",
    "run_attempt": "1",
    "actor": "ada",
    "actor_id": "3",
}


class Issuer:
    """Both as one server; ``claims`` is what tokens say, ``shift`` how many seconds its clock is ahead."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = dict(CLAIMS)
        self.shift = 0
        self.asked: list[str] = []
        self.status: list[int] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._log = ec.generate_private_key(ec.SECP256R1())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """Its address, which is what it calls itself in tokens; Fulcio takes plain HTTP from localhost only."""
        return f"http://localhost:{self._server.server_address[1]}"

    @property
    def ct_key(self) -> bytes:
        """The log's public key, DER."""
        return self._log.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def ct_pem(self) -> bytes:
        """The log's public key, PEM."""
        return self._log.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """Be as at the start."""
        self.claims, self.shift, self.asked, self.status = dict(CLAIMS), 0, [], []

    def token(self, audience: str) -> str:
        """Make a token of five minutes."""
        now = int(time.time()) + self.shift
        times = {"iss": self.address, "aud": audience, "iat": now, "nbf": now, "exp": now + 300}
        return jwt.encode({**self.claims, **times}, self._key, algorithm="RS256", headers={"kid": "1"})

    def answer(self, path: str, bearer: str) -> tuple[int, dict[str, Any]]:
        """Answer a GET."""
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": self.address,
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        if path.endswith("/jwks"):
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
            return 200, {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        audience = query.get("audience", [""])[0]
        self.asked.append(audience)
        if self.status and (status := self.status.pop(0)) != 200:
            return status, {"message": "out of order"}
        if bearer.lower() != f"bearer {BEARER}":
            return 401, {"message": "wrong token"}
        return 200, {"value": self.token(audience)}

    def add_pre_chain(self, chain: list[str]) -> dict[str, Any]:
        """Sign a precertificate: RFC 6962, section 3.2."""
        certificate, issuer = (asn1.Certificate.load(base64.b64decode(each)) for each in chain[:2])
        body = certificate["tbs_certificate"]
        kept = [each for each in body["extensions"] if each["extn_id"].dotted != _POISON]
        body["extensions"] = asn1.Extensions(kept)
        tbs = body.dump(force=True)
        stamp = int(time.time() * 1000)
        issuer_key = hashlib.sha256(issuer["tbs_certificate"]["subject_public_key_info"].dump()).digest()
        entry = struct.pack(">H", 1) + issuer_key + len(tbs).to_bytes(3, "big") + tbs + b"\0\0"
        signature = self._log.sign(b"\0\0" + struct.pack(">Q", stamp) + entry, ec.ECDSA(hashes.SHA256()))
        signed = b"\x04\x03" + len(signature).to_bytes(2, "big") + signature
        return {
            "sct_version": 0,
            "id": base64.b64encode(hashlib.sha256(self.ct_key).digest()).decode(),
            "timestamp": stamp,
            "extensions": "",
            "signature": base64.b64encode(signed).decode(),
        }


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*issuer.answer(self.path, self.headers.get("Authorization", "")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(200, issuer.add_pre_chain(json.loads(body)["chain"]))

        def reply(self, status: int, document: dict[str, Any]) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
