"""Releases: https://docs.github.com/en/rest/releases/releases."""

from dataclasses import replace
from typing import Any

from tests.fakes.github import publishing, render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, Problem, not_found, validation_failed
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import page_of
from tests.fakes.github.rules import check_fields, check_release_fields
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Release

TEXT_FIELDS = ("tag_name", "target_commitish", "name", "body", "prerelease", "make_latest")
FROZEN_FIELDS = ("tag_name", "target_commitish", "draft")


def list_releases(world: World, request: Request) -> Response:
    """List newest first; drafts only for those who may write ("Users with push access see drafts")."""
    repository = repository_of(world, request)
    ordered = sorted(repository.releases.values(), key=lambda each: each.id, reverse=True)
    visible = [each for each in ordered if request.identity.can_write or not each.draft]
    visible = [each for each in visible if _is_listed(each, repository, request)]
    return page_of([_shown(each, repository, request) for each in visible], request)


def _is_listed(value: Release, repository: Repository, request: Request) -> bool:
    """Tell whether the list shows it yet; a listing is one look, whatever its pages."""
    if request.query.get("page", "1") == "1":
        repository.listings[value.id] = repository.listings.get(value.id, 0) + 1
    return repository.listings.get(value.id, 0) > repository.settings.list_lag


def get_release(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    return _answer(200, visible_release(repository, request), repository, request)


def get_release_by_tag(world: World, request: Request) -> Response:
    """Find a published release; a draft is never found by its tag, not even by its author."""
    repository = repository_of(world, request)
    found = repository.published(request.params["tag"])
    if found is None:
        raise not_found()
    return _answer(200, found, repository, request)


def get_latest(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    found = publishing.latest(repository)
    if found is None:
        raise not_found()
    return _answer(200, found, repository, request)


def create_release(world: World, request: Request) -> Response:
    """Create a draft, which makes no tag and may be one of many for it, or publish at once."""
    repository = repository_of(world, request)
    content = request.content()
    check_release_fields(content, required=("tag_name",))
    made = _new_release(world, repository, request, content)
    publishing.check_draft(made, repository)
    if not content.get("draft"):
        made = publishing.publish(made, repository, world.clock())
    repository.releases[made.id] = made
    publishing.note_latest(made, repository)
    response = _answer(201, made, repository, request)
    return replace(response, headers={"Location": response.content["url"]})


def update_release(world: World, request: Request) -> Response:
    """Change the given fields; `draft: false` publishes."""
    repository = repository_of(world, request)
    before = visible_release(repository, request)
    content = request.content()
    check_release_fields(content)
    _check_frozen(before, content)
    after = _changed(before, content, world)
    if before.draft and content.get("draft") is False:
        after = publishing.publish(after, repository, world.clock())
    repository.releases[after.id] = after
    if "make_latest" in content or before.draft != after.draft or before.prerelease != after.prerelease:
        publishing.note_latest(after, repository)
    return _answer(200, after, repository, request)


def delete_release(world: World, request: Request) -> Response:
    """Delete the release and its assets; the tag stays."""
    repository = repository_of(world, request)
    gone = visible_release(repository, request)
    del repository.releases[gone.id]
    for asset in repository.assets_of(gone.id):
        del repository.assets[asset.id]
    return Response(status=204)


def generate_notes(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    content = request.content()
    fields = dict.fromkeys(("tag_name", "target_commitish", "previous_tag_name", "configuration_file_path"), "string")
    check_fields(content, fields, required=("tag_name",))
    return Response(status=200, content=_notes(repository, request, content["tag_name"]))


def visible_release(repository: Repository, request: Request) -> Release:
    """Find a release by id; a draft is there only for those who may write."""
    found = repository.release(request.number("release_id"))
    if found.draft and not request.identity.can_write:
        raise not_found()
    return found


def _new_release(world: World, repository: Repository, request: Request, content: dict[str, Any]) -> Release:
    now = world.clock()
    notes = _notes(repository, request, content["tag_name"]) if content.get("generate_release_notes") else {}
    written = "\n\n".join(part for part in (content.get("body"), notes.get("body")) if part)
    return Release(
        id=world.next_id(),
        tag_name=content["tag_name"],
        target_commitish=content.get("target_commitish") or repository.settings.default_branch,
        name=content.get("name") or notes.get("name"),
        body=written or None,
        draft=True,
        prerelease=bool(content.get("prerelease")),
        author=request.identity.login or "",
        created_at=now,
        updated_at=now,
        make_latest=content.get("make_latest") or "true",
    )


def _changed(before: Release, content: dict[str, Any], world: World) -> Release:
    given = {name: content[name] for name in TEXT_FIELDS if content.get(name) is not None}
    if not before.draft and content.get("draft") is True:
        given |= {"draft": True}
    return replace(before, updated_at=world.clock(), **given)


def _check_frozen(before: Release, content: dict[str, Any]) -> None:
    changes = [name for name in FROZEN_FIELDS if content.get(name) not in (None, getattr(before, name))]
    if before.immutable and changes:
        problems = [
            Problem("Release", "custom", name, f"{name} cannot be changed when release is immutable")
            for name in changes
        ]
        raise validation_failed(*problems)


def _notes(repository: Repository, request: Request, tag: str) -> dict[str, str]:
    page = f"{request.site.web}/{repository.settings.full_name}"
    return {"name": tag, "body": f"**Full Changelog**: {page}/commits/{tag}"}


def _answer(status: int, value: Release, repository: Repository, request: Request) -> Response:
    return Response(status=status, content=_shown(value, repository, request))


def _shown(value: Release, repository: Repository, request: Request) -> dict[str, Any]:
    return render.release(value, repository, request.site, with_drafts=request.identity.can_write)


def refuse_if_immutable(release: Release, action: str) -> None:
    """Keep the assets of a published immutable release as they are."""
    if release.immutable:
        raise ApiError(422, f"Cannot {action} an immutable release.")
