"""Bundles without a log, of instances that have none: a timestamp alone says when, and so whether the certificate held.

sigstore-python wants a log entry and an SCT of everybody. Its chains, timestamps and envelopes are used here, and the rules
are those of ``gh`` for GitHub's instance (cli/cli, ``verification/sigstore.go`` ``newGitHubVerifier``). Imported when used.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import TimeStampResponse, decode_timestamp_response
from sigstore import dsse
from sigstore._internal.fulcio import ExpiredCertificate
from sigstore._internal.fulcio.client import FulcioClient
from sigstore._internal.timestamp import TimestampAuthorityClient, TimestampVerificationResult
from sigstore._internal.trust import CertificateAuthority
from sigstore.dsse import Statement
from sigstore.errors import VerificationError
from sigstore.hashes import Hashed
from sigstore.models import FULCIO_VERSIONS, TSA_VERSIONS, ClientTrustConfig, SigningConfig, TrustedRoot
from sigstore.oidc import IdentityToken
from sigstore.verify import Verifier
from sigstore.verify.policy import VerificationPolicy
from sigstore.verify.verifier import MAX_ALLOWED_TIMESTAMP
from sigstore_models.bundle.v1 import Bundle as BundleModel
from sigstore_models.common.v1 import HashAlgorithm

from tagship.adapters import http
from tagship.domain.proofs import bundle
from tagship.signers import _strict

_PUBLIC: Final = "sigstore.dev"
"""Organisation of the public instance, which logs all that it certifies."""
_VERSIONS: Final = frozenset({1, 3})
"""Of a time-stamp token's signed data: 3 (RFC 5652, 5.1), and 1 as GitHub's authority wrote at first."""
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_DIGESTED: Final = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
_ENTERPRISE: Final = (
    "if this is GitHub's own instance: it is for private repositories on GitHub Enterprise Cloud; elsewhere sign with a key, "
    "with an instance of your own (`trust-config`), or in public (`allow-public-log: true`)"
)
_HINTS: Final = dict.fromkeys((400, 401, 402, 403, 404, 422), _ENTERPRISE)


def services(config: ClientTrustConfig) -> tuple[FulcioClient, list[TimestampAuthorityClient]]:
    """Return who certifies and who timestamps, those that are valid now; sigstore-python tells it of logged instances only.

    Raises:
        ValueError: there is nobody.

    """
    where = config._inner.signing_config  # noqa: SLF001
    fulcios = SigningConfig._get_valid_services(where.ca_urls, FULCIO_VERSIONS, None)  # noqa: SLF001
    tsas = SigningConfig._get_valid_services(where.tsa_urls, TSA_VERSIONS, where.tsa_config)  # noqa: SLF001
    if not fulcios or not tsas:
        raise ValueError("the trust configuration names nobody who certifies, or timestamps, now")
    return FulcioClient(fulcios[0].url), [TimestampAuthorityClient(each.url) for each in tsas]


class Made(NamedTuple):
    """A bundle, as sigstore-python hands out its own."""

    document: dict[str, Any]

    def to_json(self) -> str:
        """Write it."""
        return json.dumps(self.document, separators=(",", ":"))


class Signer:
    """What sigstore-python's ``Signer`` is: one key, one certificate, many signatures, from several threads."""

    def __init__(self, token: IdentityToken, fulcio: FulcioClient, authorities: Sequence[Any]) -> None:
        self._authorities = authorities
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = _certificate(fulcio, self._key, token)

    def sign_artifact(self, hashed: Hashed) -> Made:
        """Sign a digest."""
        self._lasts()
        signature = self._key.sign(hashed.digest, _DIGESTED)
        digest = {"algorithm": "SHA2_256", "digest": _base64(hashed.digest)}
        message = {"messageDigest": digest, "signature": _base64(signature)}
        return self._made(signature, "messageSignature", message)

    def sign_dsse(self, statement: Statement) -> Made:
        """Sign an in-toto statement, its very bytes."""
        self._lasts()
        contents = statement._contents  # noqa: SLF001  (it gives them to nobody)
        signature = self._key.sign(bundle.signed_bytes(contents), _ECDSA)
        return self._made(signature, "dsseEnvelope", json.loads(bundle.envelope_text(contents, signature)))

    def _signing_cert(self) -> x509.Certificate:
        return self._certificate

    def _lasts(self) -> None:
        if datetime.now(self._certificate.not_valid_after_utc.tzinfo) > self._certificate.not_valid_after_utc:
            raise ExpiredCertificate

    def _made(self, signature: bytes, kind: str, content: dict[str, Any]) -> Made:
        stamps = [each.request_timestamp(signature).as_bytes() for each in self._authorities]
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        material = {
            "certificate": {"rawBytes": _base64(der)},
            "timestampVerificationData": {
                "rfc3161Timestamps": [{"signedTimestamp": _base64(each)} for each in stamps],
            },
        }
        return Made({"mediaType": bundle.MEDIA_TYPE, "verificationMaterial": material, kind: content})


def _certificate(fulcio: FulcioClient, key: ec.EllipticCurvePrivateKey, token: IdentityToken) -> x509.Certificate:
    """Ask for a certificate as @actions/attest does; without a log Fulcio calls its answer one with a detached SCT.

    Raises:
        RemoteRefused: Fulcio says no.
        Transient: no answer, or one that may be another next time.

    """
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    proof = key.sign(token.identity.encode(), _ECDSA)
    asked = {
        "credentials": {"oidcIdentityToken": str(token)},
        "publicKeyRequest": {
            "publicKey": {"algorithm": "ECDSA", "content": public.decode()},
            "proofOfPossession": _base64(proof),
        },
    }
    answer = fulcio.session.post(f"{fulcio.url.rstrip('/')}/api/v2/signingCert", json=asked, allow_redirects=False)
    if not answer.ok or answer.is_redirect:
        said = http.message_of(answer.text)
        raise http.refusal(answer.status_code, answer.headers, said, "certificate", _HINTS)
    told = answer.json()
    signed = told.get("signedCertificateEmbeddedSct") or told["signedCertificateDetachedSct"]
    return x509.load_pem_x509_certificate(signed["chain"]["certificates"][0].encode())


def verify_artifact(document: dict[str, Any], sha256: str, policy: VerificationPolicy, root: TrustedRoot) -> None:
    """Check that a bundle signs this digest.

    Raises:
        VerificationError: it does not.

    """
    read = _read(document)
    message = read.message_signature
    if message is None or read.dsse_envelope is not None:
        raise VerificationError("it signs a statement, no file")
    key = _key_at_signing(read, message.signature, policy, root)
    said = message.message_digest
    if said is None or said.algorithm != HashAlgorithm.SHA2_256 or said.digest != bytes.fromhex(sha256):
        raise VerificationError("it signs another file")
    try:
        key.verify(message.signature, said.digest, _DIGESTED)
    except InvalidSignature:
        raise VerificationError("the signature is not of this file") from None


def verify_dsse(document: dict[str, Any], policy: VerificationPolicy, root: TrustedRoot) -> tuple[str, bytes]:
    """Return what kind of statement a bundle signs, and the statement.

    Raises:
        VerificationError: its signature does not hold.

    """
    read = _read(document)
    if read.dsse_envelope is None or read.message_signature is not None:
        raise VerificationError("it signs a file, no statement")
    envelope = dsse.Envelope(read.dsse_envelope)
    key = _key_at_signing(read, envelope.signature, policy, root)
    return read.dsse_envelope.payload_type, dsse._verify(key, envelope)  # noqa: SLF001


def _read(document: dict[str, Any]) -> BundleModel:
    material = document.get("verificationMaterial")
    if document.get("mediaType") != bundle.MEDIA_TYPE or not isinstance(material, dict):
        raise VerificationError("not a bundle v0.3")
    if material.get("tlogEntries"):
        raise VerificationError("it has an entry of a log, and its instance has none")
    material.setdefault("tlogEntries", [])
    read = BundleModel.from_json(json.dumps(document))
    _strict.one_spelling(document, json.loads(read.to_json()))
    return read


def _key_at_signing(
    read: BundleModel, signature: bytes, policy: VerificationPolicy, root: TrustedRoot
) -> ec.EllipticCurvePublicKey:
    """Return the key of a certificate that was valid, and of this identity, whenever a timestamp says it signed.

    Raises:
        VerificationError: it was not, or no timestamp says when.

    """
    material = read.verification_material
    if material.certificate is None:
        raise VerificationError("there is no certificate in it")
    certificate = x509.load_der_x509_certificate(material.certificate.raw_bytes)
    if not material.certificate.raw_bytes.endswith(b"\0" + certificate.signature):
        raise VerificationError("its certificate is not written as it should be")
    told = material.timestamp_verification_data
    stamps = [each.signed_timestamp for each in told.rfc3161_timestamps or ()] if told else []
    if not stamps:
        raise VerificationError("no timestamp says when it was signed")
    if len(stamps) > MAX_ALLOWED_TIMESTAMP or len(set(stamps)) != len(stamps):
        raise VerificationError("there are too many timestamps")
    for stamp in stamps:
        _Instance(root).check(certificate, decode_timestamp_response(stamp), signature)
    _signs_code(certificate)
    policy.verify(certificate)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise VerificationError("its key is not of an elliptic curve")
    return key


class _Instance(Verifier):
    """Chains and timestamps of sigstore-python's verifier, which is not made without a log."""

    def __init__(self, root: TrustedRoot) -> None:
        self._trusted_root = root

    def check(self, certificate: x509.Certificate, stamp: TimeStampResponse, signature: bytes) -> None:
        """Check a timestamp of this signature, and that the certificate held and its authority was entitled then."""
        signed = stamp.signed_data
        known = {(each.issuer, each.serial_number) for each in self._who_timestamps()}
        named = {(each.issuer, each.serial_number) for each in signed.signer_infos}  # OpenSSL takes a for A
        if (
            signed.version not in _VERSIONS
            or {each.version for each in signed.signer_infos} != {1}
            or not named <= known
        ):
            raise VerificationError("a timestamp in the bundle is no time-stamp token of an authority that is trusted")
        time = self._verify_signed_timestamp(stamp, signature)
        if time is None:
            raise VerificationError("a timestamp in the bundle does not hold")
        self._fulcio_certificate_chain = _entitled(self._trusted_root, time)
        self._verify_chain_at_time(certificate, time)

    def _who_timestamps(self) -> Iterator[x509.Certificate]:
        for each in self._trusted_root.get_timestamp_authorities():
            yield from each.certificates(allow_expired=True)


def _entitled(root: TrustedRoot, then: TimestampVerificationResult) -> list[x509.Certificate]:
    """Return the authorities that could certify at a time; never the public instance's, which has a log."""
    authorities = [CertificateAuthority(each) for each in root._inner.certificate_authorities]  # noqa: SLF001
    chains = [
        each.certificates(allow_expired=True)
        for each in authorities
        if each.validity_period_start <= then.time
        and (each.validity_period_end is None or then.time < each.validity_period_end)
    ]
    found = [each for chain in chains if not any(map(_is_public, chain)) for each in chain]
    if not found:
        raise VerificationError("nobody was entitled to certify it when it was signed")
    return found


def _is_public(authority: x509.Certificate) -> bool:
    return any(each.value == _PUBLIC for each in authority.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _signs_code(certificate: x509.Certificate) -> None:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if not usage.digital_signature or ExtendedKeyUsageOID.CODE_SIGNING not in extended:
        raise VerificationError("its certificate is not for signing")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
