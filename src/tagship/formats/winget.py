"""WinGet manifests of the program for Windows, schema 1.10: version, installer and default locale, a file each.

https://learn.microsoft.com/windows/package-manager/package/manifest: a ZIP file with portable programs inside. They go
to microsoft/winget-pkgs below ``manifests/<first letter>/<publisher>/<name>/<version>/``, by ``wingetcreate submit`` or by hand.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.adapters.pack import program_names
from tagship.domain.install import installer
from tagship.domain.install.installer import Archive
from tagship.domain.install.synopsis import synopsis
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package
from tagship.ports import FormatJob, Tools

SYSTEMS: Final = ("windows",)
_SCHEMA: Final = "1.10.0"
_PROCESSORS: Final = {"x86_64": "x64", "aarch64": "arm64"}
_SHORT: Final = 256
_KINDS: Final = ("version", "installer", "defaultLocale")
_ENDINGS: Final = {"version": "yaml", "installer": "installer.yaml", "defaultLocale": "locale.en-US.yaml"}


class WinGet:
    """:class:`tagship.ports.Format` for WinGet manifests."""

    name: ClassVar[str] = "winget"
    stage: ClassVar[int] = 40

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name three manifests per package with programs for Windows."""
        del name, version
        mine = installer.installable(packages, SYSTEMS)
        return tuple(
            installer.artifact(each, _file(each, kind), "application/yaml") for each in mine for kind in _KINDS
        )

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write the manifests of each package.

        Raises:
            ProjectError: the release is on no server, so that there is no address to name.

        """
        import yaml

        del tools
        made = {}
        for package in installer.installable(job.plan.packages, SYSTEMS):
            for kind, said in _manifests(job, package).items():
                address = f"https://aka.ms/winget-manifest.{kind}.{_SCHEMA}.schema.json"
                text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1000)
                made[_file(package, kind)] = f"# yaml-language-server: $schema={address}\n\n{text}".encode()
        return made


def _file(package: Package, kind: str) -> str:
    return f"{package.bare_name}.winget.{_ENDINGS[kind]}"


def _manifests(job: FormatJob, package: Package) -> dict[str, dict[str, Any]]:
    installer.addressed(job.plan, package)
    publisher = (job.plan.repository or "").partition("/")[0]
    name = package.bare_name
    identity = {"PackageIdentifier": f"{_part(publisher)}.{_part(name)}", "PackageVersion": package.version}
    archives = installer.archives(job.plan, package, job.digests, SYSTEMS)
    programs = program_names(job.files[archives[0].name])
    home = f"https://github.com/{job.plan.repository}"
    said: dict[str, dict[str, Any]] = {
        "version": {"DefaultLocale": "en-US"},
        "installer": {
            "InstallerType": "zip",
            "NestedInstallerType": "portable",
            "NestedInstallerFiles": [
                {"RelativeFilePath": file, "PortableCommandAlias": file.removesuffix(".exe")} for file in programs
            ],
            "ReleaseDate": job.plan.commit_time[:10],
            "Installers": [_installer(each) for each in archives],
        },
        "defaultLocale": {
            "PackageLocale": "en-US",
            "Publisher": publisher,
            "PackageName": name,
            "PackageUrl": home,
            "License": package.license or "Unknown",
            "ShortDescription": synopsis(installer.description(package), name, _SHORT),
            "ReleaseNotesUrl": f"{home}/releases/tag/{job.plan.tag}",
        },
    }
    return {kind: {**identity, **said[kind], "ManifestType": kind, "ManifestVersion": _SCHEMA} for kind in _KINDS}


def _installer(archive: Archive) -> dict[str, str]:
    processor = _PROCESSORS[archive.target.rpartition("-")[2]]
    return {"Architecture": processor, "InstallerUrl": archive.url, "InstallerSha256": archive.sha256.upper()}


def _part(text: str) -> str:
    """Spell a part of an identifier: none of the characters that Windows forbids, no dot, at most 32."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:32].strip("-")


PLUGIN: Final = WinGet()
