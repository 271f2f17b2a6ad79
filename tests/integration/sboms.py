"""Both SBOM documents of a package, read by other people's libraries and compared with each other."""

import json
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.model import ExternalPackageRefCategory, RelationshipType
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

Edges = set[tuple[str, str]]


def both(folder: Path, base: str) -> dict[str, Any]:
    """Validate both and return the CycloneDX one; components, digests and edges must be the same in both."""
    text = (folder / f"{base}.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    spdx = parse_file(str(folder / f"{base}.spdx.json"))
    assert validate_full_spdx_document(spdx, "SPDX-2.3") == []
    of = {
        package.spdx_id: reference.locator
        for package in spdx.packages
        for reference in package.external_references
        if reference.category is ExternalPackageRefCategory.PACKAGE_MANAGER
    }
    parts = [document["metadata"]["component"], *document["components"]]
    assert sorted(of.values()) == sorted(each["purl"] for each in parts)
    written = {of[p.spdx_id]: {c.value for c in p.checksums} for p in spdx.packages if p.spdx_id in of}
    known = {each["purl"]: {digest["content"] for digest in each.get("hashes", ())} for each in parts[1:]}
    assert all(written[purl] >= digests for purl, digests in known.items())
    assert _edges(document, parts) == {
        (of[edge.spdx_element_id], of[str(edge.related_spdx_element_id)])
        for edge in spdx.relationships
        if edge.relationship_type is RelationshipType.DEPENDS_ON
    }
    assert _reached(document) == {each["bom-ref"] for each in parts}
    return document


def _edges(document: dict[str, Any], parts: list[dict[str, Any]]) -> Edges:
    purls = {each["bom-ref"]: each["purl"] for each in parts}
    return {(purls[e["ref"]], purls[o]) for e in document["dependencies"] for o in e.get("dependsOn", ())}


def _reached(document: dict[str, Any]) -> set[str]:
    """Follow the edges from the package: nothing is in it that nothing needs."""
    needs = {edge["ref"]: edge.get("dependsOn", ()) for edge in document["dependencies"]}
    found, left = set[str](), [document["metadata"]["component"]["bom-ref"]]
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left += needs.get(each, ())
    return found
