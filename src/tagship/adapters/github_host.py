"""A repository on GitHub: branches, commits that GitHub signs, pull requests, tags and workflow runs.

Commits are made by GraphQL's ``createCommitOnBranch``: GitHub signs them, so that they pass rules that demand signed
commits, and ``expectedHeadOid`` keeps two runs from overwriting each other
(docs.github.com/graphql/reference/mutations#createcommitonbranch).
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self
from urllib.parse import quote

from tagship.adapters.github_api import GitHubApi
from tagship.adapters.http import Conflict
from tagship.errors import RemoteRefused
from tagship.ports import Tools
from tagship.ports.host import Made, PullRequest, RemoteCommit

PERMISSIONS: Final = "{contents: write, pull-requests: write, actions: write}"
_COMMIT: Final = (
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
)
_MADE: Final = (
    'c{number}: object(oid: "{oid}") {{ ... on Commit {{ author {{ user {{ login }} }} '
    "associatedPullRequests(first: 1) {{ nodes {{ number }} }} }} }}"
)
_MOST_ASKED: Final = 250
"""Commits in one query: enough for a release, and far below GitHub's limit of nodes."""


class GitHubHost:
    """:class:`tagship.ports.host.Host` over GitHub's APIs."""

    def __init__(self, api: GitHubApi) -> None:
        self._api = api
        self._owner = api.repository.partition("/")[0]

    @classmethod
    def create(cls, repository: str, token: str, tools: Tools, *, advice: str = "") -> Self:
        """Connect lazily: no request is made yet; ``advice`` as :meth:`~tagship.adapters.github_api.GitHubApi.create` has it.

        Raises:
            UsageError: no token, or no repository.

        """
        return cls(GitHubApi.create(repository, token, tools, needs=PERMISSIONS, advice=advice))

    def branch(self, name: str) -> str | None:
        """Return the commit a branch is on."""
        return self._reference(f"heads/{name}")

    def default_branch(self) -> str:
        """Return the name of the branch that people see first."""
        return str(self._api.ask("look at the repository", "GET", "")["default_branch"])

    def make_branch(self, name: str, commit: str) -> None:
        """Make a branch."""
        content = {"ref": f"refs/heads/{name}", "sha": commit}
        self._api.ask(f"make the branch {name}", "POST", "/git/refs", content)

    def set_branch(self, name: str, commit: str) -> None:
        """Make a branch, or put it on another commit."""
        content = {"sha": commit, "force": True}
        try:
            self._api.ask(f"move the branch {name}", "PATCH", f"/git/refs/{_path(f'heads/{name}')}", content)
        except Conflict:
            self.make_branch(name, commit)

    def delete_branch(self, name: str) -> None:
        """Remove a branch."""
        try:
            self._api.ask(f"delete the branch {name}", "DELETE", f"/git/refs/{_path(f'heads/{name}')}")
        except Conflict:
            if self.branch(name) is not None:
                raise

    def commit(self, branch: str, parent: str, message: str, files: Mapping[str, bytes]) -> str:
        """Commit files on top of ``parent``, signed by GitHub."""
        headline, _, body = message.strip().partition("\n")
        additions = [
            {"path": path, "contents": base64.b64encode(data).decode()} for path, data in sorted(files.items())
        ]
        wanted = {
            "branch": {"repositoryNameWithOwner": self._api.repository, "branchName": branch},
            "expectedHeadOid": parent,
            "message": {"headline": headline, "body": body.strip()},
            "fileChanges": {"additions": additions},
        }
        data = self._api.graphql(f"commit to {branch}", _COMMIT, {"input": wanted})
        return str(data["createCommitOnBranch"]["commit"]["oid"])

    def read_commit(self, commit: str) -> RemoteCommit:
        """Return a commit's message and parents."""
        return _commit(self._api.ask("read a commit", "GET", f"/commits/{_path(commit)}"))

    def commits_between(self, base: str, head: str) -> tuple[RemoteCommit, ...]:
        """Return the commits of ``head`` that ``base`` does not have."""
        data = self._api.ask("compare commits", "GET", f"/compare/{_path(base)}...{_path(head)}")
        return tuple(_commit(item) for item in data["commits"])

    def file(self, commit: str, path: str) -> bytes | None:
        """Return a file of a commit."""
        try:
            data = self._api.ask(f"read {path}", "GET", f"/contents/{_path(path)}", parameters={"ref": commit})
        except Conflict:
            return None
        return (
            base64.b64decode(data["content"]) if isinstance(data, dict) and data.get("encoding") == "base64" else None
        )

    def tag(self, name: str) -> str | None:
        """Return the commit a tag is on, also behind an annotated one."""
        if self._reference(f"tags/{name}") is None:
            return None
        return str(self._api.ask(f"read the tag {name}", "GET", f"/commits/{_path(f'tags/{name}')}")["sha"])

    def make_tag(self, name: str, commit: str) -> None:
        """Make a tag."""
        self._api.ask(f"make the tag {name}", "POST", "/git/refs", {"ref": f"refs/tags/{name}", "sha": commit})

    def open_pull_request(self, branch: str, base: str) -> PullRequest | None:
        """Return the open pull request of a branch."""
        return next((_pull_request(item) for item in self._pull_requests(branch, base, "open")), None)

    def declined_pull_request(self, branch: str, base: str) -> PullRequest | None:
        """Return the last pull request of a branch that was closed, unless it was merged."""
        last = next(self._pull_requests(branch, base, "closed"), None)
        return _pull_request(last) if last and not last["merged_at"] else None

    def create_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open one."""
        content = {"title": title, "head": branch, "base": base, "body": body, "maintainer_can_modify": True}
        return _pull_request(self._api.ask("open the pull request", "POST", "/pulls", content))

    def edit_pull_request(self, number: int, title: str, body: str) -> None:
        """Change title and body."""
        self._api.ask(f"edit pull request #{number}", "PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def close_pull_request(self, number: int) -> None:
        """Close without merging."""
        self._api.ask(f"close pull request #{number}", "PATCH", f"/pulls/{number}", {"state": "closed"})

    def dispatch(self, workflow: str, reference: str) -> None:
        """Start a workflow for a branch or tag."""
        path = f"/actions/workflows/{_path(workflow)}/dispatches"
        self._api.ask(f"start {workflow} for {reference}", "POST", path, {"ref": reference})

    def run_of(self, workflow: str, reference: str) -> str | None:
        """Return the page of the newest run for a branch or tag."""
        path = f"/actions/workflows/{_path(workflow)}/runs"
        asked = {"branch": reference, "per_page": 1}
        try:
            data = self._api.ask(f"look for runs of {workflow}", "GET", path, parameters=asked)
        except Conflict as error:
            hint = "name a file of .github/workflows that is on the default branch, and give the job `actions: write`"
            raise RemoteRefused(error.problems[0].message, hint=hint) from None
        runs = data["workflow_runs"]
        return str(runs[0]["html_url"]) if runs else None

    def made_by(self, commits: Sequence[str]) -> Mapping[str, Made]:
        """Return who made commits and by which pull requests, in one query."""
        asked = list(commits)[:_MOST_ASKED]
        parts = " ".join(_MADE.format(number=number, oid=oid) for number, oid in enumerate(asked))
        owner, _, name = self._api.repository.partition("/")
        query = f"query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ {parts} }} }}"
        data = self._api.graphql("ask who made the commits", query, {"owner": owner, "name": name})
        found = data.get("repository") or {}
        return {oid: _made(found[f"c{number}"]) for number, oid in enumerate(asked) if found.get(f"c{number}")}

    def _pull_requests(self, branch: str, base: str, state: str) -> Iterator[dict[str, Any]]:
        """List those of a branch, here or (``owner:branch``) in a fork, the newest first."""
        head = branch if ":" in branch else f"{self._owner}:{branch}"
        return self._api.pages("list pull requests", "/pulls", {"head": head, "base": base, "state": state})

    def _reference(self, name: str) -> str | None:
        try:
            data = self._api.ask(f"look for {name}", "GET", f"/git/ref/{_path(name)}")
        except Conflict:
            return None
        return str(data["object"]["sha"])


def _path(text: str) -> str:
    return quote(text, safe="/")


def _commit(data: Mapping[str, Any]) -> RemoteCommit:
    parents = tuple(str(parent["sha"]) for parent in data["parents"])
    return RemoteCommit(id=str(data["sha"]), message=str(data["commit"]["message"]), parents=parents)


def _pull_request(data: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        number=int(data["number"]),
        url=str(data["html_url"]),
        title=str(data["title"]),
        body=str(data["body"] or ""),
        head=str(data["head"]["sha"]),
    )


def _made(data: Mapping[str, Any]) -> Made:
    user = (data.get("author") or {}).get("user") or {}
    nodes = (data.get("associatedPullRequests") or {}).get("nodes") or []
    number = str(nodes[0]["number"]) if nodes and nodes[0] else ""
    return Made(login=str(user.get("login") or ""), pull_request=number)
