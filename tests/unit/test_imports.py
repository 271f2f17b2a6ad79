"""Starting up costs next to nothing."""

import subprocess
import sys

import pytest

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
