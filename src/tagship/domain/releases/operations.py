"""What can be done to a release, one value each; how a person reads it."""

from typing import Final

import msgspec

from tagship.domain.releases.release import LocalAsset, ReleaseDraft, RemoteAsset, RemoteRelease
from tagship.errors import IntegrityError, RemoteRefused


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen and keyword-only."""


class Create(_Value, frozen=True, kw_only=True, tag="create"):
    """Make a draft, marked as ours."""

    draft: ReleaseDraft


class Adopt(_Value, frozen=True, kw_only=True, tag="adopt"):
    """Mark a draft that somebody else made as ours."""

    release: RemoteRelease
    target: ReleaseDraft


class Edit(_Value, frozen=True, kw_only=True, tag="edit"):
    """Bring title, notes, flags and target up to date."""

    release: RemoteRelease
    target: ReleaseDraft


class Verify(_Value, frozen=True, kw_only=True, tag="verify"):
    """Only look: it is published and immutable."""

    release: RemoteRelease


class Upload(_Value, frozen=True, kw_only=True, tag="upload"):
    """Put a file there that is missing."""

    asset: LocalAsset


class Replace(_Value, frozen=True, kw_only=True, tag="replace"):
    """Take an asset away that is broken or, on a draft, different, and put the right one there."""

    old: RemoteAsset
    asset: LocalAsset


class Swap(_Value, frozen=True, kw_only=True, tag="swap"):
    """On a published release: upload under a temporary name (or use what is ``staged`` there), prove, exchange the names."""

    old: RemoteAsset
    asset: LocalAsset
    staged: RemoteAsset | None


class Rename(_Value, frozen=True, kw_only=True, tag="rename"):
    """Give what a swap left under a temporary name its own."""

    staged: RemoteAsset
    asset: LocalAsset


class Delete(_Value, frozen=True, kw_only=True, tag="delete"):
    """Take an asset away: a broken upload, a leftover of a swap, or what nobody planned, when told so."""

    old: RemoteAsset


class Keep(_Value, frozen=True, kw_only=True, tag="keep"):
    """An asset that is right already, or is none of ours."""

    old: RemoteAsset


class Merge(_Value, frozen=True, kw_only=True, tag="merge"):
    """Remove a second draft of ours that holds nothing else than this one will."""

    release: RemoteRelease


class Leave(_Value, frozen=True, kw_only=True, tag="leave"):
    """Let a second draft of ours be, for it holds other bytes."""

    release: RemoteRelease


class Publish(_Value, frozen=True, kw_only=True, tag="publish"):
    """Make the draft public, once all is there and proved."""


class Refuse(_Value, frozen=True, kw_only=True, tag="refuse"):
    """Change nothing: the release holds what this one must not touch; ``integrity``: something there is not as planned."""

    message: str
    hint: str
    integrity: bool

    @property
    def error(self) -> RemoteRefused | IntegrityError:
        """Return it as the error that a run ends with."""
        kind = IntegrityError if self.integrity else RemoteRefused
        return kind(self.message, hint=self.hint)


OnAsset = Upload | Replace | Swap | Rename | Delete | Keep
Operation = Create | Adopt | Edit | Verify | OnAsset | Merge | Leave | Publish | Refuse


def name_of(operation: Operation) -> str:
    """Return the name of the asset that an operation is about, if any."""
    if isinstance(operation, Delete | Keep):
        return operation.old.name
    return operation.asset.name if isinstance(operation, Upload | Replace | Swap | Rename) else ""


def describe(operation: Operation) -> str:
    """Say it in words that follow "would"."""
    if isinstance(operation, OnAsset):
        return f"{type(operation).__name__.lower()} {name_of(operation)}"
    if isinstance(operation, Create):
        return f"create a draft of {operation.draft.tag}"
    if isinstance(operation, Refuse):
        return f"refuse: {operation.message}"
    return _WORDS[type(operation)].format(url="" if isinstance(operation, Publish) else operation.release.url)


_WORDS: Final[dict[type, str]] = {
    Adopt: "adopt {url}, which somebody else made",
    Edit: "change its title, notes or flags",
    Verify: "only look at {url}: it is published and immutable",
    Merge: "remove another draft of it, {url}",
    Leave: "leave another draft of it, {url}, for it holds other files",
    Publish: "publish it",
}
