"""Other people's programs that the tests need: pinned, hash-locked, kept outside the checkout.

``python -m tests.tools`` installs all of them beforehand, so that no test waits for a build.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.tools import go_tools
from tests.tools.node import ToolMissingError

__all__ = ["require", "tool"]


def tool(name: str) -> Path:
    """Return the path of a program: one of the development environment's own, or one built from a lock.

    Raises:
        ToolMissingError: it cannot be had.

    """
    if name in go_tools.names():
        return go_tools.program(name)
    path = Path(sys.executable).with_name(f"{name}.exe" if os.name == "nt" else name)
    if not path.is_file():
        raise ToolMissingError(f"{name} is not in the development environment: run `make setup`")
    return path


def require(name: str) -> Path:
    """Return a program for a test; where it cannot be had, skip loudly on a laptop and fail in CI."""
    try:
        return tool(name)
    except ToolMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs every tool: {error}")
        pytest.skip(f"TOOL MISSING: {error}")


def needed(program: str) -> str:
    """Return a program of this system; without it skip loudly on a laptop and fail in CI."""
    found = shutil.which(program)
    if not found and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {program}")
    if not found:
        pytest.skip(f"TOOL MISSING: {program}")
    return str(found)
