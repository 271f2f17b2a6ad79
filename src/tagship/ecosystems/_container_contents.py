"""What is in an image beside the package itself: what the databases in its layers say, and what programs say of themselves."""

from typing import Any

from tagship.adapters import oci_layout, rpm_database
from tagship.domain.components import embedded, rpm_packages, system_packages
from tagship.domain.files.oci_image import Image
from tagship.ports import Reporter


def listed(image: Image, own: str, *, languages: bool, reporter: Reporter) -> dict[str, Any]:
    """Write the components of an image as CycloneDX; what needs none of the others is a dependency of ``own``.

    ``languages``: packages of Python and npm and programs of Go and Rust too, where nobody else tells what is in it.
    """
    files = oci_layout.files(image, system_packages.is_database)
    for path in system_packages.unread(files):
        reporter.warning(
            f"what RPM installed is not in the SBOM: {path} is of a kind that is not read here (SQLite is)"
        )
    headers = (each for data in system_packages.rpm_databases(files) for each in rpm_database.headers(data))
    found, edges = system_packages.listed(files, languages=languages, rpms=tuple(rpm_packages.read(headers)))
    known = {each["bom-ref"]: each for each in found}
    if languages:
        for components, needs in oci_layout.programs(image, embedded.components).values():
            known = {each["bom-ref"]: each for each in components} | known
            for reference, needed in needs.items():
                edges.setdefault(reference, set()).update(needed)
    reached = {other for needed in edges.values() for other in needed}
    all_edges = {own: {reference for reference in known if reference not in reached}, **edges}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [known[reference] for reference in sorted(known)],
        "dependencies": [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in sorted(all_edges.items())],
    }
