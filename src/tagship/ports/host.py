"""Where a repository lives: branches, commits, pull requests and workflow runs by API."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request as it is: its number, page, title, body and the commit that its branch is on."""

    number: int
    url: str
    title: str
    body: str
    head: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote a commit, and the number of the pull request it came by; empty where it is not known."""

    login: str = ""
    pull_request: str = ""


class RemoteCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit on the server."""

    id: str
    message: str
    parents: tuple[str, ...]


class Host(Protocol):
    """The server that a clone came from. Each method tries once, and raises :class:`~tagship.adapters.http.Transient`
    where trying again may help.
    """

    def branch(self, name: str) -> str | None:
        """Return the commit a branch is on; ``None`` when there is no such branch."""

    def default_branch(self) -> str:
        """Return the name of the branch that people see first."""

    def make_branch(self, name: str, commit: str) -> None:
        """Make a branch; raise :class:`~tagship.adapters.http.Conflict` when there is one of that name."""

    def set_branch(self, name: str, commit: str) -> None:
        """Make a branch, or put it on another commit, whatever it is on now."""

    def delete_branch(self, name: str) -> None:
        """Remove a branch; one that is not there is no error."""

    def commit(self, branch: str, parent: str, message: str, files: Mapping[str, bytes]) -> str:
        """Commit files on top of ``parent``, signed by the server; return the new commit.

        Raises :class:`~tagship.adapters.http.Conflict` when the branch is on another commit.
        """

    def read_commit(self, commit: str) -> RemoteCommit:
        """Return a commit's message and parents."""

    def commits_between(self, base: str, head: str) -> tuple[RemoteCommit, ...]:
        """Return the commits of ``head`` that ``base`` does not have, the oldest first."""

    def file(self, commit: str, path: str) -> bytes | None:
        """Return a file of a commit; ``None`` when there is none."""

    def tag(self, name: str) -> str | None:
        """Return the commit a tag is on; ``None`` when there is no such tag."""

    def make_tag(self, name: str, commit: str) -> None:
        """Make a tag; raise :class:`~tagship.adapters.http.Conflict` when there is one of that name."""

    def open_pull_request(self, branch: str, base: str) -> PullRequest | None:
        """Return the open pull request of a branch; one in a fork is ``owner:branch``."""

    def declined_pull_request(self, branch: str, base: str) -> PullRequest | None:
        """Return the last pull request of a branch that was closed, unless it was merged."""

    def create_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open one; raise :class:`~tagship.adapters.http.Conflict` when one is open already."""

    def edit_pull_request(self, number: int, title: str, body: str) -> None:
        """Change title and body."""

    def close_pull_request(self, number: int) -> None:
        """Close without merging."""

    def dispatch(self, workflow: str, reference: str) -> None:
        """Start a workflow for a branch or tag."""

    def run_of(self, workflow: str, reference: str) -> str | None:
        """Return the page of the newest run of a workflow for a branch or tag; ``None`` when none can be seen yet."""

    def made_by(self, commits: Sequence[str]) -> Mapping[str, Made]:
        """Return who made commits and by which pull requests, in one query; unknown commits are left out."""
