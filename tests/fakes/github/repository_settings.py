"""What only administrators may look at: whether releases become immutable, and which secrets are stored (never their values).

https://docs.github.com/en/rest/repos/repos#check-if-immutable-releases-are-enabled-for-a-repository,
https://docs.github.com/en/rest/actions/secrets.
"""

from collections.abc import Sequence
from typing import Literal

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.state import World


def immutable_releases(world: World, request: Request) -> Response:
    """Answer 404 where they are not."""
    repository = repository_of(world, request)
    _check(request, "administration")
    if not repository.settings.immutable_releases:
        raise not_found()
    return Response(status=200, content={"enabled": True, "enforced_by_owner": False})


def secrets(world: World, request: Request) -> Response:
    """List those of the repository."""
    _check(request, "secrets")
    return _listed(world, repository_of(world, request).settings.secrets)


def organization_secrets(world: World, request: Request) -> Response:
    """List those that its organisation shares: none."""
    repository_of(world, request)
    _check(request, "secrets")
    return _listed(world, ())


def environment_secrets(world: World, request: Request) -> Response:
    """List those of an environment; one that nobody made is not there."""
    repository = repository_of(world, request)
    _check(request, "secrets")
    found = repository.settings.environments.get(request.params["environment_name"])
    if found is None:
        raise not_found()
    return _listed(world, found)


def _check(request: Request, permission: Literal["administration", "secrets"]) -> None:
    """Refuse a token without the permission: that of a workflow never has it."""
    token = request.identity.token
    if token is None or getattr(token, permission) == "none":
        raise ApiError(403, "Resource not accessible by integration")


def _listed(world: World, names: Sequence[str]) -> Response:
    moment = render.moment(world.clock())
    listed = [{"name": name, "created_at": moment, "updated_at": moment} for name in names]
    return Response(status=200, content={"total_count": len(listed), "secrets": listed})
