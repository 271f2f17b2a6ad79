"""SPDX 2.3 SBOM of each package, in JSON: the same components, licences, digests and edges as the CycloneDX one.

Made and validated by the specification's own library, spdx-tools. https://spdx.github.io/spdx-spec/v2.3/
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from tagship.domain.components import bill
from tagship.domain.plans.artifact import Artifact, spdx_name
from tagship.domain.plans.plan import Package, encode
from tagship.domain.plans.planning import signing_artifact
from tagship.ports import FormatJob, Tools


class Spdx:
    """:class:`tagship.ports.Format` for SPDX documents."""

    name: ClassVar[str] = "spdx"
    stage: ClassVar[int] = 11

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one document per package."""
        del name, version
        return tuple(
            signing_artifact(
                spdx_name(package.id, package.version), "sbom", package=package.id, media_type="application/spdx+json"
            )
            for package in packages
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write and validate each document.

        Raises:
            ProjectError: one is not valid SPDX.

        """
        from tagship.formats._spdx_document import written

        del tools
        names = {package.id: spdx_name(package.id, package.version) for package in job.plan.packages}
        return {name: encode(written(bill.read(job.components[own]), name)) for own, name in names.items()}


PLUGIN: Final = Spdx()
