"""What cargo builds into a crate's programs, as CycloneDX 1.6, from the lock that they are built with."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tagship.domain.cargo_metadata import toml_checksums
from tagship.domain.target import Target
from tagship.ecosystems._rust_build import cargo_environment
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_REGISTRY: Final = "registry+"


def components(job: BuildJob, tools: Tools) -> dict[str, Any]:
    """List the dependencies that end up in the programs, for any of the leg's targets, with the edges between them.

    Raises:
        ProjectError: cargo cannot resolve them.

    """
    found: dict[str, dict[str, Any]] = {}
    edges: dict[str, set[str]] = {}
    checksums = toml_checksums(_lock(job))
    for target in job.leg.targets:
        document = _metadata(job, target, tools)
        packages = {each["id"]: each for each in document["packages"]}
        nodes = {node["id"]: node for node in document["resolve"]["nodes"]}
        root = next(
            each["id"] for each in packages.values() if each["name"] == job.package.name and each["source"] is None
        )
        _walk(root, nodes, packages, edges)
        for own in {inner for outer in edges.values() for inner in outer} & packages.keys():
            found[own] = _component(packages[own], checksums)
        edges[job.package.id] = edges.pop(root)
    names = {own: component["bom-ref"] for own, component in found.items()}
    dependencies = [
        {"ref": names.get(own, own), "dependsOn": sorted({names[each] for each in inner})}
        for own, inner in edges.items()
    ]
    listed = {component["bom-ref"]: component for component in found.values()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": list(listed.values()),
        "dependencies": dependencies,
    }


def _walk(start: str, nodes: Mapping[str, Any], packages: Mapping[str, Any], edges: dict[str, set[str]]) -> None:
    """Follow what is linked in: neither what only builds and tests need, nor macros, which run in the compiler."""
    waiting = [start]
    while waiting:
        own = waiting.pop()
        linked = {
            each["pkg"]
            for each in nodes[own]["deps"]
            if any(kind["kind"] is None for kind in each["dep_kinds"]) and not _is_macro(packages[each["pkg"]])
        }
        edges[own] = edges.get(own, set()) | linked
        waiting += [each for each in linked if each not in edges]


def _is_macro(package: Mapping[str, Any]) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])


def _component(package: Mapping[str, Any], checksums: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    name, version = package["name"], package["version"]
    purl = f"pkg:cargo/{name}@{version}"
    component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if package.get("license"):
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum := checksums.get((name, version)):
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if not str(package.get("source") or "").startswith(_REGISTRY):
        component["bom-ref"] = component["purl"] = f"{purl}?type=source"
    return component


def _lock(job: BuildJob) -> str:
    folder = job.source / job.package.path
    for place in (folder, *folder.parents):
        if (place / "Cargo.lock").is_file():
            return (place / "Cargo.lock").read_text(encoding="utf-8")
        if place == job.source:
            break
    return ""


def _metadata(job: BuildJob, target: Target, tools: Tools) -> dict[str, Any]:
    folder = job.source / job.package.path
    argv = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target.names.rust]
    done = tools.shell.run(argv, cwd=folder, env=cargo_environment(job), timeout=600)
    if done.code:
        hint = "run `cargo metadata --locked` in that folder to see it"
        raise ProjectError(f"the dependencies of {job.package.name} cannot be listed:\n{done.last_lines()}", hint=hint)
    document: dict[str, Any] = msgspec.json.decode(done.out)
    return document
