"""Linux packages of Go and Rust programs: deb, rpm, apk and Arch packages, by nfpm, from one description."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.domain.files import linux_package
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.ecosystems import _programs
from tagship.ecosystems._wrapping import only_the_package, wrapped
from tagship.package_settings import LinuxPackagesConfig, PackageConfig
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config


class LinuxPackages:
    """:class:`tagship.ports.Wrapper` for packages of Linux distributions."""

    name: ClassVar[EcosystemName] = "linux-packages"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Wrap what the configuration names."""
        made: list[Found] = []
        skips: list[Skip] = []
        described = _programs.described_by(tree, found)
        for each in found:
            asked = settings.packages.get(each.name, PackageConfig()).linux_packages
            if not asked:
                continue
            if each.ecosystem not in _programs.LANGUAGES:
                skips.append(Skip(path=each.path, reason=f"no Linux package is made of {each.ecosystem} packages"))
                continue
            wish = asked if isinstance(asked, LinuxPackagesConfig) else LinuxPackagesConfig()
            made.append(wrapped(each, self.name, _details(each, wish, described.get(each.path, {}))))
        return tuple(made), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name a package per format and archive for Linux, to be made where that is made."""
        del found
        kinds = [kind for kind in linux_package.FORMATS if kind in package.details.get("formats", "").split(",")]
        return tuple(
            linux_package.artifact(package, kind, made.target, made.leg)
            for made in order.made
            for kind in kinds
            if made.kind in _programs.KINDS and made.target.startswith("linux")
        )

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Ask for nfpm."""
        from tagship.ecosystems._linux_packages_build import nfpm

        del package, targets
        return "" if nfpm(tools) else "nfpm is not installed"

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Make each package of this leg.

        Raises:
            ProjectError: nobody maintains it, or nfpm refuses.

        """
        from tagship.ecosystems._linux_packages_build import make, nfpm_version

        make(job, tools)
        return Built(files=tuple(owed.name for owed in job.owed), tools={"nfpm": nfpm_version(job, tools)})

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package whose program it is: what that consists of is in the list of that package."""
        del files, tools
        return only_the_package(package)


def _details(found: Found, wish: LinuxPackagesConfig, document: Mapping[str, Any]) -> dict[str, str]:
    """Note for the build what the configuration and server.json say."""
    described = document.get("description")
    said = {
        "formats": ",".join(wish.formats),
        "maintainer": wish.maintainer or "",
        "depends": ",".join(wish.depends),
        "description": described if isinstance(described, str) else "",
        "module": found.details.get("module", found.name),
    }
    return {key: value for key, value in said.items() if value}


PLUGIN: Final = LinuxPackages()
