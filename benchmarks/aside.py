"""tagship, told to say how long other programs ran meanwhile: ``python aside.py FILE COMMAND …`` writes the seconds to FILE."""

import sys
import time
from pathlib import Path

from tagship import cli
from tagship.adapters import shell

inside = 0.0
run = shell.SystemShell.run


def timed(self: shell.SystemShell, *args: object, **options: object) -> object:
    """Count the time of one program."""
    global inside  # noqa: PLW0603
    began = time.perf_counter()
    try:
        return run(self, *args, **options)  # type: ignore[arg-type]
    finally:
        inside += time.perf_counter() - began


if __name__ == "__main__":
    shell.SystemShell.run = timed  # type: ignore[assignment, method-assign]
    code = cli.main(sys.argv[2:])
    Path(sys.argv[1]).write_text(repr(inside), encoding="utf-8")
    raise SystemExit(code)
