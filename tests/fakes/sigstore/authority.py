"""A certificate authority of the shape that GitHub's own Fulcio has: a root and an intermediate, all of one organisation."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEAR: Final = timedelta(days=365)


class Authority:
    """``chain`` (PEM, the intermediate first) and ``key`` (PEM, of the intermediate) are what Fulcio's ``fileca`` reads."""

    def __init__(self, organisation: str) -> None:
        root_key, self._key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
        self.name = _name(organisation, "Fulcio Intermediate l2")
        top = _name(organisation, "Internal Services Root")
        root = _builder(top, top, root_key.public_key(), 1).sign(root_key, hashes.SHA384())
        middle = _builder(self.name, top, self._key.public_key(), 0).add_extension(_code_signing(), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        self.certificates = [middle.add_extension(issuer, critical=False).sign(root_key, hashes.SHA384()), root]
        self.chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self.certificates)
        self.key = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def certify(self, key: ec.EllipticCurvePublicKey, like: x509.Certificate, minutes: int = 0) -> x509.Certificate:
        """Certify what another certificate says, for another key, ``minutes`` later: what a dishonest authority could do."""
        later = timedelta(minutes=minutes)
        builder = x509.CertificateBuilder(
            issuer_name=self.name,
            subject_name=like.subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=like.not_valid_before_utc + later,
            not_valid_after=like.not_valid_after_utc + later,
        )
        mine = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for each in like.extensions:
            if not isinstance(each.value, x509.AuthorityKeyIdentifier | x509.SubjectKeyIdentifier):
                builder = builder.add_extension(each.value, critical=each.critical)
        builder = builder.add_extension(mine, critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        return builder.sign(self._key, hashes.SHA384())


def _name(organisation: str, common: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, length: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder(
            issuer_name=issuer,
            subject_name=subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=now - _YEAR,
            not_valid_after=now + _YEAR,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _code_signing() -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
