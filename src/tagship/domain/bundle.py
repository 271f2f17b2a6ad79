"""Sigstore bundles v0.3 of a key pair, as data.

Source: sigstore/protobuf-specs ``sigstore_bundle.proto``; the key hint is what cosign writes: Base64 of the SHA-256 of
the key's DER ``SubjectPublicKeyInfo``.
"""

import base64
import hashlib
from typing import Final, Literal

import msgspec

from tagship.errors import IntegrityError

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"


class PublicKeyHint(msgspec.Struct, frozen=True, kw_only=True):
    """Which key made the signature."""

    hint: str


class VerificationMaterial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a verifier needs besides the key itself."""

    public_key: PublicKeyHint


class MessageDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The digest of the signed file, Base64."""

    algorithm: Literal["SHA2_256"]
    digest: str


class MessageSignature(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A signature, Base64 of its DER form, over the message digest."""

    message_digest: MessageDigest
    signature: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole bundle of one file."""

    media_type: Literal["application/vnd.dev.sigstore.bundle.v0.3+json"] = MEDIA_TYPE
    verification_material: VerificationMaterial
    message_signature: MessageSignature


class _Certified(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    certificate: dict[str, str] = {}


class _Kind(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    verification_material: _Certified


def make(spki: bytes, sha256: str, signature: bytes) -> bytes:
    """Write the bundle of a file with this digest (hexadecimal), signed with the key of this DER encoding."""
    bundle = Bundle(
        verification_material=VerificationMaterial(public_key=PublicKeyHint(hint=key_hint(spki))),
        message_signature=MessageSignature(
            message_digest=MessageDigest(algorithm="SHA2_256", digest=_base64(bytes.fromhex(sha256))),
            signature=_base64(signature),
        ),
    )
    return msgspec.json.encode(bundle) + b"\n"


def open_bundle(data: bytes, *, file: str, sha256: str, spki: bytes) -> bytes:
    """Return the signature when the bundle is for this digest and this key.

    Raises:
        IntegrityError: it is no bundle of a key, or one for another file or key.

    """
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
        digest = _bytes(bundle.message_signature.message_digest.digest)
        signature = _bytes(bundle.message_signature.signature)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        hint = "sign again; a bundle of a key pair and format v0.3 is expected"
        raise IntegrityError(f"not a signature bundle: {error}", file=file, hint=hint) from None
    if digest.hex() != sha256:
        hint = "the file changed after signing, or the bundle belongs to another file"
        raise IntegrityError(f"the bundle signs {digest.hex()}, the file is {sha256}", file=file, hint=hint)
    if bundle.verification_material.public_key.hint != key_hint(spki):
        raise IntegrityError("the bundle was made with another key", file=file, hint="verify with the key that signed")
    return signature


def has_certificate(data: bytes) -> bool:
    """Whether this is a bundle that says itself to be of a certificate."""
    try:
        return bool(msgspec.json.decode(data, type=_Kind).verification_material.certificate)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def key_hint(spki: bytes) -> str:
    """Name a key the way cosign does."""
    return _base64(hashlib.sha256(spki).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Read Base64 in its one canonical form: a bundle has no second spelling."""
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("not canonical Base64")
    return data
