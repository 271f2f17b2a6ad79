"""A formula of a Python package: its wheel and those of all it needs, each by address and digest, in an environment of its own.

Sources: docs.brew.sh/Python-for-Formula-Authors (``resource``, ``Language::Python::Virtualenv``), docs.brew.sh/Homebrew-on-Linux.
Homebrew itself builds from source what it distributes; a tap's users would wait for compilers, and the files that were
released would not be what they run.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tagship.adapters import archive, wheel_lock
from tagship.domain.files import locked_wheels
from tagship.domain.files.locked_wheels import Wheel
from tagship.domain.install import installer
from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.plan import Package
from tagship.errors import ProjectError
from tagship.ports import FormatJob, Tools

PYTHONS: Final = ("3.14", "3.13", "3.12", "3.11")
"""Those that Homebrew has formulas of, best first."""
TARGETS: Final = {
    "macos-aarch64": "aarch64-apple-darwin",
    "macos-x86_64": "x86_64-apple-darwin",
    "linux-aarch64": f"aarch64-manylinux_2_{locked_wheels.GLIBC}",
    "linux-x86_64": f"x86_64-manylinux_2_{locked_wheels.GLIBC}",
}
"""What Homebrew serves, and what uv calls it."""
_BLOCKS: Final = {"macos": "on_macos", "linux": "on_linux"}
_INNER: Final = {"aarch64": "on_arm", "x86_64": "on_intel"}
_ARCHITECTURES: Final = {"aarch64": "arm64", "x86_64": "x86_64"}


class _Locked(NamedTuple):
    """All that is installed for one Python: by target, our own wheel and what it needs."""

    python: str
    own: Mapping[str, str]
    needs: Mapping[str, tuple[Wheel, ...]]


def values(job: FormatJob, package: Package, tools: Tools) -> dict[str, Any]:
    """Return what the template wants besides what all formulas say.

    Raises:
        ProjectError: there is no Python for which all that it needs can be had as wheels.

    """
    locked = _locked(job, package, tools)
    files = {target: installer.released(job.plan, name, job.digests) for target, name in locked.own.items()}
    one = next(iter(files.values())) if len(set(files.values())) == 1 else None
    everywhere = _shared(locked.needs.values())
    systems = sorted({target.partition("-")[0] for target in locked.own}, reverse=True)
    return {
        "python": locked.python,
        "file": one,
        "wheels": everywhere,
        "only_system": systems[0] if len(systems) == 1 else "",
        "blocks": [
            made for system in systems if (made := _block(system, {} if one else files, locked.needs, everywhere))
        ],
    }


def summary(job: FormatJob, package: Package) -> str:
    """Return what the package says of itself in one line."""
    lines = _head(job.files[_wheels(job, package)[0]])
    return next((line.partition(":")[2].strip() for line in lines if line.lower().startswith("summary:")), "")


def _head(wheel: Path) -> list[str]:
    return archive.read_member(wheel, ".dist-info/METADATA").replace("\r\n", "\n").split("\n\n")[0].splitlines()


def _wheels(job: FormatJob, package: Package) -> list[str]:
    return [each.name for each in job.plan.built if each.package == package.id and each.kind == "wheel"]


def _locked(job: FormatJob, package: Package, tools: Tools) -> _Locked:
    """Choose the newest Python that serves all platforms, else the one that serves most."""
    declared = package.runtimes.get("python", ())
    found: list[_Locked] = []
    reasons: dict[str, str] = {}
    for python in (line for line in PYTHONS if not declared or line in declared):
        made, reasons = _resolved(job, package, python, tools)
        found.append(made)
        if len(made.own) == len(TARGETS):
            break
    served = max(found, key=lambda each: len(each.own), default=None)
    if served is None or not served.own:
        why = "\n".join(dict.fromkeys(reasons.values())) or f"it declares Python {', '.join(declared)}"
        hint = "a formula needs wheels of everything for macOS or Linux; or take `homebrew` out of tagship.yaml"
        raise ProjectError(f"{package.name} cannot be a formula:\n{why}", hint=hint)
    for target in sorted(TARGETS.keys() - served.own.keys()):
        tools.reporter.warning(
            f"the formula of {package.name} is not for {target}: there are no wheels of all it needs"
        )
    return served


def _resolved(job: FormatJob, package: Package, python: str, tools: Tools) -> tuple[_Locked, dict[str, str]]:
    tags = {target: locked_wheels.tags(python, target) for target in TARGETS}
    wheels = _wheels(job, package)
    own = {target: name for target in TARGETS if (name := locked_wheels.best(wheels, tags[target]))}
    needs: dict[str, tuple[Wheel, ...]] = {}
    reasons: dict[str, str] = {}
    for name in sorted(set(own.values())):
        mine = {TARGETS[target]: target for target in own if own[target] == name}
        requirement = f"{_asked(package)} @ {job.files[name].resolve().as_uri()}"
        locks, refused = wheel_lock.resolve(requirement, python, [*mine], tools)
        reasons |= {mine[platform]: why for platform, why in refused.items()}
        for platform, lock in locks.items():
            target = mine[platform]
            needs[target] = locked_wheels.chosen(lock, package.name, tags[target])
    return _Locked(python, {target: own[target] for target in TARGETS if target in needs}, needs), reasons


def _asked(package: Package) -> str:
    extras = package.details.get("extras", "")
    return f"{canonical(package.name)}[{extras}]" if extras else canonical(package.name)


def _shared(sets: Iterable[Sequence[Wheel]]) -> list[Wheel]:
    kept = [set(each) for each in sets]
    return sorted(set.intersection(*kept)) if kept else []


def _block(
    system: str, files: Mapping[str, object], needs: Mapping[str, tuple[Wheel, ...]], everywhere: Sequence[Wheel]
) -> dict[str, Any] | None:
    """Say what one system has of its own; nothing where it has nothing."""
    mine = {target: set(needs[target]) - set(everywhere) for target in needs if target.startswith(system)}
    shared = set(_shared([sorted(each) for each in mine.values()]))
    inner = []
    for processor, name in _INNER.items():
        target = f"{system}-{processor}"
        wheels = sorted(mine.get(target, set()) - shared)
        if wheels or target in files:
            inner.append({"name": name, "file": files.get(target), "wheels": wheels})
    only = "" if len(mine) > 1 else _ARCHITECTURES[next(iter(mine)).partition("-")[2]]
    made = {"name": _BLOCKS[system], "only_processor": only, "wheels": sorted(shared), "inner": inner}
    return made if only or shared or inner else None
