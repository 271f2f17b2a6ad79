"""Small stand-ins behind a door: Artifactory's generic repositories and a plain store, Go's module proxy, a receiver of hooks."""

import hashlib
import json
from typing import Any, Final

from tests.tools.door import Door

TOKEN: Final = "artifactory-secret-of-the-tests"
Answer = tuple[int, list[tuple[str, str]], bytes]


class Store(Door):
    """Files by path. As Artifactory it tells digests and takes files by them; it may trade the identity of a job.

    https://jfrog.com/help/r/jfrog-rest-apis/deploy-artifact, …/deploy-artifact-by-checksum
    """

    def __init__(self, *, artifactory: bool = True) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.properties: dict[str, str] = {}
        self.trusted = ""
        self._artifactory = artifactory

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        given = {name.lower(): value for name, value in headers.items()}
        own = [("X-Artifactory-Id", "tests")] if self._artifactory else []
        if path == "/access/api/v1/oidc/token":
            trusted = self.trusted and json.loads(body)["subject_token"] == self.trusted
            return (200, own, json.dumps({"access_token": TOKEN}).encode()) if trusted else (403, own, b"{}")
        place, _, properties = path.partition(";")
        if method == "PUT":
            if given.get("authorization") != f"Bearer {TOKEN}":
                return 401, own, b'{"errors":[{"status":401,"message":"Bad credentials"}]}'
            self.properties[place] = properties
            return self._take(place, given, body), own, b""
        found = self.files.get(place)
        if found is None:
            return 404, own, b""
        digest = [("X-Checksum-Sha256", hashlib.sha256(found).hexdigest())] if self._artifactory else []
        length = [("Content-Length", str(len(found)))] if method == "HEAD" else []
        return 200, [*own, *digest, *length], found

    def _take(self, place: str, given: dict[str, str], body: bytes) -> int:
        wanted = given.get("x-checksum-sha256", "")
        if self._artifactory and given.get("x-checksum-deploy") == "true":
            known = {hashlib.sha256(data).hexdigest(): data for data in self.files.values()}
            if wanted not in known:
                return 404
            body = known[wanted]
        if self._artifactory and hashlib.sha256(body).hexdigest() != wanted:
            return 409
        self.files[place] = body
        return 201


class ModuleProxy(Door):
    """``versions`` are what it would fetch when asked, with their commits; it lists what was asked for."""

    def __init__(self, module: str, versions: dict[str, str]) -> None:
        super().__init__()
        self.versions, self._fetched, self._root = versions, set[str](), f"/{module}/@v/"

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        del method, headers, body
        name = path.removeprefix(self._root)
        if path == f"{self._root}list":
            return 200, [], "".join(f"{version}\n" for version in sorted(self._fetched)).encode()
        version = name.removesuffix(".info")
        if version not in self.versions:
            return 404, [], b"not found: unknown revision"
        self._fetched.add(version)
        return 200, [], json.dumps({"Version": version, "Origin": {"Hash": self.versions[version]}}).encode()


class Receiver(Door):
    """``told`` are the announcements: headers and body. With a ``page`` it is somebody else, who shows that to everyone."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[dict[str, str], Any]] = []
        self.page = b""

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        del path
        if self.page:
            return 200, [("Content-Type", "text/html")], b"" if method == "HEAD" else self.page
        self.told.append(({name.lower(): value for name, value in headers.items()}, body))
        return 204, [], b""
