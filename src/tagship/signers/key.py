"""Signatures with a key pair, as Sigstore bundles that cosign accepts: ECDSA P-256, Ed25519 or RSA.

All three give the same bytes each time, so a re-run changes nothing. A timestamp, or an entry in a log, where one is asked
for, is another each time: then a re-run keeps what still holds.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Self

from tagship.adapters.files import proved
from tagship.domain.plans.artifact import PUBLIC_KEY, Artifact, bundle_name
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.proofs import bundle
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Tools
from tagship.signers._config import read_config

if TYPE_CHECKING:
    from tagship.signers._algorithms import Name, PrivateKey, PublicKey
    from tagship.signers._key_log import Log
    from tagship.signers._timestamp import Authority

_SHOWN: Final = "the statement"


class KeySigner:
    """:class:`tagship.ports.Attester` with a private key. Planning only asks for names and imports no cryptography."""

    name: ClassVar[str] = "key"
    key_file: ClassVar[str] = PUBLIC_KEY
    key_mark: ClassVar[bytes] = b"-----BEGIN PUBLIC KEY-----"
    parallel: ClassVar[int] = 8

    def __init__(self, private: "PrivateKey", authority: "Authority | None" = None, log: "Log | None" = None) -> None:
        from tagship.signers._algorithms import public_pem, spki

        self._private, self._authority, self._log = private, authority, log
        self._spki, self._public_pem = spki(private.public_key()), public_pem(private.public_key())

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> Self:
        """Read the key: the PEM text itself, or the path of a file with it; and who timestamps and logs, if anybody.

        Raises:
            UsageError: no key, a wrong password, a key of another kind, an authority without certificates, or a key that
                no log takes.

        """
        from tagship.signers import _algorithms, _key_files

        text, password = secrets.get("key", ""), secrets.get("key-password", "")
        if not text:
            hint = f"put the PEM text (or a file's path) into TAGSHIP_KEY, in a workflow the input `key`; {_algorithms.MAKE_ONE}"
            raise UsageError("there is no signing key", hint=hint)
        for secret in (text, password) if "-----BEGIN" in text else (password,):
            tools.reporter.mask(secret)
        private = _key_files.read_private(_key_files.load(text), password)
        return cls(private, _authority(secrets), _log(secrets, private))

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name a bundle per file, and the public key."""
        bundles = [signing_artifact(bundle_name(file), "bundle") for file in files]
        return (*bundles, signing_artifact(PUBLIC_KEY, "key"))

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
        """Check a bundle against a public key in PEM; its timestamps too, where the authority's certificates are trusted.

        Raises:
            IntegrityError: the bundle is not for this file, not of this key, or forged.
            UsageError: there is no public key, or it cannot be read.

        """
        cls._opened(file, signature, trust)

    @classmethod
    def check_statement(cls, bundle_: bytes, trust: Trust) -> bytes:
        """Return the statement in a bundle, when the key signed just these bytes.

        Raises:
            IntegrityError: the bundle is not of this key, or forged.
            UsageError: there is no public key, or it cannot be read.

        """
        return cls._opened_statement(bundle_, trust).payload

    def companions(self) -> Mapping[str, bytes]:
        """Ship the public key in PEM."""
        return {PUBLIC_KEY: self._public_pem}

    def sign(self, file: FileToSign) -> bytes:
        """Sign the file's digest (Ed25519: its bytes) and check the bundle before handing it out."""
        from tagship.signers import _algorithms

        anew = self._log is not None
        raw = _algorithms.sign(self._private, file.sha256, lambda: proved(file.path, file.sha256), anew=anew)
        entries = [self._log.enter(raw, file.sha256)] if self._log else []
        made = bundle.make(self._spki, file.sha256, raw, bundle.Seen(self._stamped(raw), entries))
        self.check(file, made, self._own_trust)
        return made

    def attest(self, statement: bytes) -> bytes:
        """Sign a statement, these bytes, and check the bundle before handing it out."""
        from tagship.signers import _algorithms

        signed = bundle.signed_bytes(statement)
        anew = self._log is not None
        raw = _algorithms.sign(self._private, hashlib.sha256(signed).hexdigest(), lambda: signed, anew=anew)
        entries = [self._log.enter(raw, signed, statement)] if self._log else []
        made = bundle.make_statement(self._spki, statement, raw, bundle.Seen(self._stamped(raw), entries))
        self.check_statement(made, self._own_trust)
        return made

    def still_holds(self, file: FileToSign, signature: bytes) -> bool:
        """Whether an earlier bundle of this key has all that a new one would get from others."""
        try:
            return self._witnessed(self._opened(file, signature, self._full_trust), file.sha256)
        except IntegrityError:
            return False

    def still_stated(self, bundle_: bytes) -> bytes | None:
        """Return what an earlier bundle of this key states, when others have witnessed it as they would a new one."""
        try:
            opened = self._opened_statement(bundle_, self._full_trust)
            return opened.payload if self._witnessed(opened, bundle.signed_bytes(opened.payload)) else None
        except IntegrityError:
            return None

    def _witnessed(self, opened: bundle.Opened, signed: bytes | str) -> bool:
        if not self._authority and not self._log:
            return False  # a new one is the same, or better
        if self._log:
            self._log.vouch(opened.entries, opened.signature, signed)
        return bool(opened.timestamps) == bool(self._authority) and bool(opened.entries) == bool(self._log)

    @property
    def _own_trust(self) -> Trust:
        return Trust(keys={PUBLIC_KEY: self._public_pem})

    @property
    def _full_trust(self) -> Trust:
        chain = {"timestamps": self._authority.chain} if self._authority else {}
        return Trust(keys={PUBLIC_KEY: self._public_pem, **chain})

    def _stamped(self, raw: bytes) -> tuple[bytes, ...]:
        return (self._authority.stamp(raw),) if self._authority else ()

    @classmethod
    def _opened(cls, file: FileToSign, signature: bytes, trust: Trust) -> bundle.Opened:
        from tagship.signers import _algorithms

        public = _public_key(trust, file.name)
        shown, spki = bundle_name(file.name), _algorithms.spki(public)
        digested = not isinstance(public, _algorithms.WHOLE)
        opened = bundle.open_bundle(signature, file=shown, sha256=file.sha256, spki=spki, digested=digested)
        if not _algorithms.holds(public, file.sha256, lambda: proved(file.path, file.sha256), opened.signature):
            hint = "do not use the file; get it again from where it was released"
            raise IntegrityError("the signature does not hold", file=file.name, hint=hint)
        _check_witnesses(opened, file.sha256, public, trust)
        return opened

    @classmethod
    def _opened_statement(cls, signature: bytes, trust: Trust) -> bundle.Opened:
        from tagship.signers import _algorithms

        public = _public_key(trust, _SHOWN)
        opened = bundle.open_statement(signature, file=_SHOWN, spki=_algorithms.spki(public))
        signed = bundle.signed_bytes(opened.payload)
        if not _algorithms.holds(public, hashlib.sha256(signed).hexdigest(), lambda: signed, opened.signature):
            raise IntegrityError("the signature of the statement does not hold", hint="do not believe what it says")
        _check_witnesses(opened, signed, public, trust)
        return opened


def generate(password: str, algorithm: "Name" = "ecdsa-p256") -> tuple[bytes, bytes]:
    """Make a key pair, both in PEM: private key (encrypted when there is a password) and public key."""
    from tagship.signers import _algorithms, _key_files

    private = _algorithms.generate(algorithm)
    return _key_files.write_private(private, password), _algorithms.public_pem(private.public_key())


def _authority(inputs: Mapping[str, str]) -> "Authority | None":
    from tagship.signers._timestamp import Authority

    address, chain = inputs.get("timestamp-url", ""), inputs.get("timestamp-chain", "")
    if not address:
        return None
    if not chain:
        hint = "give the path of the authority's certificates in `timestamp-chain`; what was made is checked with them"
        raise UsageError("`timestamp-url` needs the authority's certificates", hint=hint)
    try:
        return Authority(address, Path(chain).read_bytes())
    except OSError as error:
        hint = "mend `timestamp-chain`: a PEM file is read"
        raise UsageError(f"cannot read it: {error.strerror}", file=chain, hint=hint) from None


def _log(inputs: Mapping[str, str], private: "PrivateKey") -> "Log | None":
    if inputs.get("key-log") != "true":
        return None
    from tagship.signers import _instance, _key_log

    config = read_config(inputs.get("trust-config", ""))
    if config:
        _instance.signing(config, logged=True)
    return _key_log.Log(config, private.public_key())


def _public_key(trust: Trust, shown: str) -> "PublicKey":
    from tagship.signers import _algorithms

    named = [data for data in trust.keys.values() if KeySigner.key_mark in data]
    pem = trust.keys.get(PUBLIC_KEY) or next(iter(named), trust.key(PUBLIC_KEY))
    if pem is None:
        hint = "give the public key's path in `key`, e.g. signing-key.pub, obtained from a place you trust"
        raise UsageError("there is a signature, but no key to check it", file=shown, hint=hint)
    return _algorithms.read_public(pem)


def _check_witnesses(opened: bundle.Opened, signed: bytes | str, public: "PublicKey", trust: Trust) -> None:
    if opened.timestamps:
        from tagship.signers import _timestamp

        chain = b"\n".join(data for data in trust.keys.values() if b"-----BEGIN CERTIFICATE-----" in data)
        _timestamp.check(opened.timestamps, opened.signature, chain)
    if opened.entries:
        from tagship.signers import _key_log

        _key_log.check(opened.entries, opened.signature, signed, public, root=_key_log.of(trust))


PLUGIN: Final = KeySigner
