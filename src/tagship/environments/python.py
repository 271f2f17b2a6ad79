"""Wheels and source distributions: each in a fresh virtual environment of one Python, with the versions a new user gets."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Final

from tagship.adapters import machine
from tagship.adapters.uv import uv
from tagship.domain.plans import probes
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.environments import _clean
from tagship.errors import CheckFailed, ProjectError
from tagship.ports import Finished, Launch, ProbeJob, Tools

_OF_EXTRA: Final = re.compile(r"\bextra\b")
_HINT: Final = "install the file in an empty virtual environment: that is what every new user does"


class PythonEnvironment:
    """:class:`tagship.ports.Environment` for Python packages, by uv."""

    name: ClassVar[str] = "python"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"wheel", "sdist"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Compare its platform with this one, and ask for the interpreter; only a runner fetches what it lacks."""
        del package
        if reason := machine.hindrance(probe.target):
            return reason
        if _clean.may_fetch(tools) or not probe.runtime:
            return ""
        return "" if _interpreter(_version(probe), tools.shell.run) else probes.missing(probe.runtime)

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Make the environment and install the file into it."""
        env = _clean.for_installing(job, tools)
        venv = job.folder / "venv"
        quiet = ("--no-config", "--color", "never", "--quiet")
        fetch = () if _clean.may_fetch(tools) else ("--no-python-downloads",)
        made = tools.shell.run(
            [uv(), "venv", *quiet, *fetch, "--python", _python(job.probe, tools), str(venv)],
            cwd=job.folder,
            env=env,
        )
        if made.code:
            hint = "install that Python, or leave it to a runner that has it"
            raise ProjectError(f"no environment of {job.probe.runtime} can be made:\n{made.last_lines()}", hint=hint)
        argv = [uv(), "pip", "install", *quiet, "--python", str(venv), "--resolution", job.probe.resolution]
        if job.probe.resolution == "lowest-direct":
            _clean.install([*argv, "--no-deps", str(job.file)], job, env, tools, _HINT)
            argv += ["--requirements", str(_direct(venv, job.folder / "direct.txt"))]
        extras = job.package.details.get("extras", "")
        _clean.install([*argv, f"{job.file}[{extras}]" if extras else str(job.file)], job, env, tools, _HINT)
        env = _clean.for_running(job, tools, {"VIRTUAL_ENV": str(venv)})
        yield _clean.launch(_script(venv, job), job, env)


def _python(probe: Probe, tools: Tools) -> str:
    """Name the interpreter for uv: where it is, or, where it is yet to be fetched, its version."""
    version = _version(probe)
    return (_interpreter(version, tools.shell.run) or version) if version else sys.executable


@lru_cache
def _interpreter(version: str, run: Callable[..., Finished]) -> str:
    """Find an interpreter, once in a run: uv starts every Python that it meets on its way to it.

    Not that of an environment that somebody made in this folder: what a new user installs has nothing of it.
    """
    argv = [uv(), "python", "find", "--system", "--no-config", "--no-project", "--no-python-downloads", version]
    done = run(argv, cwd=Path.cwd())
    return "" if done.code else done.stdout.strip()


def _direct(venv: Path, to: Path) -> Path:
    """Write down what the package in an environment asks for: to uv only what it is told itself is direct.

    Source: https://docs.astral.sh/uv/concepts/resolution/#resolution-strategy.
    """
    from importlib.metadata import distributions

    from packaging.requirements import Requirement

    places = [str(path) for path in (*venv.glob("lib/python*/site-packages"), venv / "Lib" / "site-packages")]
    asked = [Requirement(each) for own in distributions(path=places) for each in own.requires or ()]
    plain = [str(each) for each in asked if not each.marker or not _OF_EXTRA.search(str(each.marker))]
    to.write_text("".join(f"{each}\n" for each in plain), encoding="utf-8")
    return to


def _script(venv: Path, job: ProbeJob) -> Path:
    """Find the command in the environment.

    Raises:
        CheckFailed: the package brings none of that name.

    """
    entry = job.package.program
    for path in (venv / "bin" / entry, venv / "Scripts" / f"{entry}.exe"):
        if path.is_file():
            return path
    hint = "name it in `[project.scripts]`, or set `entry` of the package in tagship.yaml"
    raise CheckFailed(f"{job.file.name} brings no command {entry!r}", hint=hint)


def _version(probe: Probe) -> str:
    return probe.runtime.removeprefix("python")


PLUGIN: Final = PythonEnvironment()
