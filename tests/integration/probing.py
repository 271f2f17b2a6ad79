"""Probes of the odd servers: started by this Python, in an empty folder, with an environment that has next to nothing."""

import os
import sys
from pathlib import Path
from typing import Any, Final

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.domain.tools.probe_report import ProbeResult
from tagship.mcp.probe import probe_command
from tagship.ports import Launch, Tools, Wanted

SERVERS: Final = Path(__file__).parent / "odd_servers"
PATIENT: Final = 30.0


def tools() -> Tools:
    """Return the real objects of a run."""
    clock, shell = SystemClock(), SystemShell()
    return Tools(
        shell=shell,
        clock=clock,
        reporter=Console({}, clock),
        environment={},
        open_repository=lambda folder: Git(folder, shell, {}),
    )


def launch(name: str, cwd: Path, *arguments: str, **env: str) -> Launch:
    """Return how an odd server is started."""
    argv = (sys.executable, "-u", str(SERVERS / f"{name}.py"), *arguments)
    return Launch(argv=argv, cwd=cwd, env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env})


def probe(name: str, cwd: Path, *arguments: str, env: dict[str, str] | None = None, **wanted: Any) -> ProbeResult:
    """Probe an odd server."""
    started = launch(name, cwd, *arguments, **(env or {}))
    return probe_command(started, Wanted(**{"timeout": PATIENT, **wanted}), tools())
