"""``install.ps1``: a PowerShell script that installs the program for a Windows machine, checked, without an administrator."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from tagship.domain.install import installer
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package
from tagship.formats import _scripts
from tagship.ports import FormatJob, Tools

FILE: Final = "install.ps1"
SYSTEMS: Final = ("windows",)


class InstallPs1:
    """:class:`tagship.ports.Format` for PowerShell scripts that install programs."""

    name: ClassVar[str] = "install-ps1"
    stage: ClassVar[int] = 40

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name a script per package with programs for Windows."""
        del name, version
        mine = installer.installable(packages, SYSTEMS)
        return tuple(installer.artifact(each, installer.script_name(each, mine, FILE), "text/plain") for each in mine)

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write each script with the digests of what it installs."""
        del tools
        return _scripts.written(job, FILE, SYSTEMS)


PLUGIN: Final = InstallPs1()
