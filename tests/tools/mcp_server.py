"""The real MCP Registry on loopback, on a PostgreSQL of its own; the public hosts that it insists on are stand-ins."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import pytest

from tests.tools import require
from tests.tools.door import Door, free_port, stop, wait_until_listening
from tests.tools.issuer import Issuer
from tests.tools.tls_proxy import TlsProxy

GITHUB: Final = "token.actions.githubusercontent.com"
ISSUER: Final = f"https://{GITHUB}"
_SEED: Final = "ab" * 32


class Database:
    """A PostgreSQL that lives as long as a block; it refuses to run as root, so root lends it the user ``postgres``."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def __enter__(self) -> Self:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not folders:
            message = "PostgreSQL is not installed (Debian's postgresql-15)"
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI needs every tool: {message}")
            pytest.skip(f"TOOL MISSING: {message}")
        self._folder.mkdir(parents=True)
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            subprocess.run(["chown", "postgres", str(self._folder)], check=True)
            for parent in self._folder.parents:
                if parent.stat().st_uid == 0 and parent != Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o111)
        data = str(self._folder / "data")
        self._run([str(folders[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"])
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        self._process = subprocess.Popen(
            [*self._as, str(folders[-1] / "postgres"), "-D", data, "-k", str(self._folder), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        wait_until_listening(self.port, self._process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop(self._process)

    def _run(self, argv: list[str]) -> None:
        done = subprocess.run([*self._as, *argv], capture_output=True, text=True, check=False, timeout=120, cwd="/")
        assert done.returncode == 0, done.stderr


class McpServer(Door):
    """``issuer`` says who jobs are; ``packages`` answers for pypi.org: name and version → description, or nothing."""

    def __init__(self, folder: Path, *, validates: bool = True) -> None:
        super().__init__()
        self.issuer = JobIssuer()
        self.packages: Callable[[str, str], str | None] = lambda _name, _version: None
        self._database = Database(folder / "database")
        self._proxy = TlsProxy(folder / "proxy", {GITHUB: self.issuer.public, "pypi.org": self._pypi})
        self._validates = validates

    def __enter__(self) -> Self:
        program = require("mcp-registry")
        self._database.__enter__()
        self._proxy.__enter__()
        self.issuer.__enter__()
        super().__enter__()
        settings = {
            "SERVER_ADDRESS": f"127.0.0.1:{self.port}",
            "DATABASE_URL": self._database.url,
            "ENABLE_ANONYMOUS_AUTH": "true",
            "ENABLE_REGISTRY_VALIDATION": "true" if self._validates else "false",
            "JWT_PRIVATE_KEY": _SEED,
            "GITHUB_OIDC_AUDIENCE": self.address,
            "SEED_FROM": "",
        }
        env = {f"MCP_REGISTRY_{name}": value for name, value in settings.items()}
        self._process = subprocess.Popen(
            [str(program)], env={**env, **self._proxy.environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until_listening(self.port, self._process)
        self._wait_until_healthy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop(self._process)
        for part in (self.issuer, self._proxy, self._database):
            part.__exit__(kind, error, trace)
        super().__exit__(kind, error, trace)

    def entry(self, name: str, version: str) -> dict[str, Any]:
        """Return what the registry tells of a version, past the door; nothing of one that it does not have."""
        path = f"/v0.1/servers/{quote(name, safe='')}/versions/{quote(version, safe='')}"
        status, _, body = self.forward("GET", path, {}, b"")
        found: dict[str, Any] = json.loads(body) if status == 200 else {}
        return found

    def _wait_until_healthy(self) -> None:
        for _ in range(200):
            if self.forward("GET", "/v0/health", {}, b"")[0] == 200:
                return
            time.sleep(0.05)
        raise AssertionError("the registry is not healthy")

    def _pypi(self, path: str) -> tuple[int, bytes] | None:
        parts = path.strip("/").split("/")
        if len(parts) != 4 or parts[0] != "pypi":
            return None
        description = self.packages(parts[1], parts[2])
        return None if description is None else (200, json.dumps({"info": {"description": description}}).encode())


class JobIssuer(Issuer):
    """GitHub's issuer with real signatures: its keys are what the public host says they are."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        super().__init__()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self, audience: str) -> str:
        """Sign who the job is: one of the owner ``octo``."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": "repo:octo/demo:ref:refs/tags/v1.2.0",
            "repository": "octo/demo",
            "repository_owner": "octo",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
        }
        head = {"alg": "RS256", "typ": "JWT", "kid": "tests"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"

    def public(self, path: str) -> tuple[int, bytes] | None:
        """Answer what the public host answers: its configuration and its keys."""
        numbers = self._key.public_key().public_numbers()
        modulus = _encoded(numbers.n.to_bytes(256, "big"))
        known = {
            "/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "jwks_uri": f"{ISSUER}/.well-known/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/.well-known/jwks": {
                "keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "tests", "n": modulus, "e": "AQAB"}]
            },
        }
        return (200, json.dumps(known[path]).encode()) if path in known else None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
