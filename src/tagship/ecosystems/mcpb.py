"""MCP bundles (MCPB) around Python packages (the host resolves with uv) and around programs, one per platform."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.artifact import Artifact
from tagship.domain.json_text import read_json
from tagship.domain.layout import join, reason_to_skip
from tagship.domain.mcpb_manifest import is_bundle
from tagship.domain.plan import EcosystemName, Package
from tagship.domain.target import Target
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools
from tagship.settings import Config, PackageConfig

MANIFEST: Final = "manifest.json"
SERVER: Final = "server.json"
ICON: Final = "icon.png"
KINDS: Final = ("sdist", "archive")
"""The files that a bundle can be made of: a source distribution, archives of a program."""
_PURL: Final = {"python": "pypi", "go": "golang", "rust": "cargo"}


class Mcpb:
    """:class:`tagship.ports.Wrapper` for MCP bundles."""

    name: ClassVar[EcosystemName] = "mcpb"

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Wrap what has a bundle's manifest, what server.json lists as a bundle, and what the configuration names."""
        paths = [path for path in tree.paths if PurePosixPath(path).name in {MANIFEST, SERVER}]
        read = tree.read([path for path in paths if not reason_to_skip(path)])
        known = {path: read_json(text) for path, text in read.items()}
        manifests = [path for path, data in known.items() if PurePosixPath(path).name == MANIFEST and is_bundle(data)]
        listed = [path for path, data in known.items() if PurePosixPath(path).name == SERVER and _lists_bundle(data)]
        made: list[Found] = []
        skips: list[Skip] = []
        for each in found:
            manifest, server = _nearest(each, manifests, found), _nearest(each, listed, found)
            wanted = settings.packages.get(each.name, PackageConfig()).mcpb
            if wanted is False or not (wanted or manifest or server):
                continue
            if reason := _reason_against(each, known.get(manifest)):
                skips.append(Skip(path=manifest or server or each.path, reason=reason))
                continue
            icon = join(each.path, ICON)
            details = {"manifest": manifest, "icon": icon if icon in tree.paths else "", "language": each.ecosystem}
            made.append(_wrapped(each, {key: value for key, value in details.items() if value}))
        return tuple(made), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name a bundle per file that one is made of, to be made where that file is."""
        del found
        bare = package.name.rpartition("/")[2]
        return tuple(
            Artifact(
                name=f"{bare}-{package.version}{'' if made.target is Target.ANY else f'-{made.target}'}.mcpb",
                kind="mcpb",
                package=package.id,
                target=made.target,
                media_type="application/zip",
                leg=made.leg,
            )
            for made in order.made
            if made.kind in KINDS
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

        del tools
        made = McpbBuild(job)
        return Built(files=tuple(made.make(owed) for owed in job.owed), tools={})

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List the package that is wrapped: what it consists of is in the list of that package."""
        del files, tools
        language = package.details["language"]
        version = {"python": package.spellings.pep440, "go": f"v{package.version}"}.get(language, package.version)
        purl = f"pkg:{_PURL[language]}/{package.details.get('module', package.name)}@{version}"
        component = {
            "type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl,
        }  # fmt: skip
        return {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "components": [component],
            "dependencies": [{"ref": purl}],
        }


def _reason_against(found: Found, manifest: Any) -> str:
    """Say why no bundle is made of a package; empty when one is."""
    if found.ecosystem not in _PURL:
        return f"no MCP bundle is made of {found.ecosystem or 'unbuilt'} packages"
    made = "uv" if found.ecosystem == "python" else "binary"
    wanted = manifest["server"].get("type", made) if manifest else made
    return (
        ""
        if wanted == made
        else f"its manifest asks for a server of type {wanted!r}; of this package one of type {made!r} is made"
    )


def _wrapped(found: Found, details: Mapping[str, str]) -> Found:
    module = {"module": found.details["module"]} if "module" in found.details else {}
    return Found(
        ecosystem="mcpb",
        name=found.name,
        path=found.path,
        version=found.version,
        license=found.license,
        mcp_name=found.mcp_name,
        entry=found.entry,
        sites=(),
        wraps=found.name,
        runtimes=found.runtimes,
        details={**details, **module},
    )


def _lists_bundle(data: object) -> bool:
    packages = data.get("packages") if isinstance(data, dict) else None
    return isinstance(packages, list) and any(
        isinstance(each, dict) and each.get("registryType") == "mcpb" for each in packages
    )


def _nearest(found: Found, files: Sequence[str], everyone: Sequence[Found]) -> str:
    """Choose the file that speaks of a package: the first in its folder or below, but not in another package's.

    A file in no package's folder speaks of the only package there is.
    """
    folders = {each.path for each in everyone}
    for file in sorted(files, key=lambda file: (file.count("/"), file)):
        owner = next((p.as_posix() for p in PurePosixPath(file).parents if p.as_posix() in folders), None)
        if owner == found.path or (owner is None and len(everyone) == 1):
            return file
    return ""


PLUGIN: Final = Mcpb()
