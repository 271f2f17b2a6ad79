"""Sigstore bundles v0.3 of a key pair, as data: the signature of a file, or of a statement in a DSSE envelope.

Sources: sigstore/protobuf-specs ``sigstore_bundle.proto``, where byte strings are Base64; secure-systems-lab/dsse
``protocol.md``. The key hint is what cosign writes: Base64 of the SHA-256 of the key's DER ``SubjectPublicKeyInfo``.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from tagship.domain.text import structs
from tagship.domain.text.strict_json import read_object
from tagship.errors import IntegrityError

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT: Final = "application/vnd.in-toto+json"
"""The payload type of in-toto statements (in-toto/attestation, spec/v1/envelope.md)."""
_AGAIN: Final = "sign again; a bundle of a key pair and format v0.3 is expected"


class PublicKeyHint(msgspec.Struct, frozen=True, kw_only=True):
    """Which key made the signature."""

    hint: str


class Timestamp(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A time-stamp response (RFC 3161) over the signature, Base64 of its DER form."""

    signed_timestamp: str


class Timestamps(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who else saw the signature, and when."""

    rfc3161_timestamps: tuple[Timestamp, ...] = msgspec.field(name="rfc3161Timestamps", default=())


class VerificationMaterial(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a verifier needs besides the key itself."""

    public_key: PublicKeyHint
    timestamp_verification_data: Timestamps | None = None
    tlog_entries: tuple[dict[str, Any], ...] = ()


class MessageDigest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The digest of the signed file, Base64; cosign gives none where a signature is not made of it (Ed25519)."""

    algorithm: Literal["SHA2_256"] | None = None
    digest: str | None = None


class MessageSignature(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A signature, Base64 of its DER form, over the message digest."""

    message_digest: MessageDigest
    signature: str


class EnvelopeSignature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signature over payload and type, Base64; ``keyid`` says nothing that verifiers may count on."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A signed payload, Base64, and what kind of thing it is."""

    payload: str
    payload_type: Literal["application/vnd.in-toto+json"]
    signatures: tuple[EnvelopeSignature]


class Bundle(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The whole bundle: of one file, or of one statement."""

    media_type: Literal["application/vnd.dev.sigstore.bundle.v0.3+json"]
    verification_material: VerificationMaterial
    message_signature: MessageSignature | None = None
    dsse_envelope: Envelope | None = None


class _Certified(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    certificate: dict[str, str] = {}


class _Kind(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    verification_material: _Certified


class Opened(NamedTuple):
    """What a bundle says, all of it still to be proved: the signature, what it is over, who timestamped it and logged it."""

    signature: bytes
    timestamps: tuple[bytes, ...]
    payload: bytes = b""
    entries: tuple[dict[str, Any], ...] = ()


class Seen(NamedTuple):
    """What others witness of a signature: timestamps, and entries in logs (``TransparencyLogEntry`` of protobuf-specs)."""

    timestamps: Sequence[bytes] = ()
    entries: Sequence[Mapping[str, Any]] = ()


_UNSEEN: Final = Seen()


def make(spki: bytes, sha256: str, signature: bytes, seen: Seen = _UNSEEN) -> bytes:
    """Write the bundle of a file with this digest (hexadecimal), signed with the key of this DER encoding."""
    digest = MessageDigest(algorithm="SHA2_256", digest=_base64(bytes.fromhex(sha256)))
    message = MessageSignature(message_digest=digest, signature=_base64(signature))
    return _written(
        Bundle(media_type=MEDIA_TYPE, verification_material=_material(spki, seen), message_signature=message)
    )


def make_statement(spki: bytes, statement: bytes, signature: bytes, seen: Seen = _UNSEEN) -> bytes:
    """Write the bundle of an in-toto statement, whose signature is over :func:`signed_bytes`."""
    envelope = _envelope(statement, signature)
    return _written(Bundle(media_type=MEDIA_TYPE, verification_material=_material(spki, seen), dsse_envelope=envelope))


def envelope_text(statement: bytes, signature: bytes) -> str:
    """Write the envelope of a statement alone."""
    return msgspec.json.encode(_envelope(statement, signature)).decode()


def payload_of(signed: bytes) -> bytes:
    """Return the statement in :func:`signed_bytes`."""
    return signed.split(b" ", 4)[4]


def signed_bytes(statement: bytes) -> bytes:
    """Return what the signature of a statement is over: DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(STATEMENT), STATEMENT.encode(), len(statement), statement)


def open_bundle(data: bytes, *, file: str, sha256: str, spki: bytes, digested: bool = True) -> Opened:
    """Return the signature when the bundle is for this digest and this key; ``digested``: its signature is made of one.

    Raises:
        IntegrityError: it is no bundle of a key, or one for another file or key.

    """
    bundle = _read(data, file)
    if bundle.message_signature is None or bundle.dsse_envelope:
        raise IntegrityError("the bundle signs a statement, no file", file=file, hint=_AGAIN)
    said = bundle.message_signature.message_digest
    try:
        known = digested or said != MessageDigest()
        digest = _bytes(said.digest or "").hex() if known and said.algorithm else "" if known else sha256
        entries = bundle.verification_material.tlog_entries
        opened = Opened(_bytes(bundle.message_signature.signature), _timestamps(bundle), entries=entries)
    except ValueError as error:
        raise _no_bundle(error, file) from None
    if digest != sha256:
        hint = "the file changed after signing, or the bundle belongs to another file"
        raise IntegrityError(f"the bundle signs {digest or 'nothing'}, the file is {sha256}", file=file, hint=hint)
    _same_key(bundle, spki, file)
    return opened


def open_statement(data: bytes, *, file: str, spki: bytes) -> Opened:
    """Return statement and signature when the bundle is of this key.

    Raises:
        IntegrityError: it is no bundle of a key, or of another key, or signs no statement.

    """
    bundle = _read(data, file)
    if bundle.dsse_envelope is None or bundle.message_signature:
        raise IntegrityError("the bundle signs a file, no statement", file=file, hint=_AGAIN)
    try:
        (signed,) = bundle.dsse_envelope.signatures
        payload, entries = _bytes(bundle.dsse_envelope.payload), bundle.verification_material.tlog_entries
        opened = Opened(_bytes(signed.sig), _timestamps(bundle), payload, entries)
    except ValueError as error:
        raise _no_bundle(error, file) from None
    _same_key(bundle, spki, file)
    return opened


def has_certificate(data: bytes) -> bool:
    """Whether this is a bundle that says itself to be of a certificate."""
    try:
        return bool(structs.decode(data, _Kind).verification_material.certificate)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def key_hint(spki: bytes) -> str:
    """Name a key the way cosign does."""
    return _base64(hashlib.sha256(spki).digest())


def _envelope(statement: bytes, signature: bytes) -> Envelope:
    signed = EnvelopeSignature(sig=_base64(signature))
    return Envelope(payload=_base64(statement), payload_type=STATEMENT, signatures=(signed,))


def _material(spki: bytes, seen: Seen) -> VerificationMaterial:
    stamps = tuple(Timestamp(signed_timestamp=_base64(each)) for each in seen.timestamps)
    return VerificationMaterial(
        public_key=PublicKeyHint(hint=key_hint(spki)),
        timestamp_verification_data=Timestamps(rfc3161_timestamps=stamps) if stamps else None,
        tlog_entries=tuple(dict(each) for each in seen.entries),
    )


def _written(bundle: Bundle) -> bytes:
    return msgspec.json.encode(bundle) + b"\n"


def _read(data: bytes, file: str) -> Bundle:
    try:
        return structs.convert(read_object(data, file=file, what="the signature bundle"), Bundle)
    except msgspec.ValidationError as error:
        raise _no_bundle(error, file) from None


def _no_bundle(error: Exception, file: str) -> IntegrityError:
    return IntegrityError(f"not a signature bundle: {error}", file=file, hint=_AGAIN)


def _same_key(bundle: Bundle, spki: bytes, file: str) -> None:
    if bundle.verification_material.public_key.hint != key_hint(spki):
        raise IntegrityError("the bundle was made with another key", file=file, hint="verify with the key that signed")


def _timestamps(bundle: Bundle) -> tuple[bytes, ...]:
    seen = bundle.verification_material.timestamp_verification_data
    return tuple(_bytes(each.signed_timestamp) for each in seen.rfc3161_timestamps) if seen else ()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Read Base64 in its one canonical form: a bundle has no second spelling."""
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("not canonical Base64")
    return data
