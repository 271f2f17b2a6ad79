"""What build backends refuse in a ``pyproject.toml``, told before anything is built, all of it at once.

Source: the pyproject.toml specification (packaging.python.org): a version is written, or listed in ``dynamic``;
``requires-python`` holds version specifiers.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tagship.domain.versions.version_site import toml_line
from tagship.errors import Problem


def of_project(project: Mapping[str, Any], backend: str, poetry_version: object, text: str, file: str) -> list[Problem]:
    """Look at the ``[project]`` table; ``poetry_version`` is what Poetry's own table says."""
    return [
        *_version(project, backend, poetry_version, text, file),
        *of_requirement(
            project.get("requires-python"), "requires-python", toml_line(text, _at("requires-python")), file
        ),
    ]


def without_version(table: str, text: str, file: str) -> Problem:
    """Say that a table has neither a version nor a way to one."""
    hint = 'write it, or let the backend find it: dynamic = ["version"]'
    if table == "tool.poetry":
        hint = 'write it: version = "…"'
    line = toml_line(text, (*table.split("."), "name"))
    return Problem(message=f"[{table}] has no version", file=file, line=line, hint=hint)


def of_requirement(requires: object, key: str, line: int, file: str) -> list[Problem]:
    """Look at the Pythons that are asked for (PEP 440 specifiers); nothing is asked by ``None`` and by an empty text."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if requires is None:
        return []
    hint = 'write version specifiers, e.g. ">=3.11" or ">=3.11,<4"'
    if not isinstance(requires, str):
        return [Problem(message=f"{key} is not a text: {requires!r}"[:200], file=file, line=line, hint=hint)]
    try:
        SpecifierSet(requires)
    except InvalidSpecifier:
        return [Problem(message=f"{key} cannot be read: {requires[:80]!r}", file=file, line=line, hint=hint)]
    return []


def _version(
    project: Mapping[str, Any], backend: str, poetry_version: object, text: str, file: str
) -> Iterator[Problem]:
    written, dynamic = project.get("version"), project.get("dynamic")
    if written is not None and not isinstance(written, str):
        message = f"the version is not a text: {written!r}"[:200]
        yield Problem(message=message, file=file, line=toml_line(text, _at("version")), hint="put it in quotes")
    # maturin takes it from Cargo.toml and only warns; Poetry has a table of its own for it
    elsewhere = backend.startswith("maturin") or isinstance(poetry_version, str)
    if written is None and not elsewhere and not (isinstance(dynamic, list) and "version" in dynamic):
        yield without_version("project", text, file)


def _at(key: str) -> tuple[str, str]:
    return "project", key
