"""Private keys as people keep them: PEM, PKCS #8 encrypted or not, and the encrypted files that cosign writes."""

import base64
import hashlib
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from tagship.domain.text import structs
from tagship.errors import UsageError
from tagship.signers._algorithms import MAKE_ONE, PrivateKey, fit

_COSIGN: Final = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
_MOST_MEMORY: Final = 1 << 30
_MEND: Final = "set TAGSHIP_KEY_PASSWORD (input `key-password`) to fit"
_WRONG: Final = "the password of the signing key is wrong"


class _Scrypt(msgspec.Struct, frozen=True, kw_only=True):
    N: Annotated[int, msgspec.Meta(gt=1, le=1 << 20)]
    r: Annotated[int, msgspec.Meta(gt=0, le=64)]
    p: Annotated[int, msgspec.Meta(gt=0, le=16)]


class _Derivation(msgspec.Struct, frozen=True, kw_only=True):
    name: Literal["scrypt"]
    params: _Scrypt
    salt: bytes


class _Cipher(msgspec.Struct, frozen=True, kw_only=True):
    name: Literal["nacl/secretbox"]
    nonce: bytes


class _Locked(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON inside (go-securesystemslib ``encrypted/encrypted.go``); byte strings are Base64."""

    kdf: _Derivation
    cipher: _Cipher
    ciphertext: bytes


def load(text: str) -> bytes:
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
        UsageError: a wrong password, no private key, or one that does not sign here.

    """
    for label in _COSIGN:
        if f"-----BEGIN {label}-----".encode() in pem:
            return fit(serialization.load_der_private_key(_unlocked(pem, label, password), None))
    try:
        return fit(serialization.load_pem_private_key(pem, password.encode() or None))
    except TypeError:
        state = "is not encrypted, but a password was given" if password else "is encrypted"
        raise UsageError(f"the signing key {state}", hint=_MEND) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "password" in str(error).lower() or "decrypt" in str(error).lower()
        raise _unreadable(_WRONG if wrong else "the signing key is not a PEM private key") from None


def write_private(private: PrivateKey, password: str) -> bytes:
    """Write a private key as PKCS #8 in PEM, encrypted when there is a password."""
    locked = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def _unlocked(pem: bytes, label: str, password: str) -> bytes:
    """Decrypt what cosign wrote; an empty password is one too."""
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    try:
        body = pem.split(f"-----BEGIN {label}-----".encode())[1].split(b"-----END")[0]
        locked = structs.decode(base64.b64decode(body), _Locked)
        cost = locked.kdf.params
        key = hashlib.scrypt(
            password.encode(), salt=locked.kdf.salt, n=cost.N, r=cost.r, p=cost.p, maxmem=_MOST_MEMORY, dklen=32
        )
        return SecretBox(key).decrypt(locked.ciphertext, locked.cipher.nonce)
    except CryptoError:
        raise _unreadable(_WRONG if password else "the signing key is encrypted") from None
    except (ValueError, TypeError) as error:
        # what the parsers say names places in the file, not its content
        raise _unreadable(f"the signing key is not what cosign writes: {error}") from None


def _unreadable(message: str) -> UsageError:
    return UsageError(message, hint=f"mend TAGSHIP_KEY or TAGSHIP_KEY_PASSWORD; {MAKE_ONE}")
