"""A small client for tests of the stand-in itself, and for looking at it after the program under test ran."""

import base64
from collections.abc import Mapping
from typing import Any

import requests

from tests.fakes.github.server import WRITE_TOKEN, GithubServer

COMMIT = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid url } } }"


class Client:
    """Calls on one repository with one token (None: a visitor)."""

    def __init__(self, server: GithubServer, *, token: str | None = WRITE_TOKEN, repository: str = "octo/demo") -> None:
        self.server = server
        self.repository = repository
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

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask GraphQL; answer the whole content, which has `errors` where there are some."""
        answer = self.call("POST", self.server.graphql_url, {"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def branch(self, name: str, sha: str) -> None:
        """Create a branch."""
        made = self.call("POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": sha})
        assert made.status_code == 201, made.text

    def commit(self, branch: str, files: Mapping[str, bytes], message: str = "feat: add") -> str:
        """Commit files on a branch through GraphQL; answer the sha."""
        additions = [{"path": path, "contents": base64.b64encode(data).decode()} for path, data in files.items()]
        headline, _, body = message.partition("\n\n")
        given = {
            "branch": {"repositoryNameWithOwner": self.repository, "branchName": branch},
            "expectedHeadOid": self.get(f"/git/ref/heads/{branch}").json()["object"]["sha"],
            "message": {"headline": headline, "body": body},
            "fileChanges": {"additions": additions},
        }
        made = self.graphql(COMMIT, input=given)
        assert "errors" not in made, made
        sha: str = made["data"]["createCommitOnBranch"]["commit"]["oid"]
        return sha

    def pull(self, head: str, base: str = "main", title: str = "A change", **fields: Any) -> dict[str, Any]:
        """Create a pull request; answer it."""
        answer = self.call("POST", "/pulls", {"title": title, "head": head, "base": base, **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made
