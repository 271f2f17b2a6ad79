"""What was really made: a leg's receipt, and the release manifest that all receipts lead to."""

from typing import Any, Final, Literal

import msgspec

from tagship.domain.plans.artifact import BuiltFile, FileName, Kind, Sha256
from tagship.domain.plans.plan import Plan
from tagship.domain.text import structs
from tagship.errors import IntegrityError

RECEIPT_SCHEMA: Final = "tagship.receipt/1"
MANIFEST_SCHEMA: Final = "tagship.release/1"


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, keyword-only, strict when decoded."""


class Builder(_Value, frozen=True, kw_only=True):
    """The machine and the tools (name → version) that built."""

    os: str
    arch: str
    tools: dict[str, str]


class Receipt(_Value, frozen=True, kw_only=True):
    """What a leg really made; times are RFC 3339, UTC.

    ``components`` are CycloneDX documents by package id, of builds that alone know what they built in.
    """

    schema: Literal["tagship.receipt/1"] = RECEIPT_SCHEMA
    plan_digest: Sha256
    leg: str
    artifacts: tuple[BuiltFile, ...]
    builder: Builder
    started: str
    finished: str
    components: dict[str, dict[str, Any]] = {}


class ReleasedFile(_Value, frozen=True, kw_only=True):
    """An asset of the release with what it is."""

    name: FileName
    kind: Kind
    size: int
    sha256: Sha256


class SignatureRecord(_Value, frozen=True, kw_only=True):
    """Which file is signed by whom, and where the bundle is."""

    file: FileName
    bundle: FileName
    signer: str


class ProbeRecord(_Value, frozen=True, kw_only=True):
    """What a probe found."""

    id: str
    status: str
    protocol_versions: tuple[str, ...]


class PublishedRecord(_Value, frozen=True, kw_only=True):
    """Where a channel put it."""

    channel: str
    version: str
    url: str


class Manifest(_Value, frozen=True, kw_only=True):
    """``<name>-<version>.release.json``: from it a channel can be resumed later without rebuilding."""

    schema: Literal["tagship.release/1"] = MANIFEST_SCHEMA
    plan: Plan
    artifacts: tuple[ReleasedFile, ...]
    probes: tuple[ProbeRecord, ...]
    signatures: tuple[SignatureRecord, ...]
    published: tuple[PublishedRecord, ...]


def decode_manifest(data: bytes, *, file: str) -> Manifest:
    """Read a release manifest.

    Raises:
        IntegrityError: it is none.

    """
    try:
        return structs.decode(data, Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "do not use this release's manifest; get it again from where it was released"
        raise IntegrityError(f"not a release manifest: {error}", file=file, hint=hint) from None
