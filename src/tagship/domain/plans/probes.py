"""Which probes a plan has: each file that starts a server, on each platform and in each runtime that it declares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from tagship.domain.files import wheel_tags
from tagship.domain.files.wheel_tags import PURE
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Probe
from tagship.domain.plans.probing import Resolution
from tagship.domain.plans.target import Target

_LANGUAGE: Final = {"wheel": "python", "sdist": "python", "npm": "node"}
_COMPLETE: Final = frozenset({"archive", "binary", "deb", "rpm", "image", "mcpb"})
"""Files that bring all they need, or say it themselves."""
_RESOLVED: Final = frozenset({"wheel", "sdist"})
MOST: Final = 16
"""Jobs of the probe matrix: each hands on the digest of its report by an output of its own, which a workflow declares by hand."""
COMFORTABLE: Final = 24
"""Probes that one job runs while there are jobs enough: most take a second or two, a runner half a minute to start."""


_SHOWN: Final = {"python": "Python ", "node": "Node.js "}
_MISSING: Final = " is not installed"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What decides where a package's files are started: platforms of those that run everywhere, and whether old versions of
    dependencies are tried too.
    """

    platforms: tuple[Target, ...] = (Target.LINUX_X86_64,)
    lowest: bool = False


class Job(NamedTuple):
    """One entry of the probe matrix."""

    runner: str
    probes: tuple[str, ...]


def plan_probes(
    packages: Sequence[Package], built: Sequence[Artifact], where: Mapping[str, Where], runners: Mapping[str, str]
) -> tuple[Probe, ...]:
    """Return the probes of the packages that are servers and may be probed; ``where`` by package id, ``runners`` by target.

    A launcher of npm is started with the package of each platform that it asks for, not alone.
    """
    asked = {package.id: package for package in packages if package.probing and package.server and package.entry}
    several = {(each.package, each.kind) for each in built if each.target is not Target.ANY}
    found = [
        probe
        for artifact in built
        if artifact.package in asked
        and not (artifact.kind == "npm" and artifact.target is Target.ANY and (artifact.package, "npm") in several)
        and not _compiled_source(artifact, asked[artifact.package])
        for probe in _of(artifact, asked[artifact.package], where.get(artifact.package, Where()), runners)
    ]
    return tuple(sorted(found, key=lambda probe: probe.id))


def missing(runtime: str) -> str:
    """Say of a runtime (``python3.12``) that a machine does not have it."""
    return f"{''.join(_language_and_line(runtime))}{_MISSING}"


def told(probes: Sequence[Probe], left_out: Mapping[str, str]) -> Iterator[str]:
    """Say which probes are left out and why (``left_out``: by id), in one line for each reason.

    Runtimes that are not there are one reason, whatever was to be started in them.
    """
    lines: dict[str, dict[str, None]] = {}
    by_reason: dict[str, list[str]] = {}
    for probe in (each for each in probes if each.id in left_out):
        reason = left_out[probe.id]
        if probe.runtime and reason == missing(probe.runtime):
            language, line = _language_and_line(probe.runtime)
            lines.setdefault(language, {})[line] = None
        else:
            by_reason.setdefault(reason, []).append(probe.id)
    for language, found in lines.items():
        yield f"on {language}{', '.join(sorted(found, key=_by_number))}: not on this machine"
    for reason, ids in by_reason.items():
        yield f"{', '.join(ids)}: {reason}"


def _language_and_line(runtime: str) -> tuple[str, str]:
    language = next((each for each in _SHOWN if runtime.startswith(each)), "")
    return _SHOWN.get(language, ""), runtime.removeprefix(language)


def _by_number(line: str) -> list[int]:
    return [int(part) for part in line.split(".") if part.isdigit()]


def _compiled_source(artifact: Artifact, package: Package) -> bool:
    """Say whether a file is the source of something that is compiled: users get its wheels."""
    return artifact.kind == "sdist" and package.details.get("wheels", PURE) != PURE


def jobs(probes: Sequence[Probe]) -> tuple[Job, ...]:
    """Deal probes out to jobs, by runner; what belongs to one file stays together as far as it goes."""
    by_runner: dict[str, list[str]] = {}
    for probe in sorted(probes, key=lambda each: (each.runner, each.artifact, each.id)):
        by_runner.setdefault(probe.runner, []).append(probe.id)
    share = COMFORTABLE
    while sum(-(-len(ids) // share) for ids in by_runner.values()) > max(MOST, len(by_runner)):
        share *= 2
    return tuple(
        Job(runner, tuple(ids[start : start + share]))
        for runner, ids in by_runner.items()
        for start in range(0, len(ids), share)
    )


def _of(artifact: Artifact, package: Package, where: Where, runners: Mapping[str, str]) -> Iterator[Probe]:
    if "-musllinux_" in artifact.name:
        return  # no runner has that C library
    resolutions: tuple[Resolution, ...] = ("highest", "lowest-direct") if where.lowest else ("highest",)
    for target in _targets(artifact, where):
        for runtime in _runtimes(artifact, package):
            for resolution in resolutions if artifact.kind in _RESOLVED else resolutions[:1]:
                yield Probe(
                    id=_id(artifact, target, runtime, resolution),
                    runner=runners.get(target) or target.runner,
                    package=package.id,
                    artifact=artifact.name,
                    target=target,
                    runtime=runtime,
                    resolution=resolution,
                )


def _id(artifact: Artifact, target: Target, runtime: str, resolution: Resolution) -> str:
    """``weather-mcp-wheel-linux-x86_64-python3.12``; a package that is an image or a bundle already says so."""
    kind = "" if artifact.package.endswith(("-container", "-mcpb")) else artifact.kind
    parts = (artifact.package, kind, target.value, runtime, "lowest" if resolution == "lowest-direct" else "")
    return "-".join(part for part in parts if part)


def _targets(artifact: Artifact, where: Where) -> tuple[Target, ...]:
    """Where a file is started: on its platform; an image of several, on each."""
    if artifact.target is not Target.ANY:
        return (artifact.target,)
    return (Target.LINUX_AARCH64, Target.LINUX_X86_64) if artifact.kind == "image" else where.platforms


def _runtimes(artifact: Artifact, package: Package) -> tuple[str, ...]:
    """Name the runtimes that a file is started in; one empty name for what brings all it needs."""
    language = _LANGUAGE.get(artifact.kind, "")
    if not language:
        return ("",) if artifact.kind in _COMPLETE else ()
    lines = package.runtimes.get(language, ())
    wheel = wheel_tags.parse(artifact.name) if artifact.kind == "wheel" else None
    fitting = wheel_tags.lines_of(wheel.python, lines) if wheel else lines
    return tuple(f"{language}{line}" for line in fitting) or (("",) if not lines else ())
