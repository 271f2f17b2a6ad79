"""Manifests on a branch of their own and the pull request that asks for them: made in steps, each found again by a later run."""

from collections.abc import Sequence
from typing import NamedTuple

from tagship.adapters import http
from tagship.channels._manifest_text import Manifest
from tagship.errors import RemoteRefused
from tagship.ports.host import Host, PullRequest


class Proposal(NamedTuple):
    """A pull request from a ``branch``, of the repository itself or of a fork of ``owner``, into its ``base``."""

    into: Host
    source: Host
    owner: str
    branch: str
    base: str

    @property
    def head(self) -> str:
        """The branch as the repository calls it."""
        return f"{self.owner}:{self.branch}" if self.owner else self.branch

    def find(self) -> PullRequest | None:
        """Return it, where it is open."""
        return self.into.open_pull_request(self.head, self.base)

    def make(self, manifests: Sequence[Manifest], start: str, title: str, body: str) -> None:
        """Bring its branch to where it should be, then open it, unless that was done before.

        Raises:
            RemoteRefused: no right, or a person has declined it.
            Transient: somebody else was faster, no answer, 5xx or a rate limit.

        """
        at = self._branch_at(start)
        missing = {each.path: each.data for each in manifests if self.source.file(at, each.path) != each.data}
        if missing:
            self._commit(at, title, missing)
        if self.find() is None:
            try:
                self.into.create_pull_request(self.head, self.base, title, body)
            except http.Conflict:
                if self.find() is None:
                    raise

    def _commit(self, at: str, title: str, files: dict[str, bytes]) -> None:
        try:
            self.source.commit(self.branch, at, title, files)
        except http.Conflict:
            if self.source.branch(self.branch) == at:
                raise
            raise http.Transient(f"{self.branch} has moved") from None

    def _branch_at(self, start: str) -> str:
        """Find the branch, or make it; a fork's begins where the fork is, since its manifests are new files."""
        at = self.source.branch(self.branch)
        if at is not None:
            self._check_declined()
            return at
        begin = (self.source.branch(self.source.default_branch()) or "") if self.owner else start
        try:
            self.source.make_branch(self.branch, begin)
        except http.Conflict:
            at = self.source.branch(self.branch)
            if at is None:
                raise
            return at
        return begin

    def _check_declined(self) -> None:
        declined = self.into.declined_pull_request(self.head, self.base)
        if declined and self.find() is None:
            hint = f"open it again, or delete the branch {self.branch}, and run this again"
            raise RemoteRefused(f"{declined.url} was closed without being merged", hint=hint)
