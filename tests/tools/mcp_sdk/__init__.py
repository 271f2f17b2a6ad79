"""The official SDKs of MCP, hash-locked: the oracles for the probe's own client.

Of Python an environment per generation, of TypeScript a folder of packages.

1.x speaks the versions with a handshake, 2.x those and the ones without. ``uv pip compile`` made the locks from the ``.in``
files beside them: ``--universal --python-version 3.11 --generate-hashes --no-annotate --no-header``.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.tools.kept import made_once
from tests.tools.node import MANIFESTS, ToolMissingError, tools_folder

HERE: Final = Path(__file__).parent
GENERATIONS: Final = ("1", "2")
_PYTHON: Final = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")


def python(generation: str) -> Path:
    """Return a Python that has the SDK of a generation.

    Raises:
        ToolMissingError: it cannot be installed.

    """
    lock = HERE / f"{generation}.txt"
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    key = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    target = tools_folder() / f"mcp-sdk-{generation}-py{version}-{key}"
    return made_once(target, lambda folder: _install(lock, folder)) / _PYTHON


def typescript() -> Path:
    """Return a folder whose ``node_modules`` has the TypeScript SDK.

    Raises:
        ToolMissingError: it cannot be installed.

    """
    key = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    return made_once(tools_folder() / f"mcp-sdk-node-{key}", _npm_ci)


def _npm_ci(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ToolMissingError("npm is not installed: the TypeScript SDK cannot be had")
    for name in MANIFESTS:
        shutil.copyfile(HERE / name, folder / name)
    argv = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise ToolMissingError(f"npm ci failed with {done.returncode}: {done.stderr[-2000:]}")


def _install(lock: Path, folder: Path) -> None:
    """Install into an environment that is moved afterwards: its Python finds it wherever it lies, scripts would not."""
    uv = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    made = folder / _PYTHON
    for argv in (
        [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python", made, lock],
    ):
        done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise ToolMissingError(f"{lock.name} does not install:\n{done.stderr[-2000:]}")
