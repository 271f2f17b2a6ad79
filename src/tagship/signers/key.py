"""Signatures with a key pair: ECDSA over P-256 with SHA-256, as Sigstore bundles that cosign accepts.

The nonce is derived from key and message (RFC 6979), so signing again gives the same bytes: a re-run changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Self

from tagship.domain import bundle
from tagship.domain.artifact import MEDIA_TYPES, PUBLIC_KEY, Artifact, Kind, bundle_name
from tagship.domain.planning import SIGN_STEP
from tagship.domain.target import Target
from tagship.domain.trust import Trust
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Tools

if TYPE_CHECKING:
    from tagship.signers._p256 import PrivateKey


class KeySigner:
    """:class:`tagship.ports.Signer` with a P-256 key. Planning only asks for names and imports no cryptography."""

    name: ClassVar[str] = "key"
    key_file: ClassVar[str] = PUBLIC_KEY
    parallel: ClassVar[int] = 1

    def __init__(self, private: "PrivateKey") -> None:
        self._private = private

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> Self:
        """Read the key: the PEM text itself, or the path of a file with it.

        Raises:
            UsageError: no key, a wrong password, or a key of another kind.

        """
        from tagship.signers import _p256

        text, password = secrets.get("key", ""), secrets.get("key-password", "")
        if not text:
            hint = (
                f"put the PEM text (or a file's path) into TAGSHIP_KEY, in a workflow the input `key`; {_p256.MAKE_ONE}"
            )
            raise UsageError("there is no signing key", hint=hint)
        for secret in (text, password) if "-----BEGIN" in text else (password,):
            tools.reporter.mask(secret)
        return cls(_p256.read_private(_p256.load_pem(text), password))

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
    def recognises(cls, signature: bytes) -> bool:
        """Whether it is a bundle of a key, not one of a certificate."""
        return not bundle.has_certificate(signature)

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: Trust) -> None:
        """Check a bundle against a public key in PEM.

        Raises:
            IntegrityError: the bundle is not for this file, not of this key, or forged.
            UsageError: there is no public key, or it cannot be read.

        """
        from tagship.signers import _p256

        pem = trust.key(PUBLIC_KEY)
        if pem is None:
            hint = "give the public key's path in `key`, e.g. signing-key.pub, obtained from a place you trust"
            raise UsageError("there is a signature, but no key to check it", file=file.name, hint=hint)
        public = _p256.read_public(pem)
        raw = bundle.open_bundle(signature, file=bundle_name(file.name), sha256=file.sha256, spki=_p256.spki(public))
        if not _p256.holds(public, file.sha256, raw):
            hint = "do not use the file; get it again from where it was released"
            raise IntegrityError("the signature does not hold", file=file.name, hint=hint)

    def companions(self) -> Mapping[str, bytes]:
        """Ship the public key in PEM."""
        return {PUBLIC_KEY: self.public_pem}

    @property
    def public_pem(self) -> bytes:
        """The public key as PEM ``SubjectPublicKeyInfo``."""
        from tagship.signers import _p256

        return _p256.public_pem(self._private.public_key())

    def sign(self, file: FileToSign) -> bytes:
        """Sign the file's digest and check the bundle before handing it out."""
        from tagship.signers import _p256

        raw = _p256.sign(self._private, file.sha256)
        made = bundle.make(_p256.spki(self._private.public_key()), file.sha256, raw)
        self.check(file, made, Trust(keys=self.companions()))
        return made


def generate(password: str) -> tuple[bytes, bytes]:
    """Make a key pair, both in PEM: private key (encrypted when there is a password) and public key."""
    from tagship.signers import _p256

    return _p256.generate(password)


def _artifact(name: str, kind: Kind) -> Artifact:
    media_type = MEDIA_TYPES[kind]
    return Artifact(name=name, kind=kind, package="", target=Target.ANY, media_type=media_type, leg=SIGN_STEP)


PLUGIN: Final = KeySigner
