"""Container images of MCP servers: from the project's own Dockerfile, else around a wheel, an npm tarball or programs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from tagship.domain.manifests import server_json
from tagship.domain.manifests.layout import files_named
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.ecosystems import _container_choice
from tagship.ecosystems._wrapping import SERVER, lists, nearest, only_the_package, wrapped
from tagship.package_settings import ContainerConfig, PackageConfig
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config

PLATFORMS: Final = (Target.LINUX_X86_64, Target.LINUX_AARCH64)
"""What images are made for."""
MATERIAL: Final = ("wheel", "npm", "archive")
"""The files that an image can be made of."""
_WRAPPED: Final = frozenset({"python", "npm", "go", "rust"})


class _Project(msgspec.Struct, frozen=True):
    """What decides about images: the files, the packages, every ``server.json`` and, by folder, the one that speaks of its
    package and the one that lists an image; the Dockerfiles.
    """

    tree: SourceTree
    found: Sequence[Found]
    documents: Mapping[str, Any]
    beside: Mapping[str, str]
    listed: Mapping[str, str]
    dockerfiles: Mapping[str, str]


class Container:
    """:class:`tagship.ports.Wrapper` for container images."""

    name: ClassVar[EcosystemName] = "container"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Make an image of each server that has a Dockerfile, of what server.json lists as one, and where it is asked for."""
        paths = files_named(tree.paths, SERVER)
        known = {path: server_json.read(text) for path, text in tree.read(paths).items()} if paths else {}
        listed = nearest([path for path, data in known.items() if lists(data, "oci")], found)
        project = _Project(tree, found, known, nearest([*known], found), listed, _container_choice.candidates(tree))
        said = [_decided(each, settings.packages.get(each.name, PackageConfig()), project) for each in found]
        made = tuple(each for each in said if isinstance(each, Found))
        return made, tuple(each for each in said if isinstance(each, Skip))

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name one image for all platforms, made where its files are; one each where those are made on several machines.

        A Dockerfile's images are built natively.
        """
        wanted = [target for target in PLATFORMS if target in order.targets]
        if not wanted:
            return ()
        if "dockerfile" in found.details:
            return tuple(_image(package, target, f"container-{target}") for target in wanted)
        material = [made for made in order.made if made.kind in MATERIAL and made.target in {Target.ANY, *wanted}]
        legs = {target: made.leg for made in material for target in wanted if made.target in {Target.ANY, target}}
        if len(set(legs.values())) > 1:  # wheels that are compiled: each platform's on a machine of its own
            return tuple(_image(package, target, leg) for target, leg in legs.items())
        target = wanted[0] if len(wanted) == 1 else Target.ANY
        return tuple(_image(package, target, leg) for leg in sorted(set(legs.values())))

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Ask for a builder, and for a machine of the same kind where a Dockerfile is run."""
        from tagship.adapters import image_builder, machine

        natives = {target for target in targets if target is not Target.ANY}
        foreign = sorted(target for target in natives if not target.endswith(machine.architecture()))
        if "dockerfile" in package.details and foreign:
            return f"its Dockerfile is run on the platform of the image, {foreign[0]}"
        return "" if image_builder.find(tools) else image_builder.NONE

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Build the image of each platform, check them, and write them as one OCI layout.

        Raises:
            ProjectError: an image does not build, or is not what was planned.

        """
        from tagship.ecosystems._container_build import ContainerBuild

        return ContainerBuild(job, tools).run()

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package that is wrapped: of an image from a Dockerfile no more is known."""
        del files, tools
        return only_the_package(package)


def _decided(found: Found, config: PackageConfig, project: _Project) -> Found | Skip | None:
    """Say what image is made of a package, or why none; nothing where none is expected."""
    wanted = config.container
    listed, beside = project.listed.get(found.path, ""), project.beside.get(found.path, "")
    asked = bool(wanted or listed)
    if wanted is False or not (asked or found.sdk or found.mcp_name or beside):
        return None
    told = wanted if isinstance(wanted, ContainerConfig) else ContainerConfig()
    dockerfile, reason = _container_choice.choose(found, project.found, project.dockerfiles, told)
    if not (dockerfile or reason or asked):
        return None
    if not (dockerfile or reason) and found.ecosystem not in _WRAPPED:
        reason = f"no image is made of {found.ecosystem or 'unbuilt'} packages without a Dockerfile"
    if reason:
        return Skip(path=listed or found.path, reason=reason)
    about = project.documents.get(beside)
    details = {"base": told.base, "description": about.get("description") if isinstance(about, dict) else ""}
    if dockerfile:
        text = project.dockerfiles[dockerfile]
        usual = _container_choice.context(dockerfile, found.path, text, project.tree.paths)
        details |= {"dockerfile": dockerfile, "context": told.context or usual}
    return wrapped(found, "container", {key: str(value) for key, value in details.items() if value})


def _image(package: Package, target: Target, leg: str) -> Artifact:
    return Artifact(
        name=f"{package.bare_name}-{package.version}{'' if target is Target.ANY else f'-{target}'}.oci.tar",
        kind="image",
        package=package.id,
        target=target,
        media_type="application/x-tar",
        leg=leg,
    )


PLUGIN: Final = Container()
