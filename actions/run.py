"""Start a tagship command inside an action: the right Python, a hash-locked environment, then the command, isolated.

    python3 -I -X utf8 run.py COMMAND [ARGUMENT…]

Standard library only, and syntax that old Pythons can read: whatever ``python3`` the runner has, it can look for a better
one. Inputs come by environment (``TAGSHIP_…``). The command is started with ``-I``: neither the checked-out project nor
``PYTHONPATH`` can put a module in front of ours.
"""

import hashlib
import os
import sys

MINIMUM = (3, 11)
NEWEST = 15
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tagship.cli import main; raise SystemExit(main())"
MARKER = ".tagship-complete"
USAGE, UNREACHABLE = 2, 5
STALE = 3600
"""Seconds after which a half-made environment of a killed job is removed."""


class Failure(Exception):
    """Something a person must act on; ``code`` is the exit code (docs/reference/exit-codes.md)."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: "list[str]") -> int:
    """Prepare and start the command; return only when that failed, or on Windows."""
    try:
        if sys.version_info < MINIMUM:
            return start([find_python(), "-I", "-X", "utf8", os.path.abspath(__file__)] + arguments)
        python = environment(requirements(arguments[0] if arguments else ""))
    except Failure as failure:
        escaped = str(failure).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        sys.stderr.write("::error title=tagship cannot start::" + escaped + "\n")
        return failure.code
    return start([python, "-I", "-X", "utf8", "-c", START, os.path.join(ROOT, "src")] + arguments)


def start(argv: "list[str]") -> int:
    """Become another program; where that is not possible, run it and return its exit code."""
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(argv[0], argv)  # noqa: S606  (argument lists only)
    import subprocess

    return subprocess.call(argv)


def requirements(command: str) -> str:
    """Return the path of a command's locked set."""
    folder = os.path.join(ROOT, "requirements")
    known = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".txt") and name != "uv.txt")
    if command not in known:
        raise Failure("there is no command {!r}; choose among {}".format(command, ", ".join(known)), USAGE)
    return os.path.join(folder, command + ".txt")


def environment(locked: str) -> str:
    """Return the interpreter of the environment for a locked set, made now if it is not there and whole."""
    key = fingerprint(locked)
    venv = os.path.join(cache_folder(), key)
    return interpreter(venv) if is_whole(venv, key) else make(venv, key, locked)


def fingerprint(locked: str) -> str:
    """Name an environment after the set's bytes and the interpreter it is for."""
    with open(locked, "rb") as file:
        digest = hashlib.sha256(file.read())
    digest.update("\0".join([sys.version, sys.platform, sys.base_prefix, sys.executable]).encode("utf-8", "replace"))
    return digest.hexdigest()[:24]


def cache_folder() -> str:
    """Return the folder for environments: the runner's tool cache, else the user's cache, else a temporary one."""
    home = os.path.expanduser("~")
    user = (
        os.environ.get("XDG_CACHE_HOME")
        or os.environ.get("LOCALAPPDATA")
        or (os.path.join(home, ".cache") if home != "~" else "")
    )
    for base in (os.environ.get("RUNNER_TOOL_CACHE"), user, os.environ.get("RUNNER_TEMP")):
        folder = os.path.join(base, "tagship") if base else ""
        try:
            if folder:
                os.makedirs(folder, exist_ok=True)
                if os.access(folder, os.W_OK):
                    return folder
        except OSError:
            continue
    import tempfile

    return tempfile.mkdtemp(prefix="tagship-")


def interpreter(venv: str) -> str:
    """Return the path of an environment's Python."""
    return os.path.join(venv, "Scripts", "python.exe") if os.name == "nt" else os.path.join(venv, "bin", "python")


def is_whole(venv: str, key: str) -> bool:
    """Whether an environment was finished and still has its interpreter."""
    try:
        with open(os.path.join(venv, MARKER), encoding="utf-8") as file:
            return file.read() == key and os.path.exists(interpreter(venv))
    except (OSError, ValueError):
        return False


def make(venv: str, key: str, locked: str) -> str:
    """Make an environment beside its place and put it there by one rename; whoever comes second uses the first one's."""
    import shutil
    import tempfile

    sweep(os.path.dirname(venv))
    scratch = tempfile.mkdtemp(prefix=".new-", dir=os.path.dirname(venv))
    try:
        fresh = os.path.join(scratch, "venv")
        install(fresh, locked, scratch)
        with open(os.path.join(fresh, MARKER), "w", encoding="utf-8") as file:
            file.write(key)
        put_in_place(fresh, venv, key, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return interpreter(venv)


def put_in_place(fresh: str, venv: str, key: str, scratch: str) -> None:
    """Rename; a broken environment in the way is moved aside first, a whole one of another job stays."""
    import time

    for attempt in range(20):
        try:
            os.rename(fresh, venv)
            return  # noqa: TRY300  (the loop is the else)
        except OSError:
            if is_whole(venv, key):
                return
            try:
                os.rename(venv, os.path.join(scratch, "broken-{}".format(attempt)))
            except OSError:
                time.sleep(0.05)
    raise Failure("cannot put the environment at {}; remove that folder".format(venv), USAGE)


def sweep(folder: str) -> None:
    """Remove what killed jobs left half-made."""
    import shutil
    import time

    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            if name.startswith(".new-") and time.time() - os.path.getmtime(path) > STALE:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue


def install(fresh: str, locked: str, scratch: str) -> None:
    """Fill a new environment: by the uv on PATH, else by the locked uv (from pip), else by pip alone."""
    import shutil

    said = ""
    for find in (uv_on_path, locked_uv):
        try:
            uv = find()
        except Failure as failure:
            said = str(failure)
            continue
        if uv:
            shutil.rmtree(fresh, ignore_errors=True)
            said = with_uv(uv, fresh, locked, scratch)
            if not said:
                return
    shutil.rmtree(fresh, ignore_errors=True)
    if with_pip(fresh, locked, scratch):
        hint = "is the package index reachable, and do the bytes there match the locked digests?"
        raise Failure("cannot install {}: {}\n{}".format(os.path.basename(locked), hint, said), UNREACHABLE)


def uv_on_path() -> str:
    """Return the uv the runner has, if any."""
    import shutil

    return shutil.which("uv") or ""


def with_uv(uv: str, fresh: str, locked: str, scratch: str) -> str:
    """Make and fill an environment by uv; return what it said when it failed. No file of the project configures it."""
    quiet = ["--quiet", "--no-config", "--color", "never"]
    said = run([uv, "venv"] + quiet + ["--no-project", "--python", sys.executable, fresh], scratch)
    locks = ["--require-hashes", "--no-deps", "--requirement", locked]
    return said or run([uv, "pip", "install"] + quiet + ["--python", interpreter(fresh)] + locks, scratch)


def locked_uv() -> str:
    """Return the uv whose digest is locked here, fetched by pip once for all sets."""
    import shutil
    import tempfile

    locked = os.path.join(ROOT, "requirements", "uv.txt")
    base = cache_folder()
    folder = os.path.join(base, "uv-" + fingerprint(locked))
    program = os.path.join(folder, "bin", "uv.exe" if os.name == "nt" else "uv")
    if os.path.exists(program):
        return program
    scratch = tempfile.mkdtemp(prefix=".new-", dir=base)
    try:
        fresh = os.path.join(scratch, "uv")
        said = run(pip() + ["--no-compile", "--target", fresh, "--requirement", locked], scratch)
        if said:
            raise Failure(said, UNREACHABLE)
        try:
            os.rename(fresh, folder)
        except OSError:
            if not os.path.exists(program):
                raise Failure("cannot put uv at {}; remove that folder".format(folder), USAGE)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return program


def with_pip(fresh: str, locked: str, scratch: str) -> str:
    """Make and fill an environment by the standard library and pip; return what they said when they failed."""
    said = run([sys.executable, "-I", "-m", "venv", "--without-pip", fresh], scratch)
    return said or run(pip(interpreter(fresh)) + ["--requirement", locked], scratch)


def pip(python: str = "") -> "list[str]":
    """Begin a pip command for another interpreter, or for a target folder."""
    target = ["--python", python] if python else []
    argv = (
        [sys.executable, "-I", "-m", "pip"]
        + target
        + ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
    )
    return argv + ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--retries", "3", "--timeout", "30"]


def run(argv: "list[str]", folder: str) -> str:
    """Run a program away from the project; return the end of what it said when it failed, else an empty text."""
    import subprocess

    env = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_HTTP_TIMEOUT=os.environ.get("UV_HTTP_TIMEOUT", "30"))
    try:
        done = subprocess.run(
            argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stdout.decode("utf-8", "replace").strip()
    return "" if done.returncode == 0 else "\n".join(said.splitlines()[-8:]) or "it failed without a word"


def find_python() -> str:
    """Return a Python that is new enough, for when this one is not: on PATH, then in the runner's tool cache."""
    import shutil

    names = ["python3.{}".format(minor) for minor in range(NEWEST, MINIMUM[1] - 1, -1)] + ["python3", "python"]
    found = [path for path in (shutil.which(name) for name in names) if path]
    for path in found + tool_cache_pythons():
        if is_new_enough(path):
            return path
    have = "this one is {}.{}".format(*sys.version_info[:2])
    raise Failure(
        "Python 3.11 or newer is needed and none was found ({}); add actions/setup-python before".format(have), USAGE
    )


def tool_cache_pythons() -> "list[str]":
    """List the interpreters that setup-python keeps, newest first."""
    import glob

    base = os.path.join(glob.escape(os.environ.get("RUNNER_TOOL_CACHE") or os.devnull), "Python", "*", "*")
    paths = glob.glob(os.path.join(base, "bin", "python3")) + glob.glob(os.path.join(base, "python.exe"))

    def version(path: str) -> "list[int]":
        text = path.rsplit(os.sep + "Python" + os.sep, maxsplit=1)[-1].split(os.sep, maxsplit=1)[0]
        return [int(part) for part in text.split(".") if part.isdigit()]

    return sorted(paths, key=version, reverse=True)


def is_new_enough(path: str) -> bool:
    """Ask an interpreter for its version; store stubs and broken shims do not answer."""
    import subprocess

    argv = [path, "-I", "-c", "import sys; print(sys.version_info >= {!r})".format(MINIMUM)]
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == b"True"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
