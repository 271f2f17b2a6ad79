"""``<name>-<version>.tools.json``: the tools of a server that has an image, as Docker's MCP catalog takes them.

The catalog starts each image to list its tools; one that cannot start without configuration supplies them in this file:
https://github.com/docker/mcp-registry/blob/main/CONTRIBUTING.md (``tools.json``: name, description, arguments).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, encode
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.tools.probe_report import Report, Tool
from tagship.ports import FormatJob, Tools


class DockerCatalog:
    """:class:`tagship.ports.Format` for the tools of images."""

    name: ClassVar[str] = "docker-catalog"
    stage: ClassVar[int] = 25

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name one list per image whose server is probed."""
        del name, version
        return tuple(signing_artifact(_file(package), "probe", package=package.id) for package in _images(packages))

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write what the server listed; of one that nobody could ask, an empty list."""
        del tools
        return {
            _file(package): encode([_entry(tool) for tool in _tools(package, job.probed)])
            for package in _images(job.plan.packages)
        }


def _images(packages: Sequence[Package]) -> list[Package]:
    return [package for package in packages if package.ecosystem == "container" and package.probing]


def _tools(package: Package, probed: Report) -> Sequence[Tool]:
    """Take the tools of the image, else of what is in it: they are one server."""
    for own in (package.id, package.wraps):
        for probe in probed.probes:
            if probe.package == own and probe.tools:
                return probe.tools
    return ()


def _entry(tool: Tool) -> dict[str, Any]:
    schema = tool.input_schema if isinstance(tool.input_schema, dict) else {}
    properties = schema.get("properties")
    arguments = [
        {
            "name": name,
            "type": str(about.get("type") or "string") if isinstance(about, dict) else "string",
            "desc": str(about.get("description") or "") if isinstance(about, dict) else "",
        }
        for name, about in (properties.items() if isinstance(properties, dict) else ())
    ]
    return {"name": tool.name, "description": tool.description, "arguments": arguments}


def _file(package: Package) -> str:
    return f"{package.bare_name}-{package.version}.tools.json"


PLUGIN: Final = DockerCatalog()
