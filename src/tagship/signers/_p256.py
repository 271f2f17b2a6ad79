"""ECDSA over P-256 with SHA-256 and PEM keys: the cryptography behind :mod:`tagship.signers.key`, imported when it is used."""

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tagship.errors import UsageError

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey

MAKE_ONE: Final = "make one with `tagship sign-and-attest --generate-key signing-key.pem`"
_SIGN: Final = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
_CHECK: Final = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


def generate(password: str) -> tuple[bytes, bytes]:
    """Make a key pair: private key (PKCS #8 in PEM, encrypted when there is a password) and public key."""
    private = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    return pem, public_pem(private.public_key())


def sign(private: PrivateKey, sha256: str) -> bytes:
    """Sign a digest; the nonce is derived from key and digest (RFC 6979)."""
    return private.sign(bytes.fromhex(sha256), _SIGN)


def holds(public: PublicKey, sha256: str, signature: bytes) -> bool:
    """Whether the signature (DER) is of this digest and key."""
    try:
        public.verify(signature, bytes.fromhex(sha256), _CHECK)
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
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError("the public key is not ECDSA P-256", hint=MAKE_ONE)
    return key


def load_pem(text: str) -> bytes:
    """Return the PEM that an input gives: its text, or the path of a file with it.

    Raises:
        UsageError: the file cannot be read.

    """
    if "-----BEGIN" in text:
        return text.encode()
    try:
        return Path(text).read_bytes()
    except OSError as error:
        hint = "give the PEM text itself, or the path of a readable file"
        raise UsageError(f"the signing key cannot be read: {error.strerror}", hint=hint) from None


def read_private(pem: bytes, password: str) -> PrivateKey:
    """Read a private key.

    Raises:
        UsageError: a wrong password, or no P-256 key.

    """
    try:
        key = serialization.load_pem_private_key(pem, password.encode() or None)
    except TypeError:
        state = "is not encrypted, but a password was given" if password else "is encrypted"
        raise UsageError(
            f"the signing key {state}", hint="set TAGSHIP_KEY_PASSWORD (input `key-password`) to fit"
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "password" in str(error).lower() or "decrypt" in str(error).lower()
        message = "the password of the signing key is wrong" if wrong else "the signing key is not a PEM private key"
        raise UsageError(message, hint=f"mend TAGSHIP_KEY or TAGSHIP_KEY_PASSWORD; {MAKE_ONE}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError("the signing key is not ECDSA P-256", hint=MAKE_ONE)
    return key
