"""The types of GitHub's schema that are imitated: an attribute or method a field, in snake case.

What a node is made of has names that no field of the schema has: `scope`, `at`, `value`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.fakes.github import pull_rules
from tests.fakes.github.git_objects import GitRefs
from tests.fakes.github.graphql_scope import Connection, Scope, UserNode, connection
from tests.fakes.github.render import moment, node_id
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Commit, Person, Pull

TEXT_LIMIT: Final = 512_000  # of a blob's text


@dataclass(frozen=True, slots=True)
class RepositoryNode:
    scope: Scope
    at: Repository

    def id(self) -> str:
        return node_id("R", self.at.id)

    def name(self) -> str:
        return self.at.settings.name

    def name_with_owner(self) -> str:
        return self.at.settings.full_name

    def url(self) -> str:
        return f"{self.scope.site.web}/{self.at.settings.full_name}"

    def is_private(self) -> bool:
        return self.at.settings.private

    def default_branch_ref(self) -> "RefNode | None":
        return self.ref(self.at.settings.default_branch)

    def ref(self, qualified_name: str) -> "RefNode | None":
        """Find a ref by its full name, or a branch, else a tag, by its short one."""
        for prefix, family in (("refs/heads/", self.at.branches), ("refs/tags/", self.at.tags)):
            short = qualified_name.removeprefix(prefix)
            if short in family and (short != qualified_name or not qualified_name.startswith("refs/")):
                return RefNode(self.scope, self.at, prefix, short)
        return None

    def object(self, oid: str | None = None, expression: str | None = None) -> "CommitNode | BlobNode | TagNode | None":
        """Find a commit or tag, or a file by `revision:path`."""
        revision, colon, path = (oid or expression or "").partition(":")
        if revision == "HEAD":
            revision = self.at.settings.default_branch
        found = self.at.resolve(revision)
        if found is None:
            return None
        if not colon:
            ref = self.ref(revision)
            return ref.target() if ref else CommitNode(self.scope, self.at, found)
        file = self.at.objects.file(found.tree, path)
        return None if file is None else BlobNode(*file)


@dataclass(frozen=True, slots=True)
class RefNode:
    scope: Scope
    at: Repository
    prefix: str
    name: str

    def id(self) -> str:
        return node_id("REF", int(self.target().oid()[:8], 16))

    def target(self) -> "CommitNode | TagNode":
        """Give the commit, or the object that an annotated tag is."""
        family = self.at.branches if self.prefix == "refs/heads/" else self.at.tags
        commit = CommitNode(self.scope, self.at, self.at.commits[family[self.name]])
        if isinstance(family, GitRefs) and family.target(self.name)[1] == "tag":
            return TagNode(family.target(self.name)[0], self.name, commit)
        return commit


@dataclass(frozen=True, slots=True)
class TagNode:
    value: str
    name: str
    target: "CommitNode"
    typename = "Tag"

    def oid(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class BlobNode:
    oid: str
    value: bytes
    typename = "Blob"

    def byte_size(self) -> int:
        return len(self.value)

    def is_binary(self) -> bool:
        return b"\0" in self.value

    def is_truncated(self) -> bool:
        return len(self.value) > TEXT_LIMIT

    def text(self) -> str | None:
        return None if self.is_binary() else self.value[:TEXT_LIMIT].decode(errors="replace")


@dataclass(frozen=True, slots=True)
class CommitNode:
    scope: Scope
    at: Repository
    value: Commit
    typename = "Commit"

    def id(self) -> str:
        return node_id("C", int(self.value.sha[:8], 16))

    def oid(self) -> str:
        return self.value.sha

    def abbreviated_oid(self) -> str:
        return self.value.sha[:7]

    def url(self) -> str:
        return f"{self.scope.site.web}/{self.at.settings.full_name}/commit/{self.value.sha}"

    commit_url = url

    def message(self) -> str:
        return self.value.message

    def message_headline(self) -> str:
        return self.value.subject

    def message_body(self) -> str:
        return self.value.message.partition("\n")[2].strip("\n")

    def committed_date(self) -> str | None:
        return moment(self.value.date.astimezone(UTC))

    def authored_date(self) -> str | None:
        return moment((self.value.authored or self.value.date).astimezone(UTC))

    def author(self) -> "ActorNode":
        return ActorNode(self.scope, self.at, self.value.author, self.value.authored or self.value.date)

    def committer(self) -> "ActorNode":
        return ActorNode(self.scope, self.at, self.value.committer, self.value.date)

    def signature(self) -> "SignatureNode | None":
        return SignatureNode(was_signed_by_git_hub=True) if self.value.signature else None

    def parents(self, first: int | None = None, last: int | None = None) -> "Connection":
        nodes = [CommitNode(self.scope, self.at, self.at.commits[sha]) for sha in self.value.parents]
        return connection("parents", nodes, first, last)

    def associated_pull_requests(
        self, first: int | None = None, last: int | None = None, **_options: object
    ) -> "Connection":
        found = pull_rules.associated(self.at, self.value.sha)
        nodes = [PullNode(self.scope, self.at, pull) for pull in found]
        return connection("associatedPullRequests", nodes, first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureNode:
    was_signed_by_git_hub: bool
    is_valid: bool = True
    state: str = "VALID"
    typename = "GpgSignature"


@dataclass(frozen=True, slots=True)
class ActorNode:
    """Who a commit names, and the account of that address."""

    scope: Scope
    at: Repository
    value: Person
    when: datetime

    def name(self) -> str:
        return self.value.name

    def email(self) -> str:
        return self.value.email

    def date(self) -> str:
        return self.when.isoformat()

    def user(self) -> "UserNode | None":
        login = self.at.login_of(self.value)
        return None if login is None or login.endswith("[bot]") else UserNode(self.scope, login)


@dataclass(frozen=True, slots=True)
class PullNode:
    scope: Scope
    at: Repository
    value: Pull

    def id(self) -> str:
        return node_id("PR", self.value.id)

    def number(self) -> int:
        return self.value.number

    def title(self) -> str:
        return self.value.title

    def body(self) -> str:
        return self.value.body or ""

    def url(self) -> str:
        return f"{self.scope.site.web}/{self.at.settings.full_name}/pull/{self.value.number}"

    def state(self) -> str:
        return "MERGED" if self.merged() else self.value.state.upper()

    def merged(self) -> bool:
        return self.value.merged_at is not None

    def merged_at(self) -> str | None:
        return moment(self.value.merged_at)

    def author(self) -> UserNode:
        return UserNode(self.scope, self.value.author)

    def head_ref_name(self) -> str:
        return self.value.head

    def base_ref_name(self) -> str:
        return self.value.base
