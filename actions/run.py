"""Start one tagship command from an action: the right Python, its locked packages, nothing of the project's.

Called as ``python3 -I -X utf8 run.py COMMAND [ARGUMENT …]``; inputs travel in the environment. Standard library only, in
syntax that Python 3.6 reads: this is what the runner's ``python3`` starts, before anything was chosen.

1. An interpreter too old looks for a CPython ≥ 3.11 and starts this file again under it.
2. ``requirements/COMMAND.txt`` and the interpreter give a key; the environment made for that key is found or made.
3. The command starts in it under ``-I -X utf8``: no ``PYTHONPATH``, no user site, no working directory on ``sys.path``, so
   that a checked-out project cannot stand in for a module (https://docs.python.org/3/using/cmdline.html#cmdoption-I).
"""

import os
import re
import sys
from os.path import abspath, dirname, isfile, join

sys.path.append(dirname(abspath(__file__)))  # -I leaves it out; last, so that nothing of ours stands in for the library

from environment import (
    ISOLATED,
    REQUIREMENTS,
    UNREACHABLE,
    USAGE,
    WINDOWS,
    InstallError,
    by_locked_uv,
    by_pip,
    by_uv,
    listed,
    on_path,
    prepared,
    program,
    say,
)

OLDEST, NEWEST = (3, 11), (3, 15)
PROBE = "import sys; print('version', sys.implementation.name, *sys.version_info[:3])"
LAUNCH = "import sys; sys.path.insert(0, sys.argv[1]); sys.argv[:2] = ['tagship']; from tagship.cli import main; sys.exit(main())"


def main() -> int:
    """Choose, prepare and start; only where a process cannot be replaced does this return."""
    if sys.version_info[:2] < OLDEST or sys.implementation.name != "cpython":
        return become([newer_python(), *ISOLATED, abspath(__file__), *sys.argv[1:]])
    command = "".join(sys.argv[1:2])
    lock = lock_of(command)
    try:
        python = program(prepared(lock, [by_uv, by_locked_uv, by_pip]), "python")
    except InstallError as error:
        message = f"the locked packages of {command} could not be installed.\n{error}\n"
        advice = "Check that this runner reaches the package index (PIP_INDEX_URL, UV_DEFAULT_INDEX), then run the job again."
        raise say("error", message + advice, UNREACHABLE) from None
    return become([python, *ISOLATED, "-c", LAUNCH, join(dirname(REQUIREMENTS), "src"), *sys.argv[1:]])


def become(argv: "list[str]") -> int:
    """Go on as another program; Windows has no exec that hands on the exit code, there it is a child."""
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(argv[0], argv)  # noqa: S606  (absolute path, no shell; the environment is meant to pass)
    import subprocess

    child = subprocess.Popen(argv)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child was told too, and may need a moment to end well
            continue


def newer_python() -> str:
    """Find a CPython that is new enough, by starting each: a shim or a store stub may stand for nothing."""
    seen = [f"{sys.implementation.name} {sys.version.split()[0]} ({sys.executable})"]
    for path in candidates():
        name, *version = ask(path)
        if name == "cpython" and tuple(map(int, version[:2])) >= OLDEST:
            return path
        seen.append(" ".join(filter(None, [name, ".".join(version), f"({path})"])))
    raise say(
        "error",
        f"tagship needs CPython {OLDEST[0]}.{OLDEST[1]} or newer and found none.\nFound: {'; '.join(seen)}.\n"
        "Run actions/setup-python (python-version: '3.13') in a step before this one, or install Python on this runner.",
        USAGE,
    )


def candidates() -> "list[str]":
    """List interpreters to try: PATH, best name first, then what setup-python left in the tool cache, newest first."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3", "python"]
    paths = [path for name in names for path in on_path(name)]
    cache = join(os.environ.get("RUNNER_TOOL_CACHE", ""), "Python")
    releases = re.findall(r"^(\d+)\.(\d+)\.(\d+)$", "\n".join(listed(cache)), re.MULTILINE)
    for release in sorted(releases, key=lambda numbers: [int(number) for number in numbers], reverse=True):
        folder = join(cache, ".".join(release))
        tail = "python.exe" if WINDOWS else join("bin", "python3")
        paths += [join(folder, architecture, tail) for architecture in listed(folder)]
    return [path for path in dict.fromkeys(paths) if isfile(path)]


def ask(python: str) -> "list[str]":
    """Start an interpreter to learn its implementation and version."""
    import subprocess

    try:
        answer = subprocess.check_output([python, "-I", "-c", PROBE], stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ["not working"]
    found = re.match(r"version (\w+) (\d+) (\d+) (\d+)\s*$", answer.decode("utf-8", "replace"))
    return list(found.groups()) if found else ["not Python 3"]


def lock_of(command: str) -> str:
    """Name the locked set of a command, which is also what makes it a command."""
    commands = [name[:-4] for name in listed(REQUIREMENTS) if name.endswith(".txt") and name != "uv.txt"]
    if command not in commands:
        raise say("error", f"unknown command {command!r}; there are: {', '.join(commands)}", USAGE)
    return join(REQUIREMENTS, command + ".txt")


if __name__ == "__main__":
    sys.exit(main())
