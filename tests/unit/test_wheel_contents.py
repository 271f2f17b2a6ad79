"""What is in a wheel: the modules of its commands, and no tests that everybody would get."""

import pytest

from tagship.domain.files import wheel_contents

GOOD = ("demo/__init__.py", "demo/server.py", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/entry_points.txt")
COMMAND = {"demo": ("demo.server", "main")}


def test_commands_are_read_from_the_entry_points() -> None:
    """Console and graphical ones, with extras; other groups name no command."""
    text = "[console_scripts]\nDemo = demo.server:App.main [http]\n\n[gui_scripts]\nw=w:go\n[mcp.servers]\nx = y:z\n"
    assert wheel_contents.scripts(text) == {"Demo": ("demo.server", "App.main"), "w": ("w", "go")}
    assert wheel_contents.scripts("no section") == {}
    assert wheel_contents.scripts("") == {}


@pytest.mark.parametrize(
    ("names", "file"),
    [
        (("demo/server.py",), "demo/server.py"),
        (("demo/server/__init__.py",), "demo/server/__init__.py"),
        (("demo/server.cpython-313-x86_64-linux-gnu.so",), "demo/server.cpython-313-x86_64-linux-gnu.so"),
        (("demo/server.pyd",), "demo/server.pyd"),
        (("demo-1.0.data/purelib/demo/server.py",), "demo-1.0.data/purelib/demo/server.py"),
        (("demo/servers.py", "demo/server/x.py"), ""),
    ],
)
def test_a_module_is_found_where_it_is_imported_from(names: tuple[str, ...], file: str) -> None:
    """As a file, as a package, compiled, or below the wheel's data."""
    assert wheel_contents.module_file("demo.server", names) == file


@pytest.mark.parametrize(
    ("names", "source", "said"),
    [
        (GOOD, "def main(): ...", ""),
        (GOOD, "async def main(): ...", ""),
        (GOOD, "from demo.core import run as main", ""),
        (GOOD, "from demo.core import *", ""),
        (GOOD, "if True:\n    main = print", ""),
        (GOOD, "def __getattr__(name): ...", ""),
        (GOOD, "this is no python", ""),
        (GOOD, "def mian(): ...", "the command 'demo' calls main of demo.server, which defines no such name"),
        (GOOD[:1], "", "the command 'demo' needs the module demo.server, which is not in it"),
        (GOOD[2:], "", "there is no Python module in it"),
        ((*GOOD, "tests/test_demo.py"), "main = 1", "tests/ is in it: it would be installed as a package of that name"),
        ((*GOOD, "demo/tests/test_demo.py", "docs/index.md"), "main = 1", ""),
    ],
)
def test_what_would_not_start_or_is_not_meant_for_users_is_told(names: tuple[str, ...], source: str, said: str) -> None:
    """And nothing else; tests inside of a package are its author's choice."""
    wrong = wheel_contents.problems(names, COMMAND, {"demo/server.py": source}, "demo")
    assert wrong == [] if not said else any(said in each for each in wrong)


def test_a_package_may_be_called_tests() -> None:
    """What has the distribution's own name is what is shipped."""
    assert wheel_contents.problems(("testing/__init__.py",), {}, {}, "Testing") == []
