"""A bill of materials that belongs to no format: components with identity, licence, digests and origin, and what needs what.

Ecosystems give CycloneDX, which is what their tools write; :mod:`tagship.domain.components.sbom` makes it whole, and this
reads it once for everybody who writes or checks something else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_ALGORITHMS: Final = {"MD5": "MD5", "SHA-1": "SHA1", "SHA-256": "SHA256", "SHA-384": "SHA384", "SHA-512": "SHA512"}


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is in a package; what is not known is empty. ``digests`` are by algorithm, as ``SHA256``."""

    reference: str
    kind: str
    name: str
    version: str = ""
    purl: str = ""
    licence: str = ""
    supplier: str = ""
    description: str = ""
    homepage: str = ""
    download: str = ""
    digests: Mapping[str, str] = msgspec.field(default_factory=dict)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """The package itself, its files (name → SHA-256), all components, and the edges between them, by their references."""

    root: Component
    files: Mapping[str, str]
    components: tuple[Component, ...]
    needs: Mapping[str, tuple[str, ...]]
    serial: str
    made: str
    tools: tuple[str, ...]


def read(document: Mapping[str, Any]) -> Bill:
    """Read a whole CycloneDX document, as :func:`tagship.domain.components.sbom.complete` leaves it."""
    metadata = document["metadata"]
    tools = metadata.get("tools", {}).get("components", [])
    root = metadata["component"]
    own = [each for each in root.get("externalReferences", []) if each.get("hashes")]
    return Bill(
        root=_component(root),
        files={each["url"]: each["hashes"][0]["content"] for each in own if "://" not in each["url"]},
        components=tuple(map(_component, document["components"])),
        needs={edge["ref"]: tuple(edge.get("dependsOn", ())) for edge in document["dependencies"]},
        serial=str(document["serialNumber"]).removeprefix("urn:uuid:"),
        made=metadata["timestamp"],
        tools=tuple(f"{each['name']}-{each['version']}" for each in tools if each.get("version")),
    )


def licence_of(component: Mapping[str, Any]) -> str:
    """Join the licences of a CycloneDX component to one expression: where there are several, all of them hold.

    Where an identifier or an expression is said, mere names beside it, as PyPI's classifiers, say the same again.
    """
    given = component.get("licenses") or ()
    proper = [each.get("expression") or (each.get("license") or {}).get("id") for each in given]
    named = [(each.get("license") or {}).get("name") for each in given]
    known = [*dict.fromkeys(str(word) for word in proper if word)] or [*dict.fromkeys(str(w) for w in named if w)]
    return known[0] if len(known) == 1 else " AND ".join(f"({word})" for word in known)


def _component(data: Mapping[str, Any]) -> Component:
    supplier = data.get("supplier") or data.get("manufacturer") or {}
    links = data.get("externalReferences", [])
    return Component(
        reference=str(data["bom-ref"]),
        kind=data["type"],
        name=f"{data['group']}/{data['name']}" if data.get("group") else data["name"],
        version=data.get("version", ""),
        purl=data.get("purl", ""),
        licence=licence_of(data),
        supplier=str(supplier.get("name") or data.get("publisher") or data.get("author") or ""),
        description=data.get("description", ""),
        homepage=_link(links, "website"),
        download=_link(links, "distribution"),
        digests=_digests(
            [data, *(link for link in links if link.get("type") == "distribution" and "://" in link["url"])]
        ),
    )


def _link(links: Sequence[Mapping[str, Any]], kind: str) -> str:
    found = (str(each["url"]) for each in links if each.get("type") == kind)
    return next((url for url in found if url.startswith(("https://", "http://"))), "")


def _digests(places: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Take the digests of a component; its own count before those of where it can be had."""
    found: dict[str, str] = {}
    for place in reversed(places):
        found |= {_ALGORITHMS[e["alg"]]: e["content"] for e in place.get("hashes", ()) if e["alg"] in _ALGORITHMS}
    return dict(sorted(found.items()))
