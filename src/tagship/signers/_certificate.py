"""What a Sigstore certificate says of who signed, and whether that is who should have.

The extensions are Fulcio's: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. Imported when it is used.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat import asn1
from sigstore.errors import VerificationError

from tagship.domain.proofs.trust import Identity

_FULCIO: Final = "1.3.6.1.4.1.57264.1"
ISSUER, REPOSITORY, COMMIT, REF, WORKFLOW = 8, 12, 13, 14, 18


def value(certificate: x509.Certificate, number: int) -> str:
    """Return an extension of Fulcio's own as text; empty when it is not there."""
    try:
        found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(f"{_FULCIO}.{number}"))
    except x509.ExtensionNotFound:
        return ""
    raw = found.value.public_bytes()
    return asn1.decode_der(str, raw)


def names(certificate: x509.Certificate) -> list[str]:
    """Return who the certificate is for: addresses and e-mail addresses."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [
        *found.get_values_for_type(x509.UniformResourceIdentifier),
        *found.get_values_for_type(x509.RFC822Name),
    ]


class Is:
    """A verification policy of sigstore-python (``VerificationPolicy``): this identity and no other."""

    def __init__(self, wanted: Identity) -> None:
        self._wanted = wanted

    def verify(self, cert: x509.Certificate) -> None:
        """Compare all that is asked for.

        Raises:
            VerificationError: something differs.

        """
        wanted, said = self._wanted, names(cert)
        if wanted.name and said != [wanted.name]:
            raise VerificationError(f"it was signed by {', '.join(said) or 'nobody'}, not by {wanted.name}")
        self._same("issuer", value(cert, ISSUER), wanted.issuer)
        self._same("repository", value(cert, REPOSITORY), wanted.repository)
        self._same("ref", value(cert, REF), wanted.ref)
        self._same("commit", value(cert, COMMIT), wanted.commit)
        path = value(cert, WORKFLOW).removeprefix(f"{wanted.repository}/").partition("@")[0]
        self._same("workflow", path, wanted.workflow)

    @staticmethod
    def _same(what: str, found: str, wanted: str) -> None:
        if wanted and found != wanted:
            raise VerificationError(f"the {what} that signed is {found or 'not known'}, not {wanted}")
