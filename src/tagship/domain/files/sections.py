"""Named parts of program files, as the linker wrote them: ELF (System V ABI, chapter 4), Mach-O (<mach-o/loader.h>), PE."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_MACH_O: Final = b"\xcf\xfa\xed\xfe"
_SEGMENT: Final = 0x19
_MOST: Final = 4096


class Section(NamedTuple):
    """A name, and where its bytes are in the file."""

    name: bytes
    offset: int
    size: int


def section(program: bytes, name: str) -> bytes:
    """Return a section of a program of 64 bits; nothing where it has none, or where this is no program."""
    try:
        found = next((each for each in _sections(program) if each.name == name.encode()), None)
    except (struct.error, IndexError, ValueError, OverflowError):
        return b""
    return program[found.offset : found.offset + found.size] if found else b""


def _sections(program: bytes) -> Iterator[Section]:
    if program.startswith(b"\x7fELF\x02\x01"):
        return _elf(program)
    if program.startswith(_MACH_O):
        return _mach_o(program)
    return _pe(program) if program.startswith(b"MZ") else iter(())


def _elf(program: bytes) -> Iterator[Section]:
    (table,) = struct.unpack_from("<Q", program, 40)
    size, count, names = struct.unpack_from("<HHH", program, 58)
    rows = [struct.unpack_from("<IIQQQQ", program, table + number * size) for number in range(min(count, _MOST))]
    strings = rows[names][4]
    for label, _, _, _, offset, length in rows:
        start = strings + label
        yield Section(program[start : program.index(b"\0", start)], offset, length)


def _mach_o(program: bytes) -> Iterator[Section]:
    (count,) = struct.unpack_from("<I", program, 16)
    at = 32
    for _ in range(min(count, _MOST)):
        command, size = struct.unpack_from("<II", program, at)
        inner = struct.unpack_from("<I", program, at + 64)[0] if command == _SEGMENT else 0
        for number in range(min(inner, _MOST)):
            place = at + 72 + number * 80
            length, offset = struct.unpack_from("<QI", program, place + 40)
            yield Section(program[place : place + 16].rstrip(b"\0"), offset, length)
        at += size


def _pe(program: bytes) -> Iterator[Section]:
    (header,) = struct.unpack_from("<I", program, 60)
    (count,) = struct.unpack_from("<H", program, header + 6)
    (optional,) = struct.unpack_from("<H", program, header + 20)
    for number in range(min(count, _MOST)):
        place = header + 24 + optional + number * 40
        used, _, length, offset = struct.unpack_from("<IIII", program, place + 8)
        yield Section(program[place : place + 8].rstrip(b"\0"), offset, min(used, length))
