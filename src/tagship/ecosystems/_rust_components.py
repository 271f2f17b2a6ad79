"""What cargo builds into a crate's programs, as CycloneDX 1.6, from the lock that they are built with."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tagship.domain.components import embedded, sbom
from tagship.domain.manifests.cargo_metadata import toml_checksums
from tagship.domain.plans.target import Target
from tagship.ecosystems._rust_build import cargo_environment, lock
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_LINE: Final = re.compile(
    r"(?P<depth>\d+)(?P<name>\S+) v(?P<version>\S+)(?: \((?P<place>.*?)\))?\|(?P<license>.*?)(?: \(\*\))?$"
)
Named = tuple[str, str]


def components(job: BuildJob, tools: Tools) -> dict[str, Any]:
    """List the dependencies that end up in the programs, for any of the leg's targets, with the edges between them.

    Of a crate without programs: those that it has for any target.

    What only builds and tests need is not among them, nor macros, which run in the compiler: as ``cargo tree`` resolves
    features, which ``cargo metadata`` does not.

    Raises:
        ProjectError: cargo cannot resolve them.

    """
    found: dict[Named, dict[str, Any]] = {}
    edges: dict[str, set[str]] = {job.package.id: set()}
    checksums = toml_checksums(lock(job))
    programs = {owed.target for owed in job.owed if owed.kind == "archive"}
    for target in sorted(programs or {Target.ANY}):
        above = [job.package.id]
        for line in _tree(job, target, tools).splitlines():
            match = _LINE.match(line)
            if match is None or match["depth"] == "0":
                continue
            own = (match["name"], match["version"])
            found.setdefault(own, _component(own, match, checksums))
            reference = found[own]["bom-ref"]
            del above[int(match["depth"]) :]
            edges[above[-1]].add(reference)
            edges.setdefault(reference, set())
            above.append(reference)
    dependencies = [{"ref": own, "dependsOn": sorted(inner)} for own, inner in sorted(edges.items())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [found[own] for own in sorted(found)],
        "dependencies": dependencies,
    }


def with_programs(listed: dict[str, Any], programs: Iterable[embedded.Listed]) -> dict[str, Any]:
    """Add what programs say of themselves, where ``cargo auditable`` built them: their word goes beyond any list."""
    for found, edges in programs:
        needs = [{"ref": own, "dependsOn": sorted(needed)} for own, needed in sorted(edges.items())]
        listed = sbom.merged(listed, {"components": found, "dependencies": needs})
    return listed


def _component(own: Named, match: re.Match[str], checksums: Mapping[Named, str]) -> dict[str, Any]:
    name, version = own
    checksum = checksums.get(own)
    purl = f"pkg:cargo/{name}@{version}"
    component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if said := match["license"].strip():
        component["licenses"] = [{"expression": said.replace("/", " OR ")}]
    if checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def _tree(job: BuildJob, target: Target, tools: Tools) -> str:
    folder = job.source / job.package.path
    argv = ["cargo", "tree", "--locked", "--package", job.package.name, "--edges", "normal,no-proc-macro"]
    argv += ["--prefix", "depth", "--format", "{p}|{l}"]
    argv += ["--target", "all" if target is Target.ANY else target.names.rust]
    done = tools.shell.run(argv, cwd=folder, env=cargo_environment(job), timeout=600)
    if done.code:
        hint = "run `cargo tree --locked` in that folder to see it"
        raise ProjectError(f"the dependencies of {job.package.name} cannot be listed:\n{done.last_lines()}", hint=hint)
    return done.stdout
