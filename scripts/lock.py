"""Write the hash-locked sets under requirements/ and src/tagship/locks/ from uv.lock.

Run it as ``uv run python scripts/lock.py``; with ``--check`` it writes nothing and exits 1 when a file is out of date.

``actions/run.py`` installs one of these sets before a command starts, with ``--no-deps`` and ``--require-hashes``, so
a set is complete and says which bytes are meant. The sets are universal: markers tell the systems apart. Those that the
package itself carries are of programs that it fetches when a build needs them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
REQUIREMENTS: Final = ROOT / "requirements"
CARRIED: Final = ROOT / "src" / "tagship" / "locks"
HEADER: Final = "# Generated from uv.lock by `uv run python scripts/lock.py`; do not edit.\n"

# What each command needs beyond the core: the optional dependencies of pyproject.toml.
EXTRAS: Final[dict[str, tuple[str, ...]]] = {
    "version-bump": ("github",),
    "build-matrix": ("plan", "github"),
    "build": ("build", "packages"),
    "probe": ("probe",),
    "sign-and-attest": ("sign", "sbom", "github"),
    "release-assets": ("github",),
    "publish": ("publish", "sign", "github"),
    "verify": ("sign", "github"),
    "doctor": ("plan", "github"),
    "release": ("all",),
}

# What the package fetches by itself: dependency groups of pyproject.toml.
GROUPS: Final = ("wheels", "zig")

# Only its light modules are used, which need neither requests nor PyGithub (its declared dependencies, 0.5 s of
# imports and nine packages): what nothing else in a set asks for is left out.
LIGHT: Final = "actions-toolkit"

# The set that brings uv itself to a runner without it, and an extra that contains it.
UV, UV_EXTRA = "uv", "build"

Blocks = dict[str, str]


def export(*options: str) -> Blocks:
    """Ask uv for the locked requirements, by package.

    A package may stand several times, once for each environment: these lines stay together.
    """
    command = [os.environ.get("UV", "uv"), "export", "--frozen", "--no-config", "--no-emit-project", "--no-dev"]
    command += ["--no-header", "--no-annotate", "--quiet", *options]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout
    blocks: Blocks = {}
    for block in re.findall(r"^\S.*\n(?:[ \t].*\n)*", text, re.MULTILINE):
        name = re.match(r"[A-Za-z0-9._-]+", block)
        if name is None or "--hash=" not in block:
            raise SystemExit(f"uv export gave a line that is no hash-locked requirement:\n{block}")
        blocks[name[0]] = blocks.get(name[0], "") + block
    return blocks


def command_set(extras: tuple[str, ...], ask: Callable[..., Blocks] = export) -> str:
    """Lock the core and some extras, without what only the light dependency drags in."""
    options = [word for extra in extras for word in ("--extra", extra)]
    blocks = ask(*options, "--prune", LIGHT) | {LIGHT: ask(*options)[LIGHT]}
    return render(blocks)


def render(blocks: Blocks) -> str:
    """Join the requirements in the order of their names."""
    return HEADER + "".join(blocks[name] for name in sorted(blocks))


def wanted() -> dict[str, str]:
    """Say what each file has to hold."""
    files = {f"{command}.txt": command_set(extras) for command, extras in EXTRAS.items()}
    carried = {f"{CARRIED.name}/{group}.txt": render(export("--only-group", group)) for group in GROUPS}
    return files | carried | {f"{UV}.txt": render({UV: export("--extra", UV_EXTRA)[UV]})}


def present() -> dict[str, str]:
    """Say what each file holds now."""
    files = {path.name: path for path in REQUIREMENTS.glob("*.txt")}
    files |= {f"{CARRIED.name}/{path.name}": path for path in CARRIED.glob("*.txt")}
    return {name: path.read_bytes().decode() for name, path in files.items()}


def place_of(name: str) -> Path:
    """Return where a set is written: those with a folder in their name go with the package."""
    return CARRIED.parent / name if "/" in name else REQUIREMENTS / name


def main(arguments: list[str]) -> int:
    """Write the sets, or check them."""
    if arguments not in ([], ["--check"]):
        print("usage: lock.py [--check]", file=sys.stderr)
        return 2
    new, old = wanted(), present()
    stale = sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))
    if arguments and stale:
        print(f"out of date: {', '.join(stale)}; run `uv run python scripts/lock.py`", file=sys.stderr)
        return 1
    REQUIREMENTS.mkdir(exist_ok=True)
    CARRIED.mkdir(exist_ok=True)
    for name in stale:
        path = place_of(name)
        if name in new:
            path.write_text(new[name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
