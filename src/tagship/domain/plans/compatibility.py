"""What each file of a release declares to run on: system × architecture × runtime versions; and what probes have seen of it."""

from typing import Final, Literal

import msgspec

from tagship.domain.files import wheel_tags
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.plans.target import Target
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.tools.probe_report import Report, Verdict

Status = Literal["declared", "started", "answered", "broken"]
"""``started``: it said which configuration it needs; ``declared``: nobody has started it there."""
RUNTIMES: Final = {"wheel": "python", "npm": "node"}
"""What a file needs to be run; others bring all they need, or say it themselves."""
_RUNTIME: Final = lazy(r"^([a-z]+)(?=\d)")
_MARK: Final[dict[Status, str]] = {
    "answered": "✓",
    "started": "✓ (needs configuration)",
    "broken": "✗",
    "declared": "–",
}
SHIPPED: Final = frozenset({"wheel", "npm", "archive", "binary", "image", "mcpb", "deb", "rpm", "apk", "archlinux"})
_ANY: Final = "any"
_SAID: Final[dict[Verdict, Status]] = {
    "ok": "answered",
    "wrong-version": "answered",
    "needs-configuration": "started",
    "broken": "broken",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One file on one platform: ``versions`` of ``runtime``, oldest first, and the probes that are to confirm it."""

    file: str
    package: str
    system: str
    architecture: str
    runtime: str = ""
    versions: tuple[str, ...] = ()
    status: Status = "declared"
    probes: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one probe has seen: a file on a system and architecture in a runtime (``python 3.12``, empty: none)."""

    file: str
    system: str
    architecture: str
    runtime: str
    status: Status
    protocol_versions: tuple[str, ...] = ()


def rows(plan: Plan) -> tuple[Row, ...]:
    """Return a row per file that people install and platform it is for, in the order of the plan."""
    packages = {package.id: package for package in plan.packages}
    probes: dict[str, tuple[str, ...]] = {}
    for probe in plan.probes:
        probes[probe.artifact] = (*probes.get(probe.artifact, ()), probe.id)
    shipped = [each for each in plan.built if each.kind in SHIPPED]
    return tuple(row for each in shipped for row in _rows(each, packages[each.package], probes.get(each.name, ())))


def measured(plan: Plan, report: Report) -> tuple[Measured, ...]:
    """Return what the probes of a plan have seen; of those that were left out, that it is only declared."""
    found = {probe.id: probe for probe in report.probes}
    seen = []
    for probe in plan.probes:
        said = found.get(probe.id)
        system, _, architecture = probe.target.partition("-")
        seen.append(
            Measured(
                file=probe.artifact,
                system=system,
                architecture=architecture,
                runtime=_RUNTIME.sub(r"\1 ", probe.runtime),
                status=_SAID[said.verdict] if said else "declared",
                protocol_versions=said.protocol.supported if said else (),
            )
        )
    return tuple(seen)


def measured_table(seen: tuple[Measured, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and cells: one line per file and platform, its runtimes with what became of each."""
    lines: dict[tuple[str, str], list[Measured]] = {}
    for each in seen:
        lines.setdefault((each.file, f"{each.system} {each.architecture}"), []).append(each)
    cells: list[tuple[str, ...]] = []
    for (file, platform), mine in lines.items():
        runtimes = ", ".join(f"{_MARK[each.status]} {each.runtime}".strip() for each in mine)
        versions = sorted({version for each in mine for version in each.protocol_versions})
        cells.append((file, platform, runtimes, f"{versions[0]} … {versions[-1]}" if versions else "–"))
    return ("file", "platform", "started in", "MCP"), cells


def as_markdown(found: tuple[Row, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and cells of a table: one line per file, its platforms joined."""
    files: dict[str, list[Row]] = {}
    for row in found:
        files.setdefault(row.file, []).append(row)
    cells: list[tuple[str, ...]] = []
    for file, mine in files.items():
        systems = ", ".join(dict.fromkeys(row.system for row in mine))
        architectures = ", ".join(dict.fromkeys(row.architecture for row in mine))
        runtime = f"{mine[0].runtime} {', '.join(mine[0].versions)}".strip() or "–"
        cells.append((file, systems, architectures, runtime, mine[0].status))
    return ("file", "system", "architecture", "runtime", "status"), cells


def _rows(artifact: Artifact, package: Package, probes: tuple[str, ...]) -> list[Row]:
    runtime = RUNTIMES.get(artifact.kind, "")
    wanted = [runtime] if runtime else [name for name in sorted(package.runtimes) if artifact.kind == "mcpb"]
    name = next((name for name in wanted if name in package.runtimes), "")
    return [
        Row(
            file=artifact.name,
            package=package.id,
            system=system,
            architecture=architecture,
            runtime=name,
            versions=_versions(artifact, package.runtimes.get(name, ())),
            probes=probes,
        )
        for system, architecture in _platforms(artifact)
    ]


def _versions(artifact: Artifact, declared: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the declared versions a file is for: a wheel's name says that more narrowly."""
    wheel = wheel_tags.parse(artifact.name) if artifact.kind == "wheel" else None
    return wheel_tags.lines_of(wheel.python, declared) if wheel else declared


def _platforms(artifact: Artifact) -> list[tuple[str, str]]:
    """Return system and architecture; an image for no target in particular is for Linux on both.

    Wheels for Linux are for one C library: glibc, which most systems have, or musl.
    """
    if artifact.target is not Target.ANY:
        system, _, architecture = artifact.target.partition("-")
        if artifact.kind == "wheel" and "-musllinux_" in artifact.name:
            system = "linux (musl)"
        return [(system, architecture)]
    if artifact.kind == "image":
        return [("linux", "x86_64"), ("linux", "aarch64")]
    return [(_ANY, _ANY)]
