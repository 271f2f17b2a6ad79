"""How cargo builds for a target on this machine: which triple, which linker, and what to say when it cannot."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tagship.adapters import machine
from tagship.domain.plans.target import Target
from tagship.ecosystems import _locked_tools
from tagship.errors import ProjectError
from tagship.ports import Tools

_COMPILE_C: Final = re.compile(r'^name = "(?:cc|cmake|autotools|cxx-build|meson-next)"$', re.MULTILINE)
_STATIC_GNU: Final = ("-C", "target-feature=+crt-static", "-C", "relocation-model=static")


class How(msgspec.Struct, frozen=True, kw_only=True):
    """The triple, the cargo command that builds for it, and flags and environment for it.

    ``otherwise`` is what to try where C++ turns out to be linked.
    """

    triple: str
    cargo: tuple[str, ...] = ("cargo", "build")
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    otherwise: "How | None" = None


def hindrance(targets: Sequence[Target], tools: Tools) -> str:
    """Say why this machine cannot build for targets; empty when it can, or may be able to."""
    if not shutil.which("cargo", path=tools.environment.get("PATH")):
        return "cargo is not installed"
    here = machine.system()
    systems = {target.partition("-")[0] for target in targets if target is not Target.ANY}
    others = sorted(systems - {here, "linux"})
    needed = {"macos": "macOS, whose SDK it links with", "windows": "Windows, whose C library it links with"}
    if here != "linux" and any(target.startswith("linux") for target in targets):
        return "it needs Linux"
    return f"it needs {needed[others[0]]}" if others else ""


def choose(target: Target, folder: Path, lock: str, env: Mapping[str, str], tools: Tools) -> How:
    """Decide how to build for a target; ``lock`` is the text of Cargo.lock.

    On Linux the C library is musl, which Rust brings along and links statically; where a crate compiles C, zig does that for
    the target. C++ needs a library that only zig has: then cargo-zigbuild links, and zig makes a musl of its own before,
    which takes minutes. A toolchain that musl cannot be added to links this machine's own C library statically, for this
    machine's architecture only.

    Raises:
        ProjectError: the target cannot be added to the toolchain.

    """
    triple = target.names.rust
    if _has(triple, folder, env, tools):
        return How(triple=triple) if not target.startswith("linux") else _musl(target, lock, env, tools)
    if target.startswith("linux") and target == machine.target():
        tools.reporter.warning(
            f"this Rust has no {triple}: {target} is linked with this machine's own C library, statically"
        )
        return How(triple=f"{machine.architecture()}-unknown-linux-gnu", flags=_STATIC_GNU)
    hint = f"run `rustup target add {triple}`"
    raise ProjectError(f"this Rust cannot build for {target}: {triple} is not installed", hint=hint)


def _has(triple: str, folder: Path, env: Mapping[str, str], tools: Tools) -> bool:
    """Look for the target's standard library, and add it where rustup is at hand."""

    def installed() -> bool:
        argv = ["rustc", "--print", "target-libdir", "--target", triple]
        done = tools.shell.run(argv, cwd=folder, env=env)
        return done.code == 0 and any(Path(done.stdout.strip()).glob("libstd-*"))

    if installed():
        return True
    if shutil.which("rustup", path=env.get("PATH")):
        done = tools.shell.run(["rustup", "target", "add", triple], cwd=folder, env=env, watch=tools.reporter.output)
        return done.code == 0 and installed()
    return False


def _musl(target: Target, lock: str, env: Mapping[str, str], tools: Tools) -> How:
    """Link by zig where the user installed cargo-zigbuild; else by Rust's own linker, with zig for C where the lock has any."""
    triple = target.names.rust
    if shutil.which("cargo-zigbuild", path=env.get("PATH")):
        return How(triple=triple, cargo=("cargo", "zigbuild"))
    linker = {f"CARGO_TARGET_{triple.upper().replace('-', '_')}_LINKER": "rust-lld"}
    if not compiles_c(lock):
        return How(triple=triple, environment=linker)
    programs = _locked_tools.programs(_locked_tools.ZIG, tools)
    by_zig = {"PATH": os.pathsep.join([str(programs), env.get("PATH", "")])}
    by_zig["CARGO_ZIGBUILD_ZIG_PATH"] = str(_locked_tools.zig(tools))
    zigbuild = How(triple=triple, cargo=("cargo", "zigbuild"), environment=by_zig)
    return How(triple=triple, environment=linker, otherwise=zigbuild)


def c_compilers(target: Target, to: Path, folders: Mapping[str, str], tools: Tools) -> dict[str, str]:
    """Return what makes build scripts compile C for musl by zig (docs.rs/cc: ``CC_<target>``), naming no folders."""
    aim = f"{target.partition('-')[2]}-linux-musl"
    flags = " ".join(["-g0", *(f"'-ffile-prefix-map={folder}={name}'" for folder, name in folders.items())])
    made = _locked_tools.wrappers(to, _locked_tools.zig_commands(aim, tools), flags)
    return {f"{name}_{target.names.rust.replace('-', '_')}": path for name, path in made.items()}


def compiles_c(lock: str) -> bool:
    """Say whether a crate of the lock may compile C or C++ when it is built, by the crates that build scripts do it with."""
    return bool(_COMPILE_C.search(lock))


def auditable(cargo: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...]:
    """Have cargo write the list of crates into programs, where cargo-auditable is installed: scanners read it."""
    known = shutil.which("cargo-auditable", path=env.get("PATH"))
    return (cargo[0], "auditable", *cargo[1:]) if known else tuple(cargo)
