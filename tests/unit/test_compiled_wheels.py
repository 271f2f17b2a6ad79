"""Which projects compile something, and what their wheels are for; what cibuildwheel is configured to build."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from tagship.domain.manifests import cibuildwheel
from tagship.domain.manifests.compiled_wheels import Compiled, beside, read
from tagship.domain.plans.target import Target

CRATE = '[package]\nname = "d"\nversion = "1.0.0"\n[dependencies]\npyo3 = {pyo3}\n{more}'


def backend(name: str, more: str = "") -> dict[str, Any]:
    return tomllib.loads(f'[build-system]\nrequires = []\nbuild-backend = "{name}"\n{more}')


def crate(pyo3: str, more: str = "", path: str = "Cargo.toml") -> Mapping[str, Mapping[str, Any]]:
    return {path: tomllib.loads(CRATE.replace("{pyo3}", pyo3).replace("{more}", more))}


def rust(kind: str) -> Compiled:
    return Compiled(by="maturin", kind=kind, language="rust")


@pytest.mark.parametrize(
    ("more", "tables", "kind"),
    [
        ("", crate('{ version = "0.27", features = ["abi3-py311"] }'), "cp311-abi3"),
        ("", crate('{ version = "0.27", features = ["abi3-py39", "abi3-py311"] }'), "cp39-abi3"),
        ("", crate('{ version = "0.27", features = ["abi3"] }'), "abi3"),
        ("", crate('"0.27"'), "each"),
        ("[tool.maturin]\nfeatures = ['pyo3/abi3-py312']", crate('"0.27"'), "cp312-abi3"),
        ("", crate('"0.27"', '[features]\ndefault = ["stable"]\nstable = ["pyo3/abi3-py310"]'), "cp310-abi3"),
        ("", crate('"0.27"', '[features]\nstable = ["pyo3/abi3-py310"]'), "each"),
        ("[tool.maturin]\nfeatures = ['stable']", crate('"0.27"', '[features]\nstable = ["pyo3/abi3-py310"]'), "cp310-abi3"),
        ("", crate('"0.27"', path="rust/Cargo.toml"), "each"),
        ("[tool.maturin]\nmanifest-path = 'py/Cargo.toml'", crate('"0.27"', path="py/Cargo.toml"), "each"),
        (
            "",
            {
                **crate("{ workspace = true }"),
                "../Cargo.toml": tomllib.loads('[workspace.dependencies]\npyo3 = { version = "0.27", features = ["abi3-py39"] }'),
            },
            "cp39-abi3",
        ),
        ("[tool.maturin]\nbindings = 'bin'", {"Cargo.toml": {}}, "py3-none"),
        ("", {"Cargo.toml": {"package": {"name": "d"}}}, "py3-none"),
        ("", {"Cargo.toml": {"lib": {"crate-type": ["cdylib"]}}}, "py3-none"),
    ],
)  # fmt: skip
def test_maturin(more: str, tables: Mapping[str, Mapping[str, Any]], kind: str) -> None:
    """The features of pyo3 that are on decide; a program in Rust is for every Python."""
    assert read(backend("maturin", more), {}, tables) == rust(kind)


@pytest.mark.parametrize(
    ("more", "files", "expected"),
    [
        ("", {}, None),
        ("", {"setup.py": "from setuptools import setup\nsetup(ext_modules=[])"}, None),
        ("", {"setup.py": "setup(ext_modules=[Extension('d', ['d.c'])])"}, "each"),
        ("[[tool.setuptools.ext-modules]]\nname = 'd'", {}, "each"),
        (
            "",
            {"setup.py": "setup(cffi_modules=['b.py:ffi'])", "setup.cfg": "[bdist_wheel]\npy_limited_api = cp311\n"},
            "cp311-abi3",
        ),
        ("", {"setup.py": "setup(ext_modules=e, options={'bdist_wheel': {'py_limited_api': 'cp39'}})"}, "cp39-abi3"),
        (
            "[[tool.setuptools.ext-modules]]\nname = 'd'\n[tool.distutils.bdist_wheel]\npy-limited-api = 'cp312'",
            {},
            "cp312-abi3",
        ),
    ],
)
def test_setuptools(more: str, files: Mapping[str, str], expected: str | None) -> None:
    """By its tables or ``setup.py``; the stable ABI has to be asked for."""
    found = read(backend("setuptools.build_meta", more), files, {})
    assert (found.kind if found else None) == expected


def test_rust_in_setuptools_needs_cargo() -> None:
    """Declared in the manifest or in ``setup.py``."""
    found = read(backend("setuptools.build_meta", "[[tool.setuptools-rust.ext-modules]]\ntarget = 'd'"), {}, {})
    assert found == Compiled(by="setuptools", kind="each", language="rust")


@pytest.mark.parametrize(
    ("name", "more", "files", "expected"),
    [
        ("scikit_build_core.build", "", {}, Compiled(by="scikit-build-core", kind="each", older=True)),
        (
            "scikit_build_core.build",
            "[tool.scikit-build]\nwheel.py-api = 'cp312'",
            {},
            Compiled(by="scikit-build-core", kind="cp312-abi3", older=True),
        ),
        (
            "scikit_build_core.build",
            "[tool.scikit-build]\nwheel.py-api = 'py3'",
            {},
            Compiled(by="scikit-build-core", kind="py3-none"),
        ),
        ("scikit_build_core.build", "[tool.scikit-build]\nwheel.cmake = false", {}, None),
        ("mesonpy", "", {"meson.build": "py.extension_module('d', 'd.c')"}, Compiled(by="meson-python", kind="each")),
        (
            "mesonpy",
            "[tool.meson-python]\nlimited-api = true",
            {"src/meson.build": "py.extension_module ('d')"},
            Compiled(by="meson-python", kind="abi3"),
        ),
        ("mesonpy", "", {"meson.build": "py.install_sources('d.py')"}, None),
        ("hatchling.build", "[tool.hatch.build.hooks.vcs]\nversion-file = 'v.py'", {}, None),
        (
            "hatchling.build",
            "[tool.hatch.build.targets.wheel.hooks.mypyc]\n",
            {},
            Compiled(by="hatchling", kind="each"),
        ),
        (
            "hatchling.build",
            "[tool.hatch.build.hooks.custom]\n",
            {"hatch_build.py": "build_data['infer_tag'] = True"},
            Compiled(by="hatchling", kind="each"),
        ),
        (
            "hatchling.build",
            "[tool.hatch.build.hooks.custom]\n",
            {"hatch_build.py": 'build_data["tag"] = f"py3-none-{plat}"'},
            Compiled(by="hatchling", kind="py3-none"),
        ),
        ("hatchling.build", "[tool.hatch.build.hooks.custom]\npath = 'b.py'", {"b.py": "print()"}, None),
        ("pdm.backend", "[tool.pdm.build]\nis-purelib = false", {}, Compiled(by="pdm", kind="each")),
        ("poetry.core.masonry.api", "[tool.poetry.build]\nscript = 'b.py'", {}, Compiled(by="poetry", kind="each")),
        ("uv_build", "", {}, None),
        ("uv_build", "[tool.cibuildwheel]\n", {}, Compiled(by="uv_build", kind="each")),
    ],
)
def test_other_backends(name: str, more: str, files: Mapping[str, str], expected: Compiled | None) -> None:
    """Each has its own way to say whether something is compiled, and for which Pythons."""
    assert read(backend(name, more), files, {}) == expected


def test_which_files_are_looked_at() -> None:
    """No more than a backend's own."""
    there = [
        "setup.py",
        "tests/setup.py",
        "Cargo.toml",
        "rust/Cargo.toml",
        "src/meson.build",
        "hatch_build.py",
        "src/d.py",
    ]
    assert list(beside("maturin", there)) == ["Cargo.toml", "rust/Cargo.toml"]
    assert list(beside("setuptools.build_meta", there)) == ["setup.py"]
    assert list(beside("mesonpy", there)) == ["src/meson.build"]
    assert list(beside("hatchling.build", there)) == ["setup.py", "hatch_build.py"]
    assert list(beside("uv_build", there)) == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"build": "cp312-*", "skip": "*-musllinux_* *-win_arm64"}, 5),
        ({"build": ["cp3{11,12}-manylinux_*"]}, 4),
        ({"skip": ["cp311-*", "*_aarch64"]}, 6),
        ({"build": "cp39-*"}, 0),
        ({}, 16),
    ],
)
def test_what_cibuildwheel_builds(table: Mapping[str, Any], expected: int) -> None:
    """Its patterns choose among the supported Pythons and the platforms that tagship knows."""
    found = cibuildwheel.identifiers(table, ("3.11", "3.12"))
    assert len(found) == expected
    assert all(isinstance(cibuildwheel.target_of(each), Target) for each in found)


def test_the_images_of_cibuildwheel_decide_about_the_c_library() -> None:
    """By their usual names; of an image of the project's own the usual one is taken."""
    linux = {
        "linux": {"manylinux-x86_64-image": "manylinux2014", "environment-pass": ["A"]},
        "musllinux-x86_64-image": "musllinux_1_1",
    }
    assert (cibuildwheel.glibc(linux, "x86_64"), cibuildwheel.glibc(linux, "aarch64")) == ("2_17", "2_28")
    assert cibuildwheel.glibc({"manylinux-x86_64-image": "manylinux_2_34"}, "x86_64") == "2_34"
    assert (
        cibuildwheel.glibc({"manylinux-x86_64-image": "quay.io/pypa/manylinux_2_28_x86_64:latest"}, "x86_64") == "2_28"
    )
    assert cibuildwheel.musl(linux, "x86_64") == "1_1"
    assert cibuildwheel.passed_on(linux) == ["A"]
    assert cibuildwheel.passed_on({"environment-pass": "A B"}) == ["A", "B"]
