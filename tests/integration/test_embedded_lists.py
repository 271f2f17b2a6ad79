"""What programs and RPM's database say they consist of, compared with what their own tools say."""

import json
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from tagship.adapters import rpm_database
from tagship.domain.components import embedded, rpm_packages, system_packages
from tagship.domain.files import sections
from tagship.domain.manifests.go_metadata import linked_modules
from tests.integration import images
from tests.tools import require

NFPM = """
name: {name}
arch: amd64
version: {version}
release: "3"
epoch: "{epoch}"
license: MIT
maintainer: A <a@example.invalid>
vendor: Octo
description: {name} of the tests
depends: [{depends}]
provides: [{provides}]
contents: [{{src: {file}, dst: /opt/{name}/run}}]
"""
CRATES = {
    "packages": [
        {"name": "audited", "version": "1.2.0", "source": "local", "dependencies": [1, 2], "root": True},
        {"name": "libc", "version": "0.2.155", "source": "crates.io"},
        {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},
        {"name": "other", "version": "0.1.0-rc.1+x", "source": "git"},
    ]
}


@pytest.mark.parametrize("tool", ["cosign", "rekor-server", "timestamp-server"])
def test_modules_of_go_programs_are_those_that_go_reads(tool: str) -> None:
    """Hundreds of modules of real programs, byte for byte what ``go version -m`` says; cut short, nothing or fewer."""
    images.need("go")
    program = require(tool)
    said = subprocess.run(["go", "version", "-m", str(program)], capture_output=True, text=True, check=True).stdout
    data = program.read_bytes()
    found = [{key: value for key, value in each.items() if key != "licenses"} for each in embedded.go_modules(data)]
    assert found == list(linked_modules(said))
    assert len(found) > 40
    start = data.index(b"\xff Go buildinf:")
    for length in (start + 16, start + 33, start + 60):
        embedded.go_modules(data[:length])
    assert embedded.go_modules(b"") == []


def audited(folder: Path, data: bytes) -> bytes:
    """Put a list of crates into a real program, as the linker does."""
    images.need("objcopy")
    (folder / "list").write_bytes(data)
    program = folder / "program"
    source = shutil.which("true") or "/bin/true"
    argv = ["objcopy", "--add-section", f".dep-v0={folder / 'list'}", source, str(program)]
    subprocess.run(argv, check=True)
    return program.read_bytes()


def test_crates_that_were_built_in_are_listed(tmp_path: Path) -> None:
    """With edges; what only the build needed is left out, and so is the program's own crate where its name is known."""
    program = audited(tmp_path, zlib.compress(json.dumps(CRATES).encode()))
    found, edges = embedded.crates(program, "demo-id")
    assert {each["purl"] for each in found} == {"pkg:cargo/libc@0.2.155", "pkg:cargo/other@0.1.0-rc.1+x"}
    assert edges["demo-id"] == {"pkg:cargo/libc@0.2.155"}
    alone, _ = embedded.crates(program)
    assert {each["name"] for each in alone} == {"audited", "libc", "other"}
    assert sections.section(program, ".interp").rstrip(b"\0").startswith(b"/lib")


@pytest.mark.parametrize(
    "data", [b"", b"x", zlib.compress(b"{"), zlib.compress(b"[]"), zlib.compress(b'{"packages": [1]}')]
)
def test_a_list_of_crates_that_is_none(data: bytes, tmp_path: Path) -> None:
    """A damaged list is no list, and no failure."""
    assert embedded.crates(audited(tmp_path, data)) == ([], {})


def test_a_length_without_end_is_none() -> None:
    """A mark of Go before a megabyte of ones is no list of modules, and takes no time."""
    program = b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + b"\xff" * (1 << 20)
    assert embedded.go_modules(program) == []


def test_headers_of_programs_that_lie(tmp_path: Path) -> None:
    """Each byte of the header and of the section table changed: an answer, whatever it is."""
    program = audited(tmp_path, zlib.compress(json.dumps(CRATES).encode()))
    table = int.from_bytes(program[40:48], "little")
    for at in (*range(64), *range(table, min(table + 256, len(program)))):
        for value in (0, 0x7F, 0xFF):
            embedded.components(program[:at] + bytes([value]) + program[at + 1 :])


def installed(folder: Path) -> tuple[bytes, set[str]]:
    """Make packages, install them with rpm into a root of their own; give the database, and what rpm lists."""
    images.need("rpm", "nfpm")
    root = folder / "root"
    (folder / "run").write_bytes(b"#!/bin/sh\n")
    wanted = {
        "tool": {"version": "1.2.0", "epoch": "0", "depends": "libfoo >= 2, /opt/shell/run", "provides": "virtual"},
        "libfoo": {"version": "2.0.0~rc1", "epoch": "1", "depends": "", "provides": ""},
        "shell": {"version": "5.1", "epoch": "0", "depends": "virtual", "provides": ""},
    }
    for name, values in wanted.items():
        config = folder / f"{name}.yaml"
        config.write_text(NFPM.format(name=name, file=folder / "run", **values), encoding="utf-8")
        argv = ["nfpm", "package", "--packager", "rpm", "--config", str(config), "--target", str(folder)]
        subprocess.run(argv, check=True, capture_output=True)
    rpm = ["rpm", "--root", str(root), "--define", "_db_backend sqlite", "--define", "_dbpath /var/lib/rpm"]
    packages = [str(path) for path in sorted(folder.glob("*.rpm"))]
    for arguments in (["--initdb"], ["-i", "--nodeps", "--ignoreos", "--ignorearch", "--noscripts", *packages]):
        subprocess.run([*rpm, *arguments], check=True, capture_output=True)
    form = "%{NAME} %{EPOCH} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE} %{VENDOR} %{SUMMARY}\n"
    said = subprocess.run([*rpm, "-qa", "--qf", form], check=True, capture_output=True, text=True).stdout
    return (root / "var" / "lib" / "rpm" / "rpmdb.sqlite").read_bytes(), set(said.splitlines())


def test_packages_of_rpm_are_those_that_rpm_lists(tmp_path: Path) -> None:
    """Names, epochs, versions, machines, licences; edges through what packages provide and the files they hold."""
    database, said = installed(tmp_path)
    found = list(rpm_packages.read(rpm_database.headers(database)))
    assert len(found) == 3
    assert {
        f"{p.name} {'(none)' if p.epoch is None else p.epoch} {p.version} {p.arch} {p.license} {p.vendor} {p.summary}"
        for p in found
    } == said

    files = {"var/lib/rpm/rpmdb.sqlite": database, "etc/os-release": b"ID=fedora\nVERSION_ID=42\n"}
    components, edges = system_packages.listed(files, languages=False, rpms=found)
    purls = {each["name"]: each["purl"] for each in components}
    assert purls["libfoo"].startswith("pkg:rpm/fedora/libfoo@2.0.0~rc1-3?arch=x86_64&distro=fedora-42&epoch=1")
    assert edges[purls["tool"]] == {purls["libfoo"], purls["shell"]}
    assert edges[purls["shell"]] == {purls["tool"]}
    assert system_packages.unread(files) == []
    assert system_packages.unread({"var/lib/rpm/Packages": b"x"}) == ["var/lib/rpm/Packages"]


def test_a_damaged_database_of_rpm_lists_what_is_whole(tmp_path: Path) -> None:
    """No failure: garbage, a cut file, headers that say other sizes."""
    database, _ = installed(tmp_path)
    for data in (b"", b"x" * 5000, database[:4096], database[: len(database) // 2]):
        list(rpm_packages.read(rpm_database.headers(data)))
    (header, *_) = rpm_database.headers(database)
    for at in range(len(header)):
        list(rpm_packages.read([header[:at] + b"\xff" + header[at + 1 :], header[:at]]))
