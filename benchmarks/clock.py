"""Whole processes, timed: seconds as the median after one run that warms the caches, and the most memory they used."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
RUNS: Final = 7
Add = Callable[[str, float, Mapping[str, float], str], None]
"""Add a row: what, seconds, seconds of what stands beside it, and what was wanted."""


def median(
    argv: list[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    runs: int = RUNS,
) -> float:
    """Seconds of the whole process: the median after one run that warms the caches."""
    times = [once(argv, env or clean(), cwd=cwd, check=check) for _ in range(runs + 1)]
    return statistics.median(times[1:])


def once(argv: list[str | Path], env: Mapping[str, str], *, cwd: Path = ROOT, check: bool = True) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    done = subprocess.run([str(part) for part in argv], cwd=cwd, env=dict(env), capture_output=True, check=False)
    took = time.perf_counter() - began
    if check and done.returncode:
        raise SystemExit(f"{argv[0]} failed:\n{done.stderr.decode()[-2000:]}")
    return took


def clean() -> dict[str, str]:
    """Return this environment without what a job or a developer has set."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "TAGSHIP_", "RUNNER_", "VIRTUAL_ENV"))}


def peak_megabytes(argv: list[str | Path], *, cwd: Path) -> float:
    """Return the most memory that one process of a command held (Linux counts KiB); a small parent starts it, for a new
    process inherits the peak of the one that it was forked from.
    """
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-I", "-c", code, *(str(part) for part in argv)]
    done = subprocess.run(words, cwd=cwd, env=clean(), capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024
