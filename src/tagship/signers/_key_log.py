"""Entries in a transparency log for signatures of a key: that it was used is then seen by all. Imported when it is used.

Rekor v1 has ``hashedrekord`` 0.0.1 of files and ``dsse`` 0.0.1 of statements (sigstore/rekor, pkg/types), Rekor v2
``hashedrekord`` 0.0.2 of both, a statement's over what is signed of it (rekor-tiles CLIENTS.md). sigstore-python writes
the same entries with certificates; here the key stands in their place.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import requests
from sigstore._internal.rekor import EntryRequestBody, RekorClientError, RekorLogSubmitter
from sigstore._internal.rekor.client import RekorClient
from sigstore._internal.trust import KeyringPurpose
from sigstore.errors import VerificationError
from sigstore.models import ClientTrustConfig, TransparencyLogEntry, TrustedRoot
from sigstore_models.rekor.v1 import TransparencyLogEntry as Inner

from tagship.adapters.http import Transient
from tagship.domain.proofs import bundle
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.signers import _instance, _keyless, _strict
from tagship.signers._algorithms import WHOLE, PublicKey, public_pem, spki

_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"
_RSA_DETAILS: Final = "PKIX_RSA_PKCS1V15_{bits}_SHA256"


class Log:
    """The log of an instance, and the key whose signatures are entered."""

    def __init__(self, config: str, public: PublicKey) -> None:
        """``config`` is the client trust configuration of an instance; empty for the public one."""
        if isinstance(public, WHOLE):
            hint = "use an ECDSA or RSA key, or leave `key-log` out: logs take signatures of digests"
            raise UsageError("signatures with Ed25519 keys cannot be logged", hint=hint)
        self._config, self._public = config, public
        self._found: ClientTrustConfig | None = None

    def enter(self, signature: bytes, signed: bytes | str, statement: bytes = b"") -> dict[str, Any]:
        """Enter a signature once, of a digest (hexadecimal) or of the signed bytes of a ``statement``, and prove the entry.

        An RSA key signs the same way twice: an entry that is there already is as good, where the log gives it out.

        Raises:
            Transient: the log did not answer, or may do better next time.
            RemoteRefused: it refused.
            IntegrityError: what it answered does not hold.

        """
        settings = self._known().signing_config
        with _keyless.told("log entry"):
            client = settings.get_tlogs()[0]
            _instance.limit(client._session)  # type: ignore[attr-defined]  # noqa: SLF001  (of this thread)
            if isinstance(client, RekorClient):
                asked = self._v1(signature, signed, statement)
                entry = _entered(client, asked)
            else:
                entry = _added(client, self._v2(signature, signed))
        made: dict[str, Any] = json.loads(entry._inner.to_json())  # noqa: SLF001
        self.vouch([made], signature, signed)
        return made

    def vouch(self, entries: Sequence[Mapping[str, Any]], signature: bytes, signed: bytes | str) -> None:
        """Check that the log has entries of this signature.

        Raises:
            IntegrityError: it does not vouch for one.

        """
        check(entries, signature, signed, self._public, root=self._known().trusted_root)

    def _known(self) -> ClientTrustConfig:
        if self._found is None:
            self._found = _instance.signing(self._config, logged=True)
        return self._found

    def _v1(self, signature: bytes, signed: bytes | str, statement: bytes) -> dict[str, Any]:
        pem = _base64(public_pem(self._public))
        if isinstance(signed, str):
            return _record(signed, signature, pem)
        envelope = bundle.envelope_text(statement, signature)
        content = {"envelope": envelope, "verifiers": [pem]}
        return {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}

    def _v2(self, signature: bytes, signed: bytes | str) -> EntryRequestBody:
        said = {"digest": _digest(signed), "signature": _of_key(signature, self._public)}
        return EntryRequestBody({"hashedRekordRequestV002": said})


def check(
    entries: Sequence[Mapping[str, Any]],
    signature: bytes,
    signed: bytes | str,
    public: PublicKey,
    *,
    root: TrustedRoot | None,
) -> None:
    """Check what entries say; without a ``root`` only that they are of this signature, not that a log has them.

    Raises:
        IntegrityError: one is of something else, or the log does not vouch for it.

    """
    for each in entries:
        try:
            _strict.fill_in_entry(each)
            entry = TransparencyLogEntry(Inner.from_dict(dict(each)))
            _strict.one_spelling(each, json.loads(entry._inner.to_json()))  # noqa: SLF001
            _same(entry._inner, signature, signed, public)  # noqa: SLF001
            if root:
                _strict.entry(entry, root)
                entry._verify(root.rekor_keyring(KeyringPurpose.VERIFY))  # noqa: SLF001  (there is no other way in)
        except Exception as error:  # noqa: BLE001  (whatever a hostile entry brings the libraries to raise)
            hint = "do not believe that it was logged; check whose log `trust-config` names"
            reason = " ".join(str(error).split())[:200]
            raise IntegrityError(f"the log entry does not hold: {reason}", hint=hint) from None


def of(trust: Trust) -> TrustedRoot | None:
    """Return whom a trust believes about logs: nobody, unless it names an instance. The public one is not asked for a key."""
    return _instance.of(trust) if trust.trust_root else None


def _added(client: RekorLogSubmitter, asked: EntryRequestBody) -> TransparencyLogEntry:
    """Add an entry to Rekor v2, which has no way to ask for one that is there."""
    try:
        return client.create_entry(asked)
    except RekorClientError as error:
        if not _is_there(error):
            raise
        hint = "sign with an ECDSA key, whose signatures differ each time, or keep the folder of the first run"
        raise RemoteRefused("log entry: it is in the log, and Rekor v2 does not give it out again", hint=hint) from None


def _is_there(error: RekorClientError) -> bool:
    cause = error.__cause__ or error.__context__
    answer = cause.response if isinstance(cause, requests.HTTPError) else None
    return answer is not None and answer.status_code == requests.codes.conflict


def _entered(client: RekorClient, asked: dict[str, Any]) -> TransparencyLogEntry:
    try:
        return client.create_entry(EntryRequestBody(asked))
    except RekorClientError as error:
        if not _is_there(error):
            raise
    found = client._session.post(f"{client.url}/log/entries/retrieve", json={"entries": [asked]})  # noqa: SLF001
    listed = found.json() if found.ok else []
    if not listed:
        raise Transient("log entry: it is said to be there, and is not found")
    return TransparencyLogEntry._from_v1_response(listed[0])  # noqa: SLF001


def _same(entry: Inner, signature: bytes, signed: bytes | str, public: PublicKey) -> None:
    """Compare an entry with what it shall be of."""
    body: dict[str, Any] = json.loads(entry.canonicalized_body)
    kind, version, spec = body["kind"], body["apiVersion"], body["spec"]
    if (entry.kind_version.kind, entry.kind_version.version) != (kind, version):
        raise VerificationError("it says another kind than it is of")
    pem = _base64(public_pem(public))
    if (kind, version) == ("hashedrekord", "0.0.2"):
        data = {"algorithm": "SHA2_256", "digest": _digest(signed)}
        wanted: Any = {"hashedRekordV002": {"data": data, "signature": _of_key(signature, public)}}
    elif kind == "dsse" and isinstance(signed, bytes):
        said = {name: spec[name] for name in ("payloadHash", "signatures")}
        payload = {"algorithm": "sha256", "value": hashlib.sha256(bundle.payload_of(signed)).hexdigest()}
        spec, wanted = (
            said,
            {
                "payloadHash": payload,
                "signatures": [{"signature": _base64(signature), "verifier": pem}],
            },
        )
    elif kind == "hashedrekord" and isinstance(signed, str):
        wanted = _record(signed, signature, pem)["spec"]
    else:
        raise VerificationError(f"it is a {kind} of version {version}")
    if spec != wanted:
        raise VerificationError("it is of another signature")


def _record(sha256: str, signature: bytes, pem: str) -> dict[str, Any]:
    signed = {"content": _base64(signature), "publicKey": {"content": pem}}
    spec = {"data": {"hash": {"algorithm": "sha256", "value": sha256}}, "signature": signed}
    return {"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}


def _of_key(signature: bytes, public: PublicKey) -> dict[str, Any]:
    bits = getattr(public, "key_size", 0)
    details = _DETAILS if getattr(public, "curve", None) else _RSA_DETAILS.format(bits=bits)
    verifier = {"keyDetails": details, "publicKey": {"rawBytes": _base64(spki(public))}}
    return {"content": _base64(signature), "verifier": verifier}


def _digest(signed: bytes | str) -> str:
    return _base64(bytes.fromhex(signed) if isinstance(signed, str) else hashlib.sha256(signed).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
