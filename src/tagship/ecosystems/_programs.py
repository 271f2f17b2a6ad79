"""What wheels, npm packages and Linux packages of programs have in common: who asks for them, what is in an archive, what
its project says of itself.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from tagship.adapters.files import documents
from tagship.adapters.pack import modes, program_names
from tagship.domain.manifests import server_json
from tagship.domain.manifests.layout import file_name, files_named
from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.plan import Package, bare
from tagship.domain.text.json_text import read_json
from tagship.ecosystems._wrapping import SERVER, nearest, wrapped
from tagship.errors import ProjectError
from tagship.package_settings import PackageConfig, PublishedAs
from tagship.ports import BuildJob, Found, Skip, SourceTree
from tagship.settings import Config

LANGUAGES: Final = frozenset({"go", "rust"})
KINDS: Final = frozenset({"archive"})
Wish = bool | PublishedAs | None


class Registry(NamedTuple):
    """Where packages around programs are published: what ``server.json`` calls it, the language whose own packages are there
    and their manifest, and what the configuration says of a package.
    """

    ecosystem: str
    type: str
    language: str
    manifest: str
    wish: Callable[[PackageConfig], Wish]


def asked(
    registry: Registry, tree: SourceTree, found: Sequence[Found], settings: Config
) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
    """Wrap the programs that the configuration names, or whose ``server.json`` lists a package of the registry.

    Not those that the project wraps by itself: it has a package of that name.
    """
    made: list[Found] = []
    skips: list[Skip] = []
    described = described_by(tree, found)
    own = cache(lambda: _own(registry, tree))
    for each in found:
        wish = registry.wish(settings.packages.get(each.name, PackageConfig()))
        document = described.get(each.path, {})
        listed = next(_identifiers(document, registry.type), "")
        if wish is False or not (wish or (listed and each.ecosystem in LANGUAGES)):
            continue
        name = (wish.name if isinstance(wish, PublishedAs) else None) or listed or bare(each.name)
        if reason := _reason_against(registry, each, name, {} if wish else own()):
            skips.append(Skip(path=each.path, reason=reason))
            continue
        made.append(_around(registry.ecosystem, each, name, document))
    return tuple(made), tuple(skips)


def described_by(tree: SourceTree, everyone: Sequence[Found]) -> Mapping[str, Mapping[str, Any]]:
    """Read the ``server.json`` that speaks of each folder's packages, where there is one."""
    chosen = nearest(files_named(tree.paths, SERVER), everyone)
    texts = tree.read([*chosen.values()]) if chosen else {}
    return {folder: server_json.read(texts.get(path, "")) or {} for folder, path in chosen.items()}


def _around(ecosystem: str, found: Found, name: str, document: Mapping[str, Any]) -> Found:
    """Describe a package around a program: its SBOM names the program's own package."""
    description, mcp_name = document.get("description"), document.get("name")
    details = {"module": found.details.get("module", found.name)}
    details |= {"description": description} if isinstance(description, str) else {}
    around = replace(wrapped(found, ecosystem, details), name=name)
    own = mcp_name if isinstance(mcp_name, str) and found.sdk else None
    return replace(around, mcp_name=found.mcp_name or own, details={**around.details, **details})


def _reason_against(registry: Registry, found: Found, name: str, own: Mapping[str, str]) -> str:
    """Say why no package is made around one that the configuration wishes for, or that ``server.json`` lists."""
    if found.ecosystem not in LANGUAGES:
        return f"no {registry.ecosystem} is made of {found.ecosystem or 'unbuilt'} packages"
    path = own.get(canonical(name), "")
    return f"the project has a package {name} of its own: {path}" if path else ""


def _own(registry: Registry, tree: SourceTree) -> dict[str, str]:
    """Name the packages that the project has in a registry's own language, each with its manifest."""
    paths = [path for path in tree.paths if file_name(path) == registry.manifest]
    texts = tree.read(paths) if paths else {}
    return {canonical(_name(path, text)): path for path, text in sorted(texts.items(), reverse=True)}


def _name(path: str, text: str) -> str:
    """Read the name in a ``package.json`` or ``pyproject.toml``; empty where none can be read."""
    try:
        data = read_json(text) if path.endswith(".json") else tomllib.loads(text).get("project")
    except (ValueError, RecursionError):
        return ""
    return str(data.get("name") or "") if isinstance(data, dict) else ""


def _identifiers(document: Mapping[str, Any], kind: str) -> Iterator[str]:
    packages = document.get("packages")
    for each in packages if isinstance(packages, list) else ():
        if isinstance(each, dict) and each.get("registryType") == kind and isinstance(each.get("identifier"), str):
            yield each["identifier"]


class Unpacked(NamedTuple):
    """The files of an archive, by their names in it: what may be executed, and the rest."""

    programs: Mapping[str, Path]
    others: Mapping[str, Path]


def unpack(archive: Path, to: Path) -> Unpacked:
    """Unpack an archive that this leg packed, into a new folder."""
    if archive.suffix == ".zip":
        import zipfile

        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                packed.extract(info, to)
    else:
        import tarfile

        with tarfile.open(archive) as tar:
            tar.extractall(to, filter="data")
    programs = {name: to / name for name in program_names(archive)}
    return Unpacked(programs, {name: to / name for name in modes(archive) if name not in programs})


def entry_of(package: Package, names: Sequence[str]) -> str:
    """Return the program that starts the server: the one that is called so, else the only one.

    Raises:
        ProjectError: there are several, and none is called so.

    """
    if len(names) == 1:
        return names[0]
    if package.entry and package.entry in names:
        return package.entry
    hint = f"set `entry` of the package to one of {', '.join(names)}"
    raise ProjectError(f"{package.wraps or package.name}: no program is called {package.entry}", hint=hint)


def description(job: BuildJob) -> str:
    """Return one line about a program: of its ``server.json``, else of its manifest."""
    said = job.package.details.get("description") or crate(job).get("description")
    return " ".join(said.split()) if isinstance(said, str) else ""


def crate(job: BuildJob) -> Mapping[str, Any]:
    """Read what ``Cargo.toml`` says of a package; nothing for other languages."""
    path = job.source / job.package.path / "Cargo.toml"
    said = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("package") if path.is_file() else None
    return said if isinstance(said, dict) else {}


def readme(job: BuildJob) -> Path | None:
    """Find the readme that goes with a program."""
    return next(
        (path for name, path in documents(job.source, job.package.path).items() if name.startswith("README")), None
    )


def licences(job: BuildJob) -> dict[str, Path]:
    """Find the licence files that go with a program."""
    found = documents(job.source, job.package.path)
    return {name: path for name, path in found.items() if not name.startswith("README")}
