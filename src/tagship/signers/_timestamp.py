"""Timestamps over signatures (RFC 3161): that a key signed before it was revoked is then more than its owner's word."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tagship.adapters import http
from tagship.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

_TYPE: Final = "application/timestamp-query"
_DOING: Final = "ask for a timestamp"
_MALFORMED: Final = (
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.AttributeNotFound,
)
_VERSIONS: Final = (3, {1})
"""Of the signed data and its signer, as RFC 3161 shapes a token (RFC 5652, 5.1 and 5.3)."""


class Authority:
    """A time-stamping authority: its address, and the PEM certificates that lead to it."""

    def __init__(self, address: str, chain: bytes) -> None:
        self.address, self.chain = address, chain
        _certificates(chain)

    def stamp(self, signature: bytes) -> bytes:
        """Ask for a timestamp of a signature once, and check it.

        Raises:
            Transient: no answer, or one that may be another next time.
            RemoteRefused: any other refusal.
            IntegrityError: it is not for this signature, or not of this authority.

        """
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        builder = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        headers, data = {"Content-Type": _TYPE}, request.as_bytes()
        answer = http.send("POST", self.address, doing=_DOING, data=data, headers=headers, auth=http.keep_headers)
        http.require_success(answer, _DOING, {})
        check([answer.content], signature, self.chain, nonce=request.nonce)
        return bytes(answer.content)


def check(timestamps: Sequence[bytes], signature: bytes, chain: bytes, *, nonce: int | None = None) -> None:
    """Check timestamps of a signature; without certificates (PEM) only that they are of this signature.

    Raises:
        IntegrityError: one is damaged, of another signature, or not of the authority that the certificates lead to.
        UsageError: the certificates cannot be read.

    """
    import hashlib

    from rfc3161_client import VerificationError, decode_timestamp_response

    wanted = hashlib.sha256(signature).digest()
    for data in timestamps:
        try:
            response = decode_timestamp_response(data)
            if response.tst_info.message_imprint.message != wanted:
                raise _refused("it is of another signature")
            if chain:
                _verify(response, signature, chain, nonce)
        except (ValueError, TypeError, VerificationError, *_MALFORMED) as error:
            raise _refused(str(error)) from None


def _verify(response: "TimeStampResponse", signature: bytes, chain: bytes, nonce: int | None) -> None:
    """Follow the chain: what signed itself is where trust begins, else the last certificate of the file."""
    from rfc3161_client import VerifierBuilder

    certificates = _certificates(chain)
    roots = [each for each in certificates if each.issuer == each.subject] or certificates[-1:]
    builder = VerifierBuilder(nonce=nonce)
    for each in certificates:
        builder = builder.add_root_certificate(each) if each in roots else builder.add_intermediate_certificate(each)
    signed = response.signed_data
    leaves = [each for each in certificates if each not in roots and _stamps(each)]
    if not signed.certificates and leaves:  # cosign asks for timestamps without them
        builder = builder.tsa_certificate(leaves[0])
    builder.build().verify_message(response, signature)
    if (signed.version, {each.version for each in signed.signer_infos}) != _VERSIONS:
        raise ValueError("it is no time-stamp token")
    for data in signed.certificates:
        sent = x509.load_der_x509_certificate(data)
        same = [each for each in certificates if (each.issuer, each.serial_number) == (sent.issuer, sent.serial_number)]
        if same not in ([], [sent]):
            raise ValueError("the certificate in it is not the authority's")


def _stamps(certificate: x509.Certificate) -> bool:
    """Whether a certificate is one of an authority itself (RFC 3161, 2.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage and not _is_authority(certificate)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _certificates(chain: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(chain)
    except ValueError:
        hint = "give the authority's certificates in PEM, the root among them"
        raise UsageError("the certificates of the timestamp authority cannot be read", hint=hint) from None


def _refused(why: str) -> IntegrityError:
    hint = "do not trust the time of this signature; check which authority's certificates were given"
    return IntegrityError(f"the timestamp does not hold: {why}", hint=hint)
