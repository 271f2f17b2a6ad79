"""rpm packages as files: what their header says, and a signature put into them.

Source: https://rpm-software-management.github.io/rpm/manual/format_v4.html (lead, signature, header, payload) and
``rpmtag.h``. Only the header is signed, as rpmsign does since rpm 4.14: it has the digest of the payload.
"""

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

_LEAD: Final = 96
_MAGIC: Final = b"\x8e\xad\xe8\x01\x00\x00\x00\x00"
_ENTRY: Final = struct.Struct(">IIII")
_REGION: Final = 62  # RPMTAG_HEADERSIGNATURES
_RSA, _DSA = 268, 267  # RPMSIGTAG_RSA, RPMSIGTAG_DSA: also for ECDSA and EdDSA (rpm: sign/rpmgensig.c)
_RSA_ALGORITHMS: Final = frozenset({1, 3})
_INTEGERS: Final[Mapping[int, struct.Struct]] = {
    1: struct.Struct(">B"), 2: struct.Struct(">B"), 3: struct.Struct(">H"), 4: struct.Struct(">I"), 5: struct.Struct(">Q"),
}  # fmt: skip
_STRINGS: Final = frozenset({6, 8, 9})
_BINARY: Final = 7
_MOST: Final = 1 << 28
"""Bytes of a header that are believed: rpm's own limit."""


class _Header(NamedTuple):
    """A header: where it begins and ends in the file, its entries, and where their data is."""

    start: int
    end: int
    entries: tuple[tuple[int, int, int, int], ...]
    data: bytes


class RpmFile:
    """A package: its header by numbers of tags.

    Raises:
        ValueError: it is none, or damaged.

    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._signature = _header(content, _LEAD)
        self._main = _header(content, self._signature.end + -self._signature.end % 8)

    @property
    def header(self) -> bytes:
        """The bytes that a signature is made over."""
        return self.content[self._main.start : self._main.end]

    @property
    def header_range(self) -> tuple[int, int]:
        """Where the header is in the file, for those who fetch it alone."""
        return self._main.start, self._main.end

    @property
    def payload_size(self) -> int:
        """Bytes of the payload before it was compressed."""
        return (_integers(self._signature, 1007) or _integers(self._main, 1046) or (0,))[0]

    def text(self, tag: int) -> str:
        """Return a string, empty when there is none."""
        return next(iter(self.texts(tag)), "")

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return the strings of a tag."""
        for found, kind, offset, count in self._main.entries:
            if found == tag and kind in _STRINGS:
                return _strings(self._main.data, offset, count)
        return ()

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the integers of a tag."""
        return _integers(self._main, tag)

    def signed(self, signature: bytes) -> bytes:
        """Return the file with an OpenPGP signature of the header, in place of the one it had."""
        tag = _RSA if _algorithm(signature) in _RSA_ALGORITHMS else _DSA
        kept = [_entry(self._signature, entry) for entry in self._signature.entries if entry[0] not in _OWN]
        header = _written(sorted([*kept, (tag, _BINARY, len(signature), signature)]))
        return self.content[:_LEAD] + header + b"\0" * (-len(header) % 8) + self.content[self._main.start :]


_OWN: Final = frozenset({_REGION, _RSA, _DSA})


def _header(content: bytes, start: int) -> _Header:
    head = content[start : start + 16]
    if len(head) < 16 or head[:8] != _MAGIC:  # noqa: PLR2004
        raise ValueError("it is no rpm package")
    count, size = struct.unpack(">II", head[8:])
    data_at = start + 16 + count * 16
    end = data_at + size
    if count * 16 + size > _MOST or end > len(content):
        raise ValueError("the header of the rpm package is cut off")
    entries = tuple(_ENTRY.iter_unpack(content[start + 16 : data_at]))
    return _Header(start, end, entries, content[data_at:end])


def _strings(data: bytes, offset: int, count: int) -> tuple[str, ...]:
    found = []
    for _ in range(count):
        end = data.index(b"\0", offset)
        found.append(data[offset:end].decode("utf-8", "replace"))
        offset = end + 1
    return tuple(found)


def _integers(header: _Header, tag: int) -> tuple[int, ...]:
    for found, kind, offset, count in header.entries:
        if found == tag and kind in _INTEGERS:
            one = _INTEGERS[kind]
            return tuple(value for (value,) in one.iter_unpack(header.data[offset : offset + count * one.size]))
    return ()


def _entry(header: _Header, entry: tuple[int, int, int, int]) -> tuple[int, int, int, bytes]:
    """Return tag, type, count and data of an entry."""
    tag, kind, offset, count = entry
    if kind in _STRINGS:
        end = offset
        for _ in range(count):
            end = header.data.index(b"\0", end) + 1
    else:
        end = offset + count * (_INTEGERS[kind].size if kind in _INTEGERS else 1)
    return tag, kind, count, header.data[offset:end]


def _written(entries: list[tuple[int, int, int, bytes]]) -> bytes:
    """Write a signature header whose entries are all in its region, as rpmsign leaves it."""
    index, data = b"", b""
    for tag, kind, count, value in entries:
        width = _INTEGERS[kind].size if kind in _INTEGERS else 1
        data += b"\0" * (-len(data) % width)
        index += _ENTRY.pack(tag, kind, len(data), count)
        data += value
    total = len(entries) + 1
    region = _ENTRY.pack(_REGION, _BINARY, len(data), 16)
    trailer = struct.pack(">IIiI", _REGION, _BINARY, -total * 16, 16)
    return _MAGIC + struct.pack(">II", total, len(data) + 16) + region + index + data + trailer


def _algorithm(signature: bytes) -> int:
    """Return the public-key algorithm of a signature packet (RFC 9580, 4.2 and 5.2)."""
    first = signature[0]
    if first & 0x40:
        length = 1 if signature[1] < 192 else 2 if signature[1] < 224 else 5  # noqa: PLR2004
        return signature[1 + length + 2]
    return signature[1 + (1, 2, 4, 0)[first & 3] + 2]
