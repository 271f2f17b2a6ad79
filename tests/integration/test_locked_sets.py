"""The sets that the actions install can be installed from wheels alone, on the systems and Pythons of the runners."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import grimp
import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SYSTEMS: Final = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
)


def bounds(system: str) -> tuple[str, str]:
    """Return the oldest and the newest Python that are supported there: PyYAML has no older wheel for Windows on ARM."""
    return "3.12" if system == "aarch64-pc-windows-msvc" else "3.11", "3.14"


def test_whoever_asks_github_has_what_that_needs() -> None:
    """A step that reaches the API or a place of releases, be it in a function, has the library in the set of its action."""
    graph = grimp.build_graph("tagship")
    asking = {
        path.stem
        for path in (ROOT / "requirements").glob("*.txt")
        if (step := f"tagship.steps.{path.stem.replace('-', '_')}") in graph.modules
        and any(
            graph.find_shortest_chain(step, f"tagship.{way}") for way in ("adapters.github_api", "parts.release.forge")
        )
    }
    assert {"sign-and-attest", "release-assets", "publish"} <= asking
    sets = {name: (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in asking}
    assert [name for name, text in sets.items() if "\npygithub==" not in text] == []


@pytest.mark.network
@pytest.mark.parametrize(("system", "python"), [(each, python) for each in SYSTEMS for python in bounds(each)])
def test_every_locked_set_is_of_wheels(system: str, python: str) -> None:
    """The oldest and the newest Python bound those between: each requirement has a wheel there, with a locked hash."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    path = ROOT / "requirements" / "release.txt"  # it holds all other sets
    argv = [uv, "pip", "compile", "--quiet", "--no-deps", "--only-binary", ":all:", "--generate-hashes", "--no-config"]
    argv += ["--python-platform", system, "--python-version", python, str(path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
