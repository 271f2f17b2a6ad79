"""Wheels of Go and Rust programs, one per platform: ``uvx <name>`` and ``pip install <name>`` give the program itself."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.domain.files import program_wheel
from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.ecosystems import _programs
from tagship.ecosystems._wrapping import material, only_the_package
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config

REGISTRY: Final = _programs.Registry(
    ecosystem="program-wheel",
    type="pypi",
    language="python",
    manifest="pyproject.toml",
    wish=lambda config: config.wheel,
)


class ProgramWheel:
    """:class:`tagship.ports.Wrapper` for wheels around programs."""

    name: ClassVar[EcosystemName] = "program-wheel"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Wrap what the configuration names and what server.json lists at PyPI."""
        return _programs.asked(REGISTRY, tree, found, settings)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name a wheel per archive, to be made where that is made."""
        del found
        return tuple(
            Artifact(
                name=program_wheel.file_name(package.name, package.spellings.pep440, made.target),
                kind="wheel",
                package=package.id,
                target=made.target,
                media_type=MEDIA_TYPES["wheel"],
                leg=made.leg,
            )
            for made in order.made
            if made.kind in _programs.KINDS and made.target is not Target.ANY
        )

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Pack anywhere."""
        del package, targets, tools
        return ""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Make each wheel of this leg.

        Raises:
            ProjectError: it is not said which program starts the server.

        """
        from tagship.ecosystems._program_wheel_build import make

        del tools
        with tempfile.TemporaryDirectory(dir=job.out) as temporary:
            for owed in job.owed:
                archive = material(job, owed, owed.target, _programs.KINDS)
                make(job, owed, _programs.unpack(archive, Path(temporary) / owed.target))
        return Built(files=tuple(owed.name for owed in job.owed), tools={})

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package whose program it is: what that consists of is in the list of that package."""
        del files, tools
        return only_the_package(package)


PLUGIN: Final = ProgramWheel()
