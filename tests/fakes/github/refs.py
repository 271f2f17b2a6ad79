"""Branches and tags: https://docs.github.com/en/rest/git/refs."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.github import protection, render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.git_objects import GitError, GitRefs
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.objects import contains
from tests.fakes.github.rules import check_fields, is_well_formed_ref
from tests.fakes.github.state import Repository, World

HEADS: Final = "heads/"
TAGS: Final = "tags/"


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or tag by its name below `refs/`, which need not exist."""

    repository: Repository
    name: str

    @property
    def kind(self) -> str:
        return HEADS if self.name.startswith(HEADS) else TAGS

    @property
    def short(self) -> str:
        return self.name.removeprefix(self.kind)

    @property
    def is_known_kind(self) -> bool:
        return self.name.startswith((HEADS, TAGS)) and is_well_formed_ref(self.short)

    @property
    def family(self) -> MutableMapping[str, str]:
        return self.repository.branches if self.kind == HEADS else self.repository.tags

    @property
    def sha(self) -> str | None:
        """Tell the commit, None for a ref that is not there."""
        return self.family.get(self.short) if self.is_known_kind else None

    @property
    def target(self) -> tuple[str, str]:
        """Tell the object and its type: an annotated tag is an object of its own."""
        family = self.family
        return family.target(self.short) if isinstance(family, GitRefs) else (family[self.short], "commit")

    def move(self, sha: str) -> None:
        """Point it to a commit; git has no `a/b` beside `a`, and GitHub says no more than this about it."""
        try:
            self.family[self.short] = sha
        except GitError as error:
            raise ApiError(422, "Reference update failed") from error

    def check(self, new: str | None) -> None:
        """Let the repository's rules refuse the change."""
        check = protection.check_branch if self.kind == HEADS else protection.check_tag
        check(self.repository, self.short, new=new, old=self.sha)


def get_ref(world: World, request: Request) -> Response:
    """Answer one ref by its exact name."""
    found = _asked(world, request)
    if found.sha is None:
        raise not_found()
    return _answer(200, found, request)


def matching_refs(world: World, request: Request) -> Response:
    """Answer the refs that begin with the name: none is an empty list, not 404."""
    repository = repository_of(world, request)
    names = [f"{HEADS}{name}" for name in repository.branches] + [f"{TAGS}{name}" for name in repository.tags]
    found = [Ref(repository, name) for name in sorted(names) if name.startswith(request.params["ref"])]
    content = [render.reference(f"refs/{each.name}", each.target, repository, request.site) for each in found]
    return Response(status=200, content=content)


def create_ref(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    content = request.content()
    check_fields(content, {"ref": "string", "sha": "string"}, required=("ref", "sha"))
    asked = Ref(repository, content["ref"].removeprefix("refs/"))
    if asked.name == content["ref"] or not asked.is_known_kind:
        raise ApiError(422, f"Reference name {content['ref']} is not valid")
    if content["sha"] not in repository.commits:
        raise ApiError(422, "Object does not exist")
    if asked.sha is not None:
        raise ApiError(422, "Reference already exists")
    asked.check(content["sha"])
    asked.move(content["sha"])
    made = _answer(201, asked, request)
    return Response(status=201, content=made.content, headers={"Location": made.content["url"]})


def update_ref(world: World, request: Request) -> Response:
    """Move a ref: forward only, unless forced."""
    asked = _asked(world, request)
    content = request.content()
    check_fields(content, {"sha": "string", "force": "boolean"}, required=("sha",))
    new, old = content["sha"], asked.sha
    if old is None:
        raise ApiError(422, "Reference does not exist")
    if new not in asked.repository.commits:
        raise ApiError(422, "Object does not exist")
    asked.check(new)
    if not content.get("force") and not contains(asked.repository.objects, new, old):
        raise ApiError(422, "Update is not a fast forward")
    asked.move(new)
    return _answer(200, asked, request)


def delete_ref(world: World, request: Request) -> Response:
    asked = _asked(world, request)
    if asked.sha is None:
        raise ApiError(422, "Reference does not exist")
    if asked.kind == HEADS and asked.short == asked.repository.settings.default_branch:
        raise ApiError(422, "Cannot delete the default branch")
    asked.check(None)
    del asked.family[asked.short]
    return Response(status=204)


def _asked(world: World, request: Request) -> Ref:
    return Ref(repository_of(world, request), request.params["ref"])


def _answer(status: int, shown: Ref, request: Request) -> Response:
    content = render.reference(f"refs/{shown.name}", shown.target, shown.repository, request.site)
    return Response(status=status, content=content)
