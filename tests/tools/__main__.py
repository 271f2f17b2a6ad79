"""Install every tool that the tests need: ``python -m tests.tools``."""

import sys

from tests.tools import go_tools, node
from tests.tools.node import ToolMissingError


def main() -> int:
    """Install all; return 1 when one cannot be had."""
    missing = 0
    for name, make in {
        "@octokit/openapi": node.installed,
        **{n: lambda n=n: go_tools.program(n) for n in go_tools.names()},
    }.items():
        try:
            print(f"{name}: {make()}", flush=True)
        except ToolMissingError as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            missing = 1
    return missing


if __name__ == "__main__":
    raise SystemExit(main())
