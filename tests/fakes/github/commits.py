"""Commits, comparisons and files: https://docs.github.com/en/rest/commits and https://docs.github.com/en/rest/repos."""

import base64
import textwrap
from typing import Any, Final

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import window_of
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Commit

MOST_COMMITS: Final = 250  # of a comparison without pages
INLINE_LIMIT: Final = 1 << 20  # larger files come without their content


def get_commit(world: World, request: Request) -> Response:
    """Answer the commit of a sha, branch or tag; an unknown one is 422 with this wording."""
    repository = repository_of(world, request)
    found = repository.resolve(request.params["ref"])
    if found is None:
        raise ApiError(422, f"No commit found for SHA: {request.params['ref']}")
    return Response(status=200, content=render.commit(found, repository, request.site))


def compare(world: World, request: Request) -> Response:
    """Tell what a head has and its base has not, oldest first, and the other way round by number."""
    repository = repository_of(world, request)
    base, head = (_side(repository, name) for name in _names(request.params["basehead"]))
    common = repository.objects.merge_base(base.sha, head.sha)
    if common is None:
        raise ApiError(404, f"No common ancestor between {base.sha} and {head.sha}.")
    ahead = repository.objects.between(base.sha, head.sha)
    behind = len(repository.objects.between(head.sha, base.sha))
    shown = [repository.commits[sha] for sha in window_of(ahead, request, size=MOST_COMMITS)]
    content: dict[str, Any] = {
        "base_commit": render.commit(base, repository, request.site),
        "merge_base_commit": render.commit(repository.commits[common], repository, request.site),
        "status": _status(len(ahead), behind),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [render.commit(each, repository, request.site) for each in shown],
    }
    return Response(status=200, content=_links(repository, request, base, head) | content)


def get_content(world: World, request: Request) -> Response:
    """Answer a file of a commit in base64, in lines of sixty; folders are not imitated."""
    repository = repository_of(world, request)
    reference = request.query.get("ref") or repository.settings.default_branch
    commit = repository.resolve(reference)
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {reference}")
    path = request.params["path"]
    found = repository.objects.file(commit.tree, path)
    if found is None:
        raise not_found()
    sha, data = found
    inline = len(data) <= INLINE_LIMIT
    text = base64.b64encode(data).decode() if inline else ""
    content = {
        "content": "".join(f"{line}\n" for line in textwrap.wrap(text, 60)),
        "encoding": "base64" if inline else "none",
        "size": len(data),
    }
    return Response(status=200, content=render.file(path, sha, reference, repository, request.site) | content)


def _names(basehead: str) -> tuple[str, str]:
    base, dots, head = basehead.partition("...")
    if not dots:
        raise not_found()
    return base, head


def _side(repository: Repository, name: str) -> Commit:
    owner, colon, branch = name.partition(":")
    if colon and owner.lower() != repository.settings.owner.lower():
        raise not_found()
    found = repository.resolve(branch if colon else name)
    if found is None:
        raise not_found()
    return found


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _links(repository: Repository, request: Request, base: Commit, head: Commit) -> dict[str, Any]:
    full_name = repository.settings.full_name
    page = f"{request.site.web}/{full_name}/compare/{request.params['basehead']}"
    return {
        "url": f"{request.site.api}/repos/{full_name}/compare/{request.params['basehead']}",
        "html_url": page,
        "permalink_url": f"{request.site.web}/{full_name}/compare/{base.sha[:12]}...{head.sha[:12]}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "files": [],
    }
