"""What wheels for one platform are compiled with on this machine, and what to say when they cannot be."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tagship.adapters import machine
from tagship.domain.plans.plan import Package
from tagship.domain.plans.target import Target
from tagship.ecosystems import _locked_tools
from tagship.ecosystems._locked_tools import on_path
from tagship.ecosystems._rust_build import remapped
from tagship.ports import Tools

ENGINES: Final = ("docker", "podman")
_ZIG_PATH: Final = "CARGO_ZIGBUILD_ZIG_PATH"
_MAC: Final = {Target.MACOS_X86_64: ("10.15", "x86_64"), Target.MACOS_AARCH64: ("11.0", "arm64")}


def hindrance(package: Package, targets: Sequence[Target], tools: Tools) -> str:
    """Say why this machine cannot build the wheels; empty when it can."""
    natives = [target for target in targets if target is not Target.ANY]
    foreign = [target for target in natives if target != machine.target()]
    if foreign:
        return f"wheels for {foreign[0]} are compiled on {foreign[0]}"
    if not natives:
        return ""
    if "identifiers" in package.details:
        engine = any(on_path(name, tools.environment) for name in ENGINES)
        return "" if engine or sys.platform != "linux" else "cibuildwheel needs docker or podman"
    if package.details.get("compiles") == "rust":
        return "" if on_path("cargo", tools.environment) else "cargo is not installed"
    if sys.platform == "darwin" and not compiler(tools.environment):
        return "there is no C compiler: install Xcode's command line tools"
    return ""


def compiler(environment: Mapping[str, str]) -> str:
    """Return this machine's own C compiler: what ``CC`` names, else the usual ones; empty when there is none."""
    return environment.get("CC") or next(
        (at for name in ("cc", "gcc", "clang") if (at := on_path(name, environment))), ""
    )


class Place:
    """Folders of one build: the unpacked sdist and what comes of it, made anew for every try; compilers, and what Rust keeps."""

    def __init__(self, root: Path) -> None:
        self.source, self.work, self.out = root / "source", root / "work", root / "out"
        self.compilers, self.target = root / "compilers", root / "target"


def ways(package: Package, target: Target, glibc: str, place: Place, tools: Tools) -> Iterator[dict[str, str]]:
    """Give environments to try one after the other, until the wheel runs on the platform that was planned.

    On Linux, C is compiled by this machine's own compiler; where that needs a newer C library than planned, or there is
    none, by zig for the planned one. maturin links with zig at once: compiling Rust twice takes long.

    Raises:
        ProjectError: zig is needed and cannot be fetched.

    """
    general = _mac(target, tools.environment)
    if package.details.get("compiles") == "rust":
        rust = _rust(place, tools.environment)
        yield general | rust | (_maturin(package, glibc, place, tools) if target.startswith("linux") else {})
        return
    own = _own_compilers(tools.environment)
    if own or not target.startswith("linux"):
        yield general | _wrapped(own, place)
    if target.startswith("linux") and "CC" not in tools.environment:
        tools.reporter.notice(f"compiling {package.name} with zig, for glibc {glibc.replace('_', '.')}")
        aim = f"{target.partition('-')[2]}-linux-gnu.{glibc.replace('_', '.')}"
        yield general | _wrapped(_locked_tools.zig_commands(aim, tools), place)


def versions(way: Mapping[str, str]) -> dict[str, str]:
    """Say which of the locked tools an environment of :func:`ways` uses."""
    return {"zig": _locked_tools.version(_locked_tools.ZIG, "ziglang")} if {"AR", _ZIG_PATH} & set(way) else {}


def _own_compilers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return this machine's own compilers: what the environment names, else the usual ones; none on Windows: they are found."""
    if sys.platform == "win32" or not compiler(environment):
        return {}
    plus = next((at for name in ("c++", "g++", "clang++") if (at := on_path(name, environment))), "")
    found = {"CC": compiler(environment), "CXX": environment.get("CXX") or plus}
    return {name: program for name, program in found.items() if program}


def _wrapped(commands: Mapping[str, str], place: Place) -> dict[str, str]:
    """Have compilers leave out of what they make the folders of this build, and what debuggers want.

    Then two builds give the same bytes. ``CFLAGS`` would not do: with it, setuptools forgets the interpreter's own flags.
    """
    if not commands:
        return {}
    flags = f"-g0 -ffile-prefix-map={place.source}=/source -ffile-prefix-map={place.work}=/work"
    found = _locked_tools.wrappers(place.compilers, commands, flags)
    if sys.platform == "linux":  # else the interpreter's own folders become search paths of what is shipped
        found["LDSHARED"] = f"{found['CC']} -shared"
        found |= {"LDCXXSHARED": f"{found['CXX']} -shared"} if "CXX" in found else {}
    return found


def _mac(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    """Build for the oldest macOS that the tag promises, and for one architecture (as cibuildwheel does)."""
    if target not in _MAC:
        return {}
    oldest, named = _MAC[target]
    return {
        "MACOSX_DEPLOYMENT_TARGET": environment.get("MACOSX_DEPLOYMENT_TARGET") or oldest,
        "ARCHFLAGS": f"-arch {named}",
        "_PYTHON_HOST_PLATFORM": f"macosx-{oldest}-{named}",
    }


def _rust(place: Place, environment: Mapping[str, str]) -> dict[str, str]:
    flags = remapped(place.source, place.target, environment)
    return {
        "CARGO_TARGET_DIR": str(place.target),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_TERM_COLOR": "never",
        "CARGO_INCREMENTAL": "0",
    }


def _maturin(package: Package, glibc: str, place: Place, tools: Tools) -> dict[str, str]:
    """Let maturin link with zig and check the C library itself (https://www.maturin.rs/distribution)."""
    if package.details["compiled-by"] != "maturin":
        return {}
    locked = ["--locked"] if any(place.source.rglob("Cargo.lock")) else []
    path = [str(_locked_tools.programs(_locked_tools.WHEELS, tools)), tools.environment.get("PATH", "")]
    return {
        "MATURIN_PEP517_ARGS": " ".join(["--compatibility", f"manylinux_{glibc}", "--zig", *locked]),
        _ZIG_PATH: str(_locked_tools.zig(tools)),
        "PATH": os.pathsep.join(path),
    }
