"""CycloneDX 1.6 SBOM of each package: what an installer installs, with licences and the edges between components."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from tagship import plugins
from tagship.domain import licence_policy, sbom
from tagship.domain.artifact import MEDIA_TYPES, Artifact, sbom_name
from tagship.domain.plan import Package, encode
from tagship.domain.planning import SIGN_STEP
from tagship.domain.target import Target
from tagship.errors import Problem, ProjectError
from tagship.ports import Building, FormatJob, Tools

_HINT: Final = "replace the dependency, or change `licenses` of tagship.yaml: `ignore` names what you have looked at"


class CycloneDx:
    """:class:`tagship.ports.Format` for CycloneDX documents."""

    name: ClassVar[str] = "cyclonedx"
    stage: ClassVar[int] = 10

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one document per package."""
        del name, version
        return tuple(
            Artifact(
                name=sbom_name(package.id, package.version),
                kind="sbom",
                package=package.id,
                target=Target.ANY,
                media_type=MEDIA_TYPES["sbom"],
                leg=SIGN_STEP,
            )
            for package in packages
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Resolve, complete and validate each document.

        Raises:
            ProjectError: the dependencies cannot be resolved, a licence is not allowed, or the document is not valid CycloneDX.

        """
        made: dict[str, bytes] = {}
        refused: list[Problem] = []
        for package in job.plan.packages:
            files = self._files(job, package)
            ecosystem: Building = plugins.load("ecosystems", package.ecosystem)
            digests = {name: job.digests[name] for name in files}
            listed = job.components.get(package.id) or ecosystem.bill_of_materials(package, files, tools)
            document = sbom.complete(dict(listed), job.plan, package, digests)
            name = sbom_name(package.id, package.version)
            _validate(document, name)
            refused += [
                Problem(message=each, file=name, hint=_HINT)
                for each in licence_policy.problems(document["components"], job.plan.licenses)
            ]
            made[name] = encode(document)
        if refused:
            raise ProjectError.of(refused)
        return made

    @staticmethod
    def _files(job: FormatJob, package: Package) -> dict[str, Path]:
        mine = {artifact.name for artifact in job.plan.built if artifact.package == package.id}
        return {name: path for name, path in job.files.items() if name in mine}


def _validate(document: dict[str, Any], name: str) -> None:
    """Check against the specification's own JSON Schema, with a compiled validator: the library's takes seconds."""
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
