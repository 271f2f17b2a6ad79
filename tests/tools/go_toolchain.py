"""A Go toolchain: this machine's own, or, where that is missing or too old, a hash-locked one from PyPI.

Debian 12's Go (1.19) can neither build today's programs nor fetch a toolchain that can; Go can since 1.21.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.kept import made_once
from tests.tools.node import ToolMissingError, tools_folder

LOCK: Final = Path(__file__).parent / "go" / "toolchain.txt"
FIRST_THAT_SWITCHES: Final = (1, 21)


@dataclass(frozen=True)
class Toolchain:
    """``switching`` is the GOTOOLCHAIN to use with it: whether it may fetch the newer one that a lock asks for."""

    program: Path
    switching: str


def find() -> Toolchain:
    """Return a toolchain that can build every locked program.

    Raises:
        ToolMissingError: there is none, and none can be had.

    """
    own = shutil.which("go")
    if own is not None and _version(own) >= FIRST_THAT_SWITCHES:
        return Toolchain(Path(own), "auto")
    return Toolchain(locked(), "local")


def locked() -> Path:
    """Install the locked toolchain unless that was done before."""
    key = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    return made_once(tools_folder() / f"go-toolchain-{key}", _install) / "go" / "bin" / f"go{_SUFFIX}"


def _install(folder: Path) -> None:
    uv = Path(sys.executable).with_name(f"uv{_SUFFIX}")
    if not uv.is_file():
        raise ToolMissingError("no Go here, and no uv to fetch one: run `make setup`")
    argv = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder)]
    argv += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirements", str(LOCK)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise ToolMissingError(f"no Go here, and none can be had:\n{done.stderr[-2000:]}")


def _version(go: str) -> tuple[int, ...]:
    done = subprocess.run([go, "version"], capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"\bgo(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


_SUFFIX: Final = ".exe" if os.name == "nt" else ""
