"""Programs told apart by their first bytes."""

import shutil
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagship.domain.files.executable import HEAD, Executable, problems, read_executable
from tagship.domain.plans.target import Target


def elf(machine: int, *kinds: int, system: int = 0, kind: int = 2) -> bytes:
    """Write a 64-bit ELF header with program headers of these types."""
    ident = b"\x7fELF\x02\x01\x01" + bytes([system]) + bytes(8)
    header = ident + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, 0, 64, 0, 0, 64, 56, len(kinds), 0, 0, 0)
    return header + b"".join(struct.pack("<I52x", kind) for kind in kinds)


def pe(machine: int) -> bytes:
    """Write a DOS stub and the beginning of a PE header."""
    return b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + struct.pack("<H", machine) + bytes(18)


def mach(processor: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + struct.pack("<I", processor) + bytes(24)


def fat(*processors: int) -> bytes:
    return (
        b"\xca\xfe\xba\xbe" + struct.pack(">I", len(processors)) + b"".join(struct.pack(">I16x", p) for p in processors)
    )


LINUX, ARM_LINUX = elf(62, 1, 2), elf(183, 1)


@pytest.mark.parametrize(
    ("head", "target", "said"),
    [
        (LINUX, Target.LINUX_X86_64, []),
        (ARM_LINUX, Target.LINUX_AARCH64, []),
        (ARM_LINUX, Target.LINUX_X86_64, ["is made for linux on aarch64, not for linux-x86_64"]),
        (elf(62, 1, 3, 2), Target.LINUX_X86_64, ["is linked dynamically: it runs only where the same C library is"]),
        (LINUX, Target.MACOS_X86_64, ["is made for linux on x86_64, not for macos-x86_64"]),
        (mach(0x0100000C), Target.MACOS_AARCH64, []),
        (mach(0x01000007), Target.MACOS_AARCH64, ["is made for macos on x86_64, not for macos-aarch64"]),
        (fat(0x01000007, 0x0100000C), Target.MACOS_AARCH64, []),
        (fat(0x01000007, 0x0100000C), Target.MACOS_X86_64, []),
        (pe(0x8664), Target.WINDOWS_X86_64, []),
        (pe(0xAA64), Target.WINDOWS_X86_64, ["is made for windows on aarch64, not for windows-x86_64"]),
        (elf(9999, 1), Target.LINUX_X86_64, ["is made for linux on machine 9999, not for linux-x86_64"]),
        (elf(62, 1, system=9), Target.LINUX_X86_64, ["is made for another system on x86_64, not for linux-x86_64"]),
        (elf(62, 1, system=3, kind=3), Target.LINUX_X86_64, []),
        (elf(62, kind=1), Target.LINUX_X86_64, ["is no program"]),
        (elf(62, 1, kind=4), Target.LINUX_X86_64, ["is no program"]),
        (b"#!/bin/sh\n", Target.LINUX_X86_64, ["is no program"]),
        (b"", Target.WINDOWS_X86_64, ["is no program"]),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x37" + bytes(100), Target.MACOS_X86_64, ["is no program"]),
        (b"\xca\xfe\xba\xbe\x00\x00\x01\x00" + bytes(100), Target.MACOS_X86_64, ["is no program"]),
    ],
)  # fmt: skip
def test_a_program_is_for_its_target_or_it_is_said_why_not(head: bytes, target: Target, said: list[str]) -> None:
    """By its header alone: nothing of it is run."""
    assert problems(read_executable(head), target) == said


@given(st.sampled_from([LINUX, mach(7), fat(7, 12), pe(0x8664)]), st.integers(0, 200), st.binary(max_size=80))
@example(LINUX, 32, b"\xff" * 16)
def test_damaged_and_hostile_headers_are_no_crash(head: bytes, at: int, put_in: bytes) -> None:
    """Whatever is cut off or put in."""
    read_executable(head[:at])
    read_executable(head[:at] + put_in + head[at + len(put_in) :])


@pytest.mark.skipif(sys.platform != "linux", reason="looks at a program of Debian's kind")
def test_a_real_program_of_this_machine() -> None:
    """A shell that is linked against the C library."""
    shell = Path(shutil.which("sh") or "/bin/sh").resolve()
    found = read_executable(shell.read_bytes()[:HEAD])
    assert isinstance(found, Executable)
    assert (found.system, found.static) == ("linux", False)
