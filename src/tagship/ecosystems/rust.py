"""Rust crates: manifests, workspaces that hand their version down, path dependencies, the lock."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final, NamedTuple

from tagship.domain.components.sbom import no_components
from tagship.domain.manifests.cargo_metadata import Crate, excludes, read_crate, table
from tagship.domain.manifests.layout import below, file_name, folder_of, join, reason_to_skip
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.planning import archive
from tagship.domain.plans.target import Target
from tagship.domain.text.manifest_text import toml_table
from tagship.domain.versions.version_site import BYTE_ORDER_MARK, VersionSite, is_placeholder
from tagship.ecosystems import _rust_sites
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools

MANIFEST: Final = "Cargo.toml"
LOCK: Final = "Cargo.lock"
_CRATES: Final = "crates"
"""The channel that takes crates, those of libraries too."""
SDKS: Final = ("rmcp", "rust-mcp-sdk", "mcp-sdk")
_LINUX: Final = "rust-linux"
LEGS: Final = {
    Target.LINUX_X86_64: _LINUX,
    Target.LINUX_AARCH64: _LINUX,
    Target.MACOS_X86_64: "rust-macos",
    Target.MACOS_AARCH64: "rust-macos",
    Target.WINDOWS_X86_64: "rust-windows-x86_64",
    Target.WINDOWS_AARCH64: "rust-windows-aarch64",
}
"""What one machine links honestly: Linux without its libraries, both kinds of Mac with one SDK, Windows natively."""


class Manifests(NamedTuple):
    """All that was read: texts of manifests and locks, and what the manifests say."""

    texts: Mapping[str, str]
    tables: Mapping[str, dict[str, Any]]


class Rust:
    """:class:`tagship.ports.Ecosystem` for crates."""

    name: ClassVar[EcosystemName] = "rust"
    manifests: ClassVar[tuple[str, ...]] = ("Cargo.toml",)

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every crate; all broken manifests are told together."""
        files = [path for path in tree.paths if path.endswith((MANIFEST, LOCK))]
        files = [path for path in files if file_name(path) in {MANIFEST, LOCK}]
        skipped = {path: reason for path in files if (reason := reason_to_skip(path, exclude))}
        wanted = [path for path in files if path not in skipped]
        read = tree.read(wanted) if wanted else {}
        texts = {path: text.removeprefix(BYTE_ORDER_MARK) for path, text in read.items()}
        crates, manifests = _crates([path for path in wanted if path.endswith(MANIFEST)], texts)
        skips = [Skip(path=path, reason=reason) for path, reason in skipped.items() if path.endswith(MANIFEST)]
        for path, data in manifests.tables.items():
            if path not in crates:
                name = table(data, "package").get("name")
                reason = f"its name is a template's: {name}" if name else "it is a workspace without a crate"
                skips.append(Skip(path=path, reason=reason))
        programs = _programs(tree, crates)
        found = (_found(path, crate, manifests, programs[path]) for path, crate in crates.items())
        return tuple(found), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name an archive per target, and the crate where its registry is asked for.

        A job makes those that one system's tools can link.
        """
        from tagship.ecosystems import _rust_crate

        targets = () if found.not_built else order.targets
        made = [archive(package, target, LEGS[target], order.archive_name) for target in targets]
        if _CRATES in order.channels and _CRATES in found.built_for:
            on_linux = not made or any(each.leg == _LINUX for each in made)
            made.append(_rust_crate.artifact(package, _LINUX if on_linux else made[0].leg))
        return tuple(made)

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Ask for cargo, and for the system whose libraries the targets are linked with."""
        from tagship.ecosystems import _rust_targets

        del package
        return _rust_targets.hindrance(targets, tools)

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Compile every program for every target of the leg, check what came out, and pack it.

        Raises:
            ProjectError: it does not build, or a program is not what its target asks for.

        """
        from tagship.ecosystems import _rust_build, _rust_components, _rust_crate

        crates = tuple(_rust_crate.pack(job, owed, tools) for owed in job.owed if owed.kind == "crate")
        programs, said = _rust_build.build(job, tools)
        made = crates + programs
        versions = _rust_build.versions(job, tools)
        listed = _rust_components.with_programs(_rust_components.components(job, tools), said)
        return Built(files=made, tools=versions, components=listed)

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Refuse: the build listed what cargo built in, and that list is what counts.

        Raises:
            IntegrityError: it did not arrive.

        """
        del files, tools
        raise no_components(package)


def _crates(paths: list[str], texts: Mapping[str, str]) -> tuple[dict[str, Crate], Manifests]:
    """Read all manifests, and then the crates: they may inherit from any of them."""
    tables: dict[str, dict[str, Any]] = {}
    crates: dict[str, Crate] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            tables[path] = toml_table(texts.get(path, ""), path)
        except ProjectError as error:
            problems += error.problems
    manifests = Manifests(texts, tables)
    unreadable = bool(problems)
    for path, data in tables.items():
        root = _workspace(path, manifests)
        try:
            crate = read_crate(data, table(tables.get(root, {}), "workspace"), texts[path], path)
        except ProjectError as error:
            inherits = isinstance(table(data, "package").get("version"), dict)
            if root or not (inherits and unreadable):  # else its workspace may be what is broken
                problems += error.problems
            continue
        if crate:
            crates[path] = crate
    if problems:
        raise ProjectError.of(problems)
    return crates, manifests


def _found(path: str, crate: Crate, manifests: Manifests, programs: list[str]) -> Found:
    folder = folder_of(path)
    root = _workspace(path, manifests)
    sdk = next((name for name in SDKS if name in crate.depends), "")
    return Found(
        ecosystem="rust",
        name=crate.name,
        path=folder,
        version="" if is_placeholder(crate.version) else crate.version,
        license=crate.license,
        mcp_name=None,
        entry=next((name for name in (crate.usual, crate.name) if name in programs), next(iter(programs), None)),
        sites=tuple(_sites(path, root, crate, manifests)),
        depends=crate.depends,
        private=crate.private and not (programs and sdk),  # `publish` is about crates.io: a server's program is shipped
        sdk=sdk,
        not_built="" if programs else "it is a library: it has no program",
        built_for=() if crate.private else (_CRATES,),
        needs=crate.needs,
        details={
            **({"registries": ",".join(crate.registries)} if crate.registries else {}),
            **({"programs": ",".join(sorted(set(programs)))} if programs else {}),
            **({"profile": "dist"} if _has_dist(path, root, manifests) else {}),
            **_description(manifests.tables[path]),
        },
    )


def _description(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Note what a crate says of itself: the job that signs has no manifest."""
    said = table(manifest, "package").get("description")
    return {"description": " ".join(said.split())} if isinstance(said, str) and said.strip() else {}


def _has_dist(path: str, root: str, manifests: Manifests) -> bool:
    """Say whether the project has a profile of its own for what it ships, as cargo-dist names it."""
    return any("dist" in table(manifests.tables.get(file, {}), "profile") for file in (path, root))


def _sites(path: str, root: str, crate: Crate, manifests: Manifests) -> Iterator[VersionSite]:
    texts, tables = manifests
    yield from _rust_sites.own_site(crate, path, texts[path], root, texts.get(root, ""))
    yield from _rust_sites.ranges(path, texts[path], tables[path])
    if root:
        yield from _rust_sites.shared_ranges(crate.name, root, texts[root], tables[root])
    own = join(folder_of(root or path), LOCK)
    for lock in sorted((file for file in texts if file.endswith(LOCK)), key=lambda file: file != own):
        # a crate of another workspace, by path: only its version tells it from a namesake
        sites = _rust_sites.lock_sites(lock, texts[lock], crate.name)
        yield from (site for site in sites if lock == own or site.version == crate.version)


def _workspace(path: str, manifests: Manifests) -> str:
    """Return the manifest of a crate's workspace: the one it names, else the nearest that does not leave it out."""
    folder = PurePosixPath(path).parent
    named = table(manifests.tables[path], "package").get("workspace")
    if isinstance(named, str):
        root = posixpath.normpath(join(folder.as_posix(), join(named, MANIFEST)))
        return root if "workspace" in manifests.tables.get(root, {}) else ""
    for parent in (folder, *folder.parents):
        root = join(parent.as_posix(), MANIFEST)
        data = manifests.tables.get(root, {})
        below = folder.relative_to(parent).as_posix()
        if "workspace" in data and not excludes(table(data, "workspace"), below):
            return root
    return ""


def _programs(tree: SourceTree, crates: Mapping[str, Crate]) -> dict[str, list[str]]:
    """Name what each crate makes: what its manifest says, ``src/main.rs``, and what lies in ``src/bin``."""
    sources = [path for path in tree.paths if path.endswith(".rs")]
    found: dict[str, list[str]] = {}
    for manifest, crate in crates.items():
        start = join(folder_of(manifest), "")
        inside = [path.removeprefix(start) for path in below(sources, folder_of(manifest))]
        seen = [PurePosixPath(path) for path in inside if path.startswith(crate.unnamed)]
        programs = [
            *crate.programs,
            *(crate.name for path in seen if path.name == "main.rs" and path.parent.name == "src"),
        ]
        bins = [path.relative_to("src/bin").with_suffix("").parts for path in seen if path.is_relative_to("src/bin")]
        found[manifest] = programs + [parts[0] for parts in bins if parts[1:] in {(), ("main",)}]
    return found


PLUGIN: Final = Rust()
