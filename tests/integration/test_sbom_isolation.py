"""The SBOM is made in the job that holds the signing key: nothing that gets installed for it may run."""

import os
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.ecosystems import _python_build
from tagship.ports import Tools

INFO: Final = "hostile-1.0.dist-info"
SCRIPTS: Final = "hostile-1.0.data/scripts"
DATA: Final = "hostile-1.0.data/data"


@pytest.fixture
def tools() -> Tools:
    """Make real objects that ask no network."""
    environment = {**os.environ, "UV_OFFLINE": "1"}
    clock, shell = SystemClock(), SystemShell()
    return Tools(
        shell=shell,
        clock=clock,
        reporter=Console(environment, clock),
        environment=environment,
        open_repository=lambda folder: Git(folder, shell, environment),
    )


def _wheel(folder: Path, members: dict[str, str]) -> Path:
    path = folder / "hostile-1.0-py3-none-any.whl"
    files = {
        "hostile/__init__.py": "",
        **members,
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\nLicense-Expression: MIT\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{INFO}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "member",
    [
        "hostile.pth",
        "sitecustomize.py",
        "usercustomize.py",
        "json.py",
        "cyclonedx_py/__init__.py",
        "packaging/__init__.py",
        f"{DATA}/Scripts/python.exe",
        f"{SCRIPTS}/uv",
    ],
)
def test_nothing_of_an_installed_wheel_runs(member: str, tmp_path: Path, tools: Tools) -> None:
    """Start-up hooks, shadowing modules and programs of a wheel are listed, never run."""
    mark = tmp_path / "it-ran"
    code = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    program = f"#!/bin/sh\ntouch '{mark}'\n"
    wheel = _wheel(tmp_path, {member: code if member.endswith((".py", ".pth")) else program})
    document = _python_build.installed_components(wheel, "", tools)
    assert not mark.exists()
    assert [component["name"] for component in document["components"]] == ["hostile"]
    assert document["components"][0]["licenses"][0]["license"]["id"] == "MIT"
