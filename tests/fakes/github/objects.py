"""Commits, trees and the graph between them, whoever keeps them: memory here, git in `git_objects`."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from tests.fakes.github.values import Commit

NOTHING: Final[Mapping[str, bytes]] = {}


class MergeConflictError(Exception):
    """Both sides changed the same lines."""


class Objects(Protocol):
    """What the stand-in asks of a repository's objects; trees are named by strings that mean nothing else."""

    def write(self, draft: Commit) -> Commit:
        """Store a commit and give it its sha."""

    def file(self, tree: str, path: str) -> tuple[str, bytes] | None:
        """Read a file: the sha of its blob, and its bytes."""

    def listing(self, tree: str) -> Mapping[str, tuple[str, int]]:
        """List the files of a tree: the sha of each blob, and its size."""

    def blob(self, sha: str) -> bytes | None:
        """Read a blob, None when there is none."""

    def keep(self, data: bytes) -> str:
        """Store a blob; answer its sha."""

    def edited(self, tree: str, additions: Mapping[str, bytes], deletions: Collection[str]) -> str:
        """Name the tree with files written and files gone."""

    def merged(self, base: str, ours: str, theirs: str) -> str:
        """Name the tree that has the changes of both sides since the base."""

    def between(self, excluded: str | None, head: str) -> list[str]:
        """List the commits of a head that another commit does not have, oldest first."""

    def merge_base(self, one: str, other: str) -> str | None:
        """Find the best common ancestor."""


def contains(objects: Objects, head: str, sha: str) -> bool:
    """Tell whether a head has a commit."""
    return head == sha or not objects.between(head, sha)


def blob_sha(data: bytes) -> str:
    """Name a blob as git does."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class MemoryObjects:
    """Objects in dictionaries, for tests that need no git."""

    commits: MutableMapping[str, Commit]
    salt: str
    trees: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def write(self, draft: Commit) -> Commit:
        identity = f"{self.salt}\n{draft!r}\n{len(self.commits)}"
        made = replace(draft, sha=hashlib.sha1(identity.encode(), usedforsecurity=False).hexdigest())
        self.commits[made.sha] = made
        return made

    def file(self, tree: str, path: str) -> tuple[str, bytes] | None:
        data = self.trees.get(tree, NOTHING).get(path)
        return None if data is None else (blob_sha(data), data)

    def listing(self, tree: str) -> Mapping[str, tuple[str, int]]:
        return {path: (blob_sha(data), len(data)) for path, data in self.trees.get(tree, NOTHING).items()}

    def blob(self, sha: str) -> bytes | None:
        return self.blobs.get(sha)

    def keep(self, data: bytes) -> str:
        sha = blob_sha(data)
        self.blobs[sha] = data
        return sha

    def edited(self, tree: str, additions: Mapping[str, bytes], deletions: Collection[str]) -> str:
        before = self.trees.get(tree, NOTHING)
        return self._kept({**{path: data for path, data in before.items() if path not in deletions}, **additions})

    def merged(self, base: str, ours: str, theirs: str) -> str:
        before, left, right = (self.trees.get(name, NOTHING) for name in (base, ours, theirs))
        files: dict[str, bytes] = {}
        for path in sorted({*before, *left, *right}):
            data = _one_of(before.get(path), left.get(path), right.get(path), path)
            if data is not None:
                files[path] = data
        return self._kept(files)

    def between(self, excluded: str | None, head: str) -> list[str]:
        hidden = self._ancestors(excluded) if excluded else set()
        return [sha for sha in reversed(self._ordered(head)) if sha not in hidden]

    def merge_base(self, one: str, other: str) -> str | None:
        shared = self._ancestors(one)
        return next((sha for sha in self._ordered(other) if sha in shared), None)

    def _ancestors(self, head: str) -> set[str]:
        return set(self._ordered(head))

    def _ordered(self, head: str) -> list[str]:
        """List a head's commits so that a child comes before its parents."""
        seen: dict[str, None] = {}
        finished: list[str] = []
        waiting = [(head, False)]
        while waiting:
            sha, done = waiting.pop()
            if done:
                finished.append(sha)
            elif sha not in seen and sha in self.commits:
                seen[sha] = None
                waiting.append((sha, True))
                waiting += [(parent, False) for parent in self._parents(sha)]
        return finished[::-1]

    def _parents(self, sha: str) -> Iterable[str]:
        return self.commits[sha].parents

    def _kept(self, files: Mapping[str, bytes]) -> str:
        listing = "\n".join(f"{path} {self.keep(data)}" for path, data in sorted(files.items()))
        name = hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()
        self.trees[name] = files
        return name


def _one_of(before: bytes | None, left: bytes | None, right: bytes | None, path: str) -> bytes | None:
    if left == before:
        return right
    if right in (before, left):
        return left
    raise MergeConflictError(path)
