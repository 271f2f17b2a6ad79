"""What GraphQL's nodes share: the request's scope, connections and their bounds, accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from tests.fakes.github.errors import ApiError
from tests.fakes.github.graphql_errors import GraphqlRefusalError, not_found
from tests.fakes.github.messages import Identity, Site
from tests.fakes.github.state import Repository, World

MOST_NODES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a request brings along."""

    world: World
    site: Site
    identity: Identity
    violations: list[str]

    def repository(self, full_name: str) -> Repository:
        owner, _, name = full_name.partition("/")
        try:
            return self.world.repository(owner, name)
        except ApiError:
            raise not_found("Repository", full_name) from None


@dataclass(frozen=True, slots=True)
class UserNode:
    scope: Scope
    login: str

    @property
    def typename(self) -> str:
        return "Bot" if self.login.endswith("[bot]") else "User"

    def url(self) -> str:
        return f"{self.scope.site.web}/{quote(self.login)}"


@dataclass(frozen=True, slots=True)
class Connection:
    nodes: Sequence[Any]
    total_count: int


def connection(name: str, nodes: Sequence[Any], first: int | None, last: int | None) -> Connection:
    """Cut a list as asked; GitHub refuses to give one without a bound, or of more than a hundred."""
    bound = last if first is None else first
    if bound is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise GraphqlRefusalError("MISSING_PAGINATION_BOUNDARIES", message)
    if bound > MOST_NODES:
        message = (
            f"Requesting {bound} records on the `{name}` connection exceeds the `first` limit of {MOST_NODES} records."
        )
        raise GraphqlRefusalError("EXCESSIVE_PAGINATION", message)
    shown = nodes[:bound] if first is not None else nodes[len(nodes) - min(bound, len(nodes)) :]
    return Connection(shown, len(nodes))
