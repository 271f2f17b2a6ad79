"""``server.json`` as the MCP Registry is to get it: every version, address and digest as they were really released."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tagship.domain.files.image_name import repository
from tagship.domain.files.oci_tags import tag_of
from tagship.domain.manifests.server_json import in_todays_keys, tables
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.proofs.claims import GITHUB
from tagship.domain.releases.release import files_of
from tagship.domain.text.lazy_pattern import lazy

DETAIL: Final = "server-json"
"""Where the plan keeps the committed document: the jobs that sign and publish have no sources."""
_LANGUAGES: Final = {"pypi": ("python", "program-wheel"), "npm": ("npm", "program-npm"), "cargo": ("rust",)}
"""Which ecosystems' packages are in a registry."""
_TAG: Final = lazy(r"(v?)\d+\.\d+\.\d+")
_VERSION: Final = lazy(r"\$VERSION\b|\$\{VERSION\}|\{\{\s*VERSION\s*\}\}")


def name_of(package: Package) -> str:
    """Return the server's name; empty for a package without a document."""
    text = package.details.get(DETAIL, "")
    return str(msgspec.json.decode(text).get("name") or "") if text else ""


def registries_of(package: Package) -> frozenset[str]:
    """Return the registry types that a package's document lists."""
    text = package.details.get(DETAIL, "")
    entries = tables(in_todays_keys(msgspec.json.decode(text, type=dict[str, Any])).get("packages")) if text else []
    return frozenset(str(each.get("registryType")) for each in entries)


def family(package: Package, packages: Sequence[Package]) -> list[Package]:
    """Return a package and what is made around it."""
    root = package.wraps or package.id
    return [each for each in packages if root in {each.id, each.wraps} or each.id == package.id]


def completed(
    package: Package,
    plan: Plan,
    bundles: Mapping[str, str],
    images: Mapping[str, str],
    warn: Callable[[str], None],
) -> dict[str, Any]:
    """Fill the document in; ``bundles`` are file names with their SHA-256, ``images`` references with their digest."""
    text = _VERSION.sub(package.version, package.details[DETAIL])
    document = dict(in_todays_keys(msgspec.json.decode(text, type=dict[str, Any])))
    members = {each.ecosystem: each for each in reversed(family(package, plan.packages))}
    listed = document.get("packages")
    for entry in (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ():
        kind = entry.get("registryType")
        if kind == "mcpb":
            _fill_bundle(entry, bundles, plan, warn)
        elif kind == "oci":
            _fill_image(entry, package.version, images)
        elif kind in _LANGUAGES:
            _fill_version(entry, next((members[name] for name in _LANGUAGES[kind] if name in members), None))
    return {**document, "version": package.version}


def image_references(package: Package, plan: Plan) -> dict[str, str]:
    """Return the images that the plan pushes of a package's server: reference without tag → file of the layout.

    Only where one file is the whole image: the digest of several that are joined is known when they are pushed.
    """
    found = {}
    owners = {each.id for each in family(package, plan.packages)}
    kinds = {artifact.name: artifact.kind for artifact in plan.artifacts}
    for channel in plan.channels:
        layouts = [name for name in channel.artifacts if kinds.get(name) == "image"]
        if channel.kind == "oci" and channel.package in owners and len(layouts) == 1:
            name = plan.package(channel.package).name
            found[repository(channel.address, name, channel.options)] = layouts[0]
    return found


def _fill_version(entry: dict[str, Any], package: Package | None) -> None:
    if package:
        spelling = "pep440" if entry["registryType"] == "pypi" else "npm"
        entry["version"] = getattr(package.spellings, spelling)


def _fill_image(entry: dict[str, Any], version: str, images: Mapping[str, str]) -> None:
    """Give our image tag and digest; to another one, that others push, the version in the spelling that its tag has."""
    reference = str(entry.get("identifier") or "").partition("@")[0]
    place, slash, last = reference.rpartition("/")
    name, _, tag = last.partition(":")
    written = f"{place}{slash}{name}"
    ours = written.lower()
    if ours in images:
        entry["identifier"] = f"{ours}:{tag_of(version)}@{images[ours]}"
    elif spelled := _TAG.match(tag):
        entry["identifier"] = f"{written}:{spelled[1]}{tag_of(version)}"


def _fill_bundle(entry: dict[str, Any], bundles: Mapping[str, str], plan: Plan, warn: Callable[[str], None]) -> None:
    """Give an entry address and digest of its bundle: the one that its address names, else the only one there is."""
    named = str(entry.get("identifier") or "").rpartition("/")[2]
    file = named if named in bundles else next(iter(bundles)) if len(bundles) == 1 else ""
    if not file:
        known = ", ".join(sorted(bundles)) or "there is none"
        warn(f"server.json names {named or 'no bundle'}, which is no bundle of this release: {known}")
        return
    if plan.repository and named != file:
        entry["identifier"] = f"{files_of(GITHUB, plan.repository, plan.tag)}/{file}"
    entry |= {"version": plan.version, "fileSha256": bundles[file]}


def same(ours: Any, theirs: Any) -> bool:
    """Compare a document with what the registry tells of it: it leaves empty values and unknown keys out."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(same(ours.get(key), value) for key, value in theirs.items() if not _empty(value) or key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs) or (_empty(ours) and _empty(theirs))


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})
