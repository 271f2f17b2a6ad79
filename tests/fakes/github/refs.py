"""Tags and commits: https://docs.github.com/en/rest/git/refs and https://docs.github.com/en/rest/commits/commits."""

from typing import Final

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.rules import check_fields, is_well_formed_ref
from tests.fakes.github.state import World

TAGS: Final = "tags/"


def get_ref(world: World, request: Request) -> Response:
    """Answer one ref by its exact name; only tags are kept here."""
    repository = repository_of(world, request)
    tag = request.params["ref"].removeprefix(TAGS)
    if not request.params["ref"].startswith(TAGS) or tag not in repository.tags:
        raise not_found()
    return Response(status=200, content=render.reference(tag, repository.tags[tag], repository, request.site))


def matching_refs(world: World, request: Request) -> Response:
    """Answer the refs that begin with the name: none is an empty list, not 404."""
    repository = repository_of(world, request)
    found = [tag for tag in sorted(repository.tags) if f"{TAGS}{tag}".startswith(request.params["ref"])]
    content = [render.reference(tag, repository.tags[tag], repository, request.site) for tag in found]
    return Response(status=200, content=content)


def create_ref(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    content = request.content()
    check_fields(content, {"ref": "string", "sha": "string"}, required=("ref", "sha"))
    tag = content["ref"].removeprefix(f"refs/{TAGS}")
    if tag == content["ref"] or not is_well_formed_ref(tag):
        raise ApiError(422, f"Reference name {content['ref']} is not valid")
    if content["sha"] not in repository.commits:
        raise ApiError(422, "Object does not exist")
    if tag in repository.tags:
        raise ApiError(422, "Reference already exists")
    repository.tags[tag] = content["sha"]
    made = render.reference(tag, content["sha"], repository, request.site)
    return Response(status=201, content=made, headers={"Location": made["url"]})


def get_commit(world: World, request: Request) -> Response:
    """Answer the commit of a sha, branch or tag; an unknown one is 422 with this wording."""
    repository = repository_of(world, request)
    found = repository.resolve(request.params["ref"])
    if found is None:
        raise ApiError(422, f"No commit found for SHA: {request.params['ref']}")
    return Response(status=200, content=render.commit(found, repository, request.site))
