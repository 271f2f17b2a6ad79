"""What a program file is made for, read from its first bytes: system, architecture, whether it needs a dynamic loader.

Sources: ELF (System V ABI, chapters 4 and 5), Mach-O (<mach-o/loader.h>, <mach-o/fat.h>), PE (Microsoft PE format).
"""

import struct
from typing import Final, Literal

import msgspec

from tagship.domain.plans.target import Target

HEAD: Final = 1 << 16
"""Bytes from the start of a file that are enough to read."""
System = Literal["linux", "macos", "windows", "another system"]
_ELF: Final = {62: "x86_64", 183: "aarch64", 3: "x86", 40: "arm", 243: "riscv64"}
_MACH: Final = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "x86", 12: "arm"}
_PE: Final = {0x8664: "x86_64", 0xAA64: "aarch64", 0x14C: "x86", 0x1C4: "arm"}
_THIN: Final = {b"\xcf\xfa\xed\xfe": "<", b"\xce\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xcf": ">", b"\xfe\xed\xfa\xce": ">"}
_FAT: Final = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
_INTERPRETER: Final = 3
_LINUX: Final = frozenset({0, 3})
"""EI_OSABI of programs for Linux; the BSDs and Solaris have numbers of their own."""
_PROGRAMS: Final = frozenset({2, 3})
"""ET_EXEC and ET_DYN: no object file, no core dump."""
_MOST: Final = 64
"""Parts of a universal file; a Java class begins with the same bytes and a larger number."""


class Executable(msgspec.Struct, frozen=True, kw_only=True):
    """A program's system and architectures (several in a universal Mach-O); ``static``: no dynamic loader is named."""

    system: System
    architectures: tuple[str, ...]
    static: bool


def read_executable(head: bytes) -> Executable | None:
    """Read the beginning of a file, at least :data:`HEAD` bytes of a longer one; ``None`` when it is no whole program header."""
    try:
        if head.startswith(b"\x7fELF"):
            return _elf(head)
        if head[:4] in _THIN:
            return _mach(head)
        if head[:4] in _FAT:
            return _fat(head)
        return _pe(head) if head.startswith(b"MZ") else None
    except (struct.error, IndexError, OverflowError):
        return None


def problems(found: Executable | None, target: Target) -> list[str]:
    """Say what keeps a program from being one for the target: an incomplete sentence each, beginning with ``is``."""
    if found is None:
        return ["is no program"]
    if elsewhere := foreign(found, target):
        return [elsewhere]
    if found.system == "linux" and not found.static:
        return ["is linked dynamically: it runs only where the same C library is"]
    return []


def foreign(found: Executable, target: Target) -> str:
    """Say for which other platform a program, or a library that one loads, was made; empty when it is for the target."""
    system, _, architecture = target.partition("-")
    if found.system == system and architecture in found.architectures:
        return ""
    return f"is made for {found.system} on {'+'.join(found.architectures)}, not for {target}"


def _elf(head: bytes) -> Executable | None:
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"  # noqa: PLR2004  (EI_CLASS, EI_DATA)
    kind, machine = struct.unpack_from(f"{order}HH", head, 16)
    (table,) = struct.unpack_from(f"{order}Q" if wide else f"{order}I", head, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    kinds = [struct.unpack_from(f"{order}I", head, table + number * size)[0] for number in range(count)]
    if kind not in _PROGRAMS or not kinds:
        return None
    return Executable(
        system="linux" if head[7] in _LINUX else "another system",
        architectures=(_ELF.get(machine, f"machine {machine}"),),
        static=_INTERPRETER not in kinds,
    )


def _mach(head: bytes) -> Executable:
    (processor,) = struct.unpack_from(f"{_THIN[head[:4]]}I", head, 4)
    return Executable(system="macos", architectures=(_MACH.get(processor, f"processor {processor}"),), static=False)


def _fat(head: bytes) -> Executable | None:
    (count,) = struct.unpack_from(">I", head, 4)
    if not 0 < count <= _MOST:
        return None
    step = _FAT[head[:4]]
    parts = [struct.unpack_from(">I", head, 8 + number * step)[0] for number in range(count)]
    names = tuple(sorted({_MACH.get(part, f"processor {part}") for part in parts}))
    return Executable(system="macos", architectures=names, static=False)


def _pe(head: bytes) -> Executable | None:
    (at,) = struct.unpack_from("<I", head, 0x3C)
    if head[at : at + 4] != b"PE\0\0":
        return None
    (machine,) = struct.unpack_from("<H", head, at + 4)
    return Executable(system="windows", architectures=(_PE.get(machine, f"machine {machine:#x}"),), static=False)
