"""The release pull request: one per branch, kept up to date, never at the cost of a person's commits.

Its branch is ``tagship/release/<base>``. While all its commits are ours it is made anew on top of the base: the commit
is made on a branch aside, and then the branch is put on it in one step, because GitHub closes a pull request whose
branch is ever level with its base. Once a person has committed to it, ours go on top.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from tagship.adapters.http import Conflict
from tagship.domain.changes import bump_message
from tagship.domain.changes.bump import Bump
from tagship.domain.plans.planning import version_of_tag
from tagship.domain.versions.version import Version
from tagship.parts.bump.by_api import Api, Moved
from tagship.parts.bump.edits import Read, edits
from tagship.parts.plan.project import Project
from tagship.ports import Tools
from tagship.ports.host import PullRequest, RemoteCommit

PREFIX: Final = "tagship/release/"
_LIMIT: Final = 65_536
"""Characters in the body of a pull request at GitHub."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the pull request is to hold: the bumps and their changelog sections by file."""

    base: str
    bumps: tuple[Bump, ...]
    sections: Mapping[str, str]

    @property
    def branch(self) -> str:
        """The branch it comes from."""
        return PREFIX + self.base

    @property
    def aside(self) -> str:
        """The branch on which its commit is made before the real one moves."""
        return f"tagship/next/{self.base}"


def propose(api: Api, project: Project, proposal: Proposal, files: Mapping[str, bytes], tools: Tools) -> PullRequest:
    """Open the pull request or bring it up to date, and return it.

    Raises:
        Moved: the base branch has moved on since the project was looked at.
        RemoteRefused: a rule, or a missing right.

    """
    head = api.keep_trying(lambda: _bring_branch(api, project, proposal, files, tools))
    title = bump_message.subject(proposal.bumps)
    body = bump_message.pull_request_body(proposal.bumps, list(proposal.sections.values()), limit=_LIMIT)

    def attempt() -> PullRequest:
        found = api.host.open_pull_request(proposal.branch, proposal.base)
        if found is None:
            try:
                return api.host.create_pull_request(proposal.branch, proposal.base, title, body)
            except Conflict:
                found = api.host.open_pull_request(proposal.branch, proposal.base)
                if found is None:
                    raise
        if (found.title, found.body.replace("\r\n", "\n").strip()) != (title, body.strip()):
            api.host.edit_pull_request(found.number, title, body)
        return found

    made = api.keep_trying(attempt)
    tools.reporter.info(f"release pull request #{made.number}: {title}, {made.url}")
    return msgspec.structs.replace(made, head=head)


def withdraw(api: Api, base: str, tools: Tools) -> None:
    """Close the pull request when there is nothing to release; a branch with a person's commits stays."""
    branch = PREFIX + base

    def attempt() -> None:
        found = api.host.open_pull_request(branch, base)
        if found is not None:
            api.host.close_pull_request(found.number)
            tools.reporter.info(f"closed pull request #{found.number}: there is nothing to release")
        if api.host.branch(branch) is not None and not _foreign(api.host.commits_between(base, branch)):
            api.host.delete_branch(branch)

    api.keep_trying(attempt)


def _bring_branch(api: Api, project: Project, proposal: Proposal, files: Mapping[str, bytes], tools: Tools) -> str:
    """Put the branch where it should be and return its commit."""
    host = api.host
    if host.branch(proposal.base) != project.head:
        raise Moved
    message = bump_message.commit_message(proposal.bumps)
    content = {project.in_repository(file): data for file, data in files.items()}
    at = host.branch(proposal.branch)
    theirs = host.commits_between(project.head, at) if at else ()
    if at and _foreign(theirs):
        return _on_top(api, project, proposal, at, _proposed(theirs, proposal), tools)
    if at and len(theirs) == 1 and theirs[0].parents == (project.head,) and _same(api, theirs[0], message, content):
        _tidy(api, proposal)
        return at
    host.set_branch(proposal.aside, project.head)
    made = host.commit(proposal.aside, project.head, message, content)
    host.set_branch(proposal.branch, made)
    host.delete_branch(proposal.aside)
    return made


def _tidy(api: Api, proposal: Proposal) -> None:
    """Remove the branch aside, which a run that died may have left."""
    if api.host.branch(proposal.aside) is not None:
        api.host.delete_branch(proposal.aside)


def _proposed(commits: Sequence[RemoteCommit], proposal: Proposal) -> set[Version]:
    """Return the versions that our earlier commits on the branch were for; released ones are never among them."""
    styles = [style for bump in proposal.bumps for style in bump.line.write]
    told = [tag for commit in commits for tag in bump_message.released_by(commit.message)]
    read = (version_of_tag(tag.removeprefix(style)) for tag in told for style in styles if tag.startswith(style))
    return {version for version in read if version}


def _on_top(api: Api, project: Project, proposal: Proposal, at: str, stale: Collection[Version], tools: Tools) -> str:
    """Keep a person's commits: change only what is not yet as it should be, in one more commit."""
    tools.reporter.notice(f"{proposal.branch} has commits that are not ours: they are kept")
    read: Read = lambda file: api.host.file(at, project.in_repository(file))  # noqa: E731
    files = edits(project, proposal.bumps, proposal.sections, read, stale)
    if not files:
        return at
    content = {project.in_repository(file): data for file, data in files.items()}
    return api.host.commit(proposal.branch, at, bump_message.commit_message(proposal.bumps), content)


def _foreign(commits: Sequence[RemoteCommit]) -> bool:
    """Whether somebody else has committed: our own commits are told by their subject and trailers."""
    return any(bump_message.released_by(commit.message) in {(), ("*",)} for commit in commits)


def _same(api: Api, commit: RemoteCommit, message: str, content: Mapping[str, bytes]) -> bool:
    said = commit.message.strip() == message.strip()
    return said and all(api.host.file(commit.id, path) == data for path, data in content.items())
