"""Who may do what with contents, pull requests and actions.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps.
"""

from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Identity, Request
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Permission

API_VERSIONS = ("2022-11-28",)


def token_of(authorization: str) -> str:
    """Take the token out of `Bearer …` or `token …`, the two spellings GitHub takes."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def check_headers(request: Request) -> None:
    """Refuse what GitHub refuses before it looks at the path: no User-Agent, an unknown API version."""
    if not request.headers.get("user-agent"):
        advice = "Please make sure your request has a User-Agent header"
        raise ApiError(403, f"Request forbidden by administrative rules. {advice}")
    version = request.headers.get("x-github-api-version", API_VERSIONS[0])
    if version not in API_VERSIONS:
        raise ApiError(400, f'"{version}" is not a supported version of the REST API.')


def identify(world: World, request: Request) -> Identity:
    """Turn the Authorization header into an identity: wrong is 401, absent is a visitor."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return Identity()
    token = world.tokens.get(token_of(authorization))
    if token is None:
        raise ApiError(401, "Bad credentials")
    return Identity(login=token.login, can_write=token.contents == "write", token=token)


def check_repository(world: World, request: Request, *, writes: Permission | None) -> None:
    """Hide private repositories from visitors, and refuse writing without the permission for it."""
    if "owner" not in request.params:
        return
    repository = world.repository(request.params["owner"], request.params["repo"])
    if repository.settings.private and request.identity.login is None:
        raise not_found()
    if writes and request.identity.login is None:
        raise ApiError(401, "Requires authentication")
    if writes and not request.identity.may_write(writes):
        raise ApiError(403, "Resource not accessible by integration")


def repository_of(world: World, request: Request) -> Repository:
    return world.repository(request.params["owner"], request.params["repo"])
