"""Write and validate both SBOM documents of a package with 100 components; a process of its own, so imports count."""

from tagship.domain.components import bill
from tagship.formats import cyclonedx
from tagship.formats._spdx_document import written

_COUNT = 100


def document() -> dict[str, object]:
    """Return a whole CycloneDX document."""
    names = [f"pkg:pypi/part-{number}@1.{number}" for number in range(_COUNT)]
    components = [
        {
            "type": "library",
            "bom-ref": purl,
            "name": f"part-{number}",
            "version": f"1.{number}",
            "purl": purl,
            "licenses": [{"expression": ("MIT", "Apache-2.0 OR BSD-3-Clause", "MPL-2.0")[number % 3]}],
            "hashes": [{"alg": "SHA-256", "content": f"{number:064x}"}],
        }
        for number, purl in enumerate(names)
    ]
    edges = [{"ref": purl, "dependsOn": names[number + 1 : number + 4]} for number, purl in enumerate(names)]
    root = {"type": "application", "bom-ref": "demo", "name": "demo", "version": "1.0", "purl": "pkg:pypi/demo@1.0"}
    tools = {"components": [{"type": "application", "name": "tagship", "version": "1"}]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {"timestamp": "2026-01-01T00:00:00Z", "tools": tools, "component": root},
        "components": components,
        "dependencies": [{"ref": "demo", "dependsOn": names[:5]}, *edges],
    }


if __name__ == "__main__":
    whole = document()
    cyclonedx.validate(whole, "demo.cdx.json")
    written(bill.read(whole), "demo.spdx.json")
