"""GraphQL's `Query` and `Mutation`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.github.graphql_commit import create_commit_on_branch
from tests.fakes.github.graphql_nodes import CommitNode, RefNode, RepositoryNode
from tests.fakes.github.graphql_scope import Scope, UserNode
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Commit


@dataclass(frozen=True, slots=True)
class Root:
    """`Query` and `Mutation`."""

    scope: Scope

    def repository(self, owner: str, name: str, **_options: object) -> "RepositoryNode":
        return RepositoryNode(self.scope, self.scope.repository(f"{owner}/{name}"))

    def viewer(self) -> "UserNode":
        return UserNode(self.scope, self.scope.identity.login or "")

    def create_commit_on_branch(self, input: Mapping[str, Any]) -> "Payload":  # noqa: A002 (the schema's name)
        repository = self.scope.repository(str(input["branch"].get("repositoryNameWithOwner")))
        made = create_commit_on_branch(repository, self.scope.identity, input, self.scope.world.clock())
        return Payload(self.scope, repository, made, input)


@dataclass(frozen=True, slots=True)
class Payload:
    """What `createCommitOnBranch` gives."""

    scope: Scope
    at: Repository
    value: Commit
    given: Mapping[str, Any]

    def commit(self) -> "CommitNode":
        return CommitNode(self.scope, self.at, self.value)

    def ref(self) -> "RefNode":
        return RefNode(self.scope, self.at, "refs/heads/", self.given["branch"]["branchName"])

    def client_mutation_id(self) -> str | None:
        found: str | None = self.given.get("clientMutationId")
        return found
