"""``server.json`` as the MCP Registry takes it: versions, addresses and digests filled in, which only now exist.

Rules: https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md (an
``mcpb`` package is an address and the SHA-256 of what is there).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.adapters import oci_layout
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, encode
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.releases.registry_document import DETAIL, completed, family, image_references
from tagship.ports import FormatJob, Tools


class ServerJson:
    """:class:`tagship.ports.Format` for the registry's document of each server that has one."""

    name: ClassVar[str] = "server-json"
    stage: ClassVar[int] = 30

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one document per server that has committed one."""
        del name, version
        return tuple(
            signing_artifact(_file(package), "manifest", package=package.id)
            for package in packages
            if DETAIL in package.details
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Fill in each document; a bundle that it names and the release has not is warned of."""
        return {
            _file(package): encode(_document(package, job, tools))
            for package in job.plan.packages
            if DETAIL in package.details
        }


def _document(package: Package, job: FormatJob, tools: Tools) -> dict[str, Any]:
    owners = {each.id for each in family(package, job.plan.packages)}
    bundles = {
        each.name: job.digests[each.name]
        for each in job.plan.built
        if each.package in owners and each.kind == "mcpb" and each.name in job.digests
    }
    layouts = image_references(package, job.plan)
    images = {place: oci_layout.root_digest(job.files[file]) for place, file in layouts.items() if file in job.files}
    return completed(package, job.plan, bundles, images, tools.reporter.warning)


def _file(package: Package) -> str:
    return f"{package.bare_name}-{package.version}.server.json"


PLUGIN: Final = ServerJson()
