"""Signatures with a key pair: ECDSA over P-256 with SHA-256, as Sigstore bundles that cosign accepts.

The nonce is derived from key and message (RFC 6979), so signing again gives the same bytes: a re-run changes nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tagship.domain import bundle
from tagship.domain.artifact import MEDIA_TYPES, PUBLIC_KEY, Artifact, bundle_name
from tagship.domain.planning import SIGN_STEP
from tagship.domain.target import Target
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Tools

_MAKE_ONE: Final = "make one with `tagship sign-and-attest --generate-key signing-key.pem`"
_ALGORITHM: Final = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
_CHECK: Final = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


class KeySigner:
    """:class:`tagship.ports.Signer` with a P-256 key."""

    name: ClassVar[str] = "key"

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> Self:
        """Read the key: the PEM text itself, or the path of a file with it.

        Raises:
            UsageError: no key, a wrong password, or a key of another kind.

        """
        text, password = secrets.get("key", ""), secrets.get("key-password", "")
        if not text:
            hint = f"put the PEM text (or a file's path) into TAGSHIP_KEY, in a workflow the input `key`; {_MAKE_ONE}"
            raise UsageError("there is no signing key", hint=hint)
        for secret in (text, password) if "-----BEGIN" in text else (password,):
            tools.reporter.mask(secret)
        return cls(_read_private(_pem(text), password))

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name a bundle per file, and the public key."""
        bundles = [_artifact(bundle_name(file), "bundle") for file in files]
        return (*bundles, _artifact(PUBLIC_KEY, "key"))

    @classmethod
    def signature_name(cls, file: str) -> str:
        """``<file>.sigstore.json``."""
        return bundle_name(file)

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: bytes) -> None:
        """Check a bundle against a public key in PEM.

        Raises:
            IntegrityError: the bundle is not for this file, not of this key, or forged.
            UsageError: the public key cannot be read.

        """
        public = read_public(trust)
        raw = bundle.open_bundle(signature, file=bundle_name(file.name), sha256=file.sha256, spki=_spki(public))
        try:
            public.verify(raw, bytes.fromhex(file.sha256), _CHECK)
        except InvalidSignature:
            hint = "do not use the file; get it again from where it was released"
            raise IntegrityError("the signature does not hold", file=file.name, hint=hint) from None

    def companions(self) -> Mapping[str, bytes]:
        """Ship the public key in PEM."""
        return {PUBLIC_KEY: self.public_pem}

    @property
    def public_pem(self) -> bytes:
        """The public key as PEM ``SubjectPublicKeyInfo``."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(serialization.Encoding.PEM, form)

    def sign(self, file: FileToSign) -> bytes:
        """Sign the file's digest and check the bundle before handing it out."""
        raw = self._private.sign(bytes.fromhex(file.sha256), _ALGORITHM)
        made = bundle.make(_spki(self._private.public_key()), file.sha256, raw)
        self.check(file, made, self.public_pem)
        return made


def generate(password: str) -> tuple[bytes, bytes]:
    """Make a key pair: private key (PKCS #8 in PEM, encrypted when there is a password) and public key."""
    private = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    return pem, KeySigner(private).public_pem


def read_public(pem: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key.

    Raises:
        UsageError: it is none, or of another kind.

    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            "the public key cannot be read", hint="give a PEM file that begins with -----BEGIN PUBLIC KEY-----"
        ) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError("the public key is not ECDSA P-256", hint=_MAKE_ONE)
    return key


def _pem(text: str) -> bytes:
    if "-----BEGIN" in text:
        return text.encode()
    try:
        return Path(text).read_bytes()
    except OSError as error:
        hint = "give the PEM text itself, or the path of a readable file"
        raise UsageError(f"the signing key cannot be read: {error.strerror}", hint=hint) from None


def _read_private(pem: bytes, password: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password.encode() or None)
    except TypeError:
        state = "is not encrypted, but a password was given" if password else "is encrypted"
        raise UsageError(
            f"the signing key {state}", hint="set TAGSHIP_KEY_PASSWORD (input `key-password`) to fit"
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "password" in str(error).lower() or "decrypt" in str(error).lower()
        message = "the password of the signing key is wrong" if wrong else "the signing key is not a PEM private key"
        raise UsageError(message, hint=f"mend TAGSHIP_KEY or TAGSHIP_KEY_PASSWORD; {_MAKE_ONE}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError("the signing key is not ECDSA P-256", hint=_MAKE_ONE)
    return key


def _spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _artifact(name: str, kind: str) -> Artifact:
    media_type = MEDIA_TYPES[kind]
    return Artifact(name=name, kind=kind, package="", target=Target.ANY, media_type=media_type, leg=SIGN_STEP)  # type: ignore[arg-type]


PLUGIN: Final = KeySigner
