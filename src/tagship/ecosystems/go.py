"""Go modules: the version is the tag's; constants that repeat it are found, and variables that the linker sets."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import ClassVar, Final

from tagship.domain.go_metadata import (
    GoModule,
    constants,
    linked_variable,
    package_name,
    read_module,
    variable,
)
from tagship.domain.layout import join, reason_to_skip
from tagship.domain.plan import EcosystemName
from tagship.domain.version_site import BYTE_ORDER_MARK, VersionSite
from tagship.domain.written import alone
from tagship.errors import Problem, ProjectError
from tagship.ports import Found, Skip, SourceTree

MANIFEST: Final = "go.mod"
WORD: Final = "VERSION"
BUILD_FILES: Final = (
    ".goreleaser.yaml", ".goreleaser.yml", "goreleaser.yaml", "goreleaser.yml", "Makefile", "Dockerfile", "Taskfile.yml",
    "Taskfile.yaml", "justfile", "Justfile",
)  # fmt: skip
"""Where builds name the variable that the linker sets, best first."""
_SOURCES: Final = frozenset({"main.go", "version.go", "buildinfo.go", "root.go"})
_FOLDERS: Final = frozenset({"version", "buildinfo"})
_MOST: Final = 200
"""Files of a module that are looked at."""
Modules = Mapping[str, GoModule]


class Go:
    """:class:`tagship.ports.Ecosystem` for Go modules."""

    name: ClassVar[EcosystemName] = "go"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every module; all broken manifests are told together."""
        manifests = [path for path in tree.paths if PurePosixPath(path).name == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        texts = tree.read(wanted) if wanted else {}
        modules: dict[str, GoModule] = {}
        problems: list[Problem] = []
        for path in wanted:
            try:
                text = texts.get(path, "").removeprefix(BYTE_ORDER_MARK)
                modules[PurePosixPath(path).parent.as_posix()] = read_module(text, path)
            except ProjectError as error:
                problems += error.problems
        if problems:
            raise ProjectError.of(problems)
        files = _files(tree.paths, modules) if modules else {}
        read = tree.read([file for each in files.values() for file in each]) if files else {}
        return tuple(_found(folder, modules, files[folder], read) for folder in modules), tuple(skips)


def _found(folder: str, modules: Modules, files: Sequence[str], texts: Mapping[str, str]) -> Found:
    module = modules[folder]
    own = {file: texts[file].removeprefix(BYTE_ORDER_MARK) for file in files if file in texts}
    linked = next(_linked(folder, module, own), "")
    return Found(
        ecosystem="go",
        name=module.name,
        path=folder,
        version="",
        license=None,
        mcp_name=None,
        entry=_entry(folder, module, own),
        sites=tuple(_sites(own)),
        depends=tuple(sorted({other.name for other in modules.values() if other.path in module.requires})),
        details={"module": module.path, **({"ldflags": linked} if linked else {})},
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
        elif PurePosixPath(file).name == WORD and (said := alone(text.strip())):
            version, template = said
            yield VersionSite(file=file, line=1, format="text", spelling="semver", version=version, template=template)


def _linked(folder: str, module: GoModule, texts: Mapping[str, str]) -> Iterator[str]:
    """Name the variable that ``-ldflags -X`` sets: as a build file has it, else by its package and its own name."""
    for name in BUILD_FILES:
        if said := linked_variable(texts.get(join(folder, name), ""), module.path):
            yield said
    for file, text in texts.items():
        name = variable(text) if file.endswith(".go") else ""
        package = package_name(text)
        if name and package:
            below = PurePosixPath(file).parent.relative_to(folder).as_posix()
            path = "main" if package == "main" else join(module.path, "") + below if below != "." else module.path
            yield f"{path}.{name}"


def _entry(folder: str, module: GoModule, texts: Mapping[str, str]) -> str | None:
    """Return the program: the folder of ``cmd/`` that is called like the module, else the first; or the module itself."""
    mains = [PurePosixPath(file).parent for file, text in texts.items() if package_name(text) == "main"]
    if PurePosixPath(folder) in mains:
        return module.name
    below = sorted(main.name for main in mains if main.parent.name == "cmd") or sorted(main.name for main in mains)
    return module.name if module.name in below else next(iter(below), None)


PLUGIN: Final = Go()
