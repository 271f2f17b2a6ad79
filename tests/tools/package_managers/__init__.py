"""pnpm, both kinds of Yarn, Bun, and mcpb, hash-locked by package-lock.json and kept outside the checkout like the other Node
packages.

No script of theirs runs: each is a JavaScript program or a binary that its package holds.
"""

import os
from pathlib import Path
from typing import Final

import pytest

from tests.tools import node
from tests.tools.node import ToolMissingError

HERE: Final = Path(__file__).parent
_PROGRAMS: Final = {
    "mcpb": ("mcpb", ("@anthropic-ai/mcpb/dist/cli/cli.js",)),
    "pnpm": ("pnpm", ("pnpm/bin/pnpm.cjs",)),
    "pnpm-native": ("pnpm", ("@pnpm/exe.linux-x64/pnpm", "@pnpm/exe.linux-arm64/pnpm")),
    "yarn": ("yarn", ("@yarnpkg/cli-dist/bin/yarn.js",)),
    "yarn-classic": ("yarn", ("yarn/bin/yarn.js",)),
    "bun": (
        "bun",
        tuple(f"@oven/bun-{each}/bin/bun" for each in ("linux-x64-baseline", "linux-aarch64", "darwin-aarch64")),
    ),
}
"""The name that a program is called by, and the places of its file, of which one fits this machine."""


def on_path(manager: str, folder: Path) -> Path:
    """Make a folder in which a manager can be called by its name; where it cannot be had, skip on a laptop and fail in CI."""
    try:
        program = _program(manager)
    except ToolMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs every tool: {error}")
        pytest.skip(f"TOOL MISSING: {error}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _PROGRAMS[manager][0]).symlink_to(program)
    return folder


def _program(manager: str) -> Path:
    modules = node.installed(HERE) / "node_modules"
    found = next((modules / place for place in _PROGRAMS[manager][1] if (modules / place).is_file()), None)
    if found is None:
        raise ToolMissingError(f"there is no {manager} for this platform")
    return found
