"""``checksums.txt``: the digest of every file that was built or documents what was built; ``sha256sum -c`` reads it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from tagship.domain.plans.artifact import CHECKSUMS, Artifact, checksums_text
from tagship.domain.plans.plan import Package
from tagship.domain.plans.planning import signing_artifact
from tagship.ports import FormatJob, Tools


class Checksums:
    """:class:`tagship.ports.Format` for the list of digests."""

    name: ClassVar[str] = "checksums"
    stage: ClassVar[int] = 90

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name the one list of a release."""
        del name, version, packages
        return (signing_artifact(CHECKSUMS, "checksums"),)

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """List all files that exist so far."""
        del tools
        return {CHECKSUMS: checksums_text(dict(job.digests)).encode()}


PLUGIN: Final = Checksums()
