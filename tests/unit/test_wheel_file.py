"""Wheels as files: retagged, and read for what was compiled into them."""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from tagship.adapters import wheel
from tagship.domain.components.sbom import with_embedded

INFO = "demo-1.0.dist-info"
SBOM: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "metadata": {"component": {"bom-ref": "path+file:///build/x/demo#demo@1.0", "name": "demo"}},
    "components": [
        {"bom-ref": "r1", "type": "library", "name": "pyo3", "version": "0.27.2", "purl": "pkg:cargo/pyo3@0.27.2"},
        {"bom-ref": "r2", "type": "library", "name": "libc", "version": "0.2.1", "purl": "pkg:cargo/libc@0.2.1?x=y"},
    ],
    "dependencies": [
        {"ref": "path+file:///build/x/demo#demo@1.0", "dependsOn": ["r1"]},
        {"ref": "r1", "dependsOn": ["r2", "unknown"]},
    ],
}


def made(folder: Path) -> Path:
    path = folder / "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("demo/_core.so", b"\x7fELF and more")
        packed.writestr("demo/__init__.py", b"")
        packed.writestr(f"{INFO}/sboms/demo.cyclonedx.json", json.dumps(SBOM))
        packed.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nBuild: 1\nTag: cp311-cp311-manylinux_2_17_x86_64\n")
        packed.writestr(
            f"{INFO}/RECORD",
            f"demo/_core.so,sha256=x,1\n{INFO}/RECORD,,\n{INFO}/WHEEL,sha256=y,2\ndemo/__init__.py,,\n",
        )
    return path


def test_a_wheel_under_another_tag_says_so_in_all_places(tmp_path: Path) -> None:
    """WHEEL and the digests in RECORD; nothing else changes, but for the folder in component lists."""
    to = tmp_path / "new.whl"
    wheel.retag(made(tmp_path), to, "py2.py3-none", "manylinux_2_28_x86_64", Path("/build/x"))
    with zipfile.ZipFile(to) as packed:
        about = packed.read(f"{INFO}/WHEEL")
        rows = [line.split(",") for line in packed.read(f"{INFO}/RECORD").decode().splitlines()]
        listed = packed.read(f"{INFO}/sboms/demo.cyclonedx.json")
        assert packed.read("demo/_core.so") == b"\x7fELF and more"
    tags = "Tag: py2-none-manylinux_2_28_x86_64\nTag: py3-none-manylinux_2_28_x86_64\n"
    assert about.decode() == "Wheel-Version: 1.0\n" + tags
    assert [row[0] for row in rows][-1] == f"{INFO}/RECORD"
    assert [row[0] for row in rows[:-1]] == sorted(row[0] for row in rows[:-1])
    digest = base64.urlsafe_b64encode(hashlib.sha256(about).digest()).rstrip(b"=").decode()
    assert [f"{INFO}/WHEEL", f"sha256={digest}", str(len(about))] in rows
    assert b"/build/x" not in listed
    assert b"path+file:///source/demo" in listed


def test_machine_code_is_found_by_its_first_bytes(tmp_path: Path) -> None:
    """Whatever it is called."""
    assert [name for name, _ in wheel.compiled(made(tmp_path))] == ["demo/_core.so"]


def test_what_was_compiled_in_is_part_of_the_component_list(tmp_path: Path) -> None:
    """With its edges, from the package itself; by package URL, since references name folders."""
    installed = {
        "components": [{"bom-ref": "demo==1.0", "name": "Demo"}, {"bom-ref": "anyio==4", "name": "anyio"}],
        "dependencies": [{"ref": "demo==1.0", "dependsOn": ["anyio==4"]}, {"ref": "anyio==4"}],
    }
    found = with_embedded(installed, "demo", wheel.component_lists(made(tmp_path)))
    assert [each["bom-ref"] for each in found["components"]] == [
        "demo==1.0", "anyio==4", "pkg:cargo/pyo3@0.27.2", "pkg:cargo/libc@0.2.1",
    ]  # fmt: skip
    assert found["dependencies"] == [
        {"ref": "anyio==4", "dependsOn": []},
        {"ref": "demo==1.0", "dependsOn": ["anyio==4", "pkg:cargo/pyo3@0.27.2"]},
        {"ref": "pkg:cargo/pyo3@0.27.2", "dependsOn": ["pkg:cargo/libc@0.2.1"]},
    ]
    assert with_embedded(installed, "demo", []) == installed
