"""Go modules: the version is the tag's; constants that repeat it are found, and variables that the linker sets."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.components.sbom import no_components
from tagship.domain.manifests.go_metadata import (
    GoModule,
    constants,
    linked_variable,
    package_name,
    read_module,
    variable,
)
from tagship.domain.manifests.layout import file_name, folder_of, join, reason_to_skip
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.planning import archive
from tagship.domain.plans.target import Target
from tagship.domain.versions.version_site import BYTE_ORDER_MARK, VersionSite
from tagship.domain.versions.written import alone
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools

MANIFEST: Final = "go.mod"
WORD: Final = "VERSION"
BUILD_FILES: Final = (
    ".goreleaser.yaml", ".goreleaser.yml", "goreleaser.yaml", "goreleaser.yml", "Makefile", "Dockerfile", "Taskfile.yml",
    "Taskfile.yaml", "justfile", "Justfile",
)  # fmt: skip
"""Where builds name the variable that the linker sets, best first."""
_SOURCES: Final = frozenset({"main.go", "version.go", "buildinfo.go", "root.go"})
_FOLDERS: Final = frozenset({"version", "buildinfo"})
_NOT_SHIPPED: Final = frozenset({"hack", "internal", "script", "scripts", "tool", "tools"})
LEG: Final = "go"
LINKED: Final = {"ldflags": "version", "ldflags.commit": "commit", "ldflags.date": "date"}
"""Where the plan keeps the names of variables for the linker, and what each is for."""
SDKS: Final = (
    "github.com/modelcontextprotocol/go-sdk",
    "github.com/mark3labs/mcp-go",
    "github.com/metoro-io/mcp-golang",
)
_MOST: Final = 200
"""Files of a module that are looked at."""
Modules = Mapping[str, GoModule]


class Go:
    """:class:`tagship.ports.Ecosystem` for Go modules."""

    name: ClassVar[EcosystemName] = "go"
    manifests: ClassVar[tuple[str, ...]] = ("go.mod",)

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every module; all broken manifests are told together."""
        manifests = [path for path in tree.paths if file_name(path) == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        texts = tree.read(wanted) if wanted else {}
        modules: dict[str, GoModule] = {}
        problems: list[Problem] = []
        for path in wanted:
            try:
                text = texts.get(path, "").removeprefix(BYTE_ORDER_MARK)
                modules[folder_of(path)] = read_module(text, path)
            except ProjectError as error:
                problems += error.problems
        if problems:
            raise ProjectError.of(problems)
        files = _files(tree.paths, modules) if modules else {}
        commands = _commands(tree.paths, modules) if modules else {}
        wanted = [*{file: None for each in [*files.values(), commands.values()] for file in each}]
        read = tree.read(wanted) if wanted else {}
        return tuple(_found(folder, modules, files[folder], read, commands) for folder in modules), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name an archive per target; one job makes them all, since Go compiles for every platform on any."""
        del found
        return tuple(archive(package, target, LEG, order.archive_name) for target in order.targets)

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Ask for the toolchain only."""
        del package, targets
        return "" if shutil.which("go", path=tools.environment.get("PATH")) else "go is not installed"

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Compile every program for every target, check what came out, and pack it.

        Raises:
            ProjectError: it does not build, or a program is not what its target asks for.

        """
        from tagship.ecosystems import _go_build, _go_components

        made, said = _go_build.build(job, tools)
        toolchain = _go_build.go_version(job.source / job.package.path, job, tools)
        return Built(files=made, tools={"go": toolchain}, components=_go_components.components(job, said, tools))

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Refuse: the build listed what the linker put in, and that list is what counts.

        Raises:
            IntegrityError: it did not arrive.

        """
        del files, tools
        raise no_components(package)


def _found(
    folder: str, modules: Modules, files: Sequence[str], texts: Mapping[str, str], commands: Mapping[str, str]
) -> Found:
    module = modules[folder]
    own = {file: texts[file].removeprefix(BYTE_ORDER_MARK) for file in files if file in texts}
    variables = {key: next(_linked(folder, module, own, kind), "") for key, kind in LINKED.items()}
    below = {
        path: texts.get(file, "") for path, file in commands.items() if join(folder, "cmd/") + file_name(path) == path
    }
    programs = _programs(folder, below, own)
    return Found(
        ecosystem="go",
        name=module.name,
        path=folder,
        version="",
        license=None,
        mcp_name=None,
        entry=_entry(module, programs),
        sites=tuple(_sites(own)),
        depends=tuple(sorted({other.name for other in modules.values() if other.path in module.requires})),
        sdk=next((path for path in SDKS if path in module.requires), ""),
        not_built="" if programs else "it is a library: it has no program",
        details={
            "module": module.path,
            **({"programs": ",".join(programs)} if programs else {}),
            **{key: name for key, name in variables.items() if name},
        },
    )


def _files(paths: Sequence[str], modules: Modules) -> dict[str, list[str]]:
    """Choose the files to look at, by the folder of the nearest module: where Go projects keep a version, or build."""
    found: dict[str, list[str]] = {folder: [] for folder in modules}
    for path in paths:
        pure = PurePosixPath(path)
        if not _usual(pure) or reason_to_skip(path):
            continue
        folder = next((parent.as_posix() for parent in pure.parents if parent.as_posix() in modules), None)
        beside = pure.parent.as_posix() == folder
        apart = pure.name in BUILD_FILES or (pure.name == WORD and pure.parent.name not in _FOLDERS)
        if folder is not None and (beside or not apart) and len(found[folder]) < _MOST:
            found[folder].append(path)
    return found


def _usual(path: PurePosixPath) -> bool:
    if path.suffix == ".go":
        return path.name in _SOURCES or (path.parent.name in _FOLDERS and not path.stem.endswith("_test"))
    return path.name == WORD or path.name in BUILD_FILES


def _sites(texts: Mapping[str, str]) -> Iterator[VersionSite]:
    for file, text in texts.items():
        if file.endswith(".go"):
            yield from constants(file, text)
        elif file_name(file) == WORD and (said := alone(text.strip())):
            version, template = said
            yield VersionSite(file=file, line=1, format="text", spelling="semver", version=version, template=template)


def _linked(folder: str, module: GoModule, texts: Mapping[str, str], kind: str) -> Iterator[str]:
    """Name the variable of a kind that ``-ldflags -X`` sets: as a build file has it, else by its package and its own name."""
    for name in BUILD_FILES:
        if said := linked_variable(texts.get(join(folder, name), ""), module.path, kind):
            yield said
    for file, text in texts.items():
        name = variable(text, kind) if file.endswith(".go") else ""
        package = package_name(text)
        if name and package:
            below = PurePosixPath(file).parent.relative_to(folder).as_posix()
            path = "main" if package == "main" else join(module.path, "") + below if below != "." else module.path
            yield f"{path}.{name}"


def _commands(paths: Sequence[str], modules: Modules) -> dict[str, str]:
    """Find the folders ``cmd/<name>`` that hold sources, and one source of each: whatever it is called, it names the package."""
    found: dict[str, str] = {}
    for path in sorted(paths, reverse=True):
        folder = PurePosixPath(path).parent
        beside = folder.parent.name == "cmd" and folder.parent.parent.as_posix() in modules
        if beside and path.endswith(".go") and not path.endswith("_test.go"):
            found[folder.as_posix()] = path
    return dict(sorted(found.items()))


def _programs(folder: str, commands: Mapping[str, str], texts: Mapping[str, str]) -> list[str]:
    """List the folders of the programs a module ships, from its own: itself and ``cmd/*``, else what else is a program.

    ``commands`` are a source of each folder below ``cmd``: in many projects these are packages of one program's commands.
    """
    start = join(folder, "")
    mains = {folder_of(file) for file, text in texts.items() if package_name(text) == "main"}
    shipped = [
        path.removeprefix(start) for path, text in commands.items() if path in mains or package_name(text) == "main"
    ]
    if folder in mains:
        return [".", *shipped]
    apart = (path.removeprefix(start) for path in sorted(mains))
    return shipped or [path for path in apart if not _NOT_SHIPPED & set(PurePosixPath(path).parts)]


def _entry(module: GoModule, programs: Sequence[str]) -> str | None:
    """Return the program: the module itself, the folder that is called like it, else the first."""
    if "." in programs:
        return module.name
    names = [program.rpartition("/")[2] for program in programs]
    return module.name if module.name in names else next(iter(names), None)


PLUGIN: Final = Go()
