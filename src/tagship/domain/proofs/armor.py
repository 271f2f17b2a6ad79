"""The ASCII form of OpenPGP signatures, read strictly: one block, whole, and nothing beside it.

Source: RFC 4880, section 6 (RFC 9580 makes the checksum optional; what is there must be right).
"""

import base64
import re
from typing import Final

BEGIN: Final = "-----BEGIN PGP "
PUBLIC: Final = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_SIGNATURE: Final = re.compile(
    rb"-----BEGIN PGP SIGNATURE-----\r?\n(?:[A-Za-z]+: [^\r\n]*\r?\n)*\r?\n"
    rb"(?P<body>(?:[A-Za-z0-9+/]{1,76}={0,2}\r?\n)+)(?:=(?P<checksum>[A-Za-z0-9+/]{4})\r?\n)?-----END PGP SIGNATURE-----\s*"
)
_INITIAL: Final = 0xB704CE
_GENERATOR: Final = 0x864CFB
_LONGEST: Final = 1 << 20


def signature(data: bytes) -> bytes:
    """Return the packets of an armoured signature.

    Raises:
        ValueError: it is no such block, or damaged.

    """
    match = _SIGNATURE.fullmatch(data) if len(data) < _LONGEST else None
    if match is None:
        raise ValueError("no whole ASCII block of an OpenPGP signature")
    body = b"".join(match["body"].split())
    packets = base64.b64decode(body, validate=True)
    if base64.b64encode(packets) != body:
        raise ValueError("its Base64 is not canonical")
    if match["checksum"] and base64.b64decode(match["checksum"]) != _checksum(packets):
        raise ValueError("its checksum is wrong")
    return packets


def _checksum(data: bytes) -> bytes:
    """CRC-24 as section 6.1 defines it."""
    value = _INITIAL
    for byte in data:
        value ^= byte << 16
        for _ in range(8):
            value = value << 1 ^ (_GENERATOR if value & 0x800000 else 0)
        value &= 0xFFFFFF
    return value.to_bytes(3, "big")
