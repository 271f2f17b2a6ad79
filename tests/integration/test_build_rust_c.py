"""Crates that compile C, for both Linux targets on a machine without a cross compiler; programs that list their crates."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import pytest

from tagship.domain.components import embedded
from tagship.domain.files.executable import HEAD, problems, read_executable
from tagship.domain.plans.target import Target
from tests.integration.examples import caches
from tests.integration.projects import Project, make
from tests.tools.node import tools_folder

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(sys.platform != "linux", reason="builds the legs of Linux"),
]
LINUX = (Target.LINUX_X86_64, Target.LINUX_AARCH64)
MANIFEST = '[package]\nname = "demo"\nversion = "1.2.0"\nedition = "2021"\n\n[build-dependencies]\ncc = "1"\n'
BUILD = 'fn main() { cc::Build::new().file("src/number.c").compile("number"); }\n'
NUMBER = "#include <stdlib.h>\nint number(const char *text) { return (int)strtol(text, NULL, 10); }\n"
MAIN = """use std::ffi::{c_char, c_int, CString};

extern "C" { fn number(text: *const c_char) -> c_int; }

fn main() {
    let text = CString::new("42").unwrap();
    println!("{}", unsafe { number(text.as_ptr()) });
}
"""
PLAIN = {
    "Cargo.toml": '[package]\nname = "demo"\nversion = "1.2.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 4\n\n[[package]]\nname = "demo"\nversion = "1.2.0"\n',
    "src/main.rs": 'fn main() { println!("42"); }\n',
}


def crate(folder: Path, files: dict[str, str], path: str = "") -> Project:
    """Make a repository of a crate; zig is the one that tagship brings along, kept for the next test."""
    project = make(folder, files)
    shared = {**caches(), "XDG_CACHE_HOME": str(tools_folder() / "cache")}
    if found := shutil.which("cargo-zigbuild", path=shared["PATH"]):
        pytest.skip(f"{found} is used instead of the locked one")
    return Project(project.root, project.home, {**shared, "PATH": f"{path}{os.pathsep}{shared['PATH']}"})


def program(project: Project, target: Target) -> bytes:
    with tarfile.open(project.root / "dist" / "rust-linux" / f"demo-1.2.0-{target}.tar.gz") as tar:
        stream = tar.extractfile("demo")
        assert stream
        return stream.read()


def test_c_in_a_crate_is_compiled_for_both_targets_of_linux(tmp_path: Path) -> None:
    """By the zig that tagship fetches by its hash; static, and it runs."""
    lock = (Path(__file__).parent / "cc.lock").read_text(encoding="utf-8")
    files = {"Cargo.toml": MANIFEST, "Cargo.lock": lock, "build.rs": BUILD, "src/number.c": NUMBER, "src/main.rs": MAIN}
    project = crate(tmp_path, files)
    assert project.tagship("build-matrix", "--targets", ",".join(LINUX)).code == 0
    done = project.tagship("build")
    assert done.code == 0, done.said
    for target in LINUX:
        assert problems(read_executable(program(project, target)[:HEAD]), target) == []
    own = tmp_path / "demo"
    own.write_bytes(program(project, Target.LINUX_X86_64))
    own.chmod(0o755)
    assert subprocess.run([own], capture_output=True, text=True, check=True).stdout == "42\n"


AUDITABLE = """#!/bin/sh
echo "auditable was asked: $*" >&2
[ "$2" = --version ] && { echo "cargo-auditable 0.0.1"; exit; }
shift
exec cargo "$@"
"""


@pytest.mark.parametrize("target", [Target.LINUX_X86_64])
def test_cargo_auditable_is_used_where_it_is_installed(target: Target, tmp_path: Path) -> None:
    """A real one where this machine has it, else one that hands on; the receipt names it either way."""
    real = shutil.which("cargo-auditable")
    folder = tmp_path / "path"
    folder.mkdir()
    if real is None:
        (folder / "cargo-auditable").write_text(AUDITABLE, encoding="utf-8")
        (folder / "cargo-auditable").chmod(0o755)
    project = crate(tmp_path / "it", PLAIN, str(folder))
    assert project.tagship("build-matrix", "--targets", target).code == 0
    done = project.tagship("build")
    assert done.code == 0, done.said
    receipt = json.loads((project.root / "dist" / "rust-linux" / "receipt.json").read_bytes())
    assert receipt["builder"]["tools"]["cargo-auditable"]
    if real is None:
        assert "auditable was asked: auditable build --locked" in done.said
        return
    listed = json.loads(zlib.decompress(section(program(project, target), b".dep-v0")))
    assert [(each["name"], each["version"]) for each in listed["packages"]] == [("demo", "1.2.0")]
    assert [each["name"] for each in embedded.crates(program(project, target))[0]] == ["demo"]


def section(elf: bytes, name: bytes) -> bytes:
    """Read a section of a 64-bit little-endian ELF file (System V ABI, chapter 4)."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(elf[at : at + size], "little")

    table, size, count, names = number(40, 8), number(58, 2), number(60, 2), number(62, 2)
    places = [
        (number(table + i * size, 4), number(table + i * size + 24, 8), number(table + i * size + 32, 8))
        for i in range(count)
    ]
    strings = places[names][1]
    for label, offset, length in places:
        if elf[strings + label :].startswith(name + b"\0"):
            return elf[offset : offset + length]
    raise AssertionError(f"no section {name!r}")
