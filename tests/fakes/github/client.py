"""A small client for tests of the stand-in itself, and for looking at it after the program under test ran."""

from collections.abc import Mapping
from typing import Any

import requests

from tests.fakes.github.server import WRITE_TOKEN, GithubServer


class Client:
    """Calls on one repository with one token (None: a visitor)."""

    def __init__(self, server: GithubServer, *, token: str | None = WRITE_TOKEN, repository: str = "octo/demo") -> None:
        self.server = server
        self.base = f"{server.api_url}/repos/{repository}"
        self.headers = {"User-Agent": "tests", "X-GitHub-Api-Version": "2022-11-28"}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, content: object = None, **options: Any) -> requests.Response:
        """Call an address, or a path below the repository."""
        address = path if path.startswith("http") else self.base + path
        headers: Mapping[str, str] = self.headers | options.pop("headers", {})
        return requests.request(
            method, address, json=content, headers=headers, timeout=10, allow_redirects=False, **options
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def create(self, tag: str = "v1.0.0", **fields: Any) -> dict[str, Any]:
        """Create a release, a draft unless told; answer it."""
        answer = self.call("POST", "/releases", {"tag_name": tag, "draft": True, **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def publish(self, release: Mapping[str, Any], **fields: Any) -> requests.Response:
        return self.call("PATCH", f"/releases/{release['id']}", {"draft": False, **fields})

    def upload(
        self, release: Mapping[str, Any], name: str, data: bytes = b"bytes", **headers: str
    ) -> requests.Response:
        address = release["upload_url"].split("{")[0]
        sent = {"Content-Type": "application/zip", **headers}
        return self.call("POST", address, params={"name": name}, data=data, headers=sent)
