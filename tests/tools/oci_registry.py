"""Real registries of images on loopback: Debian's docker-registry, or crane's, behind a door that can misbehave."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import pytest

from tests.tools import require
from tests.tools.door import Door, stop, wait_until_listening

USER: Final = "octo"
PASSWORD: Final = "registry-secret-of-the-tests"
_HASHED: Final = "$2b$04$QaWuaeBnPegZ15j80LyqGOBJ2FD3RPUjhkTUoyhBVsWau/r1B21u."
"""The password by bcrypt, the only hash that the registry takes."""
_CONFIG: Final = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", secret: of-nobody, relativeurls: true}}
{auth}
"""


class OciRegistry(Door):
    """``kind`` is which program; with ``locked`` (docker-registry only) it wants ``USER`` and ``PASSWORD``.

    With ``keeps`` the door does what the specification lets registries do and neither program does: it keeps the beginning
    of an upload that broke off, says how much it has, and goes on from there.
    """

    def __init__(
        self,
        folder: Path,
        kind: Literal["distribution", "crane"] = "distribution",
        *,
        locked: bool = False,
        keeps: bool = False,
    ) -> None:
        super().__init__()
        self._folder, self._kind, self._locked, self._keeps = folder, kind, locked, keeps
        self._kept: dict[str, bytes] = {}
        self.notes_subjects = False
        """Whether it says, as registries with the referrers API do, that it keeps the list of what refers to an image itself."""

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self._process)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        stop(self._process)

    def partial(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Keep it, or let the program take it for the whole."""
        if self._keeps:
            self._kept[path] = body
        else:
            super().partial(method, path, headers, body)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on; what was kept goes before what comes now."""
        kept = self._kept.get(path)
        if kept is not None and method == "GET":
            return 204, [("Location", path), ("Range", f"0-{len(kept) - 1}")], b""
        if kept is not None and method == "PATCH":
            given = {name.lower(): value for name, value in headers.items()}
            assert given.pop("content-range") == f"{len(kept)}-{len(kept) + len(body) - 1}"
            body = self._kept.pop(path) + body
            headers = {**given, "content-length": str(len(body))}
        status, told, answer = super().forward(method, path, headers, body)
        if self.notes_subjects and method == "PUT" and b'"subject"' in body:
            told = [*told, ("OCI-Subject", json.loads(body)["subject"]["digest"])]
        return status, told, answer

    def manifest(self, name: str, reference: str) -> dict[str, Any]:
        """Return a manifest, past the door; an empty one when it is not there."""
        accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
        status, _, body = self.forward("GET", f"/v2/{name}/manifests/{reference}", {"Accept": accept}, b"")
        found: dict[str, Any] = json.loads(body) if status == 200 else {}
        return found

    def tags(self, name: str) -> dict[str, str]:
        """Return all tags with their digests, past the door."""
        _, _, body = self.forward("GET", f"/v2/{name}/tags/list", self._allowed(), b"")
        return {tag: self.digest(name, tag) for tag in json.loads(body).get("tags") or []}

    def digest(self, name: str, tag: str) -> str:
        """Return the digest at a tag, past the door."""
        accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
        _, headers, _ = self.forward("HEAD", f"/v2/{name}/manifests/{tag}", {"Accept": accept, **self._allowed()}, b"")
        return next((value for key, value in headers if key.lower() == "docker-content-digest"), "")

    def _allowed(self) -> dict[str, str]:
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return {"Authorization": f"Basic {known}"} if self._locked else {}

    def _command(self) -> list[str]:
        if self._kind == "crane":
            return [str(require("crane")), "registry", "serve", "--address", f"127.0.0.1:{self.port}"]
        program = shutil.which("docker-registry")
        if program is None:
            message = "docker-registry is not installed (Debian's package of that name)"
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI needs every tool: {message}")
            pytest.skip(f"TOOL MISSING: {message}")
        config = self._folder / "registry.yaml"
        auth = f"auth: {{htpasswd: {{realm: tests, path: {self._passwords()}}}}}" if self._locked else ""
        text = _CONFIG.format(folder=self._folder / "blobs", port=self.port, auth=auth)
        config.write_text(text, encoding="utf-8")
        return [program, "serve", str(config)]

    def _passwords(self) -> Path:
        """Write the one user there is."""
        path = self._folder / "htpasswd"
        path.write_text(f"{USER}:{_HASHED}\n", encoding="utf-8")
        return path
