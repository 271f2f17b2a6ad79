"""A release as it shall be and as a forge has it, and the operations that lead from one to the other.

Pure data: the same decision serves a dry run, the real run and the run after a crash.
"""

from typing import Final, Literal

import msgspec

from tagship.domain.artifact import Sha256
from tagship.errors import IntegrityError, RemoteRefused

OnDifferent = Literal["auto", "replace", "error"]
OnExtra = Literal["error", "keep", "delete"]
AssetState = Literal["uploaded", "starter", "open"]
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


class Upload(_Value, frozen=True, kw_only=True, tag="upload"):
    """Put a file there that is missing."""

    asset: LocalAsset


class Replace(_Value, frozen=True, kw_only=True, tag="replace"):
    """Take an asset away that is broken or different, and put the right one there."""

    old: RemoteAsset
    asset: LocalAsset


class Delete(_Value, frozen=True, kw_only=True, tag="delete"):
    """Take an asset away that is not planned."""

    old: RemoteAsset


class Keep(_Value, frozen=True, kw_only=True, tag="keep"):
    """An asset that is right already."""

    old: RemoteAsset


Operation = Upload | Replace | Delete | Keep


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


def reconcile(
    desired: tuple[LocalAsset, ...],
    observed: tuple[RemoteAsset, ...],
    *,
    published: bool,
    on_different: OnDifferent,
    on_extra: OnExtra,
) -> tuple[Operation, ...]:
    """Say what to do, asset by asset; equal bytes are never sent or deleted again.

    Raises:
        RemoteRefused: a published release has other bytes under a planned name.
        IntegrityError: the release has assets that nobody planned and ``on_extra`` is ``error``.

    """
    there = {asset.name: asset for asset in observed}
    wanted = {asset.name for asset in desired}
    operations: list[Operation] = [_operation(asset, there.get(asset.name)) for asset in desired]
    _refuse_different(operations, published=published, on_different=on_different)
    extras = [asset for asset in observed if asset.name not in wanted]
    leftovers = [asset for asset in extras if asset.state == "starter"]
    foreign = [asset for asset in extras if asset not in leftovers]
    if foreign and on_extra == "error":
        names = ", ".join(sorted(asset.name for asset in foreign))
        hint = "set on-extra to keep or delete, or take them off the release"
        raise IntegrityError(f"the release has assets that the plan does not know: {names}", hint=hint)
    operations += [Keep(old=asset) if published else Delete(old=asset) for asset in leftovers]
    operations += [Delete(old=asset) if on_extra == "delete" else Keep(old=asset) for asset in foreign]
    return tuple(operations)


def missing(desired: tuple[LocalAsset, ...], observed: tuple[RemoteAsset, ...]) -> tuple[str, ...]:
    """Return the names that are not there with exactly the planned bytes."""
    there = {asset.name: asset for asset in observed}
    return tuple(asset.name for asset in desired if not _equal(asset, there.get(asset.name)))


def _operation(asset: LocalAsset, old: RemoteAsset | None) -> Operation:
    if old is None:
        return Upload(asset=asset)
    return Keep(old=old) if _equal(asset, old) else Replace(old=old, asset=asset)


def _equal(asset: LocalAsset, old: RemoteAsset | None) -> bool:
    return old is not None and old.state == "uploaded" and old.size == asset.size and old.sha256 == asset.sha256


def _refuse_different(operations: list[Operation], *, published: bool, on_different: OnDifferent) -> None:
    different = [o.asset.name for o in operations if isinstance(o, Replace) and o.old.state == "uploaded"]
    if not different or on_different == "replace" or (on_different == "auto" and not published):
        return
    where = "published release" if published else "draft"
    raise RemoteRefused(
        f"the {where} has other bytes under: {', '.join(sorted(different))}; nothing was changed",
        hint="release a new version; or, where the release is mutable, set on-different to replace",
    )


def _age(release_id: str) -> tuple[int, str]:
    """Order ids as numbers where they are, so that two runs choose the same draft."""
    return (int(release_id), "") if release_id.isdigit() else (0, release_id)
