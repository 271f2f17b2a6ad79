"""The world behind the API: repositories with commits, tags, releases and assets. No HTTP here.

`World.lock` is held by `service` around every handler, so that one request's effect is one step for all others.
"""

import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from tests.fakes.github.errors import not_found
from tests.fakes.github.git_objects import Git, GitCommits, GitObjects, GitRefs
from tests.fakes.github.objects import MemoryObjects, Objects
from tests.fakes.github.values import GITHUB, OCTO_CAT, Asset, Commit, Person, Pull, Release, Run, Settings, Token

SHORT_SHA: Final = re.compile(r"[0-9a-f]{7,40}")


def utc_now() -> datetime:
    return datetime.now(tz=UTC).replace(microsecond=0)


@dataclass(slots=True, kw_only=True)
class Repository:
    """One repository; its dictionaries are changed only by handlers, under the world's lock.

    With `Settings.git` the commits, branches and tags are those of git, so that a push changes them too.
    """

    id: int
    settings: Settings
    created_at: datetime
    commits: MutableMapping[str, Commit]
    branches: MutableMapping[str, str]
    tags: MutableMapping[str, str]
    objects: Objects
    pulls: dict[int, Pull] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    listings: dict[int, int] = field(default_factory=dict)  # of a run or release: how often it would have been shown
    releases: dict[int, Release] = field(default_factory=dict)
    assets: dict[int, Asset] = field(default_factory=dict)
    attested: list[tuple[str, str, int]] = field(default_factory=list)  # commit, tag and id of immutable releases
    attestations: dict[int, tuple[frozenset[str], dict[str, Any]]] = field(default_factory=dict)
    burned_tags: set[str] = field(default_factory=set)
    latest_id: int | None = None
    builds: int = 0  # of the repository's site, asked for
    forks: dict[str, "Repository"] = field(default_factory=dict)  # by their owners, in small letters

    def commit(
        self,
        message: str,
        *,
        date: datetime,
        branch: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Commit:
        """Add a commit on top of a branch, the default one unless told, with these files written."""
        name = branch or self.settings.default_branch
        parent = self.branches.get(name)
        tree = self.commits[parent].tree if parent else ""
        if files:
            tree = self.objects.edited(tree, files, ())
        draft = Commit(sha="", message=message, date=date, parents=(parent,) if parent else (), tree=tree)
        made = self.objects.write(draft)
        self.branches[name] = made.sha
        return made

    def resolve(self, reference: str) -> Commit | None:
        """Find the commit of a branch, tag, full ref, sha or unique sha prefix of seven digits or more."""
        short = reference.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        sha = self.branches.get(short) or self.tags.get(short) or reference
        if sha in self.commits:
            return self.commits[sha]
        if SHORT_SHA.fullmatch(sha) is None:
            return None
        matching = [known for known in self.commits if known.startswith(sha)]
        return self.commits[matching[0]] if len(matching) == 1 else None

    def login_of(self, person: Person) -> str | None:
        """Find whose e-mail address it is: GitHub's own for a login tells it, others belong to `Settings.people`."""
        if person == OCTO_CAT:
            return self.settings.owner
        if person.email == GITHUB.email:
            return "web-flow"
        user, _, host = person.email.partition("@")
        if host == "users.noreply.github.com":
            return user.partition("+")[2] or user
        return self.settings.people.get(person.email)

    def source_of(self, pull: Pull) -> "Repository":
        """Find the repository that a pull request comes from: itself, or a fork."""
        return self.forks[pull.fork] if pull.fork else self

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
        """Create a repository with one commit on its default branch; one of git has the commits that git has."""
        now = self.clock()
        if settings.fork_of:
            made = self._fork(settings, now)
        elif settings.git is None:
            made = _in_memory(self.next_id(), settings, now)
            made.commit("feat: begin", date=now)
        else:
            made = _in_git(self.next_id(), settings, now, Git(settings.git, settings.default_branch))
        self.repositories[settings.full_name.lower()] = made
        return made

    def _fork(self, settings: Settings, now: datetime) -> Repository:
        parent = self.repository(*settings.fork_of.split("/"))
        made = replace(
            _in_memory(self.next_id(), settings, now),
            commits=parent.commits,
            objects=parent.objects,
            branches=dict(parent.branches),
        )
        parent.forks[settings.owner.lower()] = made
        return made

    def repository(self, owner: str, name: str) -> Repository:
        """Find a repository; GitHub compares owners and names without case."""
        try:
            return self.repositories[f"{owner}/{name}".lower()]
        except KeyError:
            raise not_found() from None


def _in_memory(number: int, settings: Settings, now: datetime) -> Repository:
    commits: dict[str, Commit] = {}
    return Repository(
        id=number,
        settings=settings,
        created_at=now,
        commits=commits,
        branches={},
        tags={},
        objects=MemoryObjects(commits, salt=settings.full_name),
    )


def _in_git(number: int, settings: Settings, now: datetime, git: Git) -> Repository:
    return Repository(
        id=number,
        settings=settings,
        created_at=now,
        commits=GitCommits(git),
        branches=GitRefs(git, "refs/heads/"),
        tags=GitRefs(git, "refs/tags/"),
        objects=GitObjects(git),
    )
