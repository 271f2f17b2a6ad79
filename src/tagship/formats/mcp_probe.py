"""``<name>-<version>.mcp-probe.json``: what every server of a release said when it was started from its files."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from tagship.domain.plans.artifact import Artifact, probe_name
from tagship.domain.plans.plan import Package
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.tools import probe_report
from tagship.ports import FormatJob, Tools


class McpProbe:
    """:class:`tagship.ports.Format` for the report of all probes."""

    name: ClassVar[str] = "mcp-probe"
    stage: ClassVar[int] = 20

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name the report, where a package is a server that is probed."""
        if not any(package.probing for package in packages):
            return ()
        report = signing_artifact(probe_name(name, version), "probe")
        return (report,)

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write what the probe jobs found, all in one, without what differs from run to run (docs/adr/0030)."""
        del tools
        return {probe_name(job.plan.name, job.plan.version): probe_report.comparable(job.probed)}


PLUGIN: Final = McpProbe()
