"""A bill of materials as an SPDX 2.3 document, by spdx-tools; imported when it is used."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from license_expression import ExpressionError
from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    ExtractedLicensingInfo,
    PackagePurpose,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)
from spdx_tools.spdx.model import Package as SpdxPackage
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tagship.domain.components.bill import Bill, Component
from tagship.errors import ProjectError

_VERSION: Final = "SPDX-2.3"
_OWN: Final = "SPDXRef-DOCUMENT"
_NO_WORD: Final = re.compile(r"[^A-Za-z0-9.]+")
_WORD: Final = re.compile(r"[A-Za-z0-9.+-]+")
_LICENSING: Final = spdx_licensing
"""The list of licences that the library has read already: a second one would cost as much as all of the rest."""
_PURPOSES: Final = {"operating-system": "OPERATING_SYSTEM"}


def written(bill: Bill, file: str) -> dict[str, Any]:
    """Return the document as JSON values.

    Raises:
        ProjectError: it is not valid.

    """
    document = _Writer(bill).document()
    wrong = [message.validation_message for message in validate_full_spdx_document(document, _VERSION)]
    if wrong:
        said = "; ".join(wrong[:5])
        raise ProjectError(f"the SBOM is not valid SPDX 2.3: {said}", file=file, hint="report it: this is a bug")
    made: dict[str, Any] = DocumentConverter().convert(document)
    return made


class _Writer:
    """The parts of one document while it is written; what is called how is decided first."""

    def __init__(self, bill: Bill) -> None:
        self.bill = bill
        self.names = _identifiers([bill.root, *bill.components])
        self.foreign: dict[str, str] = {}
        self._licences: dict[str, Any] = {}

    def document(self) -> Document:
        bill, root = self.bill, self.names[self.bill.root.reference]
        packages = [self._package(each) for each in (bill.root, *bill.components)]
        files = [self._file(name, digest) for name, digest in sorted(bill.files.items())]
        edges = [Relationship(_OWN, RelationshipType.DESCRIBES, root)]
        edges += [Relationship(each.spdx_id, RelationshipType.GENERATED_FROM, root) for each in files]
        edges += self._edges()
        name = f"{bill.root.name}-{bill.root.version}"
        info = CreationInfo(
            spdx_version=_VERSION,
            spdx_id=_OWN,
            name=name,
            document_namespace=f"https://spdx.org/spdxdocs/{_slug(name)}-{bill.serial}",
            creators=[Actor(ActorType.TOOL, tool) for tool in bill.tools],
            created=datetime.fromisoformat(bill.made).replace(tzinfo=None),
        )
        extracted = [
            ExtractedLicensingInfo(license_id=own, extracted_text=said, license_name=said)
            for own, said in sorted(self.foreign.items())
        ]
        return Document(info, [*packages, *files], relationships=edges, extracted_licensing_info=extracted)

    def _package(self, component: Component) -> SpdxPackage:
        purl = ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", component.purl)
        return SpdxPackage(
            spdx_id=self.names[component.reference],
            name=component.name,
            version=component.version or None,
            download_location=component.download or SpdxNoAssertion(),
            files_analyzed=False,
            supplier=Actor(ActorType.ORGANIZATION, component.supplier) if component.supplier else SpdxNoAssertion(),
            checksums=[Checksum(ChecksumAlgorithm[name], digest) for name, digest in component.digests.items()],
            homepage=component.homepage or None,
            license_concluded=SpdxNoAssertion(),
            license_declared=self._known_licence(component.licence),
            copyright_text=SpdxNoAssertion(),
            description=component.description or None,
            external_references=[purl] if component.purl else [],
            primary_package_purpose=PackagePurpose[_PURPOSES.get(component.kind, component.kind.upper())],
        )

    def _file(self, name: str, digest: str) -> SpdxPackage:
        """Write a file of the release as a package: an SPDX file would need the SHA-1 that nobody should count on."""
        return SpdxPackage(
            spdx_id=f"SPDXRef-Artifact-{_slug(name)}",
            name=name,
            file_name=name,
            version=self.bill.root.version,
            download_location=SpdxNoAssertion(),
            files_analyzed=False,
            checksums=[Checksum(ChecksumAlgorithm.SHA256, digest)],
            primary_package_purpose=PackagePurpose.ARCHIVE,
        )

    def _edges(self) -> Iterable[Relationship]:
        for reference, needed in sorted(self.bill.needs.items()):
            for other in needed:
                if reference in self.names and other in self.names:
                    yield Relationship(self.names[reference], RelationshipType.DEPENDS_ON, self.names[other])

    def _known_licence(self, said: str) -> Any:
        """Read each expression once: hundreds of components have a few."""
        if said not in self._licences:
            self._licences[said] = self._licence(said)
        return self._licences[said]

    def _licence(self, said: str) -> Any:
        """Read an expression; words that SPDX does not know, or what is none at all, become references of this document."""
        try:
            read = _LICENSING.parse(said) if said else None
        except ExpressionError:
            return _LICENSING.parse(self._foreign(said))
        if read is None:
            return SpdxNoAssertion()
        unknown = [str(word) for word in _LICENSING.unknown_license_keys(read)]
        if not all(_WORD.fullmatch(word) for word in unknown):
            return _LICENSING.parse(self._foreign(said))
        named = {word: self._foreign(word) for word in unknown}
        return _LICENSING.parse(_replaced(said, named)) if named else read

    def _foreign(self, said: str) -> str:
        own = said if said.startswith("LicenseRef-") else f"LicenseRef-{_slug(said)}"
        self.foreign[own] = said
        return own


def _replaced(said: str, named: Mapping[str, str]) -> str:
    """Put other names for some of the words of an expression."""
    return re.sub(r"[^\s()]+", lambda match: named.get(match[0], match[0]), said)


def _identifiers(components: Iterable[Component]) -> dict[str, str]:
    """Give each component an identifier of letters, digits, dots and hyphens, all different."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for each in components:
        own = base = f"SPDXRef-Package-{_slug(f'{each.name}-{each.version}' if each.version else each.name)}"
        number = 1
        while own in taken:
            number += 1
            own = f"{base}-{number}"
        taken.add(own)
        found[each.reference] = own
    return found


def _slug(text: str) -> str:
    return _NO_WORD.sub("-", text).strip("-.")
