"""What a Python project says about itself: PEP 621, Poetry, setuptools' ``setup.cfg``; read, never run.

Sources: packaging.python.org (pyproject.toml specification, PEP 639 licences), hatch.pypa.io (``tool.hatch.version``),
setuptools' user guide (``tool.setuptools.dynamic``, ``setup.cfg``), python-poetry.org (``tool.poetry``).
"""

import configparser
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from tagship.errors import ProjectError

_LINE_COLUMN: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_VCS_BACKENDS: Final = (
    "hatch-vcs",
    "setuptools-scm",
    "setuptools_scm",
    "uv-dynamic-versioning",
    "versioningit",
    "dunamai",
)
_PLATFORM_BACKENDS: Final = ("maturin", "scikit_build_core", "mesonpy", "py_build_cmake", "sipbuild")
_CLASSIFIER_SPDX: Final[dict[str, str]] = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
}
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""PEP 508; whatever else a manifest says would become a path or a file name."""
_SPDX_LIKE: Final = re.compile(r"^[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*$")

VersionSource = Literal["static", "file", "attribute", "vcs", "backend"]


class PythonProject(msgspec.Struct, frozen=True, kw_only=True):
    """One project's own words.

    ``source`` says where the version comes from: written in the manifest (``static``, with its TOML path in
    ``version_path``), a text file, a Python attribute (``version_file`` says which), version control, or only known to
    the backend. ``skip`` is the reason why it is not published, or empty.
    """

    name: str
    version: str = ""
    source: VersionSource = "static"
    version_path: str = ""
    version_file: str = ""
    version_pattern: str = ""
    backend: str = ""
    license: str | None = None
    scripts: tuple[str, ...] = ()
    readme: str = ""
    pure: bool = True
    universal: bool = False
    skip: str = ""


def canonical(name: str) -> str:
    """Normalise a project name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel_name(name: str, version: str, *, universal: bool = False) -> str:
    """Name a pure wheel (binary distribution format, PyPA specification)."""
    python = "py2.py3" if universal else "py3"
    return f"{canonical(name).replace('-', '_')}-{version}-{python}-none-any.whl"


def sdist_name(name: str, version: str) -> str:
    """Name a source distribution (PEP 625)."""
    return f"{canonical(name).replace('-', '_')}-{version}.tar.gz"


def parse_pyproject(text: str, file: str) -> PythonProject | None:
    """Read a ``pyproject.toml``; ``None`` when it only configures tools.

    Raises:
        ProjectError: broken TOML (with line and column), a project table without a name, or one that is no name.

    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE_COLUMN.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        message = f"not TOML: {_LINE_COLUMN.sub('', str(error)).strip()}"
        raise ProjectError(message, file=file, line=line, column=column, hint="mend the file") from None
    if isinstance(data.get("project"), dict):
        return _named(_from_project(data, file), file)
    if isinstance(_get(data, "tool.poetry"), dict) and "name" in data["tool"]["poetry"]:
        return _named(_from_poetry(data), file)
    return None


def parse_setup_cfg(text: str, file: str) -> PythonProject | None:
    """Read setuptools' ``setup.cfg``; ``None`` when it has no ``[metadata] name``.

    Raises:
        ProjectError: not an INI file, or a name that is none.

    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ProjectError(f"not an INI file: {error.message}", file=file, hint="mend the file") from None
    name = parser.get("metadata", "name", fallback="")
    if not name:
        return None
    written = parser.get("metadata", "version", fallback="")
    kind, _, where = written.partition(":")
    entries = parser.get("options.entry_points", "console_scripts", fallback="")
    scripts = tuple(line.split("=")[0].strip() for line in entries.splitlines() if "=" in line)
    project = PythonProject(
        name=name,
        backend="setuptools.build_meta",
        license=_spdx(parser.get("metadata", "license", fallback="")),
        scripts=scripts,
        universal=parser.getboolean("bdist_wheel", "universal", fallback=False),
    )
    if kind in {"attr", "file"} and where:
        source: VersionSource = "attribute" if kind == "attr" else "file"
        return _named(msgspec.structs.replace(project, source=source, version_file=where.strip()), file)
    source = "static" if written else "backend"
    made = msgspec.structs.replace(project, version=written, source=source, version_path="metadata.version")
    return _named(made, file)


def _named(project: PythonProject, file: str) -> PythonProject:
    if not _NAME.fullmatch(project.name):
        hint = "use letters, digits, '.', '_' and '-', with a letter or digit at both ends"
        raise ProjectError(f"{project.name!r} is not a package name", file=file, line=1, hint=hint)
    return project


def _from_project(data: dict[str, Any], file: str) -> PythonProject:
    project: dict[str, Any] = data["project"]
    name = project.get("name")
    if not isinstance(name, str) or not name:
        hint = 'give it: name = "…" under [project]'
        raise ProjectError("[project] has no name", file=file, line=1, hint=hint)
    backend = str(
        _get(data, "build-system.build-backend") or ("setuptools.build_meta" if "build-system" in data else "")
    )
    base = PythonProject(
        name=name,
        backend=backend,
        license=_license(project),
        scripts=_keys(project.get("scripts")),
        readme=_readme(project.get("readme")),
        pure=not backend.startswith(_PLATFORM_BACKENDS) and not _get(data, "tool.setuptools.ext-modules"),
        skip=_skip(data, project),
    )
    if isinstance(project.get("version"), str):
        return msgspec.structs.replace(base, version=project["version"], version_path="project.version")
    return _dynamic(base, data)


def _dynamic(base: PythonProject, data: dict[str, Any]) -> PythonProject:
    """Follow ``dynamic = ["version"]`` to where the backend takes the version from."""
    hatch = _get(data, "tool.hatch.version")
    setuptools = _get(data, "tool.setuptools.dynamic.version")
    if isinstance(_get(data, "tool.poetry.version"), str) and base.backend.startswith("poetry"):
        return msgspec.structs.replace(
            base, version=data["tool"]["poetry"]["version"], version_path="tool.poetry.version"
        )
    if isinstance(hatch, dict) and isinstance(hatch.get("path"), str):
        return msgspec.structs.replace(
            base, source="attribute", version_file=hatch["path"], version_pattern=str(hatch.get("pattern") or "")
        )
    if isinstance(setuptools, dict) and isinstance(setuptools.get("attr"), str):
        return msgspec.structs.replace(base, source="attribute", version_file=setuptools["attr"])
    if isinstance(setuptools, dict) and (files := _strings(setuptools.get("file"))):
        return msgspec.structs.replace(base, source="file", version_file=files[0])
    if base.backend.startswith("flit"):
        return msgspec.structs.replace(
            base, source="attribute", version_file=f"{base.name.replace('-', '_')}.__version__"
        )
    return msgspec.structs.replace(base, source="vcs" if _from_vcs(data) else "backend")


def _from_poetry(data: dict[str, Any]) -> PythonProject:
    poetry = data["tool"]["poetry"]
    private = "poetry says package-mode = false" if poetry.get("package-mode") is False else ""
    static = not _get(data, "tool.poetry-dynamic-versioning.enable")
    return PythonProject(
        name=str(poetry["name"]),
        version=str(poetry.get("version", "")) if static else "",
        source="static" if static else "vcs",
        version_path="tool.poetry.version" if static else "",
        backend=str(_get(data, "build-system.build-backend") or "poetry.core.masonry.api"),
        license=_spdx(str(poetry.get("license", ""))),
        scripts=_keys(poetry.get("scripts")),
        readme=_readme(poetry.get("readme")),
        pure="build" not in poetry,
        skip=private,
    )


def _skip(data: dict[str, Any], project: Mapping[str, Any]) -> str:
    if any(entry.startswith("Private ::") for entry in _strings(project.get("classifiers"))):
        return "its classifiers say Private"
    if _get(data, "tool.uv.package") is False:
        return "uv says package = false"
    if "build-system" not in data and not project.get("scripts") and not _get(data, "tool.uv.package"):
        return "it has neither a build system nor a command"
    return ""


def _from_vcs(data: dict[str, Any]) -> bool:
    requires = [entry.lower() for entry in _strings(_get(data, "build-system.requires"))]
    named = any(entry.startswith(_VCS_BACKENDS) for entry in requires)
    return named or _get(data, "tool.hatch.version.source") == "vcs" or _get(data, "tool.pdm.version.source") == "scm"


def _license(project: Mapping[str, Any]) -> str | None:
    written = project.get("license")
    if isinstance(written, dict):
        written = written.get("text", "")
    for classifier in () if _spdx(str(written or "")) else _strings(project.get("classifiers")):
        if classifier in _CLASSIFIER_SPDX:
            return _CLASSIFIER_SPDX[classifier]
    return _spdx(str(written or ""))


def _spdx(text: str) -> str | None:
    """Take a licence text only when it reads as an SPDX expression."""
    text = text.strip()
    return text if text and _SPDX_LIKE.match(text) else None


def _readme(written: Any) -> str:
    if isinstance(written, dict):
        written = written.get("file")
    if isinstance(written, list):
        written = written[0] if written else None
    return written if isinstance(written, str) else ""


def _strings(value: Any) -> tuple[str, ...]:
    """Take the texts of a value that may be of any type: the backend says what is wrong with others."""
    entries = value if isinstance(value, list) else [value]
    return tuple(entry for entry in entries if isinstance(entry, str))


def _keys(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, dict) else ()


def _get(data: Mapping[str, Any], dotted: str) -> Any:
    """Walk nested tables; ``None`` where one is missing or is no table."""
    value: Any = data
    for key in dotted.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
