"""What a bundle says beside what is signed, checked too: sigstore-python leaves it, and other readers may believe it.

A bundle that differs from the one that was made in any byte with a meaning shall be refused: another spelling of its
byte strings, another log, another index or time in the log, a timestamp that is none. Imported when it is used.
"""

import json
from typing import Any, Final

from sigstore.errors import VerificationError
from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.verifier import MAX_ALLOWED_TIMESTAMP

_V2: Final = "0.0.2"
"""Version of the entries of Rekor v2, which tells no time (rekor-tiles CLIENTS.md)."""


def fill_in(document: dict[str, Any]) -> None:
    """Write what other clients leave out, as JSON of Protocol Buffers may: the first index of a log, an empty path."""
    material = document.get("verificationMaterial")
    entries = material.get("tlogEntries") if isinstance(material, dict) else None
    for each in entries if isinstance(entries, list) else ():
        fill_in_entry(each)


def fill_in_entry(entry: Any) -> None:
    """Write them in one entry of a log."""
    proof = entry.get("inclusionProof") if isinstance(entry, dict) else None
    if isinstance(proof, dict):
        entry.setdefault("logIndex", "0")
        proof.setdefault("logIndex", "0")
        proof.setdefault("hashes", [])


def check(bundle: Bundle, document: dict[str, Any], root: TrustedRoot, verifier: Verifier) -> None:
    """Check what the library does not.

    Raises:
        VerificationError: something does not hold.

    """
    one_spelling(document, json.loads(bundle.to_json()))
    entry(bundle.log_entry, root)
    told = bundle.verification_material.timestamp_verification_data
    stamps = told.rfc3161_timestamps if told else []
    if len(stamps) > MAX_ALLOWED_TIMESTAMP:
        raise VerificationError("there are too many timestamps")
    for stamp in stamps:
        if verifier._verify_signed_timestamp(stamp, bundle.signature) is None:  # noqa: SLF001  (there is no other way in)
            raise VerificationError("a timestamp in the bundle does not hold")


def entry(found: TransparencyLogEntry, root: TrustedRoot) -> None:
    """Compare what the log's entry says of itself with its proof, and with the logs that are trusted.

    Raises:
        VerificationError: they differ.

    """
    said = found._inner  # noqa: SLF001
    if said.log_id.key_id not in {log.log_id.key_id for log in root._inner.tlogs if log.log_id}:  # noqa: SLF001
        raise VerificationError("the entry is of a log that is not trusted")
    time = said.integrated_time or 0
    if said.kind_version.version == _V2:
        if time or said.log_index != said.inclusion_proof.log_index:
            raise VerificationError("the entry says another place or time than its proof")
    elif not time:
        raise VerificationError("the entry says no time")


def one_spelling(given: Any, read: Any) -> None:
    """Compare a document with what was read of it, as it is written: numbers may be numbers, byte strings have one form.

    Raises:
        VerificationError: something has another spelling.

    """
    if isinstance(given, dict) and isinstance(read, dict):
        for key in given.keys() & read.keys():
            one_spelling(given[key], read[key])
    elif isinstance(given, list) and isinstance(read, list):
        for each, other in zip(given, read, strict=True):
            one_spelling(each, other)
    elif str(given) != str(read):
        raise VerificationError("something in the bundle is not written as it should be")
