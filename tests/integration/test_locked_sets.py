"""The sets that the actions install can be installed from wheels alone, on the systems and Pythons of the runners."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS: Final = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
)


@pytest.mark.network
@pytest.mark.parametrize("python", [PYTHONS[0], PYTHONS[-1]])
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_locked_set_is_of_wheels(system: str, python: str) -> None:
    """The oldest and the newest Python bound those between: each requirement has a wheel there, with a locked hash."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    path = ROOT / "requirements" / "release.txt"  # it holds all other sets
    argv = [uv, "pip", "compile", "--quiet", "--no-deps", "--only-binary", ":all:", "--generate-hashes", "--no-config"]
    argv += ["--python-platform", system, "--python-version", python, str(path), "--output-file", "-"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
