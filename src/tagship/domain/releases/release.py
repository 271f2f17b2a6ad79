"""A release as it shall be and as a forge has it; which release of a tag is meant.

Pure data; :mod:`tagship.domain.releases.reconcile` says what leads from one to the other.
"""

from typing import Final, Literal
from urllib.parse import quote

import msgspec

from tagship.domain.plans.artifact import Sha256
from tagship.errors import RemoteRefused

OnDifferent = Literal["auto", "replace", "error"]
OnExtra = Literal["error", "keep", "delete"]
AssetState = Literal["uploaded", "starter", "open"]
Field = Literal["name", "body", "prerelease"]
_MARK: Final = "<!-- made by tagship: {tag} -->"


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen and keyword-only."""


class LocalAsset(_Value, frozen=True, kw_only=True):
    """A file to be on the release: ``name`` on the server, ``path`` here."""

    name: str
    path: str
    size: int
    sha256: Sha256
    media_type: str


class RemoteAsset(_Value, frozen=True, kw_only=True):
    """An asset the forge has; ``sha256`` is empty where the forge tells no digest."""

    id: str
    name: str
    state: AssetState
    size: int
    sha256: str
    url: str


class RemoteRelease(_Value, frozen=True, kw_only=True):
    """A release, draft or published, as the forge has it."""

    id: str
    tag: str
    draft: bool
    prerelease: bool
    immutable: bool
    name: str
    body: str
    url: str
    upload_url: str
    commitish: str = ""


class ReleaseDraft(_Value, frozen=True, kw_only=True):
    """What a release shall look like; ``generate_notes`` has the forge add notes of its own to a new one, where it can."""

    tag: str
    commitish: str
    name: str
    body: str
    prerelease: bool
    generate_notes: bool = False


class Goal(_Value, frozen=True, kw_only=True):
    """The release as it shall be.

    ``keep`` names what the caller has no opinion on, so that an existing release keeps its own; ``last`` are uploaded
    after all others.
    """

    draft: ReleaseDraft
    keep: frozenset[Field]
    assets: tuple[LocalAsset, ...]
    last: tuple[str, ...]
    publish: bool
    on_different: OnDifferent
    on_extra: OnExtra


class Seen(_Value, frozen=True, kw_only=True):
    """What a forge has of a tag: its releases, and the assets of those that matter, by the id of the release."""

    releases: tuple[RemoteRelease, ...]
    assets: dict[str, tuple[RemoteAsset, ...]]


def downloads(server: str, repository: str) -> str:
    """Return the address below which GitHub has the files of a repository's releases, by tag."""
    return f"{server.rstrip('/')}/{repository}/releases/download"


def files_of(server: str, repository: str, tag: str) -> str:
    """Return the address of a release's files; a tag may hold what an address must not."""
    return f"{downloads(server, repository)}/{quote(tag)}"


def mark(tag: str) -> str:
    """Return the invisible line in the notes by which a draft is known as ours."""
    return _MARK.format(tag=tag.replace("--", "- -"))


def is_ours(release: RemoteRelease) -> bool:
    """Whether tagship made this draft."""
    return mark(release.tag) in release.body


def same_text(one: str, other: str) -> bool:
    """Whether notes are the same: GitHub's editor makes CRLF of line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def choose(releases: tuple[RemoteRelease, ...], tag: str) -> RemoteRelease | None:
    """Find the one release of a tag: the published one, else our draft, else the only draft.

    Raises:
        RemoteRefused: several drafts and none is ours.

    """
    mine = [release for release in releases if release.tag == tag]
    published = [release for release in mine if not release.draft]
    ours = [release for release in mine if is_ours(release)]
    if published or ours:
        return (published or sorted(ours, key=lambda release: _age(release.id)))[0]
    if len(mine) > 1:
        drafts = ", ".join(release.url or release.id for release in mine)
        raise RemoteRefused(
            f"{len(mine)} drafts of {tag} and none was made by tagship: {drafts}",
            hint="delete all but one of them; the one that stays is adopted",
        )
    return mine[0] if mine else None


def duplicates(releases: tuple[RemoteRelease, ...], chosen: RemoteRelease) -> tuple[RemoteRelease, ...]:
    """Return the other drafts of ours that the tag has: two runs at once made them, or a draft whose answer got lost."""
    same = [release for release in releases if release.tag == chosen.tag and release.id != chosen.id]
    return tuple(release for release in same if release.draft and is_ours(release))


def missing(desired: tuple[LocalAsset, ...], observed: tuple[RemoteAsset, ...]) -> tuple[str, ...]:
    """Return the names that are not there with exactly the planned bytes."""
    there = {asset.name: asset for asset in observed}
    return tuple(asset.name for asset in desired if not is_equal(asset, there.get(asset.name)))


def is_equal(asset: LocalAsset, old: RemoteAsset | None) -> bool:
    """Whether a forge has exactly these bytes, whatever they are called there."""
    return old is not None and old.state == "uploaded" and old.size == asset.size and old.sha256 == asset.sha256


def _age(release_id: str) -> tuple[int, str]:
    """Order ids as numbers where they are, so that two runs choose the same draft."""
    return (int(release_id), "") if release_id.isdigit() else (0, release_id)
