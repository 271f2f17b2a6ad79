"""A resolved component list made into the SBOM of one package: root, identity, time; nothing of the machine it was made on."""

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.plan import Package, Plan
from tagship.errors import IntegrityError

_NAMESPACE: Final = "6f0c3f3e-9d0a-5c47-8f4e-6b1d1f1f7a11"


def complete(resolved: dict[str, Any], plan: Plan, package: Package, digests: Mapping[str, str]) -> dict[str, Any]:
    """Return a CycloneDX document whose root is the package, reproducible for the same resolution.

    ``digests`` are the package's files (name → SHA-256). The serial number is a UUIDv5 of them, because attestation
    tools ask for one (signing guide of GitHub: ``serialNumber`` marks a CycloneDX file).
    """
    document = copy.deepcopy(resolved)
    components = document.get("components", [])
    mine = [c for c in components if canonical(str(c.get("name", ""))) == canonical(package.name)]
    root = _root(mine[0] if mine else {}, package, digests)
    others = [_without_machine(component) for component in components if component not in mine]
    identity = "\n".join(f"{digest} {name}" for name, digest in sorted(digests.items()))
    tools = document.get("metadata", {}).get("tools", {})
    document["serialNumber"] = f"urn:uuid:{_identifier(identity)}"
    document["metadata"] = {
        "timestamp": plan.commit_time,
        "lifecycles": [{"phase": "build"}],
        "tools": _with_tagship(tools, plan),
        "component": root,
    }
    document["components"] = sorted(others, key=lambda component: str(component["bom-ref"]))
    own = {package.id, package.wraps or package.id, *(str(component["bom-ref"]) for component in mine)}
    parts = [str(component["bom-ref"]) for component in document["components"]]
    document["dependencies"] = _edges(document.get("dependencies", []), own, str(root["bom-ref"]), parts)
    return document


def _edges(
    found: Sequence[Mapping[str, Any]], own: Collection[str], root: str, parts: Sequence[str]
) -> list[dict[str, Any]]:
    """Sort the edges; whatever the package itself is called in them, it is the root, and needs what nothing else leads to."""
    needs: dict[str, set[str]] = {root: set(), **{part: set() for part in parts}}
    for edge in found:
        reference = root if edge["ref"] in own else str(edge["ref"])
        needed = {root if each in own else str(each) for each in edge.get("dependsOn", ())}
        if reference in needs:
            needs[reference].update(needed & needs.keys() - {reference})
    led_to = set[str]().union(*needs.values())
    needs[root].update(part for part in parts if part not in led_to)
    seen = _reached(root, needs)
    for part in parts:  # rings that nothing leads into
        if part not in seen:
            needs[root].add(part)
            seen |= _reached(part, needs)
    return [
        {"ref": each, "dependsOn": sorted(needed)} if needed else {"ref": each}
        for each, needed in sorted(needs.items())
    ]


def _reached(start: str, needs: Mapping[str, Collection[str]]) -> set[str]:
    found, left = set[str](), [start]
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left += needs.get(each, ())
    return found


def with_embedded(document: dict[str, Any], name: str, lists: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add what lists inside a package say was compiled into it, with the edges between these components.

    They are named by package URL: references of such lists name folders.
    """
    mine = [c for c in document.get("components", []) if canonical(str(c.get("name"))) == canonical(name)]
    root = str(mine[0].get("bom-ref", "")) if mine else ""
    known = {str(component.get("bom-ref")): component for component in document.get("components", [])}
    edges = {str(edge["ref"]): set(edge.get("dependsOn", [])) for edge in document.get("dependencies", [])}
    for each in lists:
        names = {str(each.get("metadata", {}).get("component", {}).get("bom-ref")): root}
        for component in each.get("components", []):
            if purl := str(component.get("purl", "")).partition("?")[0]:
                names[str(component.get("bom-ref"))] = purl
                known.setdefault(purl, _plain(component, purl))
        for edge in each.get("dependencies", []):
            if at := names.get(str(edge.get("ref"))):
                edges.setdefault(at, set()).update(names[to] for to in edge.get("dependsOn", []) if to in names)
    dependencies = [{"ref": ref, "dependsOn": sorted(inner)} for ref, inner in sorted(edges.items())]
    return {**document, "components": [*known.values()], "dependencies": dependencies} if lists else document


def _plain(component: Mapping[str, Any], purl: str) -> dict[str, Any]:
    kept = {key: component[key] for key in ("type", "name", "version", "licenses", "hashes") if key in component}
    return {"type": "library", **kept, "bom-ref": purl, "purl": purl}


def _identifier(identity: str) -> str:
    import uuid

    return str(uuid.uuid5(uuid.UUID(_NAMESPACE), identity))


def _root(found: dict[str, Any], package: Package, digests: Mapping[str, str]) -> dict[str, Any]:
    root = _without_machine(found)
    root |= {
        "type": "application",
        "bom-ref": found.get("bom-ref", package.id),
        "name": package.name,
        "version": _version(package),
        "purl": _purl(found, package),
    }
    if package.license and not root.get("licenses"):
        root["licenses"] = [{"expression": package.license}]
    references = [
        {"type": "distribution", "url": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in sorted(digests.items())
    ]
    root["externalReferences"] = [*root.get("externalReferences", []), *references]
    return root


def _purl(found: dict[str, Any], package: Package) -> str:
    """Name the package by package URL: as the resolver does, without qualifiers, which would name a local file."""
    version = _version(package)
    own = {
        "python": f"pypi/{canonical(package.name)}@{version}",
        "npm": f"npm/{package.name.replace('@', '%40')}@{version}",
        "go": f"golang/{package.details.get('module', package.name)}@v{version}",
        "rust": f"cargo/{package.name}@{version}",
    }
    return str(found.get("purl", f"pkg:{own.get(package.ecosystem, f'generic/{package.name}@{version}')}")).partition(
        "?"
    )[0]


def _version(package: Package) -> str:
    return package.spellings.pep440 if package.ecosystem == "python" else package.version


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Join what two builds of one package told: for other platforms there may be other components in it."""
    components = {str(each["bom-ref"]): each for each in (*second.get("components", ()), *first.get("components", ()))}
    edges: dict[str, set[str]] = {}
    for edge in (*first.get("dependencies", ()), *second.get("dependencies", ())):
        edges.setdefault(str(edge["ref"]), set()).update(edge.get("dependsOn", ()))
    dependencies = [{"ref": own, "dependsOn": sorted(needed)} for own, needed in sorted(edges.items())]
    listed = [components[own] for own in sorted(components)]
    return {**first, "components": listed, "dependencies": dependencies}


def no_components(package: Package) -> IntegrityError:
    """Say that what a build told of its components did not arrive."""
    hint = "pass all of the output `digests` of build, and the folder that it filled"
    return IntegrityError(f"nothing tells what {package.name} was built from", hint=hint)


def _without_machine(component: dict[str, Any]) -> dict[str, Any]:
    """Drop references to local files: they name a temporary folder."""
    kept = [ref for ref in component.get("externalReferences", []) if not str(ref.get("url", "")).startswith("file:")]
    clean = {key: value for key, value in component.items() if key != "externalReferences"}
    return {**clean, "externalReferences": kept} if kept else clean


def _with_tagship(tools: Any, plan: Plan) -> dict[str, Any]:
    components = list(tools.get("components", [])) if isinstance(tools, dict) else []
    own = {"type": "application", "name": plan.tool.name, "version": plan.tool.version}
    return {"components": [own, *components]}
