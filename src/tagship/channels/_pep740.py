"""Attestations as PyPI takes them (PEP 740): made of the Sigstore bundles that lie beside a file.

https://docs.pypi.org/attestations/publish/v1/ and https://docs.pypi.org/attestations/security-model/: one statement about
exactly this file, with an entry of a transparency log; only a trusted publisher may send them. The form has no place for
timestamps, so the time of the signature must come from the log's own promise.
"""

from typing import Any, Final

from tagship.channels import _statements
from tagship.domain.plans.channel import Owed
from tagship.domain.proofs import provenance

_ACCEPTED: Final = frozenset({provenance.PYPI, provenance.SLSA})


def attestations(file: Owed) -> list[dict[str, Any]]:
    """Return the attestations of a file: of each kind one, since PyPI takes no two."""
    made: dict[str, dict[str, Any]] = {}
    subject = [{"name": file.name, "digest": {"sha256": file.sha256}}]
    for bundle, statement in _statements.beside(file):
        predicate = str(statement.get("predicateType"))
        if statement.get("subject") == subject and predicate in _ACCEPTED:
            attestation = _attestation(bundle.get("verificationMaterial") or {}, bundle["dsseEnvelope"])
            if attestation:
                made.setdefault(predicate, attestation)
    return [made[predicate] for predicate in sorted(made)]


def _attestation(material: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """Say the same in PyPI's words; nothing of a bundle without certificate or a log's promise, which PyPI refuses."""
    certificate = (material.get("certificate") or {}).get("rawBytes")
    entries, signatures = material.get("tlogEntries"), envelope.get("signatures")
    if not certificate or not entries or not signatures or not all(each.get("inclusionPromise") for each in entries):
        return {}
    return {
        "version": 1,
        "verification_material": {"certificate": certificate, "transparency_entries": entries},
        "envelope": {"statement": envelope["payload"], "signature": signatures[0]["sig"]},
    }
