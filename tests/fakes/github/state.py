"""The world behind the API: repositories with commits, tags, releases and assets. No HTTP here.

`World.lock` is held by `service` around every handler, so that one request's effect is one step for all others.
"""

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes.github.errors import not_found
from tests.fakes.github.values import Asset, Commit, Release, Settings, Token


def utc_now() -> datetime:
    return datetime.now(tz=UTC).replace(microsecond=0)


@dataclass(slots=True, kw_only=True)
class Repository:
    """One repository; its dictionaries are changed only by handlers, under the world's lock."""

    id: int
    settings: Settings
    created_at: datetime
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    releases: dict[int, Release] = field(default_factory=dict)
    assets: dict[int, Asset] = field(default_factory=dict)
    burned_tags: set[str] = field(default_factory=set)
    latest_id: int | None = None

    def commit(self, message: str, *, date: datetime, branch: str | None = None) -> Commit:
        """Add a commit on top of a branch, the default one unless told."""
        name = branch or self.settings.default_branch
        parent = self.branches.get(name)
        identity = f"{self.settings.full_name}\n{parent}\n{message}\n{date.isoformat()}\n{len(self.commits)}"
        sha = hashlib.sha1(identity.encode(), usedforsecurity=False).hexdigest()
        made = Commit(sha=sha, message=message, date=date, parents=(parent,) if parent else ())
        self.commits[sha] = made
        self.branches[name] = sha
        return made

    def resolve(self, reference: str) -> Commit | None:
        """Find the commit of a branch, tag, full ref, sha or unique sha prefix of seven digits or more."""
        short = reference.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        sha = self.branches.get(short) or self.tags.get(short) or reference
        if sha in self.commits:
            return self.commits[sha]
        matching = [known for known in self.commits if len(sha) >= 7 and known.startswith(sha)]
        return self.commits[matching[0]] if len(matching) == 1 else None

    def release(self, release_id: int) -> Release:
        try:
            return self.releases[release_id]
        except KeyError:
            raise not_found() from None

    def asset(self, asset_id: int) -> Asset:
        try:
            return self.assets[asset_id]
        except KeyError:
            raise not_found() from None

    def assets_of(self, release_id: int) -> list[Asset]:
        return [asset for asset in self.assets.values() if asset.release_id == release_id]

    def published(self, tag: str) -> Release | None:
        """Find the published release of a tag: there is one at most, whereas drafts may be many."""
        return next((each for each in self.releases.values() if each.tag_name == tag and not each.draft), None)


@dataclass(slots=True)
class World:
    """Everything the server knows."""

    clock: Callable[[], datetime] = utc_now
    lock: threading.RLock = field(default_factory=threading.RLock)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def next_id(self) -> int:
        return next(self._ids)

    def add_repository(self, settings: Settings) -> Repository:
        """Create a repository with one commit on its default branch."""
        made = Repository(id=self.next_id(), settings=settings, created_at=self.clock())
        made.commit("feat: begin", date=self.clock())
        self.repositories[settings.full_name.lower()] = made
        return made

    def repository(self, owner: str, name: str) -> Repository:
        """Find a repository; GitHub compares owners and names without case."""
        try:
            return self.repositories[f"{owner}/{name}".lower()]
        except KeyError:
            raise not_found() from None
