"""What each file of a release declares to run on: system × architecture × runtime versions; to be confirmed by probes."""

from typing import Final, Literal

import msgspec

from tagship.domain.artifact import Artifact
from tagship.domain.plan import Package, Plan
from tagship.domain.target import Target

RUNTIMES: Final = {"wheel": "python", "npm": "node"}
"""What a file needs to be run; others bring all they need, or say it themselves."""
SHIPPED: Final = frozenset({"wheel", "npm", "archive", "binary", "image", "mcpb", "deb", "rpm", "apk", "archlinux"})
_ANY: Final = "any"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One file on one platform: ``versions`` of ``runtime``, oldest first, and the probes that are to confirm it."""

    file: str
    package: str
    system: str
    architecture: str
    runtime: str = ""
    versions: tuple[str, ...] = ()
    status: Literal["declared"] = "declared"
    probes: tuple[str, ...] = ()


def rows(plan: Plan) -> tuple[Row, ...]:
    """Return a row per file that people install and platform it is for, in the order of the plan."""
    packages = {package.id: package for package in plan.packages}
    probes: dict[str, tuple[str, ...]] = {}
    for probe in plan.probes:
        probes[probe.artifact] = (*probes.get(probe.artifact, ()), probe.id)
    shipped = [each for each in plan.built if each.kind in SHIPPED]
    return tuple(row for each in shipped for row in _rows(each, packages[each.package], probes.get(each.name, ())))


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
            versions=package.runtimes.get(name, ()),
            probes=probes,
        )
        for system, architecture in _platforms(artifact)
    ]


def _platforms(artifact: Artifact) -> list[tuple[str, str]]:
    """Return system and architecture; an image for no target in particular is for Linux on both."""
    if artifact.target is not Target.ANY:
        system, _, architecture = artifact.target.partition("-")
        return [(system, architecture)]
    if artifact.kind == "image":
        return [("linux", "x86_64"), ("linux", "aarch64")]
    return [(_ANY, _ANY)]
