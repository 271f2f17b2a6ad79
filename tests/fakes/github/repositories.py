"""Repositories, the user and the rate limit, as far as a release tool asks for them."""

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError
from tests.fakes.github.messages import Request, Response, Site
from tests.fakes.github.state import Repository, World

# The links that GitHub's `full-repository` must have, each below the repository's own address.
LINKS = tuple(
    """
    archive/{archive_format}{/ref} assignees{/user} blobs{/sha} branches{/branch} collaborators{/collaborator}
    comments{/number} commits{/sha} compare/{base}...{head} contents/{+path} contributors deployments downloads events
    forks git_commits{/sha} git_refs{/sha} git_tags{/sha} hooks issue_comment{/number} issue_events{/number}
    issues{/number} keys{/key_id} labels{/name} languages merges milestones{/number} notifications pulls{/number}
    releases{/id} stargazers statuses/{sha} subscribers subscription tags teams trees{/sha}
    """.split()  # noqa: SIM905 (a list would be a page)
)
NUMBERS = ("forks", "forks_count", "open_issues", "open_issues_count", "size", "network_count", "subscribers_count")
WATCHED = ("stargazers_count", "watchers", "watchers_count")
FLAGS = (
    "archived",
    "disabled",
    "fork",
    "has_discussions",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_wiki",
)


def get_repository(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    may_write = request.identity.can_write
    permissions = {"admin": False, "maintain": False, "push": may_write, "triage": may_write, "pull": True}
    return Response(status=200, content=described(repository, request.site) | {"permissions": permissions})


def described(repository: Repository, site: Site) -> dict[str, object]:
    """Describe a repository as other things do that belong to it."""
    return _links(repository, site) | _counts() | _facts(repository, site)


def get_user(world: World, request: Request) -> Response:
    """Answer who the token is: a workflow's own token is an installation and may not ask."""
    login = request.identity.login
    if login is None:
        raise ApiError(401, "Requires authentication")
    if login.endswith("[bot]"):
        raise ApiError(403, "Resource not accessible by integration")
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    texts = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    dates = dict.fromkeys(("created_at", "updated_at"), render.moment(world.clock()))
    return Response(status=200, content=render.user(login, request.site) | counts | texts | dates)


def _links(repository: Repository, site: Site) -> dict[str, str]:
    address = f"{site.api}/repos/{repository.settings.full_name}"
    names = {link: link.split("{")[0].split("/")[0] for link in LINKS}
    return {f"{name}_url": f"{address}/{link.replace('_', '/', 1)}" for link, name in names.items()}


def _counts() -> dict[str, object]:
    return {**dict.fromkeys((*NUMBERS, *WATCHED), 0), **dict.fromkeys(FLAGS, False)}


def _facts(repository: Repository, site: Site) -> dict[str, object]:
    settings = repository.settings
    page = f"{site.web}/{settings.full_name}"
    created = render.moment(repository.created_at)
    return {
        "id": repository.id,
        "node_id": render.node_id("R", repository.id),
        "name": settings.name,
        "full_name": settings.full_name,
        "owner": render.user(settings.owner, site),
        "private": settings.private,
        "visibility": "private" if settings.private else "public",
        "default_branch": settings.default_branch,
        "fork": bool(settings.fork_of),
        "html_url": page,
        "url": f"{site.api}/repos/{settings.full_name}",
        "clone_url": f"{page}.git",
        "git_url": f"{page}.git",
        "ssh_url": f"git@localhost:{settings.full_name}.git",
        "svn_url": page,
        "description": None,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "created_at": created,
        "updated_at": created,
        "pushed_at": created,
    }
