"""How a Python project's wheels are compiled: the files that say so, what the plan notes of it, the wheels it names."""

import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tagship.domain.files import wheel_tags
from tagship.domain.files.wheel_tags import MUSL, PURE
from tagship.domain.manifests import cibuildwheel, compiled_wheels
from tagship.domain.manifests.layout import join, upwards
from tagship.domain.manifests.python_metadata import PythonProject
from tagship.domain.manifests.python_versions import lines
from tagship.domain.plans.plan import Package
from tagship.domain.plans.target import Target
from tagship.ports import SourceTree

_CRATE: Final = "Cargo.toml"


def useful_files(tree: SourceTree, folder: str, project: PythonProject) -> list[str]:
    """List the files that tell whether and how a project's wheels are compiled."""
    if project.pure and not (project.backend.startswith("setuptools") and _has(tree, join(folder, "setup.py"))):
        return []
    start = _start(folder)
    inside = [path.removeprefix(start) for path in _below(tree, start)]
    found = [join(folder, path) for path in compiled_wheels.beside(project.backend, inside)]
    if project.backend.startswith("maturin"):  # a crate may inherit from a workspace further up
        found += [path for place in upwards(folder)[1:] if _has(tree, path := join(place, _CRATE))]
    return found


def details(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> dict[str, str]:
    """Say what the plan notes of a project whose wheels are compiled; nothing of one whose wheel runs everywhere."""
    useful = useful_files(tree, folder, project)
    if project.pure and not useful:
        return {}
    start = _start(folder)
    files = {
        path.removeprefix(start) if path.startswith(start) else f"../{path}": texts.get(path, "") for path in useful
    }
    tables = {path: _toml(text) for path, text in files.items() if path.endswith(_CRATE)}
    data = _toml(texts.get(join(folder, "pyproject.toml"), ""))
    found = compiled_wheels.read(data, files, tables)
    if found is None:
        return {}
    said = {
        "compiled-by": found.by,
        "compiles": found.language,
        "wheels": found.kind,
        "older": "yes" if found.older else "",
    }
    tool = data.get("tool")
    table = tool.get("cibuildwheel") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        said |= _by_cibuildwheel(table, lines(project.requires))
    return {key: value for key, value in said.items() if value}


def wheels(package: Package, targets: Sequence[Target]) -> Iterator[tuple[str, Target]]:
    """Name every wheel of a package that is made for one platform."""
    known = package.details.get("pythons", "").split() or package.runtimes.get("python", ())
    kind, older = package.details["wheels"], "older" in package.details
    version = package.spellings.pep440
    if kind == PURE:
        yield wheel_tags.file_name(package.name, version, "py3-none", "any"), Target.ANY
    elif "identifiers" in package.details:
        yield from ((name, target) for target in targets for name in identifiers(package, target).values())
    else:
        glibc = package.details.get("glibc", wheel_tags.GLIBC)
        for target in targets:
            for tag in wheel_tags.tags(kind, known, older=older):
                platform = wheel_tags.platform_of(target, glibc)
                yield wheel_tags.file_name(package.name, version, tag.python, platform), target


def identifiers(package: Package, target: Target) -> dict[str, str]:
    """Return what cibuildwheel is told to build for a target: identifier → the file it is to become."""
    known = package.details.get("pythons", "").split() or package.runtimes.get("python", ())
    chosen = [each for each in package.details["identifiers"].split() if cibuildwheel.target_of(each) is target]
    found = {}
    for platform in dict.fromkeys(each.partition("-")[2] for each in chosen):
        served = [line for line in known if f"cp{line.replace('.', '')}-{platform}" in chosen]
        tag = _platform_tag(package, target, platform)
        for each in wheel_tags.tags(package.details["wheels"], served, older=True):
            line = each.line or served[0]
            name = wheel_tags.file_name(package.name, package.spellings.pep440, each.python, tag)
            found[f"cp{line.replace('.', '')}-{platform}"] = name
    return found


def _platform_tag(package: Package, target: Target, platform: str) -> str:
    if platform.startswith("musl"):
        return wheel_tags.musl_of(target, package.details.get("musl", MUSL))
    machine = target.partition("-")[2]
    glibc = package.details.get("glibc") or package.details.get(f"glibc-{machine}") or wheel_tags.GLIBC
    return wheel_tags.platform_of(target, glibc)


def _by_cibuildwheel(table: Mapping[str, Any], known: Sequence[str]) -> dict[str, str]:
    said = {"identifiers": " ".join(cibuildwheel.identifiers(table, known))}
    said["passed-on"] = " ".join(cibuildwheel.passed_on(table))
    for target in (Target.LINUX_X86_64, Target.LINUX_AARCH64):
        machine = target.partition("-")[2]
        said[f"glibc-{machine}"] = cibuildwheel.glibc(table, machine)
        said["musl"] = cibuildwheel.musl(table, machine)
    return said


def _below(tree: SourceTree, start: str) -> tuple[str, ...]:
    """Return the files of a folder (``a/``), found among sorted paths: after ``/`` comes ``0``."""
    if not start:
        return tree.paths
    return tree.paths[bisect_left(tree.paths, start) : bisect_left(tree.paths, f"{start[:-1]}0")]


def _has(tree: SourceTree, path: str) -> bool:
    """Look a file up among sorted paths: there may be as many projects as files."""
    at = bisect_left(tree.paths, path)
    return tree.paths[at : at + 1] == (path,)


def _start(folder: str) -> str:
    return "" if folder == "." else f"{folder}/"


def _toml(text: str) -> dict[str, Any]:
    """Read a manifest; one that cannot be read says nothing here: whoever owns it tells."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return {}
