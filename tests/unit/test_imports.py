"""Starting up costs next to nothing."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tagship import cli
from tagship.cli import EXTRAS

HEAVY = {
    "click",
    "msgspec",
    "yaml",
    "requests",
    "github",
    "cryptography",
    "jinja2",
    "rich",
    "tomlkit",
    "packaging",
    "semver",
}
PROGRAM = "import sys; {}; print(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"


@pytest.mark.parametrize(
    "statement", ["import tagship", "import tagship.cli", "import tagship.cli; tagship.cli.main(['--version'])"]
)
def test_the_command_line_loads_no_library(statement: str) -> None:
    """``tagship --version`` and the import behind every command load nothing but the standard library."""
    argv = [sys.executable, "-I", "-c", PROGRAM.format(statement)]
    loaded = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert "tagship" in loaded
    assert HEAVY & set(loaded) == set()


@pytest.mark.parametrize(("module", "extra"), sorted(EXTRAS.items()))
def test_a_missing_extra_is_named(module: str, extra: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A library that only some commands need: exit 2 and how to get it, no traceback."""
    console, _ = cli._objects()
    code = cli._unforeseen(ModuleNotFoundError(f"No module named '{module}'", name=f"{module}.part"), console)
    said = capsys.readouterr().err
    assert code == 2
    assert f"tagship[{extra}]" in said
    assert "Traceback" not in said


def test_every_extra_is_one_of_the_package() -> None:
    """What is advised can be installed."""
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        assert set(EXTRAS.values()) <= set(tomllib.load(file)["project"]["optional-dependencies"])


def test_anything_else_unforeseen_is_our_bug(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 70, the traceback for us, and where to report it."""
    console, _ = cli._objects()
    assert cli._unforeseen(ValueError("odd"), console) == 70
    said = capsys.readouterr().err
    assert "ValueError: odd" in said
    assert "this is a bug of tagship" in said
