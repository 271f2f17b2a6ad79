"""Go programs that the tests run, hash-locked by ``go.sum`` and built once outside the checkout.

Each program has a module folder of its own, so that locks are independent; the result is named after the lock's digest.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Final

from tests.tools import go_toolchain
from tests.tools.kept import made_once
from tests.tools.node import ToolMissingError, tools_folder

MODULES: Final = Path(__file__).parent / "go"
LOCKS: Final = ("go.mod", "go.sum")
OWN: Final = "main.go"
"""A program of our own around somebody else's library, where theirs cannot be told what tests must tell it."""


def names() -> tuple[str, ...]:
    """List the programs there is a lock for."""
    return tuple(sorted(folder.name for folder in MODULES.iterdir() if (folder / "go.sum").is_file()))


def program(name: str) -> Path:
    """Build a program unless that was done before, and return its path.

    Raises:
        ToolMissingError: there is no Go toolchain, or the build failed.

    """
    module = MODULES / name
    file = f"{name}.exe" if os.name == "nt" else name
    made_of = [module / part for part in (*LOCKS, OWN) if (module / part).is_file()]
    key = hashlib.sha256(b"".join(part.read_bytes() for part in made_of)).hexdigest()[:16]
    return made_once(tools_folder() / f"go-{name}-{key}", lambda folder: _build(module, folder / file)) / file


def _build(module: Path, to: Path) -> None:
    go = go_toolchain.find()
    own = {"CGO_ENABLED": "0", "GOTOOLCHAIN": go.switching, "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    argv = [str(go.program), "build", "-trimpath", "-buildvcs=false", "-o", str(to), _package(module)]
    env = {**os.environ, **own}
    done = subprocess.run(argv, cwd=module, env=env, capture_output=True, text=True, check=False, timeout=1500)
    if done.returncode:
        raise ToolMissingError(f"{module.name} does not build:\n{done.stderr[-2000:]}")


def _package(module: Path) -> str:
    """Read which program the module is locked for: its one ``tool`` line, or its own."""
    if (module / OWN).is_file():
        return "."
    lines = (module / "go.mod").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("tool "))
