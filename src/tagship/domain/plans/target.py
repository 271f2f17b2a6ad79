"""The platforms a server can be built for, and what each toolchain and registry calls them."""

from enum import StrEnum
from typing import Final

import msgspec

from tagship.errors import UsageError


class TargetNames(msgspec.Struct, frozen=True, kw_only=True):
    """One platform in every spelling that tagship writes.

    ``wheel`` is the platform tag that wheels are planned with (PyPA's specification), ``npm`` is ``os/cpu`` of
    package.json, ``oci`` is ``os/architecture`` of the image specification, ``mcpb`` is an entry of
    ``compatibility.platforms``; ``deb`` and ``rpm`` are architectures, empty where the system has no such packages.
    """

    go: str
    rust: str
    wheel: str
    npm: str
    oci: str
    mcpb: str
    deb: str
    rpm: str
    runner: str


class Target(StrEnum):
    """``<os>-<architecture>``, or ``any`` for what runs everywhere."""

    ANY = "any"
    LINUX_X86_64 = "linux-x86_64"
    LINUX_AARCH64 = "linux-aarch64"
    MACOS_X86_64 = "macos-x86_64"
    MACOS_AARCH64 = "macos-aarch64"
    WINDOWS_X86_64 = "windows-x86_64"
    WINDOWS_AARCH64 = "windows-aarch64"

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read a target's name.

        Raises:
            UsageError: there is no such target.

        """
        try:
            return cls(text)
        except ValueError:
            known = ", ".join(target.value for target in cls)
            raise UsageError(f"unknown target {text!r}", hint=f"choose among {known}") from None

    @property
    def names(self) -> TargetNames:
        """Its spellings.

        Raises:
            UsageError: asked of ``any``, which is no platform.

        """
        if self is Target.ANY:
            raise UsageError("the target 'any' has no platform spelling", hint="name a platform, e.g. linux-x86_64")
        return _NAMES[self]

    @property
    def runner(self) -> str:
        """The hosted runner that builds for it natively."""
        return "ubuntu-24.04" if self is Target.ANY else _NAMES[self].runner


_NAMES: Final[dict[Target, TargetNames]] = {
    Target.LINUX_X86_64: TargetNames(
        go="linux/amd64",
        rust="x86_64-unknown-linux-musl",
        wheel="manylinux_2_28_x86_64",
        npm="linux/x64",
        oci="linux/amd64",
        mcpb="linux",
        deb="amd64",
        rpm="x86_64",
        runner="ubuntu-24.04",
    ),
    Target.LINUX_AARCH64: TargetNames(
        go="linux/arm64",
        rust="aarch64-unknown-linux-musl",
        wheel="manylinux_2_28_aarch64",
        npm="linux/arm64",
        oci="linux/arm64",
        mcpb="linux",
        deb="arm64",
        rpm="aarch64",
        runner="ubuntu-24.04-arm",
    ),
    Target.MACOS_X86_64: TargetNames(
        go="darwin/amd64",
        rust="x86_64-apple-darwin",
        wheel="macosx_10_15_x86_64",
        npm="darwin/x64",
        oci="darwin/amd64",
        mcpb="darwin",
        deb="",
        rpm="",
        runner="macos-15-intel",
    ),
    Target.MACOS_AARCH64: TargetNames(
        go="darwin/arm64",
        rust="aarch64-apple-darwin",
        wheel="macosx_11_0_arm64",
        npm="darwin/arm64",
        oci="darwin/arm64",
        mcpb="darwin",
        deb="",
        rpm="",
        runner="macos-15",
    ),
    Target.WINDOWS_X86_64: TargetNames(
        go="windows/amd64",
        rust="x86_64-pc-windows-msvc",
        wheel="win_amd64",
        npm="win32/x64",
        oci="windows/amd64",
        mcpb="win32",
        deb="",
        rpm="",
        runner="windows-2025",
    ),
    Target.WINDOWS_AARCH64: TargetNames(
        go="windows/arm64",
        rust="aarch64-pc-windows-msvc",
        wheel="win_arm64",
        npm="win32/arm64",
        oci="windows/arm64",
        mcpb="win32",
        deb="",
        rpm="",
        runner="windows-11-arm",
    ),
}
