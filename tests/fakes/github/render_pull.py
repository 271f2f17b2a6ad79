"""Pull requests as the JSON that GitHub answers."""

from typing import Any

from tests.fakes.github import repositories
from tests.fakes.github.messages import Site
from tests.fakes.github.render import moment, node_id, user
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Pull


def brief(pull: Pull, repository: Repository, site: Site) -> dict[str, Any]:
    """Describe it as lists do."""
    author = user(pull.author, site)
    return _links(pull, repository, site) | {
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": author,
        "body": pull.body,
        "labels": [],
        "milestone": None,
        "created_at": moment(pull.created_at),
        "updated_at": moment(pull.updated_at),
        "closed_at": moment(pull.closed_at),
        "merged_at": moment(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(pull.head, pull.head_sha, repository.source_of(pull), site),
        "base": _end(pull.base, pull.base_sha, repository, site),
        "author_association": "CONTRIBUTOR",
        "auto_merge": None,
        "draft": pull.draft,
    }


def whole(pull: Pull, repository: Repository, site: Site) -> dict[str, Any]:
    """Describe it as its own address does."""
    commits = pull.commits or repository.objects.between(pull.base_sha, pull.head_sha)
    counts = dict.fromkeys(("additions", "deletions", "changed_files", "comments", "review_comments"), 0)
    return (
        brief(pull, repository, site)
        | counts
        | {
            "commits": len(commits),
            "merged": pull.merged_at is not None,
            "merged_by": user(pull.merged_by, site) if pull.merged_by else None,
            "mergeable": None if pull.state == "closed" else True,
            "mergeable_state": "unknown" if pull.state == "closed" else "clean",
            "rebaseable": None if pull.state == "closed" else True,
            "maintainer_can_modify": False,
        }
    )


def _end(branch: str, sha: str, repository: Repository, site: Site) -> dict[str, Any]:
    return {
        "label": f"{repository.settings.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(repository.settings.owner, site),
        "repo": repositories.described(repository, site),
    }


def _links(pull: Pull, repository: Repository, site: Site) -> dict[str, Any]:
    source = f"{site.api}/repos/{repository.settings.full_name}"
    page = f"{site.web}/{repository.settings.full_name}/pull/{pull.number}"
    address = f"{source}/pulls/{pull.number}"
    issue = f"{source}/issues/{pull.number}"
    addresses = {
        "self": address,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{address}/comments",
        "review_comment": f"{source}/pulls/comments{{/number}}",
        "commits": f"{address}/commits",
        "statuses": f"{source}/statuses/{pull.head_sha}",
    }
    named = {f"{name}_url": value for name, value in addresses.items() if name != "self"}
    pages = {"url": address, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
    return named | pages | {"_links": {name: {"href": value} for name, value in addresses.items()}}
