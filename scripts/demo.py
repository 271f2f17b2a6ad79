"""The main job on a real server: ``examples/python-server`` from commit to signed release in ``demo/``.

No GitHub, no secret, no container engine. Everything besides the result lies in ``.cache/demo``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLE: Final = ROOT / "examples" / "python-server"
WORK: Final = ROOT / ".cache" / "demo"
PROJECT: Final = WORK / "weather-mcp"
RESULT: Final = ROOT / "demo"
KEY: Final = WORK / "signing-key.pem"
PROGRAM: Final = Path(sys.executable).with_name("tagship.exe" if os.name == "nt" else "tagship")
DATE: Final = "2026-01-01T00:00:00Z"
"""One date for the demonstration's commits: what is built twice has the same bytes."""


def main() -> int:
    """Run the demonstration; return the exit code of the first program that fails."""
    env = _environment()
    shutil.rmtree(RESULT, ignore_errors=True)
    try:
        _project(env)
        if not KEY.is_file():
            _run([PROGRAM, "sign-and-attest", "--generate-key", KEY.name, "--working-directory", WORK], env)
        _run([PROGRAM, "version-bump", "--mode", "commit"], env, cwd=PROJECT)
        _run([PROGRAM, "release", "--working-directory", PROJECT, "--directory", RESULT, "--dist", WORK / "dist"], env)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def _environment() -> dict[str, str]:
    """Keep the demonstration apart from the job or the person that runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "TAGSHIP_", "GIT_"))}
    who = {"NAME": "tagship demo", "EMAIL": "demo@tagship.invalid", "DATE": DATE}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    kept["PATH"] = os.pathsep.join(p for p in kept["PATH"].split(os.pathsep) if Path(p) != PROGRAM.parent)
    return {**kept, **identity, "TAGSHIP_KEY": str(KEY), "GIT_CONFIG_GLOBAL": os.devnull}


def _project(env: dict[str, str]) -> None:
    """Make a repository of the example, as its author would have it."""
    shutil.rmtree(PROJECT, ignore_errors=True)
    shutil.copytree(EXAMPLE, PROJECT, ignore=shutil.ignore_patterns("__pycache__", "dist", ".venv"))
    for arguments in (
        ["init", "--quiet", "-b", "main"],
        ["add", "."],
        ["commit", "--quiet", "-m", "feat: sunrise and comfort tools"],
    ):
        _run(["git", *arguments], env, cwd=PROJECT)


def _run(argv: list[str | Path], env: dict[str, str], cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in argv], cwd=cwd, env=env, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
