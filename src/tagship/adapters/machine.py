"""Which platform this machine is."""

import platform
import sys
from typing import Final

from tagship.domain.plans.target import Target

_SYSTEMS: Final = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINES: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def system() -> str:
    """Return this machine's system, as targets name it."""
    return _SYSTEMS.get(sys.platform, sys.platform)


def architecture() -> str:
    """Return this machine's architecture, as targets name it."""
    named = platform.machine().lower()
    return _MACHINES.get(named, named)


def target() -> str:
    """Return this machine's platform as a target's name."""
    return f"{system()}-{architecture()}"


def hindrance(wanted: Target) -> str:
    """Say why what is made for a platform cannot run here; empty when it can."""
    if wanted in {Target.ANY, target()}:
        return ""
    return f"it runs on {wanted}, this machine is {target()}"
