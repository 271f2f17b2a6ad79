"""Go programs that the tests run, hash-locked by ``go.sum`` and built once outside the checkout.

Each program has a module folder of its own, so that locks are independent. The result is named after the lock's digest
and appears by one rename: tests that run side by side share it, and a killed build leaves nothing that blocks.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.tools.node import ToolMissingError, tools_folder

MODULES: Final = Path(__file__).parent / "go"


def names() -> tuple[str, ...]:
    """List the programs there is a lock for."""
    return tuple(sorted(folder.name for folder in MODULES.iterdir() if (folder / "go.sum").is_file()))


def program(name: str) -> Path:
    """Build a program unless that was done before, and return its path.

    Raises:
        ToolMissingError: there is no Go toolchain, or the build failed.

    """
    module = MODULES / name
    key = hashlib.sha256((module / "go.mod").read_bytes() + (module / "go.sum").read_bytes()).hexdigest()[:16]
    folder = tools_folder() / f"{name}-{key}"
    path = folder / (f"{name}.exe" if os.name == "nt" else name)
    if not path.is_file():
        _build(module, folder, path.name)
    return path


def _build(module: Path, folder: Path, file: str) -> None:
    go = shutil.which("go")
    if go is None:
        raise ToolMissingError(f"go is not installed: {module.name} cannot be built")
    package = next(
        line.split()[1] for line in (module / "go.mod").read_text(encoding="utf-8").splitlines() if line[:5] == "tool "
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "auto", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    with tempfile.TemporaryDirectory(prefix=f".{module.name}-", dir=folder.parent) as scratch:
        argv = [go, "build", "-trimpath", "-buildvcs=false", "-o", str(Path(scratch, file)), package]
        done = subprocess.run(argv, cwd=module, env=env, capture_output=True, text=True, check=False, timeout=1500)
        if done.returncode:
            raise ToolMissingError(f"{module.name} does not build:\n{done.stderr[-2000:]}")
        folder.mkdir(exist_ok=True)
        Path(scratch, file).replace(folder / file)
