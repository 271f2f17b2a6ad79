"""Assets: https://docs.github.com/en/rest/releases/assets."""

from dataclasses import replace
from urllib.parse import quote

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, Problem, not_found, validation_failed
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import page_of
from tests.fakes.github.releases import refuse_if_immutable, visible_release
from tests.fakes.github.rules import asset_name, check_fields
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Asset, AssetState, Release


def list_assets(world: World, request: Request) -> Response:
    """List in order of upload, with those that broke off (`starter`) for whoever may write."""
    repository = repository_of(world, request)
    release = visible_release(repository, request)
    visible = [each for each in repository.assets_of(release.id) if _is_visible(each, request)]
    return page_of([render.asset(each, release, repository, request.site) for each in visible], request)


def get_asset(world: World, request: Request) -> Response:
    """Describe the asset, or redirect to its bytes when asked for an octet stream."""
    repository = repository_of(world, request)
    found, release = _visible_asset(repository, request)
    if "application/octet-stream" not in request.headers.get("accept", ""):
        return Response(status=200, content=render.asset(found, release, repository, request.site))
    if found.blob is None:
        raise not_found()
    signature = found.blob.sha256[:16]
    address = f"{request.site.web}/_objects/{repository.settings.full_name}/{found.id}?signature={quote(signature)}"
    return Response(status=302, headers={"Location": address})


def update_asset(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    found, release = _visible_asset(repository, request)
    refuse_if_immutable(release, "edit assets of")
    content = request.content()
    check_fields(content, dict.fromkeys(("name", "label", "state"), "string"))
    name = asset_name(content["name"]) if content.get("name") else found.name
    _check_name_is_free(repository, release, name, except_for=found.id)
    label = content.get("label") if "label" in content else found.label
    changed = replace(found, name=name, label=label, updated_at=world.clock())
    repository.assets[found.id] = changed
    return Response(status=200, content=render.asset(changed, release, repository, request.site))


def delete_asset(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    found, release = _visible_asset(repository, request)
    refuse_if_immutable(release, "delete assets from")
    del repository.assets[found.id]
    return Response(status=204)


def upload_asset(world: World, request: Request) -> Response:
    """Take a whole file; what fails a check leaves nothing behind."""
    repository = repository_of(world, request)
    release = visible_release(repository, request)
    _check_upload(repository, release, request)
    made = _store(world, repository, request, state="uploaded")
    content = render.asset(made, release, repository, request.site)
    return Response(status=201, content=content, headers={"Location": content["url"]})


def leave_starter(world: World, request: Request) -> None:
    """Leave what a broken upload leaves: an empty asset in state `starter` that blocks its name.

    "This may leave an empty asset with a state of starter. It can be safely deleted",
    https://docs.github.com/en/rest/releases/assets#upload-a-release-asset.
    """
    repository = repository_of(world, request)
    _check_upload(repository, visible_release(repository, request), request)
    _store(world, repository, request, state="starter")


def _check_upload(repository: Repository, release: Release, request: Request) -> None:
    refuse_if_immutable(release, "upload assets to")
    if request.declared_size is None:
        raise ApiError(400, "Bad Content-Length: ")  # eine/tip#159, denoland/deno#24197 (chunked)
    if not request.headers.get("content-type"):
        raise validation_failed(Problem("ReleaseAsset", "missing_field", "content_type"))
    if not request.query.get("name"):
        raise validation_failed(Problem("ReleaseAsset", "missing_field", "name"))
    if request.declared_size == 0:  # svenstaro/upload-release-action#94
        raise validation_failed(Problem("ReleaseAsset", "custom", "size", "size must be greater than or equal to 1"))
    _check_name_is_free(repository, release, asset_name(request.query["name"]))
    limit = repository.settings.asset_limit
    if len(repository.assets_of(release.id)) >= limit:
        message = f"file_count limited to {limit} assets per release"
        raise validation_failed(Problem("ReleaseAsset", "custom", "file_count", message))


def _check_name_is_free(repository: Repository, release: Release, name: str, *, except_for: int = 0) -> None:
    others = [each for each in repository.assets_of(release.id) if each.id != except_for]
    if any(each.name == name for each in others):
        raise validation_failed(Problem("ReleaseAsset", "already_exists", "name"))


def _store(world: World, repository: Repository, request: Request, *, state: AssetState) -> Asset:
    now = world.clock()
    made = Asset(
        id=world.next_id(),
        release_id=request.number("release_id"),
        name=asset_name(request.query["name"]),
        label=request.query.get("label", ""),
        state=state,
        content_type=request.headers["content-type"],
        uploader=request.identity.login or "",
        created_at=now,
        updated_at=now,
        blob=request.blob if state == "uploaded" else None,
    )
    repository.assets[made.id] = made
    return made


def _visible_asset(repository: Repository, request: Request) -> tuple[Asset, Release]:
    found = repository.asset(request.number("asset_id"))
    release = repository.release(found.release_id)
    if not _is_visible(found, request) or (release.draft and not request.identity.can_write):
        raise not_found()
    return found, release


def _is_visible(asset: Asset, request: Request) -> bool:
    return request.identity.can_write or asset.state == "uploaded"
