"""Lines of Node.js on this machine: the one on PATH, those that a runner keeps, or one fetched from the npm registry.

Runners keep several in ``RUNNER_TOOL_CACHE/node/<version>/<architecture>``
(https://docs.github.com/en/actions/reference/workflows-and-actions/variables); the packages ``node-<system>-<cpu>`` of the
npm registry hold the program and nothing else.
"""

import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.domain.plans import probes
from tagship.environments._clean import may_fetch
from tagship.errors import ProjectError
from tagship.ports import Tools

_SYSTEMS: Final = {"linux": "linux", "darwin": "darwin", "win32": "win"}
_CPUS: Final = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64", "ARM64": "arm64"}


def hindrance(runtime: str, tools: Tools) -> str:
    """Say why a line (``node22``; empty: any) cannot be had; empty when it can. Only a runner fetches what it lacks."""
    if not shutil.which("npm", path=tools.environment.get("PATH")):
        return "npm is not installed"
    if may_fetch(tools) or _present(runtime.removeprefix("node"), tools):
        return ""
    return probes.missing(runtime)


def find(runtime: str, env: Mapping[str, str], tools: Tools) -> Path:
    """Return the program of a line, fetched if need be.

    Raises:
        ProjectError: it is not to be had.

    """
    line = runtime.removeprefix("node")
    return _present(line, tools) or _fetched(line, env, tools)


def _present(line: str, tools: Tools) -> Path | None:
    return next((path for path in _candidates(line, tools.environment) if _is(path, line, tools)), None)


def _candidates(line: str, environment: Mapping[str, str]) -> Iterator[Path]:
    on_path = shutil.which("node", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path)
    kept = environment.get("RUNNER_TOOL_CACHE")
    for version in sorted(Path(kept, "node").glob(f"{line or '*'}.*"), reverse=True) if kept else ():
        yield from (version / _CPUS.get(platform.machine(), "") / name for name in ("bin/node", "node.exe"))


def _is(path: Path, line: str, tools: Tools) -> bool:
    if not path.is_file():
        return False
    said = tools.shell.run([str(path), "--version"], cwd=path.parent, env=scrubbed(tools.environment)).stdout
    found = re.match(r"v(\d+)\.", said)
    return bool(found) and (not line or (found is not None and found[1] == line))


def _fetched(line: str, env: Mapping[str, str], tools: Tools) -> Path:
    place = _kept(tools.environment) / f"node-{line}"
    program = place / "node_modules" / _package() / ("node.exe" if sys.platform == "win32" else "bin/node")
    if program.is_file():
        return program
    place.mkdir(parents=True, exist_ok=True)
    argv = ["npm", "install", "--prefix", str(place), "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"]
    done = tools.shell.run([*argv, f"{_package()}@{line or 'latest'}"], cwd=place, env=env, timeout=600)
    if done.code or not program.is_file():
        hint = "use actions/setup-node before this step, or leave that line out of `engines`"
        raise ProjectError(f"Node.js {line} cannot be had:\n{done.last_lines(5)}", hint=hint)
    return program


def _kept(environment: Mapping[str, str]) -> Path:
    """Name the folder where fetched programs stay: the runner's for this job, else the user's cache."""
    home = environment.get("HOME") or environment.get("USERPROFILE") or "."
    return Path(environment.get("RUNNER_TEMP") or environment.get("XDG_CACHE_HOME") or Path(home, ".cache"), "tagship")


def _package() -> str:
    return f"node-{_SYSTEMS.get(sys.platform, sys.platform)}-{_CPUS.get(platform.machine(), platform.machine())}"
