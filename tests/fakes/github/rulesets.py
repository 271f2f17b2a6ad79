"""Rulesets for tags, as the API tells them: https://docs.github.com/en/rest/repos/rules."""

from typing import Any, Final

from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import page_of
from tests.fakes.github.state import Repository, World

ID: Final = 7


def list_rulesets(world: World, request: Request) -> Response:
    """List them without their rules, as GitHub does."""
    repository = repository_of(world, request)
    wanted = request.query.get("targets", "branch,tag,push").split(",")
    listed = [_brief(repository)] if repository.settings.protected_tags and "tag" in wanted else []
    return page_of(listed, request)


def get_ruleset(world: World, request: Request) -> Response:
    """Answer one with its conditions and rules, and whether the token may pass."""
    repository = repository_of(world, request)
    if request.number("ruleset_id") != ID or not repository.settings.protected_tags:
        raise not_found()
    names = [f"refs/tags/{pattern}" for pattern in repository.settings.protected_tags]
    more = {
        "conditions": {"ref_name": {"include": names, "exclude": []}},
        "rules": [{"type": kind} for kind in ("creation", "deletion", "update")],
        "current_user_can_bypass": "never",
    }
    return Response(status=200, content=_brief(repository) | more)


def _brief(repository: Repository) -> dict[str, Any]:
    return {
        "id": ID,
        "name": "release tags",
        "target": "tag",
        "source_type": "Repository",
        "source": repository.settings.full_name,
        "enforcement": "active",
    }
