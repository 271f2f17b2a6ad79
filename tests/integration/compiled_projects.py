"""Small real Python projects that compile something, one per kind of backend, for the tests that build their wheels."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.integration.examples import caches
from tests.integration.projects import Project, make
from tests.tools.node import tools_folder

LINE = f"{sys.version_info.major}.{sys.version_info.minor}"
SHORT = LINE.replace(".", "")
NEXT = f"{sys.version_info.major}.{sys.version_info.minor + 1}"
MACHINE = {"AMD64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}[platform.machine()]
HERE = f"linux-{MACHINE}"
MANYLINUX = f"manylinux_2_28_{MACHINE}"
ONE_PYTHON = f">={LINE},<{NEXT}"
README = "# Demo\n\nA demonstration.\n"
ABOUT = """
[project]
name = "demo-fast"
version = "1.2.0"
description = "A demonstration"
readme = "README.md"
license = "MIT"
requires-python = "{requires}"

[project.scripts]
demo-fast = "demo_fast:main"
"""
MODULE = (
    '"""A demonstration."""\n\nfrom demo_fast._core import twice\n\n\ndef main() -> None:\n    print(twice("21"))\n'
)
CORE = """#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>

static PyObject *twice(PyObject *self, PyObject *args) {
    const char *text;
    if (!PyArg_ParseTuple(args, "s", &text)) return NULL;
    double number = (double)strtol(text, NULL, 10);
    if (number < 0) return PyErr_Format(PyExc_ValueError, "negative, says %s", __FILE__);
    return PyLong_FromDouble(number * 2);
}

static PyMethodDef methods[] = {{"twice", twice, METH_VARARGS, "Double a number."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods};
PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&module); }
"""
SETUPTOOLS = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
"""
SETUP = """from setuptools import Extension, setup

setup(ext_modules=[Extension("demo_fast._core", ["src/demo_fast/_core.c"])])
"""
SCIKIT = """[build-system]
requires = ["scikit-build-core>=0.11"]
build-backend = "scikit_build_core.build"

[tool.scikit-build]
wheel.py-api = "cp{short}"
cmake.version = ">=3.26"
"""
CMAKE = """cmake_minimum_required(VERSION 3.26...4.0)
project(demo_fast LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.SABIModule)
python_add_library(_core MODULE WITH_SOABI USE_SABI {line} src/demo_fast/_core.c)
install(TARGETS _core DESTINATION demo_fast)
"""
MATURIN = """[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[tool.maturin]
python-source = "src"
module-name = "demo_fast._core"
"""
CARGO = """[package]
name = "demo-fast"
version = "1.2.0"
edition = "2021"

[lib]
name = "_core"
crate-type = ["cdylib"]

[dependencies]
pyo3 = {{ version = "=0.27.2", features = ["abi3-py{short}"] }}
"""
LIB = """use pyo3::prelude::*;

#[pyfunction]
fn twice(text: &str) -> PyResult<i64> {
    let number: f64 = text.parse::<i64>()? as f64;
    Ok(number.powf(1.0) as i64 * 2)
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(twice, module)?)
}
"""


def setuptools(requires: str = ONE_PYTHON, more: str = "", core: str = CORE) -> dict[str, str]:
    """Lay out an extension in C that is built by setuptools."""
    files = _common(SETUPTOOLS + ABOUT.format(requires=requires) + more)
    return {**files, "setup.py": SETUP, "src/demo_fast/_core.c": core}


def scikit_build() -> dict[str, str]:
    """Lay out an extension in C for the stable ABI that is built by CMake."""
    manifest = SCIKIT.format(short=SHORT) + ABOUT.format(requires=f">={LINE}")
    files = {"CMakeLists.txt": CMAKE.format(line=LINE), "src/demo_fast/_core.c": CORE}
    return {**_common(manifest), **files}


def maturin() -> dict[str, str]:
    """Lay out an extension in Rust for the stable ABI."""
    manifest = MATURIN + ABOUT.format(requires=f">={LINE}")
    lock = (Path(__file__).parent / "pyo3.lock").read_text(encoding="utf-8")
    return {**_common(manifest), "Cargo.toml": CARGO.format(short=SHORT), "Cargo.lock": lock, "src/lib.rs": LIB}


def compiled(folder: Path, files: Mapping[str, str], **environment: str) -> Project:
    """Make a repository whose tools may use this machine's caches: zig builds its C libraries once."""
    project = make(folder, files)
    kept = tools_folder() / "cache"
    return Project(project.root, project.home, environment={**caches(), "XDG_CACHE_HOME": str(kept), **environment})


def built(project: Project, *targets: str) -> dict[str, bytes]:
    """Plan for this machine, build, and return the files of the leg."""
    planned = project.tagship("build-matrix", "--targets", ",".join(targets or (HERE,)))
    assert planned.code == 0, planned.said
    done = project.tagship("build")
    assert done.code == 0, done.said
    folders = [path for path in (project.root / "dist").iterdir() if path.is_dir()]
    return {
        path.name: path.read_bytes() for folder in folders for path in folder.iterdir() if path.name != "receipt.json"
    }


def _common(manifest: str) -> dict[str, str]:
    return {"pyproject.toml": manifest, "README.md": README, "src/demo_fast/__init__.py": MODULE}


def without(environment: Mapping[str, str], *programs: str, folder: Path) -> str:
    """Return a PATH with everything of this machine's but these programs."""
    folder.mkdir()
    for place in environment["PATH"].split(os.pathsep):
        for path in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / path.name
            if path.name not in programs and not link.is_symlink():
                link.symlink_to(path)
    return str(folder)
