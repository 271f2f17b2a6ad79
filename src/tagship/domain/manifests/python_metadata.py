"""What a Python project says about itself: PEP 621 and Poetry; read, never run.

Sources: packaging.python.org (pyproject.toml specification, PEP 639 licences), hatch.pypa.io (``tool.hatch.version``),
setuptools' user guide (``tool.setuptools.dynamic``, ``setup.cfg``), python-poetry.org (``tool.poetry``).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from tagship.domain.manifests import python_problems
from tagship.domain.manifests.layout import is_template
from tagship.domain.text.manifest_text import toml_table
from tagship.errors import ProjectError

_VCS_BACKENDS: Final = (
    "hatch-vcs",
    "setuptools-scm",
    "setuptools_scm",
    "uv-dynamic-versioning",
    "versioningit",
    "dunamai",
)
_PLATFORM_BACKENDS: Final = ("maturin", "scikit_build_core", "mesonpy", "py_build_cmake", "sipbuild")
_COMPILES: Final = (
    "setuptools.ext-modules", "setuptools.cffi-modules", "setuptools-rust", "hatch.build.hooks",
    "hatch.build.targets.wheel.hooks", "pdm.build.is-purelib", "pdm.build.run-setuptools", "poetry.build", "cibuildwheel",
)  # fmt: skip
"""Tables below ``tool`` with which a backend may compile something."""
_CLASSIFIER_SPDX: Final[dict[str, str]] = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
}
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

VersionSource = Literal["static", "file", "attribute", "vcs", "backend"]


class PythonProject(msgspec.Struct, frozen=True, kw_only=True):
    """One project's own words.

    ``source`` says where the version comes from: written in the manifest (``static``, with its TOML path in
    ``version_path``), a text file, a Python attribute (``version_file`` says which), version control, or only known to
    the backend. ``depends`` are requirements as written (PEP 508), ``requires`` the specifiers of ``requires-python``.
    ``pure``: nothing in the manifest speaks of compiling. ``skip`` is the reason why it is not published, or empty.
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
    depends: tuple[str, ...] = ()
    requires: str = ""
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


def lowest_python(requires: str, ours: str) -> str:
    """Return the lowest 3.x that ``requires`` (PEP 440 specifiers) allows; empty when ``ours`` will do, or nothing does.

    ``ours`` is a full version such as ``3.11.9``.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        return ""
    if allowed.contains(ours, prereleases=True):
        return ""
    return next((f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}.99")), "")


def parse_pyproject(text: str, file: str) -> PythonProject | None:
    """Read a ``pyproject.toml``; ``None`` when it only configures tools.

    Raises:
        ProjectError: broken TOML (with line and column), a project table without a name, or what no backend would build.

    """
    data = toml_table(text, file)
    if isinstance(data.get("project"), dict):
        return _from_project(data, text, file)
    if isinstance(_get(data, "tool.poetry"), dict) and "name" in data["tool"]["poetry"]:
        return _from_poetry(data, text, file)
    return None


def _from_project(data: dict[str, Any], text: str, file: str) -> PythonProject:
    project: dict[str, Any] = data["project"]
    name = project.get("name")
    if not isinstance(name, str) or not name:
        hint = 'give it: name = "…" under [project]'
        raise ProjectError("[project] has no name", file=file, line=1, hint=hint)
    if is_template(name):
        return PythonProject(name=name, skip=f"its name is a template's: {name}")
    backend = str(
        _get(data, "build-system.build-backend") or ("setuptools.build_meta" if "build-system" in data else "")
    )
    base = PythonProject(
        name=checked_name(name, file),
        backend=backend,
        license=license_of(project),
        scripts=_scripts(project),
        depends=tuple(_words(project.get("dependencies"))),
        requires=str(project.get("requires-python") or ""),
        readme=_readme(project.get("readme")),
        pure=_pure(backend, data),
        skip=_skip(data, project),
    )
    problems = python_problems.of_project(project, backend, _get(data, "tool.poetry.version"), text, file)
    if problems and not base.skip:
        raise ProjectError.of(problems)
    if isinstance(project.get("version"), str):
        return msgspec.structs.replace(base, version=project["version"], version_path="project.version")
    return _dynamic(base, data)


def _pure(backend: str, data: dict[str, Any]) -> bool:
    return not backend.startswith(_PLATFORM_BACKENDS) and all(_get(data, f"tool.{key}") is None for key in _COMPILES)


def _dynamic(base: PythonProject, data: dict[str, Any]) -> PythonProject:
    """Follow ``dynamic = ["version"]`` to where the backend takes the version from."""
    poetry = _get(data, "tool.poetry.version")
    derived = _get(data, "tool.poetry-dynamic-versioning.enable")
    if isinstance(poetry, str) and base.backend.startswith("poetry") and not derived:
        return msgspec.structs.replace(base, version=poetry, version_path="tool.poetry.version")
    source, file = _version_file(base, data)
    if not file and (derived or _from_vcs(data)):
        source = "vcs"
    pattern = str(_get(data, "tool.hatch.version.pattern") or "") if file else ""
    return msgspec.structs.replace(base, source=source, version_file=file, version_pattern=pattern)


def _version_file(base: PythonProject, data: dict[str, Any]) -> tuple[VersionSource, str]:
    """Return which text file or Python attribute (as a path, or dotted) holds the version."""
    if files := _words(_get(data, "tool.setuptools.dynamic.version.file")):
        return "file", files[0]
    path = _get(data, "tool.hatch.version.path") or _get(data, "tool.setuptools.dynamic.version.attr")
    if _get(data, "tool.pdm.version.source") == "file":
        path = path or _get(data, "tool.pdm.version.path")
    if base.backend.startswith("flit"):
        module = _get(data, "tool.flit.module.name") or base.name.replace("-", "_")
        path = path or f"{module}.__version__"
    return ("attribute", path) if isinstance(path, str) else ("backend", "")


def _from_poetry(data: dict[str, Any], text: str, file: str) -> PythonProject:
    poetry = data["tool"]["poetry"]
    private = "poetry says package-mode = false" if poetry.get("package-mode") is False else ""
    static = not _get(data, "tool.poetry-dynamic-versioning.enable")
    name = checked_name(str(poetry["name"]), file)
    if static and not private and not poetry.get("version"):
        raise ProjectError.of([python_problems.without_version("tool.poetry", text, file)])
    return PythonProject(
        name=name,
        version=str(poetry.get("version", "")) if static else "",
        source="static" if static else "vcs",
        version_path="tool.poetry.version" if static else "",
        backend=str(_get(data, "build-system.build-backend") or "poetry.core.masonry.api"),
        license=spdx(str(poetry.get("license", ""))),
        scripts=_scripts(poetry),
        depends=tuple(poetry.get("dependencies") or ()),
        requires=str(_get(data, "tool.poetry.dependencies.python") or "").replace("^", ">="),
        readme=_readme(poetry.get("readme")),
        pure=_pure("poetry", data),
        skip=private,
    )


def _skip(data: dict[str, Any], project: Mapping[str, Any]) -> str:
    if any(classifier.startswith("Private ::") for classifier in _words(project.get("classifiers"))):
        return "its classifiers say Private"
    if _get(data, "tool.uv.package") is False:
        return "uv says package = false"
    if "build-system" not in data and not project.get("scripts") and not _get(data, "tool.uv.package"):
        return "it has neither a build system nor a command"
    return ""


def _from_vcs(data: dict[str, Any]) -> bool:
    requires = [entry.lower() for entry in _words(_get(data, "build-system.requires"))]
    named = any(entry.startswith(_VCS_BACKENDS) for entry in requires)
    return named or _get(data, "tool.hatch.version.source") == "vcs" or _get(data, "tool.pdm.version.source") == "scm"


def license_of(project: Mapping[str, Any]) -> str | None:
    """Return the SPDX expression of a ``[project]`` table, or that of its classifiers; ``None`` when neither is one."""
    written = project.get("license")
    if isinstance(written, dict):
        written = written.get("text", "")
    for classifier in () if spdx(str(written or "")) else _words(project.get("classifiers")):
        if classifier in _CLASSIFIER_SPDX:
            return _CLASSIFIER_SPDX[classifier]
    return spdx(str(written or ""))


def spdx(text: str) -> str | None:
    """Take a licence text only when it is an SPDX expression; return its usual spelling."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(text.strip()))
    except InvalidLicenseExpression:
        return None


def checked_name(name: str, file: str) -> str:
    """Return the name if it may become part of file names."""
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, '.', '_' and '-', as PyPI does"
        raise ProjectError(f"not a package name: {name!r}", file=file, hint=hint)
    return name


def _scripts(table: Mapping[str, Any]) -> tuple[str, ...]:
    scripts = table.get("scripts")
    return tuple(scripts) if isinstance(scripts, dict) else ()


def _words(written: Any) -> list[str]:
    """Return the strings of a value that should be a string or a list of them."""
    listed = written if isinstance(written, list) else [written]
    return [word for word in listed if isinstance(word, str)]


def _readme(written: Any) -> str:
    if isinstance(written, dict):
        written = written.get("file")
    if isinstance(written, list):
        written = written[0] if written else None
    return written if isinstance(written, str) else ""


def _get(data: Mapping[str, Any], dotted: str) -> Any:
    """Walk nested tables; ``None`` where one is missing or is no table."""
    value: Any = data
    for key in dotted.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
