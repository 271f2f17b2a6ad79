"""npm tarballs: each installed into an empty folder, under one line of Node.js, with the dependencies a new user gets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from tagship.adapters import machine
from tagship.domain.files import npm_tarball
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.environments import _clean, _node
from tagship.errors import CheckFailed
from tagship.ports import Launch, ProbeJob, Tools

_HINT: Final = "try `npm install` of the tarball in an empty folder: that is what every new user does"


class NpmEnvironment:
    """:class:`tagship.ports.Environment` for npm packages."""

    name: ClassVar[str] = "npm"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"npm"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Compare its platform with this one, and look for the line of Node.js."""
        del package
        return machine.hindrance(probe.target) or _node.hindrance(probe.runtime, tools)

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Install with scripts on, as ``npx`` does; the package's command is started by that Node.js."""
        env = _clean.for_installing(job, tools)
        node = _node.find(job.probe.runtime, env, tools)
        env |= {"PATH": os.pathsep.join([str(node.parent), env.get("PATH", "")])}
        place = job.folder / "installed"
        place.mkdir()
        (place / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        argv = ["npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", "--no-update-notifier"]
        files = map(str, (*job.beside, job.file))  # a launcher finds the package of its platform beside itself
        _clean.install([*argv, "--omit=dev", *files], job, env, tools, _HINT)
        program = _program(place / "node_modules" / job.package.name, job)
        running = _clean.for_running(job, tools, {"PATH": env["PATH"]})
        yield _clean.launch(program, job, running, str(node))


def _program(installed: Path, job: ProbeJob) -> Path:
    """Find the script of the package's command.

    Raises:
        CheckFailed: the package brings none of that name.

    """
    manifest: dict[str, Any] = msgspec.json.decode((installed / "package.json").read_bytes())
    programs = npm_tarball.programs(manifest)
    entry = job.package.entry or ""
    path = programs.get(entry) or (next(iter(programs.values())) if len(programs) == 1 else "")
    if path and (installed / path).is_file():
        return installed / path
    hint = "name it in `bin` of package.json, or set `entry` of the package in tagship.yaml"
    raise CheckFailed(f"{job.file.name} brings no command {entry!r}", hint=hint)


PLUGIN: Final = NpmEnvironment()
