"""npm packages of Go and Rust programs: one per platform, and one that people install, so that ``npx -y <name>`` works."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.domain.files import program_npm
from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.ecosystems import _programs
from tagship.ecosystems._wrapping import only_the_package
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config

REGISTRY: Final = _programs.Registry(
    ecosystem="program-npm",
    type="npm",
    language="npm",
    manifest="package.json",
    wish=lambda config: config.npm,
)


class ProgramNpm:
    """:class:`tagship.ports.Wrapper` for npm packages around programs."""

    name: ClassVar[EcosystemName] = "program-npm"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Wrap what the configuration names and what server.json lists at npm."""
        return _programs.asked(REGISTRY, tree, found, settings)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name a tarball per archive, to be made where that is made, and the one that asks for them, beside the first."""
        del found
        archives = [made for made in order.made if made.kind in _programs.KINDS and made.target is not Target.ANY]
        tarballs = [(program_npm.platform_name(package.name, made.target), made.target, made.leg) for made in archives]
        first = min(archives, key=lambda made: list(Target).index(made.target), default=None)
        tarballs += [(package.name, Target.ANY, first.leg)] if first else []
        return tuple(
            Artifact(
                name=program_npm.tarball_name(name, package.version),
                kind="npm",
                package=package.id,
                target=target,
                media_type=MEDIA_TYPES["npm"],
                leg=leg,
            )
            for name, target, leg in tarballs
        )

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Pack anywhere."""
        del package, targets, tools
        return ""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Make each tarball of this leg.

        Raises:
            ProjectError: it is not said which program starts the server.

        """
        from tagship.ecosystems._program_npm_build import make

        del tools
        for owed in job.owed:
            make(job, owed)
        return Built(files=tuple(owed.name for owed in job.owed), tools={})

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package whose program it is: what that consists of is in the list of that package."""
        del files, tools
        return only_the_package(package)


PLUGIN: Final = ProgramNpm()
