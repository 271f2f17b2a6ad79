"""Where the tools come from, and what happens where they cannot be had."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools import go_toolchain, go_tools, require, tool
from tests.tools.node import ToolMissingError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in of go is a shell script")

# Answers `go version`, and "builds" by writing its environment and arguments to the file after -o.
FAKE_GO = """#!/bin/sh
if [ "$1" = version ]; then echo "go version go$FAKE_GO_VERSION linux/amd64"; exit; fi
if [ -n "$FAKE_GO_FAILS" ]; then echo "no such module" >&2; exit 1; fi
while [ "$1" != -o ]; do shift; done
echo "$GOTOOLCHAIN $GOFLAGS $CGO_ENABLED $3" > "$2"
"""


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `go` first on PATH, and the tools into a folder of this test's."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(FAKE_GO, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("TAGSHIP_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setenv("FAKE_GO_VERSION", "1.25.1")
    return program


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lock one program, `demo`."""
    folder = tmp_path / "modules" / "demo"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module x\n\ngo 1.25.0\n\ntool example.org/demo/cmd/demo\n", encoding="utf-8")
    (folder / "go.sum").write_text("example.org/demo v1.0.0 h1:x=\n", encoding="utf-8")
    monkeypatch.setattr(go_tools, "MODULES", folder.parent)
    return folder


def test_a_program_is_built_from_its_lock_and_from_nothing_else(fake_go: Path, module: Path) -> None:
    """The build may not change the lock, and takes the machine's C compiler for nothing."""
    assert tool("demo").read_text(encoding="utf-8") == "auto -mod=readonly 0 example.org/demo/cmd/demo\n"


def test_another_lock_is_another_program(fake_go: Path, module: Path) -> None:
    """A bumped version is built; the old one stays for other checkouts."""
    before = tool("demo")
    (module / "go.sum").write_text("example.org/demo v1.0.1 h1:y=\n", encoding="utf-8")

    assert tool("demo") != before
    assert before.is_file()


def test_a_go_that_cannot_fetch_a_newer_one_is_not_used(
    fake_go: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Debian 12 has Go 1.19: the locked toolchain takes its place."""
    monkeypatch.setattr(go_toolchain, "locked", lambda: tmp_path / "locked-go")
    assert go_toolchain.find() == go_toolchain.Toolchain(fake_go, "auto")

    monkeypatch.setenv("FAKE_GO_VERSION", "1.19.8")
    assert go_toolchain.find() == go_toolchain.Toolchain(tmp_path / "locked-go", "local")


@pytest.mark.network
def test_the_locked_toolchain_is_a_go_that_builds_every_program() -> None:
    """Its version satisfies each lock's `go` line, so that it needs no other one."""
    done = subprocess.run([go_toolchain.locked(), "version"], capture_output=True, text=True, check=True)
    locks = [(go_tools.MODULES / name / "go.mod").read_text(encoding="utf-8") for name in go_tools.names()]
    asked = [version(found) for text in locks for found in re.findall(r"^go ([\d.]+)$", text, re.MULTILINE)]

    assert len(asked) == len(locks)
    assert version(done.stdout.split()[2].removeprefix("go")) >= max(asked)


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_a_missing_tool_skips_on_a_laptop_and_fails_in_ci(
    fake_go: Path, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left out of CI silently; the reason is in both messages."""
    monkeypatch.setenv("FAKE_GO_FAILS", "yes")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"TOOL MISSING.*demo does not build:\nno such module"):
        require("demo")

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI needs every tool"):
        require("demo")


def test_a_name_that_nothing_provides_is_an_error() -> None:
    """Programs of the machine are not taken: only the development environment's own."""
    assert shutil.which("sh")
    with pytest.raises(ToolMissingError, match="sh is not in the development environment"):
        tool("sh")
