"""Go modules: the version is the tag's; constants that repeat it are found, and variables that the linker sets.

Source: go.dev/ref/mod (module paths, versions, ``path/v1.2.3`` for modules below the root).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import ClassVar, Final

from tagship.domain.layout import join, reason_to_skip
from tagship.domain.plan import EcosystemName
from tagship.domain.version_site import VersionSite, find, line_of
from tagship.errors import Problem, ProjectError
from tagship.ports import Found, Skip, SourceTree

MANIFEST: Final = "go.mod"
_MODULE: Final = re.compile(r"^module[ \t]+\"?(?P<path>[^\s\"]+)\"?", re.MULTILINE)
_MAJOR: Final = re.compile(r"v\d+")
_PACKAGE: Final = re.compile(r"^package[ \t]+(?P<name>\w+)", re.MULTILINE)
_NAMES: Final = r"(?:Version|version|VERSION|AppVersion|appVersion|BuildVersion|buildVersion)"
_CONSTANT: Final = (
    rf"^(?:(?:const|var)[ \t]+|[ \t]+){_NAMES}[ \t]*(?:string[ \t]*)?=[ \t]*\"v?(?P<version>\d+\.\d+\.\d+[^\"\s]*)\""
)
_VARIABLE: Final = re.compile(
    rf"^(?:var[ \t]+|[ \t]+)(?P<name>{_NAMES})[ \t]*(?:string[ \t]*)?=[ \t]*\"(?:dev(?:el)?|unknown|none|)\"",
    re.MULTILINE,
)
_MOST: Final = 200
"""Files of a module that are looked at."""


class Go:
    """:class:`tagship.ports.Ecosystem` for Go modules."""

    name: ClassVar[EcosystemName] = "go"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every module; all broken manifests are told together."""
        manifests = [path for path in tree.paths if PurePosixPath(path).name == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        texts = tree.read(wanted) if wanted else {}
        modules: dict[str, str] = {}
        problems: list[Problem] = []
        for path in wanted:
            match = _MODULE.search(texts.get(path, ""))
            if match:
                modules[PurePosixPath(path).parent.as_posix()] = match["path"]
            else:
                problems.append(Problem(message="it names no module", file=path, line=1, hint="give it: module PATH"))
        if problems:
            raise ProjectError.of(problems)
        return tuple(_found(folder, module, modules, tree, texts) for folder, module in modules.items()), tuple(skips)


def _found(
    folder: str, module: str, modules: Mapping[str, str], tree: SourceTree, manifests: Mapping[str, str]
) -> Found:
    files = _version_files(folder, modules, tree)
    texts = tree.read(files)
    words = [f"{file}" for file in files if PurePosixPath(file).name == "VERSION"]
    sites = [site for file in files if file not in words for site in _constants(file, texts.get(file, ""))]
    sites += [
        VersionSite(file=file, line=1, format="text", spelling="semver", version=texts[file].strip().removeprefix("v"),
                    template="v{version}" if texts[file].strip().startswith("v") else "{version}")
        for file in words
        if re.fullmatch(r"v?\d+\.\d+\.\d+\S*", texts.get(file, "").strip())
    ]  # fmt: skip
    variable = next((found for file in files for found in _variables(file, texts.get(file, ""), folder, module)), "")
    own = manifests.get(join(folder, MANIFEST), "")
    needs = [other for at, other in modules.items() if at != folder and re.search(rf"\b{re.escape(other)}\b", own)]
    return Found(
        ecosystem="go",
        name=_short(module),
        path=folder,
        version="",
        license=None,
        mcp_name=None,
        entry=_entry(folder, module, modules, tree),
        sites=tuple(sites),
        depends=tuple(sorted(map(_short, needs))),
        details={"module": module, **({"ldflags": variable} if variable else {})},
    )


def _short(module: str) -> str:
    """Return what a module is called: the last part of its path, but for ``/v2``."""
    parts = [part for part in module.split("/") if part]
    return parts[-2] if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]) else parts[-1]


def _mine(folder: str, modules: Mapping[str, str], tree: SourceTree) -> Iterator[str]:
    """Give the files of a module that are not of another one below it."""
    start = "" if folder == "." else f"{folder}/"
    below = tuple(
        f"{other}/" for other in modules if other != folder and f"{other}/".startswith(start) and other != "."
    )
    for path in tree.paths:
        if path.startswith(start) and not path.startswith(below) and not reason_to_skip(path):
            yield path


def _version_files(folder: str, modules: Mapping[str, str], tree: SourceTree) -> list[str]:
    """Choose the files where Go projects keep a version: version.go, a package of that name, main.go, VERSION."""
    chosen = []
    for path in _mine(folder, modules, tree):
        pure = PurePosixPath(path)
        usual = pure.name in {"main.go", "version.go", "VERSION", "buildinfo.go", "root.go"}
        if usual or (pure.suffix == ".go" and pure.parent.name in {"version", "buildinfo"}):
            chosen.append(path)
    return [path for path in chosen if not path.endswith("_test.go")][:_MOST]


def _constants(file: str, text: str) -> Iterator[VersionSite]:
    match = find(_CONSTANT, text)
    if match:
        line = line_of(text, match.start("version"))
        yield VersionSite(
            file=file, line=line, format="pattern", pattern=_CONSTANT, spelling="semver", version=match["version"]
        )


def _variables(file: str, text: str, folder: str, module: str) -> Iterator[str]:
    """Name the variable that ``-ldflags -X`` sets: the import path of its package, or ``main``, and its own name."""
    match, package = _VARIABLE.search(text), _PACKAGE.search(text)
    if match and package:
        inside = PurePosixPath(file).parent.as_posix()
        below = inside.removeprefix(folder).strip("/") if folder != "." else inside
        path = module if below in {"", "."} else f"{module}/{below}"
        yield f"{'main' if package['name'] == 'main' else path}.{match['name']}"


def _entry(folder: str, module: str, modules: Mapping[str, str], tree: SourceTree) -> str | None:
    """Return the program: the folder of ``cmd/`` that is called like the module, else the first; or the module itself."""
    mains = [PurePosixPath(path).parent for path in _mine(folder, modules, tree) if path.endswith("/main.go")]
    programs = sorted(parent.name for parent in mains if parent.parent.name == "cmd")
    short = _short(module)
    if short in programs or join(folder, "main.go") in set(tree.paths):
        return short
    return next(iter(programs), None)


PLUGIN: Final = Go()
