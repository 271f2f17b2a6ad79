"""CycloneDX 1.6 SBOM of each package: what an installer installs, with licences and the edges between components."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from tagship.domain.plans.artifact import Artifact, sbom_name
from tagship.domain.plans.plan import Package, encode
from tagship.domain.plans.planning import signing_artifact
from tagship.errors import ProjectError
from tagship.ports import FormatJob, Tools


class CycloneDx:
    """:class:`tagship.ports.Format` for CycloneDX documents."""

    name: ClassVar[str] = "cyclonedx"
    stage: ClassVar[int] = 10

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one document per package."""
        del name, version
        return tuple(
            signing_artifact(sbom_name(package.id, package.version), "sbom", package=package.id) for package in packages
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Validate and write each document.

        Raises:
            ProjectError: one is not valid CycloneDX.

        """
        del tools
        made: dict[str, bytes] = {}
        for package in job.plan.packages:
            name, document = sbom_name(package.id, package.version), job.components[package.id]
            validate(document, name)
            made[name] = encode(document)
        return made


def validate(document: Mapping[str, Any], name: str) -> None:
    """Check against the specification's own JSON Schema, with a compiled validator: the library's takes seconds.

    Raises:
        ProjectError: it is not valid; the first problems are told.

    """
    from importlib import resources

    import jsonschema_rs

    folder = resources.files("cyclonedx.schema") / "_res"
    schemas = {
        file: msgspec.json.decode((folder / f"{file}.SNAPSHOT.schema.json").read_bytes())
        for file in ("bom-1.6", "spdx", "jsf-0.82")
    }
    # The schemas refer to each other by these addresses; all are in the library, nothing is fetched.
    located = [(f"http://cyclonedx.org/schema/{file}.SNAPSHOT.schema.json", schema) for file, schema in schemas.items()]
    registry = jsonschema_rs.Registry(located)
    validator = jsonschema_rs.validator_for(schemas["bom-1.6"], registry=registry)
    errors = [f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
    if errors:
        raise ProjectError(
            "the SBOM is not valid CycloneDX 1.6: " + "; ".join(errors[:5]), file=name, hint="report it: this is a bug"
        )


PLUGIN: Final = CycloneDx()
