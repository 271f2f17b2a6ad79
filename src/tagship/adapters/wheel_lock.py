"""What an installer would install with a wheel on some platform, resolved by uv without running anybody's code."""

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import uv
from tagship.errors import ProjectError
from tagship.ports import Finished, Tools

_NO_SOLUTION: Final = 1
"""How uv ends when nothing fits (docs.astral.sh/uv/reference/cli); what cannot be reached is another number."""


def resolve(
    requirement: str, python: str, platforms: Sequence[str], tools: Tools
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Resolve a requirement, ``name[extra] @ file:///…whl``, for a Python and each platform as uv calls it.

    Return a ``pylock.toml`` for each platform where there are wheels of everything, and of the others why not.

    Raises:
        ProjectError: the index cannot be reached or does not answer.

    """
    with tempfile.TemporaryDirectory(prefix="tagship-lock-") as folder:
        place = Path(folder)
        (place / "wanted.in").write_text(f"{requirement}\n", encoding="utf-8")

        def ask(platform: str) -> Finished:
            argv = [uv(), "pip", "compile", "--quiet", "--no-config", "--color", "never", "--no-build"]
            argv += ["--python-version", python, "--python-platform", platform, "--format", "pylock.toml", "wanted.in"]
            return tools.shell.run(argv, cwd=place, env=scrubbed(tools.environment))

        with ThreadPoolExecutor(max_workers=len(platforms)) as pool:
            done = dict(zip(platforms, pool.map(ask, platforms), strict=True))
    for platform, each in done.items():
        if each.code not in {0, _NO_SOLUTION}:
            hint = "the index of packages must be reachable; run it again"
            raise ProjectError(f"cannot resolve the dependencies for {platform}:\n{each.last_lines()}", hint=hint)
    locks = {platform: each.stdout for platform, each in done.items() if not each.code}
    return locks, {platform: each.last_lines() for platform, each in done.items() if each.code}
