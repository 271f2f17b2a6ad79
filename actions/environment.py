"""The locked environment of a command: found, or made and published.

An environment is made in a folder of its own that never moves. One small file publishes it, put in place by one rename: it
names the folder and lists what must be in it. So a starter that is killed leaves nothing that counts; starters at one time
need no lock, the first to publish wins; a damaged environment is replaced without pulling it from under a running command;
and Windows never has to rename a folder with open files.
"""

import os
import re
import sys
from os.path import abspath, basename, dirname, exists, expanduser, isabs, isdir, isfile, join, realpath, relpath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENTS = join(dirname(dirname(abspath(__file__))), "requirements")
WINDOWS = os.name == "nt"
BASE = str(getattr(sys, "_base_executable", None) or sys.executable)  # not the project's virtual environment, if in one
ISOLATED = ["-I", "-X", "utf8"]
USAGE, UNREACHABLE, INTEGRITY = 2, 5, 6  # exit codes of tagship.errors

INSTALL_SECONDS = 300  # for one call of an installer, its own retries included
ABANDONED_SECONDS = 24 * 3600  # after that, nobody is still making or using a folder that is not published
# Settings that say how to reach an index are honoured, since hashes make any index safe; others (a target folder, a
# constraint, a configuration file) are about the project. Inputs, which may be secret, are nobody else's business.
KEPT = re.compile("(UV|PIP)_.*(INDEX|FIND_LINKS|CERT|PROXY|HOST|TLS|TIMEOUT|RETRIES|CACHE|OFFLINE|KEYRING|LINK_MODE)")
DROPPED = ("UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "TAGSHIP_")


class InstallError(Exception):
    """One way of installing did not work; the next may."""


def say(kind: str, message: str, code: int = 0) -> "SystemExit":
    """Write a workflow command, escaped as actions/toolkit does (packages/core/src/command.ts); give an exit to raise."""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind}::{text}", flush=True)
    return SystemExit(code)


def on_path(name: str) -> "list[str]":
    """Find a program on PATH; relative entries, the working directory among them, are the project's and do not count."""
    folders = [folder.strip('"') for folder in os.environ.get("PATH", "").split(os.pathsep)]
    paths = [join(folder, name + (".exe" if WINDOWS else "")) for folder in folders if isabs(folder)]
    return [path for path in paths if isfile(path) and os.access(path, os.X_OK)]


def listed(folder: str) -> "list[str]":
    """List a folder by name, the working directory's never, a missing one as empty."""
    return sorted(os.listdir(folder)) if isabs(folder) and isdir(folder) else []


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
    for part in (sys.implementation.name, sys.version, EXTENSION_SUFFIXES[0], machine, realpath(BASE)):
        digest.update(b"\0" + os.fsencode(part))
    return digest.hexdigest()[:24]


def prepared(lock: str, ways: "list[Callable[[str, str], None]]", store: str = "") -> str:
    """Give the folder made from a lock, by the first way that works; warm, this is one hash and some ``stat``."""
    key = key_of(lock)
    found = next(filter(None, (published(place, key) for place in stores())), "")
    if found:
        return found
    store, failures = store or writable_store(), []
    sweep(store)
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
    user = os.environ.get("LOCALAPPDATA" if WINDOWS else "XDG_CACHE_HOME") or expanduser("~/.cache")
    roots = [os.environ.get("RUNNER_TOOL_CACHE") or user, os.environ.get("RUNNER_TEMP")]
    return [join(root, "tagship") for root in roots if root and isabs(root)]


def writable_store() -> str:
    """Give the first store that can be written to, else a temporary folder; say which could not."""
    for store in stores():
        try:
            os.makedirs(store, exist_ok=True)
            os.rmdir(fresh_folder(store, "probe"))
        except OSError as error:
            say("notice", f"tagship cannot keep its packages in {store} ({error.strerror}); it takes another folder.")
        else:
            return store
    import tempfile

    return tempfile.mkdtemp(prefix="tagship-")


def fresh_folder(store: str, key: str) -> str:
    """Make a folder that nobody else uses."""
    folder = join(store, f"{key}-{os.urandom(6).hex()}")
    os.mkdir(folder)
    return folder


def published(store: str, key: str) -> str:
    """Give the folder that a complete marker names, if all that it lists is there; else nothing."""
    try:
        with open(join(store, key), encoding="utf-8") as stream:
            name, *parts, end = stream.read().split("\n")
    except (OSError, ValueError):
        return ""
    folder = join(store, name)
    whole = end == key and parts and all(exists(join(folder, part)) for part in parts)
    return folder if whole else ""


def publish(store: str, key: str, folder: str) -> str:
    """Make a finished folder the one to use, unless another starter was faster."""
    marker = join(folder, "tagship-marker")
    try:
        with open(marker, "w", encoding="utf-8", newline="\n") as stream:
            stream.write("\n".join([basename(folder), *essentials(folder), key]))
        winner = published(store, key)
        if winner:
            remove(folder)
            return winner
        os.replace(marker, join(store, key))
    except OSError:  # Windows, while another reads the marker: unpublished, this environment is as good
        pass
    return folder


def essentials(folder: str) -> "list[str]":
    """List what must be there: the programs, and each top-level name among the installed packages."""
    paths = []
    for parent, folders, files in os.walk(folder):
        if basename(parent) in ("bin", "Scripts", "site-packages"):
            names = [name for name in folders + files if name != "__pycache__"]
            paths += [relpath(join(parent, name), folder) for name in names]
            folders.clear()
    return paths


def sweep(store: str) -> None:
    """Remove what killed starters and repairs left behind, once it is old enough to be nobody's."""
    import time

    for name in listed(store):
        path, key = join(store, name), name.partition("-")[0]
        try:
            old = time.time() - os.lstat(path).st_mtime > ABANDONED_SECONDS
        except OSError:  # gone meanwhile: another starter's
            continue
        if key != name and old and published(store, key) != path:
            remove(path)


def remove(folder: str) -> None:
    """Remove a folder, as far as it lets itself be removed."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def program(folder: str, name: str) -> str:
    """Name a program of an environment, or of a ``pip --target`` folder, which says bin on Windows too."""
    paths = [join(folder, part, name + (".exe" if WINDOWS else "")) for part in ("Scripts", "bin")]
    return paths[0] if exists(paths[0]) else paths[1]


def by_uv(lock: str, folder: str) -> None:
    """Use the uv of the runner, if it has one."""
    found = on_path("uv")
    if not found:
        raise InstallError("not on PATH")
    uv_install(found[0], lock, folder)


def by_locked_uv(lock: str, folder: str) -> None:
    """Let pip fetch the locked uv, which is still quicker than to let it install the rest."""
    uv_folder = prepared(join(REQUIREMENTS, "uv.txt"), [pip_install], dirname(folder))
    uv_install(program(uv_folder, "uv"), lock, folder)


def by_pip(lock: str, folder: str) -> None:
    """Use nothing but the interpreter: slow, always there."""
    call([BASE, "-I", "-m", "venv", folder], folder)
    pip_install(lock, folder)


def uv_install(uv: str, lock: str, folder: str) -> None:
    """Make an environment and fill it, with wheels only: building a package would run code that no hash covers."""
    quiet = ["--quiet", "--no-config"]
    call([uv, "venv", *quiet, "--no-project", "--python", BASE, folder], folder)
    locked = ["--require-hashes", "--no-deps", "--no-build", "--requirements", lock]
    call([uv, "pip", "install", *quiet, "--python", program(folder, "python"), *locked], folder)


def pip_install(lock: str, folder: str) -> None:
    """Fill an environment, wheels only; a folder that is none just gets them unpacked, which spares ensurepip (3 s)."""
    python = program(folder, "python")
    made = exists(python)
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--no-compile"]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", lock]
    target = [] if made else ["--target", folder]
    call([python if made else BASE, *ISOLATED, "-m", "pip", "install", *quiet, *locked, *target], folder)


def call(argv: "list[str]", folder: str) -> None:
    """Run an installer where nothing of the project lies, or say with its own words why it failed."""
    from subprocess import DEVNULL, STDOUT, CalledProcessError, TimeoutExpired, check_output

    env = {name: value for name, value in os.environ.items() if KEPT.match(name) or not name.startswith(DROPPED)}
    try:
        check_output(argv, cwd=dirname(folder), env=env, stdin=DEVNULL, stderr=STDOUT, timeout=INSTALL_SECONDS)
    except (OSError, TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    except CalledProcessError as error:
        text = "\n".join(error.output.decode("utf-8", "replace").strip().splitlines()[-12:])
        if re.search("hash mismatch|do not match the hashes", text, re.IGNORECASE):
            raise say(
                "error", f"a package is not what the lock says; nothing was installed.\n{text}", INTEGRITY
            ) from None
        raise InstallError(text or f"exit code {error.returncode}") from error
