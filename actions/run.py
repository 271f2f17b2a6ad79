"""Start one tagship command from an action: the right Python, its locked packages, nothing of the project's.

Called as ``python3 -I -X utf8 run.py COMMAND [ARGUMENT …]``; inputs travel in the environment. Standard library only, in
syntax that Python 3.6 reads: this is what the runner's ``python3`` starts, before anything was chosen.

1. An interpreter too old looks for a CPython ≥ 3.11 and starts this file again under it.
2. ``requirements/COMMAND.txt`` and the interpreter give a key; the environment made for that key is found or made.
3. The command starts in it under ``-I -X utf8``: no ``PYTHONPATH``, no user site, no working directory on ``sys.path``, so
   that a checked-out project cannot stand in for a module (https://docs.python.org/3/using/cmdline.html#cmdoption-I).

An environment is made in a folder of its own that never moves. One small file publishes it, put in place by one rename: it
names the folder and lists what must be in it. So a starter that is killed leaves nothing that counts; starters at one time
need no lock, the first to publish wins; a damaged environment is replaced without pulling it from under a running command;
and Windows never has to rename a folder with open files.
"""
# ruff: noqa: PTH
# (pathlib would cost a tenth of a warm start)

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Way = Callable[[str, str], None]

OLDEST, NEWEST = (3, 11), (3, 15)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REQUIREMENTS = os.path.join(ROOT, "requirements")
WINDOWS = os.name == "nt"
ISOLATED = ["-I", "-X", "utf8"]
PROBE = "import sys; print('version', sys.implementation.name, *sys.version_info[:3])"
LAUNCH = "import sys; sys.path.insert(0, sys.argv[1]); sys.argv[:2] = ['tagship']; from tagship.cli import main; sys.exit(main())"
USAGE, UNREACHABLE, INTEGRITY = 2, 5, 6  # exit codes of tagship.errors

INSTALL_SECONDS = 300  # for one call of an installer, its own retries included
ABANDONED_SECONDS = 24 * 3600  # after that an unpublished folder is a dead starter's
# Settings that say how to reach an index are honoured, since hashes make any index safe; others (a target folder, a
# constraint, a configuration file) are about the project. Inputs, which may be secret, are nobody else's business.
KEPT = re.compile(
    "(UV|PIP)_.*(INDEX|FIND_LINKS|CERT|PROXY|HOST|TLS|HTTP|TIMEOUT|RETRIES|CACHE|OFFLINE|KEYRING|LINK_MODE)"
)
DROPPED = ("UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "TAGSHIP_")


class InstallError(Exception):
    """One way of installing did not work; the next may."""


def main() -> int:
    """Choose, prepare and start; only where a process cannot be replaced does this return."""
    if sys.version_info[:2] < OLDEST or sys.implementation.name != "cpython":
        return become([newer_python(), *ISOLATED, os.path.abspath(__file__), *sys.argv[1:]])
    command = "".join(sys.argv[1:2])
    lock = lock_of(command)
    try:
        python = program(prepared(lock, [by_uv, by_locked_uv, by_pip]), "python")
    except InstallError as error:
        message = f"the locked packages of {command} could not be installed.\n{error}\n"
        advice = "Check that this runner reaches the package index (PIP_INDEX_URL, UV_DEFAULT_INDEX), then run the job again."
        raise stop(message + advice, UNREACHABLE) from None
    return become([python, *ISOLATED, "-c", LAUNCH, os.path.join(ROOT, "src"), *sys.argv[1:]])


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


def stop(message: str, code: int) -> "SystemExit":
    """Say once what is wrong, as an annotation, and give the exit."""
    annotate("error", message)
    return SystemExit(code)


def annotate(kind: str, message: str) -> None:
    """Write a workflow command, escaped as actions/toolkit does (packages/core/src/command.ts)."""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind}::{text}", flush=True)


# The interpreter


def newer_python() -> str:
    """Find a CPython that is new enough, by starting each: a shim or a store stub may stand for nothing."""
    seen = [f"{sys.implementation.name} {sys.version.split()[0]} ({sys.executable})"]
    for path in candidates():
        name, *version = ask(path)
        if name == "cpython" and tuple(map(int, version[:2])) >= OLDEST:
            return path
        seen.append(f"{name} {'.'.join(version)} ({path})")
    raise stop(
        f"tagship needs CPython {OLDEST[0]}.{OLDEST[1]} or newer and found none.\nFound: {'; '.join(seen)}.\n"
        "Run actions/setup-python (python-version: '3.13') in a step before this one, or install Python on this runner.",
        USAGE,
    )


def candidates() -> "list[str]":
    """List interpreters to try: PATH, best name first, then what setup-python left in the tool cache, newest first."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3", "python"]
    paths = [path for name in names for path in on_path(name)]
    cache = os.path.join(os.environ.get("RUNNER_TOOL_CACHE", ""), "Python")
    releases = re.findall(r"^(\d+)\.(\d+)\.(\d+)$", "\n".join(listed(cache)), re.MULTILINE)
    for release in sorted(releases, key=lambda numbers: [int(number) for number in numbers], reverse=True):
        folder = os.path.join(cache, ".".join(release))
        tail = "python.exe" if WINDOWS else os.path.join("bin", "python3")
        paths += [os.path.join(folder, architecture, tail) for architecture in listed(folder)]
    return [path for path in dict.fromkeys(paths) if os.path.isfile(path)]


def on_path(name: str) -> "list[str]":
    """Find a program on PATH; relative entries, the working directory among them, are the project's and do not count."""
    folders = [folder.strip('"') for folder in os.environ.get("PATH", "").split(os.pathsep)]
    paths = [os.path.join(folder, name + (".exe" if WINDOWS else "")) for folder in folders if os.path.isabs(folder)]
    return [path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]


def listed(folder: str) -> "list[str]":
    """List a folder by name, the working directory's never, a missing one as empty."""
    return sorted(os.listdir(folder)) if os.path.isabs(folder) and os.path.isdir(folder) else []


def ask(python: str) -> "list[str]":
    """Start an interpreter to learn its implementation and version."""
    import subprocess

    try:
        answer = subprocess.check_output([python, "-I", "-c", PROBE], stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ["not working"]
    found = re.match(r"version (\w+) (\d+) (\d+) (\d+)\s*$", answer.decode("utf-8", "replace"))
    return list(found.groups()) if found else ["not Python 3"]


# The environment


def lock_of(command: str) -> str:
    """Name the locked set of a command, which is also what makes it a command."""
    commands = [name[:-4] for name in listed(REQUIREMENTS) if name.endswith(".txt") and name != "uv.txt"]
    if command not in commands:
        raise stop(f"unknown command {command!r}; there are: {', '.join(commands)}", USAGE)
    return os.path.join(REQUIREMENTS, command + ".txt")


def key_of(lock: str) -> str:
    """Name what an environment depends on: the bytes of the lock and the interpreter.

    The suffix of extension modules tells platforms and C libraries apart, which matters where a runner and its containers
    share the tool cache; the path, as an environment links to its base.
    """
    import hashlib
    from importlib.machinery import EXTENSION_SUFFIXES

    with open(lock, "rb") as stream:
        digest = hashlib.sha256(stream.read())
    machine = "" if WINDOWS else os.uname().machine
    for part in (sys.implementation.name, sys.version, EXTENSION_SUFFIXES[0], machine, os.path.realpath(base_python())):
        digest.update(b"\0" + os.fsencode(part))
    return digest.hexdigest()[:24]


def base_python() -> str:
    """Name the interpreter that stands on its own: not a virtual environment of the project, which may go away."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def prepared(lock: str, ways: "list[Way]", store: str = "") -> str:
    """Give the folder made from a lock, by the first way that works; warm, this is one hash and some ``stat``."""
    key = key_of(lock)
    found = next(filter(None, (published(place, key) for place in stores())), "")
    if found:
        return found
    store, failures = store or writable_store(), []
    sweep(store, key)
    for way in ways:
        folder = fresh_folder(store, key)
        try:
            way(lock, folder)
            return publish(store, key, folder)
        except InstallError as failure:
            failures.append(f"{way.__name__.replace('_', ' ')}: {failure}")
            remove(folder)
        except BaseException:
            remove(folder)
            raise
    raise InstallError("\n".join(failures))


def stores() -> "list[str]":
    """List the folders that may hold environments, best first."""
    user = os.environ.get("LOCALAPPDATA" if WINDOWS else "XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    roots = [os.environ.get("RUNNER_TOOL_CACHE") or user, os.environ.get("RUNNER_TEMP")]
    return [os.path.join(root, "tagship") for root in roots if root and os.path.isabs(root)]


def writable_store() -> str:
    """Give the first store that can be written to; a temporary folder when none can; and say so if it is not the first."""
    refused = []
    for store in stores():
        try:
            os.makedirs(store, exist_ok=True)
            os.rmdir(fresh_folder(store, "probe"))
        except OSError as error:
            refused.append(f"{store}: {error.strerror}")
        else:
            break
    else:
        import tempfile

        store = tempfile.mkdtemp(prefix="tagship-")
    if refused:
        annotate("notice", f"tagship keeps its packages in {store} this time; not writable: {'; '.join(refused)}")
    return store


def fresh_folder(store: str, key: str) -> str:
    """Make a folder that nobody else uses."""
    folder = os.path.join(store, f"{key}-{os.urandom(6).hex()}")
    os.mkdir(folder)
    return folder


def published(store: str, key: str) -> str:
    """Give the folder that a complete marker names, if all that it lists is there; else nothing."""
    try:
        with open(os.path.join(store, key), encoding="utf-8") as stream:
            name, *parts, end = stream.read().split("\n")
    except (OSError, ValueError):
        return ""
    folder = os.path.join(store, name)
    whole = end == key and parts and all(os.path.exists(os.path.join(folder, part)) for part in parts)
    return folder if whole else ""


def publish(store: str, key: str, folder: str) -> str:
    """Make a finished folder the one to use, unless another starter was faster."""
    marker = folder + ".marker"
    try:
        with open(marker, "w", encoding="utf-8", newline="\n") as stream:
            stream.write("\n".join([os.path.basename(folder), *essentials(folder), key]))
        winner = published(store, key)
        if winner:
            remove(folder, marker)
            return winner
        os.replace(marker, os.path.join(store, key))
    except OSError:  # Windows, while another reads the marker: unpublished, this environment is as good
        remove(marker)
    return folder


def essentials(folder: str) -> "list[str]":
    """List what must be there: the programs, and each top-level name among the installed packages."""
    paths = []
    for parent, folders, files in os.walk(folder):
        if os.path.basename(parent) in ("bin", "Scripts", "site-packages"):
            names = [name for name in folders + files if name != "__pycache__"]
            paths += [os.path.relpath(os.path.join(parent, name), folder) for name in names]
            folders.clear()
    return paths


def sweep(store: str, key: str) -> None:
    """Remove what starters that were killed left behind, once it is old enough to be nobody's."""
    import time

    for name in listed(store):
        path = os.path.join(store, name)
        if name.startswith((key + "-", "probe-")) and time.time() - os.lstat(path).st_mtime > ABANDONED_SECONDS:
            remove(path)


def remove(*paths: str) -> None:
    """Remove files and folders, as far as they let themselves be removed."""
    import shutil

    for path in paths:
        if os.path.isfile(path):
            os.remove(path)
        shutil.rmtree(path, ignore_errors=True)


def program(folder: str, name: str) -> str:
    """Name a program of an environment, or of a ``pip --target`` folder, which says bin on Windows too."""
    paths = [os.path.join(folder, part, name + (".exe" if WINDOWS else "")) for part in ("Scripts", "bin")]
    return paths[0] if os.path.exists(paths[0]) else paths[1]


# Installing: wheels only, since building a package would run code that no hash covers


def by_uv(lock: str, folder: str) -> None:
    """Use the uv of the runner, if it has one."""
    found = on_path("uv")
    if not found:
        raise InstallError("not on PATH")
    uv_install(found[0], lock, folder)


def by_locked_uv(lock: str, folder: str) -> None:
    """Let pip fetch the locked uv, which is still quicker than to let it install the rest."""
    uv_folder = prepared(os.path.join(REQUIREMENTS, "uv.txt"), [from_index], os.path.dirname(folder))
    uv_install(program(uv_folder, "uv"), lock, folder)


def by_pip(lock: str, folder: str) -> None:
    """Use nothing but the interpreter: slow, always there."""
    call([base_python(), "-I", "-m", "venv", folder], folder)
    pip_install(program(folder, "python"), lock, folder)


def from_index(lock: str, folder: str) -> None:
    """Unpack locked wheels into a folder: no environment, no ensurepip (3 s)."""
    pip_install(base_python(), lock, folder, "--target", folder)


def uv_install(uv: str, lock: str, folder: str) -> None:
    """Make an environment and fill it."""
    quiet = ["--quiet", "--no-config"]
    call([uv, "venv", *quiet, "--no-project", "--python", base_python(), folder], folder)
    locked = ["--require-hashes", "--no-deps", "--no-build", "--requirements", lock]
    call([uv, "pip", "install", *quiet, "--python", program(folder, "python"), *locked], folder)


def pip_install(python: str, lock: str, folder: str, *options: str) -> None:
    """Install a lock with the pip of an interpreter."""
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--no-compile"]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", lock]
    call([python, *ISOLATED, "-m", "pip", "install", *quiet, *locked, *options], folder)


def call(argv: "list[str]", folder: str) -> None:
    """Run an installer where nothing of the project lies, or say with its own words why it failed."""
    from subprocess import DEVNULL, STDOUT, CalledProcessError, TimeoutExpired, check_output

    env = {name: value for name, value in os.environ.items() if KEPT.match(name) or not name.startswith(DROPPED)}
    try:
        check_output(argv, cwd=os.path.dirname(folder), env=env, stdin=DEVNULL, stderr=STDOUT, timeout=INSTALL_SECONDS)
    except (OSError, TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    except CalledProcessError as error:
        text = "\n".join(error.output.decode("utf-8", "replace").strip().splitlines()[-12:])
        if re.search("hash mismatch|do not match the hashes", text, re.IGNORECASE):
            raise stop(f"a package is not what the lock says; nothing was installed.\n{text}", INTEGRITY) from None
        raise InstallError(text or f"exit code {error.returncode}") from error


if __name__ == "__main__":
    sys.exit(main())
