"""Rekor v1, whose real server needs Trillian and MySQL: a log of one shard in memory, with proofs that verifiers accept.

``POST /api/v1/log/entries`` (github.com/sigstore/rekor openapi.yaml) for hashedrekord 0.0.1 and dsse 0.0.1: canonical
body (RFC 8785), signed entry timestamp, inclusion proof (RFC 6962), checkpoint (c2sp.org/tlog-checkpoint). An entry
that is there already is answered with 409, as Rekor does.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class RekorV1:
    """The log; ``before`` may answer with a status, ``after`` lose the answer of an entry that was made, or give another."""

    ORIGIN: ClassVar[str] = "rekor-v1.local"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaves: list[bytes] = []
        self._lock = threading.Lock()
        self.reset()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def reset(self) -> None:
        """Have no faults."""
        self.before: Callable[[], int | None] = lambda: None
        self.after: Callable[[], int] = lambda: 0

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def key(self) -> bytes:
        """The log's public key, DER."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._leaves)

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def retrieve(self, proposed: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """Find an entry by what was proposed (``searchLogQuery`` of openapi.yaml)."""
        leaf = hashlib.sha256(b"\0" + rfc8785.dumps(_canonical(proposed))).digest()
        with self._lock:
            leaves = list(self._leaves)
        index = leaves.index(leaf) if leaf in leaves else None
        return 200, [] if index is None else [self._proved(proposed, index, leaves)]

    def add(self, proposed: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Log an entry and prove it."""
        body = rfc8785.dumps(_canonical(proposed))
        leaf = hashlib.sha256(b"\0" + body).digest()
        with self._lock:
            if leaf in self._leaves:
                return 409, {"code": 409, "message": "an equivalent entry already exists in the transparency log"}
            self._leaves.append(leaf)
            leaves = list(self._leaves)
        return 201, self._proved(proposed, len(leaves) - 1, leaves)

    def _proved(self, proposed: dict[str, Any], index: int, leaves: list[bytes]) -> dict[str, Any]:
        body, size = rfc8785.dumps(_canonical(proposed)), len(leaves)
        root, path = _root(leaves), _path(index, leaves)
        key_id = hashlib.sha256(self.key).digest()
        entry: dict[str, Any] = {
            "body": base64.b64encode(body).decode(),
            "integratedTime": int(time.time()),
            "logID": key_id.hex(),
            "logIndex": index,
        }
        promise = self._key.sign(rfc8785.dumps(entry), ec.ECDSA(hashes.SHA256()))
        note = f"{self.ORIGIN} - 1\n{size}\n{base64.b64encode(root).decode()}\n"
        signed = key_id[:4] + self._key.sign(note.encode(), ec.ECDSA(hashes.SHA256()))
        proof = {
            "checkpoint": f"{note}\n\u2014 {self.ORIGIN} {base64.b64encode(signed).decode()}\n",
            "hashes": [each.hex() for each in path],
            "logIndex": index,
            "rootHash": root.hex(),
            "treeSize": size,
        }
        verification = {"inclusionProof": proof, "signedEntryTimestamp": base64.b64encode(promise).decode()}
        return {leaves[index].hex(): {**entry, "verification": verification}}


def _canonical(proposed: dict[str, Any]) -> dict[str, Any]:
    """Write an entry as Rekor stores it: of an envelope only hashes and signatures are kept."""
    if proposed["kind"] != "dsse":
        return {name: proposed[name] for name in ("apiVersion", "kind", "spec")}
    content = proposed["spec"]["proposedContent"]
    envelope = json.loads(content["envelope"])
    payload = base64.b64decode(envelope["payload"])
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(content["envelope"].encode()).hexdigest()},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
            "signatures": [
                {"signature": envelope["signatures"][0]["sig"], "verifier": content["verifiers"][0]},
            ],
        },
    }


def _root(leaves: list[bytes]) -> bytes:
    """Merkle tree hash of leaf hashes, RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """Audit path, RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*_path(index, leaves[:split]), _root(leaves[split:])]
    return [*_path(index - split, leaves[split:]), _root(leaves[:split])]


def _handler(log: RekorV1) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it died
                return
            status = log.before()
            answer: tuple[int, Any]
            if status:
                answer = status, {"code": status, "message": "out of order"}
            elif self.path.endswith("/retrieve"):
                answer = log.retrieve(json.loads(body)["entries"][0])
            else:
                answer = log.add(json.loads(body))
            instead = log.after()
            if instead is not True:
                self.reply(*((instead, {"code": instead, "message": "out of order"}) if instead else answer))

        def reply(self, status: int, document: Any) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
