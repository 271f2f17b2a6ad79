"""A branch on GitHub as a folder of files, changed by one commit at a time and never by force.

https://docs.github.com/en/rest/git: blobs of up to 100 MB, trees on top of trees, commits, references. Commits name no
author, so that GitHub signs those of workflows' tokens (docs.github.com: signature verification for bots).
"""

import base64
import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

from tagship.adapters.github_api import GitHubApi
from tagship.adapters.http import Conflict, Transient
from tagship.errors import RemoteRefused
from tagship.ports import Tools

LARGEST: Final = 100 << 20
"""Bytes of a file that git on GitHub takes."""
_INLINE: Final = 1 << 20
_FILE: Final = {"mode": "100644", "type": "blob"}


class Looked(NamedTuple):
    """A branch as it was: its commit (empty: there is no such branch), and the blob of each file."""

    commit: str
    files: Mapping[str, str]


class GitHubBranch:
    """One branch by GitHub's Git data API; each method tries once."""

    def __init__(self, api: GitHubApi, branch: str) -> None:
        self._api, self._branch = api, branch

    @classmethod
    def create(cls, repository: str, branch: str, token: str, tools: Tools) -> Self:
        """Connect lazily: no request is made yet.

        Raises:
            UsageError: no token, or no repository.

        """
        return cls(GitHubApi.create(repository, token, tools, needs="{contents: write, pages: write}"), branch)

    def look(self) -> Looked:
        """See what is there."""
        commit = self._head()
        if not commit:
            return Looked("", {})
        tree = self._api.ask(f"list {self._branch}", "GET", f"/git/trees/{commit}", parameters={"recursive": "1"})
        if tree.get("truncated"):
            hint = "keep the site on a branch, or in a repository, of its own"
            raise RemoteRefused(f"the branch {self._branch} has too many files to be listed", hint=hint)
        return Looked(commit, {str(e["path"]): str(e["sha"]) for e in tree["tree"] if e["type"] == "blob"})

    def read(self, blob: str) -> bytes:
        """Return the content of a file."""
        found = self._api.ask(f"read from {self._branch}", "GET", f"/git/blobs/{blob}")
        data = base64.b64decode(found["content"])
        if blob_id(data) != blob:
            raise Transient(f"read from {self._branch}: GitHub's answer is broken")
        return data

    def keep(self, data: bytes) -> str:
        """Store bytes for a commit to come; return their blob."""
        content = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        return str(self._api.ask("store a file", "POST", "/git/blobs", content)["sha"])

    def commit(
        self, on: Looked, files: Mapping[str, bytes], kept: Mapping[str, str], removed: Collection[str], message: str
    ) -> str:
        """Commit files (by their bytes, or ``kept`` before) and removals on top of what was looked at.

        Raises:
            Transient: somebody else committed meanwhile: look again.
            RemoteRefused: a rule of the branch, or a missing right.

        """
        entries = [self._entry(path, data) for path, data in sorted(files.items())]
        entries += [{**_FILE, "path": path, "sha": blob} for path, blob in sorted(kept.items())]
        entries += [{**_FILE, "path": path, "sha": None} for path in sorted(removed)]
        base = {"base_tree": on.commit} if on.commit else {}
        tree = self._api.ask("write a tree", "POST", "/git/trees", {**base, "tree": entries})["sha"]
        content = {"message": message, "tree": tree, "parents": [on.commit] if on.commit else []}
        made = str(self._api.ask("write a commit", "POST", "/git/commits", content)["sha"])
        try:
            self._move(made, new=not on.commit)
        except Conflict as error:
            if self._head() not in {on.commit, made}:
                raise Transient(f"the branch {self._branch} moved meanwhile") from None
            hint = (
                f"let this token pass the rules of the branch {self._branch}, or name another one in the option branch"
            )
            raise RemoteRefused(error.problems[0].message, hint=hint) from None
        return made

    def ask_for_build(self) -> None:
        """Have the site built: a commit with a workflow's own token does not start that (docs.github.com: GITHUB_TOKEN)."""
        self._api.ask("ask for a build of the site", "POST", "/pages/builds")

    def _entry(self, path: str, data: bytes) -> dict[str, Any]:
        """Write text into the tree itself: it saves a request."""
        if len(data) < _INLINE:
            try:
                return {**_FILE, "path": path, "content": data.decode()}
            except UnicodeDecodeError:
                pass
        return {**_FILE, "path": path, "sha": self.keep(data)}

    def _move(self, commit: str, *, new: bool) -> None:
        if new:
            content = {"ref": f"refs/heads/{self._branch}", "sha": commit}
            self._api.ask(f"make the branch {self._branch}", "POST", "/git/refs", content)
        else:
            path = f"/git/refs/heads/{quote(self._branch, safe='/')}"
            self._api.ask(f"move the branch {self._branch}", "PATCH", path, {"sha": commit, "force": False})

    def _head(self) -> str:
        try:
            found = self._api.ask(f"look for {self._branch}", "GET", f"/git/ref/heads/{quote(self._branch, safe='/')}")
        except Conflict:
            return ""
        return str(found["object"]["sha"])


def blob_id(data: bytes) -> str:
    """Name bytes as git does."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
