"""Detached ASCII signatures with an OpenPGP key: made by gpg, checked by Sequoia, which reads what gpg and gpgv read.

A signature carries the time of the commit, not the clock's, so that signing again gives the same bytes
(docs/adr/0025-openpgp-signatures-carry-the-commits-time.md).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Self

from tagship.adapters.files import proved
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.proofs import armor
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Tools

if TYPE_CHECKING:
    from tagship.adapters.gpg_home import GpgHome

KEY_FILE: Final = "signing-key.asc"
_ENDING: Final = ".asc"


class GpgSigner:
    """:class:`tagship.ports.Signer` with an OpenPGP key."""

    name: ClassVar[str] = "gpg"
    key_file: ClassVar[str] = KEY_FILE
    key_mark: ClassVar[bytes] = armor.PUBLIC
    parallel: ClassVar[int] = 4

    def __init__(self, home: "GpgHome") -> None:
        self._home, self._public = home, home.certificate

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> Self:
        """Put the key into a throw-away home, and see that it signs.

        Raises:
            UsageError: no key, a wrong passphrase, or a key that cannot sign.
            ProjectError: gpg is not installed.

        """
        from tagship.adapters.gpg_home import opened

        variable = "TAGSHIP_GPG_KEY, in a workflow the input `gpg-key`"
        return cls(opened(secrets.get("gpg-key", ""), secrets.get("gpg-passphrase", ""), variable, tools))

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name a signature per file, and the public key."""
        signatures = [_artifact(cls.signature_name(file), "application/pgp-signature") for file in files]
        return (*signatures, _artifact(KEY_FILE, "application/pgp-keys"))

    @classmethod
    def signature_name(cls, file: str) -> str:
        """``<file>.asc``."""
        return f"{file}{_ENDING}"

    @classmethod
    def recognises(cls, signature: bytes) -> bool:
        """Whether it is no public key: ``signing-key.asc`` would be the signature of a file called so."""
        return not signature.startswith(armor.PUBLIC)

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: Trust) -> None:
        """Check a signature against a key ring.

        Raises:
            IntegrityError: it is not of this file, not of a key of the ring, damaged, or weak.
            UsageError: there is no key ring, or it cannot be read.

        """
        ring = _ring(trust, file.name)
        if why := _problem(proved(file.path, file.sha256), signature, ring):
            hint = "do not use the file; get it again from where it was released"
            raise IntegrityError(f"the OpenPGP signature does not hold: {why}", file=file.name, hint=hint)

    def companions(self) -> Mapping[str, bytes]:
        """Ship the public key."""
        return {KEY_FILE: self._public}

    def sign(self, file: FileToSign) -> bytes:
        """Sign the file, and check that it was the proved bytes that were signed."""
        made = self._home.detached(file.path, file.time)
        self.check(file, made, Trust(keys=self.companions()))
        return made


def _problem(data: bytes, signature: bytes, ring: Sequence[object]) -> str:
    """Say why a signature is not of these bytes and of a key of the ring; empty when it is."""
    import pysequoia
    from pysequoia.packet import PacketPile

    try:
        packets = armor.signature(signature)
        count = len(PacketPile.from_bytes(packets))
        pysequoia.verify(bytes=data, store=lambda _: ring, signature=pysequoia.Sig.from_bytes(packets))
    except (RuntimeError, ValueError) as error:
        return str(error).partition("\n")[0]  # what follows is a backtrace
    return "" if count == 1 else "there is more than one signature"


def _ring(trust: Trust, shown: str) -> list[object]:
    import pysequoia

    named = [data for data in trust.keys.values() if armor.PUBLIC in data]
    data = trust.keys.get(KEY_FILE) or next(iter(named), trust.key(KEY_FILE))
    if data is None:
        hint = f"give the path of {KEY_FILE} in `key`, obtained from a place you trust"
        raise UsageError("there is an OpenPGP signature, but no key to check it", file=shown, hint=hint)
    try:
        return list(pysequoia.Cert.split_bytes(data))
    except (RuntimeError, ValueError):
        hint = "give a file that begins with -----BEGIN PGP PUBLIC KEY BLOCK-----"
        raise UsageError("the OpenPGP key cannot be read", hint=hint) from None


def _artifact(name: str, media_type: str) -> Artifact:
    kind: Final = "key" if name == KEY_FILE else "signature"
    return signing_artifact(name, kind, media_type=media_type)


PLUGIN: Final = GpgSigner
