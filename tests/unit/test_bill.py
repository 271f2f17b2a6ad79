"""The bill of materials that belongs to no format, and SPDX made of it."""

from typing import Any

import pytest

from tagship.domain.components import bill, sbom
from tagship.formats._spdx_document import written
from tests.unit import samples

DIGEST = "ab" * 32


def document(*licences: Any, **more: Any) -> dict[str, Any]:
    """Make the document of a package with one dependency."""
    component = {"type": "library", "bom-ref": "dep", "name": "dep", "version": "1", "purl": "pkg:pypi/dep@1", **more}
    listed = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [{**component, "licenses": list(licences)}],
        "dependencies": [{"ref": "demo", "dependsOn": ["dep"]}],
    }
    return sbom.complete(listed, samples.plan(), samples.package(), {"demo.whl": DIGEST})


@pytest.mark.parametrize(
    ("licences", "declared", "extracted"),
    [
        ([{"license": {"id": "MIT"}}], "MIT", {}),
        ([{"expression": "MIT OR Apache-2.0"}], "MIT OR Apache-2.0", {}),
        ([{"license": {"id": "MIT"}}, {"license": {"name": "License :: OSI Approved :: MIT License"}}], "MIT", {}),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "ISC"}}], "MIT AND ISC", {}),
        ([{"license": {"name": "BSD"}}], "LicenseRef-BSD", {"LicenseRef-BSD": "BSD"}),
        ([{"expression": "MIT AND Foo"}], "MIT AND LicenseRef-Foo", {"LicenseRef-Foo": "Foo"}),
        ([{"license": {"name": "A :: B (own)"}}], "LicenseRef-A-B-own", {"LicenseRef-A-B-own": "A :: B (own)"}),
        ([{"license": {"name": "see LICENSE"}}], "LicenseRef-see-LICENSE", {"LicenseRef-see-LICENSE": "see LICENSE"}),
        (
            [{"expression": "GPL-2.0-only WITH Classpath-exception-2.0"}],
            "GPL-2.0-only WITH Classpath-exception-2.0",
            {},
        ),
        ([], "NOASSERTION", {}),
    ],
)
def test_every_licence_is_said_as_spdx_can(licences: list[Any], declared: str, extracted: dict[str, str]) -> None:
    """Identifiers and expressions as they are; names that SPDX does not know by references, with what was said."""
    made = written(bill.read(document(*licences)), "demo.spdx.json")
    (found,) = (each for each in made["packages"] if each["name"] == "dep")
    assert found["licenseDeclared"] == declared
    said = {each["licenseId"]: each["extractedText"] for each in made.get("hasExtractedLicensingInfos", [])}
    assert said == extracted


def test_an_spdx_document_names_its_package_its_files_and_nothing_of_the_machine() -> None:
    """Described package, generated files with their digests, an edge; the commit's time, the same bytes each time."""
    made = written(bill.read(document()), "demo.spdx.json")
    assert made == written(bill.read(document()), "demo.spdx.json")
    assert made["spdxVersion"] == "SPDX-2.3"
    assert made["creationInfo"]["created"] == "2024-05-06T07:08:09Z"
    assert document()["serialNumber"].removeprefix("urn:uuid:") in made["documentNamespace"]
    edges = {
        (each["spdxElementId"], each["relationshipType"], each["relatedSpdxElement"]) for each in made["relationships"]
    }
    root, file = "SPDXRef-Package-demo-1.2.0rc1", "SPDXRef-Artifact-demo.whl"
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", root) in edges
    assert (root, "DEPENDS_ON", "SPDXRef-Package-dep-1") in edges
    assert (file, "GENERATED_FROM", root) in edges
    (packed,) = (each for each in made["packages"] if each["SPDXID"] == file)
    assert packed["checksums"] == [{"algorithm": "SHA256", "checksumValue": DIGEST}]


def test_components_of_one_name_stay_apart() -> None:
    """Npm installs one version twice, and languages share names: each keeps an identifier of its own."""
    listed = document()
    same = {**listed["components"][0], "bom-ref": "other", "purl": "pkg:npm/dep@1"}
    listed["components"].append(same)
    made = written(bill.read(listed), "demo.spdx.json")
    names = [each["SPDXID"] for each in made["packages"]]
    assert len(names) == len(set(names))
    assert {"SPDXRef-Package-dep-1", "SPDXRef-Package-dep-1-2"} <= set(names)


def test_what_two_builds_told_is_joined() -> None:
    """Platforms have components of their own: the list of a package is of all of them."""
    one = {
        "bomFormat": "CycloneDX",
        "components": [{"bom-ref": "a"}, {"bom-ref": "b"}],
        "dependencies": [{"ref": "r", "dependsOn": ["a", "b"]}],
    }
    two = {
        "bomFormat": "CycloneDX",
        "components": [{"bom-ref": "b"}, {"bom-ref": "c"}],
        "dependencies": [{"ref": "r", "dependsOn": ["b", "c"]}],
    }
    joined = sbom.merged(one, two)
    assert [each["bom-ref"] for each in joined["components"]] == ["a", "b", "c"]
    assert joined["dependencies"] == [{"ref": "r", "dependsOn": ["a", "b", "c"]}]
