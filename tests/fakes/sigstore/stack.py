"""The instance: servers started, trust written down. Each start makes new keys, so nothing is kept between runs."""

import base64
import functools
import hashlib
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.fakes.door import Door
from tests.fakes.sigstore.authority import Authority
from tests.fakes.sigstore.issuer import BEARER, Issuer
from tests.fakes.sigstore.rekor_v1 import RekorV1
from tests.tools import require

_LOG: Final = "rekor.local"
_STARTED: Final = "2026-01-01T00:00:00Z"
_TEMPLATES: Final = {
    "github-workflow-trigger": "event_name",
    "github-workflow-sha": "sha",
    "github-workflow-name": "workflow",
    "github-workflow-repository": "repository",
    "github-workflow-ref": "ref",
    "build-signer-uri": "{{ .url }}/{{ .job_workflow_ref }}",
    "build-signer-digest": "job_workflow_sha",
    "runner-environment": "runner_environment",
    "source-repository-uri": "{{ .url }}/{{ .repository }}",
    "source-repository-digest": "sha",
    "source-repository-ref": "ref",
    "source-repository-identifier": "repository_id",
    "source-repository-owner-uri": "{{ .url }}/{{ .repository_owner }}",
    "source-repository-owner-identifier": "repository_owner_id",
    "build-config-uri": "{{ .url }}/{{ .workflow_ref }}",
    "build-config-digest": "workflow_sha",
    "build-trigger": "event_name",
    "run-invocation-uri": "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}",
    "source-repository-visibility-at-signing": "repository_visibility",
}
"""Claims and extensions as the public instance has them (github.com/sigstore/fulcio config/identity/config.yaml)."""


class Unlogged(NamedTuple):
    """An instance without logs; its timestamps are those of the other one."""

    fulcio: Door
    trusted_root: Path
    trust_config: Path


class Sigstore:
    """A context manager. ``fulcio``, ``rekor`` and ``tsa`` are doors before the real servers, ``issuer`` and ``rekor_v1`` ours.

    ``trust_config`` is the client trust configuration of Rekor v2, ``trust_config_v1`` the one of Rekor v1; ``unlogged`` is a
    second Fulcio without any log, as GitHub's own instance is.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="sigstore-")
        self._here = Path(self._folder.name)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.issuer, self.rekor_v1 = Issuer(), RekorV1()
        self._open: list[Issuer | RekorV1 | Door] = [self.issuer, self.rekor_v1]
        try:
            self._begin()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _begin(self) -> None:
        ports = [_free_port() for _ in range(7)]
        self._start_rekor(ports[:3])
        self._start("timestamp-server", ["--port", str(ports[3])])
        self._start_fulcio(ports[4:7])
        self._wait(f"http://127.0.0.1:{ports[0]}/healthz")
        chain = self._wait(f"http://127.0.0.1:{ports[3]}/api/v1/timestamp/certchain")
        bundle = self._wait(f"http://127.0.0.1:{ports[4]}/api/v2/trustBundle")
        self._tsa_chain = chain
        self.rekor, self.tsa, self.fulcio = Door(ports[0]), Door(ports[3]), Door(ports[4])
        self._open += [self.rekor, self.tsa, self.fulcio]
        self._trust(chain, json.loads(bundle)["chains"][0]["certificates"])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=20)
        for each in self._open:
            each.close()
        self._folder.cleanup()

    def calm(self) -> None:
        """Be as at the start: no faults, and nothing asked yet."""
        begun = [self.unlogged.fulcio] if "unlogged" in self.__dict__ else []
        for door in (self.rekor, self.tsa, self.fulcio, *begun):
            door.calm()
            door.requests.clear()
        self.issuer.reset()
        self.rekor_v1.reset()

    @functools.cached_property
    def unlogged(self) -> "Unlogged":
        """Start GitHub's kind of instance when it is first asked for: no CT log, no Rekor, GitHub's name on its certificates."""
        authority, ports = Authority("GitHub, Inc."), [_free_port() for _ in range(3)]
        chain, key = self._here / "github.pem", self._here / "github.key"
        chain.write_bytes(authority.chain)
        key.write_bytes(authority.key)
        given = ["--ct-log-url", "", "--ca", "fileca", "--fileca-cert", chain.name, "--fileca-key", key.name]
        self._start_fulcio(ports, [*given, "--fileca-key-passwd", "none", "--fileca-watch=false"], "github-fulcio")
        self._wait(f"http://127.0.0.1:{ports[0]}/api/v2/trustBundle")
        door = Door(ports[0])
        self._open.append(door)
        root = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [],
            "ctlogs": [],
            "certificateAuthorities": [_authority("fulcio.githubapp.com", _certificates(authority.chain))],
            "timestampAuthorities": [_authority("timestamp.githubapp.com", _certificates(self._tsa_chain))],
        }
        signing = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [_service(door.address, 1)],
            "tsaUrls": [_service(f"{self.tsa.address}/api/v1/timestamp", 1)],
            "tsaConfig": {"selector": "ANY"},
        }
        kind = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
        whole = {"mediaType": kind, "trustedRoot": root, "signingConfig": signing}
        return Unlogged(
            fulcio=door,
            trusted_root=self._write("trusted_root_unlogged.json", root),
            trust_config=self._write("trust_config_unlogged.json", whole),
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Return what the runner gives a job with ``id-token: write``."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.issuer.address}/idtoken?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
            **more,
        }

    def _start(self, tool: str, arguments: Sequence[str], name: str = "") -> None:
        log = (self._here / f"{name or tool}.log").open("wb")
        with log:
            self._processes.append(
                subprocess.Popen([require(tool), *arguments], cwd=self._here, stdout=log, stderr=log)
            )

    def _start_rekor(self, ports: Sequence[int]) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self._here / "rekor.pem").write_bytes(pem)
        self._rekor_key = key.public_key()
        names = ("--http-port", "--grpc-port", "--http-metrics-port")
        given = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
        fast = ["--checkpoint-interval", "200ms", "--batch-max-age", "20ms"]
        where = ["--storage-dir", "tiles", "--signer-filepath", "rekor.pem", "--hostname", _LOG]
        self._start("rekor-server", ["serve", *where, *given, *fast])

    def _start_fulcio(self, ports: Sequence[int], own: Sequence[str] = (), name: str = "") -> None:
        issuer = self.issuer.address
        settings = {
            "oidc-issuers": {
                issuer: {
                    "issuer-url": issuer,
                    "client-id": "sigstore",
                    "type": "ci-provider",
                    "ci-provider": "github-workflow",
                }
            },
            "ci-issuer-metadata": {
                "github-workflow": {
                    "default-template-values": {"url": "https://github.com"},
                    "extension-templates": _TEMPLATES,
                    "subject-alternative-name-template": "{{ .url }}/{{ .job_workflow_ref }}",
                }
            },
        }
        # It takes what begins with a brace for its old format, which has other keys.
        (self._here / "fulcio.yaml").write_text("---\n" + json.dumps(settings), encoding="utf-8")
        (self._here / "ct.pub").write_bytes(self.issuer.ct_pem)
        names = ("--port", "--grpc-port", "--metrics-port")
        given = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
        hosts = [
            "--host",
            "127.0.0.1",
            "--grpc-host",
            "127.0.0.1",
            "--legacy-unix-domain-socket",
            f"@fulcio-{ports[0]}",
        ]
        log = ["--ct-log-url", self.issuer.address, "--ct-log-public-key-path", "ct.pub"]
        other = own or [*log, "--ca", "ephemeralca"]
        self._start("fulcio", ["serve", *hosts, *given, *other, "--config-path", "fulcio.yaml"], name)

    def _wait(self, address: str) -> bytes:
        for _ in range(3000):
            ended = [process.args for process in self._processes if process.poll() is not None]
            logs = "".join(
                path.read_text(encoding="utf-8", errors="replace")[-800:] for path in self._here.glob("*.log")
            )
            assert not ended, f"{ended} ended: {logs}"
            try:
                answer = requests.get(address, timeout=5)
            except requests.RequestException:
                time.sleep(0.02)
            else:
                if answer.ok:
                    return answer.content
        raise AssertionError(f"{address} does not answer")

    def _trust(self, tsa_chain: bytes, fulcio_chain: list[str]) -> None:
        v2 = self._rekor_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        raw = self._rekor_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        v2_id = hashlib.sha256(_LOG.encode() + b"\n\x01" + raw).digest()
        v1, ct = self.rekor_v1.key, self.issuer.ct_key
        root = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                _log(f"https://{_LOG}", v2, "PKIX_ED25519", v2_id),
                _log(f"https://{RekorV1.ORIGIN}", v1, "PKIX_ECDSA_P256_SHA_256", hashlib.sha256(v1).digest()),
            ],
            "certificateAuthorities": [
                _authority("https://fulcio.local", _certificates("".join(fulcio_chain).encode()))
            ],
            "ctlogs": [_log("https://ct.local", ct, "PKIX_ECDSA_P256_SHA_256", hashlib.sha256(ct).digest())],
            "timestampAuthorities": [_authority("https://tsa.local", _certificates(tsa_chain))],
        }
        self.trusted_root = self._write("trusted_root.json", root)
        self.signing_config, self.trust_config = self._configs("", root, self.rekor.address, 2)
        self.signing_config_v1, self.trust_config_v1 = self._configs("_v1", root, self.rekor_v1.address, 1)

    def _configs(self, ending: str, root: dict[str, Any], rekor: str, version: int) -> tuple[Path, Path]:
        signing = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [_service(self.fulcio.address, 1)],
            "oidcUrls": [_service(self.issuer.address, 1)],
            "rekorTlogUrls": [_service(rekor, version)],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [_service(f"{self.tsa.address}/api/v1/timestamp", 1)],
            "tsaConfig": {"selector": "ANY"},
        }
        kind = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
        whole = {"mediaType": kind, "trustedRoot": root, "signingConfig": signing}
        return self._write(f"signing_config{ending}.json", signing), self._write(f"trust_config{ending}.json", whole)

    def _write(self, name: str, document: dict[str, Any]) -> Path:
        path = self._here / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


def _service(url: str, version: int) -> dict[str, Any]:
    return {"url": url, "majorApiVersion": version, "validFor": {"start": _STARTED}, "operator": "local"}


def _log(address: str, spki: bytes, details: str, key_id: bytes) -> dict[str, Any]:
    key = {"rawBytes": _b64(spki), "keyDetails": details, "validFor": {"start": _STARTED}}
    return {"baseUrl": address, "hashAlgorithm": "SHA2_256", "publicKey": key, "logId": {"keyId": _b64(key_id)}}


def _authority(address: str, certificates: list[bytes]) -> dict[str, Any]:
    return {
        "subject": {"organization": "local", "commonName": "local"},
        "uri": address,
        "certChain": {"certificates": [{"rawBytes": _b64(each)} for each in certificates]},
        "validFor": {"start": _STARTED},
    }


def _certificates(pem: bytes) -> list[bytes]:
    return [each.public_bytes(serialization.Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
