"""The web host: bytes of published releases for everybody, and signed addresses for the rest."""

from dataclasses import replace

from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.publishing import latest
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Asset, Release


def by_tag(world: World, request: Request) -> Response:
    """Serve `…/releases/download/{tag}/{name}` of a published release."""
    repository = repository_of(world, request)
    return _named(repository, repository.published(request.params["tag"]), request)


def of_latest(world: World, request: Request) -> Response:
    """Serve `…/releases/latest/download/{name}`."""
    repository = repository_of(world, request)
    return _named(repository, latest(repository), request)


def signed(world: World, request: Request) -> Response:
    """Serve the address an asset redirects to.

    The object store takes its signature alone: a token sent along is a leak and is refused.
    """
    if "authorization" in request.headers:
        raise ApiError(400, "Only one auth mechanism allowed")
    repository = repository_of(world, request)
    found = repository.asset(request.number("asset_id"))
    if found.blob is None or request.query.get("signature") != found.blob.sha256[:16]:
        raise ApiError(403, "Signature not valid in the specified time frame")
    return _bytes(repository, found)


def _named(repository: Repository, release: Release | None, request: Request) -> Response:
    if release is None or repository.settings.private:
        raise not_found()
    matching = [each for each in repository.assets_of(release.id) if each.name == request.params["name"]]
    if not matching or matching[0].blob is None:
        raise not_found()
    return _bytes(repository, matching[0])


def _bytes(repository: Repository, asset: Asset) -> Response:
    assert asset.blob is not None
    repository.assets[asset.id] = replace(asset, download_count=asset.download_count + 1)
    disposition = f"attachment; filename={asset.name}"
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
    return Response(status=200, headers=headers, file=asset.blob.path)
