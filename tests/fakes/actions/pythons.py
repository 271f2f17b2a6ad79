"""What the stand-in of actions/setup-python does: it looks for a fitting interpreter on PATH and installs none."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ASK = "import platform, sys; print(sys.executable); print(platform.python_version())"


def main() -> None:
    """Take the first interpreter that fits."""
    wanted = [part for part in os.environ["STAND_IN_VERSION"].split(".") if part not in {"", "x"}]
    for name in (f"python{'.'.join(wanted[:2])}", "python3", "python"):
        path, version = interpreter(name)
        if path and version.split(".")[: len(wanted)] == wanted:
            return take(path, version)
    sys.exit(f"::error::there is no Python {os.environ['STAND_IN_VERSION']} on this machine")


def interpreter(name: str) -> tuple[str, str]:
    """Ask a program where and what it is; a shim of a version that is not installed has no answer."""
    found = shutil.which(name)
    done = subprocess.run([found, "-I", "-c", ASK], capture_output=True, text=True, check=False) if found else None
    if done is None or done.returncode:
        return "", ""
    path, version = done.stdout.splitlines()
    return path, version


def take(path: str, version: str) -> None:
    """Give the outputs, and put the interpreter first on PATH."""
    tell("GITHUB_OUTPUT", f"python-version={version}", f"python-path={path}")
    if os.environ["STAND_IN_UPDATE"] != "true":
        return
    folder = Path(tempfile.mkdtemp(prefix="python-", dir=os.environ["RUNNER_TEMP"]))
    for name in ("python", "python3"):
        # Not a link: an interpreter finds its library, or its virtual environment, from its own place.
        (folder / name).write_text(f'#!/bin/sh\nexec "{path}" "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    tell("GITHUB_PATH", str(folder))
    tell("GITHUB_ENV", f"pythonLocation={folder}")


def tell(file: str, *lines: str) -> None:
    """Write lines to a file of the runner's."""
    with Path(os.environ[file]).open("a", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)


main()
