"""Putting npm packages around a program together: the program of a platform, or launchers that start it."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Any, Final

from tagship.adapters.pack import pack, program_names
from tagship.domain.files import program_npm
from tagship.domain.files.npm_tarball import ROOT
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import encode
from tagship.domain.plans.target import Target
from tagship.ecosystems import _programs
from tagship.ecosystems._wrapping import material
from tagship.ports import BuildJob

_LAUNCHER: Final = "program_launcher.js"


def make(job: BuildJob, owed: Artifact) -> None:
    """Make one tarball."""
    place = job.out / f"{owed.name}.parts"
    place.mkdir()
    inside = _launchers(job, place) if owed.target is Target.ANY else _program(job, owed, place)
    executed = {name for name in inside if name.startswith(f"{ROOT}bin/")}
    beside = _programs.licences(job) | ({"README.md": readme} if (readme := _programs.readme(job)) else {})
    members = inside | {f"{ROOT}{name}": path for name, path in beside.items()}
    pack(place / "made.tar.gz", members, job.epoch, executed)
    (place / "made.tar.gz").rename(job.out / owed.name)
    shutil.rmtree(place)


def _said(job: BuildJob) -> dict[str, Any]:
    package = job.package
    about = _programs.description(job)
    return program_npm.about(package.version, package.license, about, job.plan.repository, package.mcp_name)


def _program(job: BuildJob, owed: Artifact, place: Path) -> dict[str, Path]:
    inside = _programs.unpack(material(job, owed, owed.target, _programs.KINDS), place / "inside")
    manifest = program_npm.platform_manifest(job.package.name, owed.target, _said(job))
    programs = {f"{ROOT}bin/{name}": path for name, path in inside.programs.items()}
    return {f"{ROOT}package.json": _manifest(place, manifest), **programs}


def _launchers(job: BuildJob, place: Path) -> dict[str, Path]:
    names = _names(job)
    targets = [
        each.target for each in job.plan.built if each.package == job.package.id and each.target is not Target.ANY
    ]
    commands = program_npm.commands(job.package.name, _programs.entry_of(job.package, names), names)
    manifest = program_npm.manifest(job.package.name, commands, targets, _said(job))
    launcher = place / _LAUNCHER
    launcher.write_bytes((resources.files("tagship") / "templates" / _LAUNCHER).read_bytes())
    programs = {f"{ROOT}{path}": launcher for path in commands.values()}
    return {f"{ROOT}package.json": _manifest(place, manifest), **programs}


def _names(job: BuildJob) -> list[str]:
    """Name the programs, as the archive beside this tarball has them."""
    owner = job.package.wraps
    archive = next(job.made[each.name] for each in job.plan.built if each.package == owner and each.name in job.made)
    return [name.removesuffix(".exe") for name in program_names(archive)]


def _manifest(place: Path, manifest: dict[str, Any]) -> Path:
    path = place / "package.json"
    path.write_bytes(encode(manifest))
    return path
