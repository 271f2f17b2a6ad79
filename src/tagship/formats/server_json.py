"""``server.json`` as the MCP Registry takes it: version, address and digest of the bundles filled in, which only now exist.

Rules: https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md (an
``mcpb`` package is an address and the SHA-256 of what is there).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from tagship.domain.artifact import MEDIA_TYPES, Artifact
from tagship.domain.plan import Package, Plan, encode
from tagship.domain.planning import SIGN_STEP
from tagship.domain.server_json import in_todays_keys
from tagship.domain.target import Target
from tagship.ports import FormatJob, Tools

DETAIL: Final = "server-json"
"""Where the plan keeps the document: the job that signs has no sources."""
_VERSION: Final = re.compile(r"\$VERSION\b|\$\{VERSION\}|\{\{\s*VERSION\s*\}\}")


class ServerJson:
    """:class:`tagship.ports.Format` for the registry's document of servers that have bundles."""

    name: ClassVar[str] = "server-json"
    stage: ClassVar[int] = 30

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one document per server whose committed one lists bundles."""
        del name, version
        return tuple(
            Artifact(
                name=_file(package),
                kind="manifest",
                package=package.id,
                target=Target.ANY,
                media_type=MEDIA_TYPES["manifest"],
                leg=SIGN_STEP,
            )
            for package in packages
            if DETAIL in package.details
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Fill in each document; a bundle that it names and the release has not is warned of."""
        made = {}
        for package in job.plan.packages:
            if DETAIL not in package.details:
                continue
            text = _VERSION.sub(package.version, package.details[DETAIL])
            document = in_todays_keys(msgspec.json.decode(text, type=dict[str, Any]))
            bundles = {
                each.name: job.digests[each.name]
                for each in job.plan.built
                if each.package == package.id and each.name in job.digests
            }
            for entry in document["packages"]:
                if isinstance(entry, dict) and entry.get("registryType") == "mcpb":
                    _fill(entry, bundles, job.plan, tools)
            made[_file(package)] = encode({**document, "version": package.version})
        return made


def _fill(entry: dict[str, Any], bundles: Mapping[str, str], plan: Plan, tools: Tools) -> None:
    """Give an entry address and digest of its bundle: the one that its address names, else the only one there is."""
    named = str(entry.get("identifier") or "").rpartition("/")[2]
    file = named if named in bundles else next(iter(bundles)) if len(bundles) == 1 else ""
    if not file:
        known = ", ".join(sorted(bundles)) or "there is none"
        tools.reporter.warning(f"server.json names {named or 'no bundle'}, which is no bundle of this release: {known}")
        return
    if plan.repository and named != file:
        entry["identifier"] = f"https://github.com/{plan.repository}/releases/download/{plan.tag}/{file}"
    entry |= {"version": plan.version, "fileSha256": bundles[file]}


def _file(package: Package) -> str:
    return f"{package.name.rpartition('/')[2]}-{package.version}.server.json"


PLUGIN: Final = ServerJson()
