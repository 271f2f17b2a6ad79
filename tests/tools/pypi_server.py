"""A real package index on loopback: pypiserver with a password, behind a door that notes every request and can misbehave."""

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.tools import require
from tests.tools.door import Door, stop, wait_until_listening

USER: Final = "publisher"
TOKEN: Final = "pypi-AgEIcHlwaS5vcmc-secret-of-the-tests"


class PypiServer(Door):
    """``address`` takes uploads and has ``simple/``; ``packages`` is the folder the files lie in.

    ``trusts`` says for which identity of ``audience`` a token is minted, as PyPI does; ``attestations`` are what came
    with the uploads, which pypiserver itself does not know; ``shows_pages`` of an index that answers everything with one.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__()
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        self.trusts: Callable[[str], bool] | None = None
        self.audience = "index-of-the-tests"
        self.shows_pages = False
        self.attestations: list[list[dict[str, Any]]] = []
        self._passwords = folder / "htpasswd"
        users = (USER, "__token__")
        self._passwords.write_text("".join(f"{user}:{_hashed(TOKEN)}\n" for user in users), encoding="utf-8")
        self._options = options or ("-a", "update", "--disable-fallback")

    @property
    def address(self) -> str:
        return f"http://{self.host}/"

    @property
    def uploads(self) -> int:
        return self.count("POST")

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.packages.iterdir()}

    def __enter__(self) -> Self:
        program = [str(require("pypi-server")), "run", "-i", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            [*program, "-P", str(self._passwords), *self._options, str(self.packages)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self.port, self._process)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        stop(self._process)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on, but for what only PyPI does (https://docs.pypi.org/trusted-publishers/internals/)."""
        if path == "/_/oidc/audience" and self.shows_pages:
            return 200, [("Content-Type", "text/html")], b"<html>Welcome</html>"
        if path == "/_/oidc/audience" and self.trusts:
            return 200, [("Content-Type", "application/json")], json.dumps({"audience": self.audience}).encode()
        if path == "/_/oidc/mint-token" and self.trusts:
            trusted = self.trusts(json.loads(body)["token"])
            refusal = {"message": "Token request failed", "errors": [{"code": "invalid-publisher"}]}
            answer = {"success": True, "token": TOKEN} if trusted else refusal
            return 200 if trusted else 422, [("Content-Type", "application/json")], json.dumps(answer).encode()
        found = re.search(rb'name="attestations"\r\n\r\n(.+?)\r\n--', body)
        if found:
            self.attestations.append(json.loads(found[1]))
        return super().forward(method, path, headers, body)


def _hashed(password: str) -> str:
    """Hash for an htpasswd file, as Apache's {SHA}: nothing here outlives a test."""
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
