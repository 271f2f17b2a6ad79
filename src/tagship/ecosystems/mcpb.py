"""MCP bundles (MCPB): of Python packages (the host resolves with uv), of npm packages with what they need, of programs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.domain.files.mcpb_manifest import is_bundle
from tagship.domain.manifests import server_json
from tagship.domain.manifests.layout import files_named, join
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.domain.text.json_text import read_json
from tagship.ecosystems._wrapping import SERVER, lists, nearest, only_the_package, wrapped
from tagship.package_settings import PackageConfig
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config

MANIFEST: Final = "manifest.json"
ICON: Final = "icon.png"
KINDS: Final = ("sdist", "npm", "archive")
"""The files that a bundle can be made of: a source distribution, a tarball of npm, archives of a program."""
_TYPES: Final = {"python": "uv", "npm": "node", "go": "binary", "rust": "binary"}
"""The kind of server that a package of each language becomes."""


class Mcpb:
    """:class:`tagship.ports.Wrapper` for MCP bundles."""

    name: ClassVar[EcosystemName] = "mcpb"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Wrap what has a bundle's manifest, what server.json lists as a bundle, and what the configuration names."""
        documents, servers = files_named(tree.paths, MANIFEST), files_named(tree.paths, SERVER)
        read = tree.read([*documents, *servers]) if documents or servers else {}
        known = {path: data for path in documents if is_bundle(data := read_json(read.get(path, "")))}
        listed = [path for path in servers if lists(server_json.read(read.get(path, "")), "mcpb")]
        manifests, described = nearest([*known], found), nearest(listed, found)
        made: list[Found] = []
        skips: list[Skip] = []
        for each in found:
            manifest, server = manifests.get(each.path, ""), described.get(each.path, "")
            wanted = settings.packages.get(each.name, PackageConfig()).mcpb
            if wanted is False or not (wanted or manifest or server):
                continue
            if reason := _reason_against(each, known.get(manifest)):
                skips.append(Skip(path=manifest or server or each.path, reason=reason))
                continue
            icon = join(each.path, ICON)
            details = {"manifest": manifest, "icon": icon if icon in tree.paths else ""}
            made.append(wrapped(each, "mcpb", {key: value for key, value in details.items() if value}))
        return tuple(made), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name a bundle per file that one is made of, to be made where that file is; of compiled wheels one per platform."""
        del found
        wheels = [made for made in order.made if made.kind == "wheel" and made.target is not Target.ANY]
        compiled = {made.target: made.leg for made in wheels if "-musllinux_" not in made.name}
        others = [(made.target, made.leg) for made in order.made if made.kind in KINDS]
        return tuple(
            Artifact(
                name=f"{package.bare_name}-{package.version}{'' if target is Target.ANY else f'-{target}'}.mcpb",
                kind="mcpb",
                package=package.id,
                target=target,
                media_type="application/zip",
                leg=leg,
            )
            for target, leg in [*compiled.items()] or others
        )

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Pack anywhere."""
        del package, targets, tools
        return ""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Make each bundle of this leg.

        Raises:
            ProjectError: with all that is wrong with a bundle.

        """
        from tagship.ecosystems._mcpb_build import McpbBuild

        made = McpbBuild(job, tools)
        files = tuple(made.make(owed) for owed in job.owed)
        return Built(files=files, tools={}, components=made.components)

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package that is wrapped: what it consists of is in the list of that package."""
        del files, tools
        return only_the_package(package)


def _reason_against(found: Found, manifest: Any) -> str:
    """Say why no bundle is made of a package; empty when one is."""
    if found.ecosystem not in _TYPES:
        return f"no MCP bundle is made of {found.ecosystem or 'unbuilt'} packages"
    made = _TYPES[found.ecosystem]
    wanted = manifest["server"].get("type", made) if manifest else made
    return (
        ""
        if wanted == made
        else f"its manifest asks for a server of type {wanted!r}; of this package one of type {made!r} is made"
    )


PLUGIN: Final = Mcpb()
