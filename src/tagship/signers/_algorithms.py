"""The key pairs that sign: ECDSA P-256, Ed25519 and RSA. Their cryptography, imported when it is used.

Schemes are those that Sigstore's verifiers choose by a public key alone (sigstore/architecture-docs, algorithm-registry.md):
``ecdsa-sha2-256-nistp256``, ``ed25519``, ``rsa-sign-pkcs1-2048-sha256`` and its siblings of 3072 and 4096 bits.
"""

from collections.abc import Callable
from types import UnionType
from typing import Final, Literal, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from tagship.errors import UsageError

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
WHOLE: Final = ed25519.Ed25519PublicKey
"""Keys whose signatures are made of all bytes, not of their digest."""
Name = Literal["ecdsa-p256", "ed25519", "rsa"]
Message = Callable[[], bytes]
"""Gives the signed bytes, to an algorithm that does not work on their digest."""

MAKE_ONE: Final = "make one with `tagship sign-and-attest --generate-key signing-key.pem`"
RSA_BITS: Final = (2048, 3072, 4096)
_KINDS: Final = "use ECDSA P-256, Ed25519, or RSA of 2048, 3072 or 4096 bits"
_NEW_RSA_BITS: Final = 3072
_DIGEST: Final = utils.Prehashed(hashes.SHA256())


def generate(name: Name) -> PrivateKey:
    """Make a key; an RSA key has 3072 bits (NIST SP 800-57 part 1, table 2: as strong as P-256)."""
    if name == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, _NEW_RSA_BITS) if name == "rsa" else ec.generate_private_key(ec.SECP256R1())


def sign(private: PrivateKey, sha256: str, message: Message, *, anew: bool = False) -> bytes:
    """Sign bytes with this SHA-256: the same each time, by RFC 6979 (ECDSA), RFC 8032 (Ed25519) and RFC 8017, 8.2 (RSA).

    ``anew`` has ECDSA make another one each time: logs refuse what they have.
    """
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(message())
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(bytes.fromhex(sha256), padding.PKCS1v15(), _DIGEST)
    return private.sign(bytes.fromhex(sha256), ec.ECDSA(_DIGEST, deterministic_signing=not anew))


def holds(public: PublicKey, sha256: str, message: Message, signature: bytes) -> bool:
    """Whether a signature is of these bytes and this key."""
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, message())
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, bytes.fromhex(sha256), padding.PKCS1v15(), _DIGEST)
        else:
            public.verify(signature, bytes.fromhex(sha256), ec.ECDSA(_DIGEST))
    except InvalidSignature:
        return False
    return True


def public_pem(public: PublicKey) -> bytes:
    """Write a public key as PEM ``SubjectPublicKeyInfo``."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def spki(public: PublicKey) -> bytes:
    """Write a public key as DER ``SubjectPublicKeyInfo``."""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_public(pem: bytes) -> PublicKey:
    """Read a public key.

    Raises:
        UsageError: it is none, or of another kind.

    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            "the public key cannot be read", hint="give a PEM file that begins with -----BEGIN PUBLIC KEY-----"
        ) from None
    _fit(key, PublicKey, "the public key")
    return cast("PublicKey", key)


def fit(private: object) -> PrivateKey:
    """Return a private key that signs here.

    Raises:
        UsageError: it is of another kind, curve or size.

    """
    _fit(private, PrivateKey, "the signing key")
    return cast("PrivateKey", private)


def _fit(key: object, kinds: UnionType, what: str) -> None:
    wrong = "" if isinstance(key, kinds) else type(key).__name__.strip("_")
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) and not isinstance(
        key.curve, ec.SECP256R1
    ):
        wrong = f"ECDSA over {key.curve.name}"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) and key.key_size not in RSA_BITS:
        wrong = f"RSA of {key.key_size} bits"
    if wrong:
        raise UsageError(f"{what} is {wrong}, which does not sign here", hint=f"{_KINDS}; {MAKE_ONE}")
