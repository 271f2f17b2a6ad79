"""A Scoop manifest of the program for Windows: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests.

Put into a bucket as ``<name>.json``, it keeps itself up to date: ``checkver`` and ``autoupdate`` read the project's releases.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.adapters.pack import program_names
from tagship.domain.install import installer
from tagship.domain.install.synopsis import synopsis
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, encode
from tagship.ports import FormatJob, Tools

SYSTEMS: Final = ("windows",)
_PROCESSORS: Final = {"x86_64": "64bit", "aarch64": "arm64"}
_LONGEST: Final = 120


class Scoop:
    """:class:`tagship.ports.Format` for Scoop manifests."""

    name: ClassVar[str] = "scoop"
    stage: ClassVar[int] = 40

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name a manifest per package with programs for Windows."""
        del name, version
        mine = installer.installable(packages, SYSTEMS)
        return tuple(installer.artifact(each, _file(each), "application/json") for each in mine)

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write each manifest.

        Raises:
            ProjectError: the release is on no server, so that there is no address to name.

        """
        del tools
        return {_file(each): encode(_manifest(job, each)) for each in installer.installable(job.plan.packages, SYSTEMS)}


def _file(package: Package) -> str:
    return f"{package.bare_name}.scoop.json"


def _manifest(job: FormatJob, package: Package) -> dict[str, Any]:
    installer.addressed(job.plan, package)
    archives = installer.archives(job.plan, package, job.digests, SYSTEMS)
    home = f"https://github.com/{job.plan.repository}"
    by_processor = {_PROCESSORS[each.target.rpartition("-")[2]]: each for each in archives}
    return {
        "version": package.version,
        "description": synopsis(installer.description(package), package.bare_name, _LONGEST),
        "homepage": home,
        "license": package.license or "Unknown",
        "architecture": {key: {"url": each.url, "hash": each.sha256} for key, each in by_processor.items()},
        "bin": program_names(job.files[archives[0].name]),
        "checkver": {"github": home},
        "autoupdate": {
            "architecture": {
                key: {"url": each.url.replace(package.version, "$version")} for key, each in by_processor.items()
            },
            "hash": {"url": "$baseurl/checksums.txt"},
        },
    }


PLUGIN: Final = Scoop()
