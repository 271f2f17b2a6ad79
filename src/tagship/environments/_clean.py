"""What a server that is probed may see of this machine: programs, locale, a new home; no token, no settings of anybody's."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import cache_folder
from tagship.errors import CheckFailed, RemoteUnreachable
from tagship.ports import Launch, ProbeJob, Tools

_HOMES: Final = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "TMPDIR", "TEMP", "TMP")
_SEEN: Final = frozenset({"PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "WINDIR", "LANG", "LC_ALL"})
_UNREACHABLE: Final = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT"
    r"|error sending request|client error \(Connect\)|dns error|tcp connect error|operation timed out|50[0234] ",
    re.IGNORECASE,
)
"""What npm and uv say when a registry is not to be had."""


def home(folder: Path) -> dict[str, str]:
    """Make a home and a place for temporary files, and return the variables that name them."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        name: str(folder / ("tmp" if name in {"TMPDIR", "TEMP", "TMP"} else "home"))
        for name in _HOMES
        if name != "XDG_CACHE_HOME"
    }


def launch(program: Path, job: ProbeJob, env: Mapping[str, str], *before: str) -> Launch:
    """Return the command line of a program, with the arguments that the package's server is given."""
    given = job.package.probing.arguments if job.package.probing else ()
    return Launch(argv=(*before, str(program), *given), env=env, cwd=job.folder / "home")


def for_running(job: ProbeJob, tools: Tools, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return what the server itself is started with: a new home, the dummy values, and nothing else of this machine.

    No proxy and no cache either: those are for installers, and may hold a password.
    """
    seen = {name: value for name, value in scrubbed(tools.environment).items() if name.upper() in _SEEN}
    given = job.package.probing.environment if job.package.probing else {}
    return {**seen, **home(job.folder), **more, **given}


def may_fetch(tools: Tools) -> bool:
    """Whether runtimes that are missing may be fetched: on a runner, unless uv is told never to fetch any."""
    environment = tools.environment
    on_runner = environment.get("GITHUB_ACTIONS") == "true"
    return on_runner and environment.get("UV_PYTHON_DOWNLOADS") not in {"never", "manual", "false"}


def for_installing(job: ProbeJob, tools: Tools) -> dict[str, str]:
    """Return what an installer is started with: a new home, but the caches of this machine."""
    seen = scrubbed(tools.environment)
    return {**seen, **_caches(seen), **home(job.folder), "NO_COLOR": "1"}


def install(argv: Sequence[str], job: ProbeJob, env: Mapping[str, str], tools: Tools, hint: str) -> str:
    """Run an installer in the probe's folder and return what it said.

    Raises:
        CheckFailed: it refused: so it will for everybody.
        RemoteUnreachable: it could not reach a registry.

    """
    done = tools.shell.run(argv, cwd=job.folder, env=env, timeout=900, watch=tools.reporter.output)
    if not done.code:
        return done.stdout
    said = done.last_lines(15).replace(str(job.folder), "…")
    message = f"{job.file.name} cannot be installed:\n{said}"
    if _UNREACHABLE.search(said):
        raise RemoteUnreachable(message, hint="run it again when the registry can be reached")
    raise CheckFailed(message, hint=hint)


def _caches(environment: Mapping[str, str]) -> dict[str, str]:
    """Name the folders where this user's installers keep what they fetched: a new home would make them fetch all of it again."""
    user = Path(environment.get("HOME") or environment.get("USERPROFILE") or "~").expanduser()
    windows = environment.get("LOCALAPPDATA")
    npm = Path(windows, "npm-cache") if windows else user / ".npm"
    return {"UV_CACHE_DIR": str(cache_folder(environment)), "NPM_CONFIG_CACHE": str(npm)}
