"""Repositories with several packages: each in its folder, with tags of its own, released by real git."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.integration import projects
from tests.integration.projects import Project

MANIFEST = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
dependencies = [{dependencies}]
"""


def package(
    name: str, folder: str, depends: Sequence[str] = (), version: str = "1.0.0", pin: str = "=="
) -> dict[str, str]:
    """Write a package; what it depends on is pinned to 1.0.0."""
    dependencies = ", ".join(f'"{needed}{pin}1.0.0"' for needed in depends)
    start = "" if folder == "." else f"{folder}/"
    return {
        f"{start}pyproject.toml": MANIFEST.format(name=name, version=version, dependencies=dependencies),
        f"{start}src/{name.replace('-', '_')}/__init__.py": '"""A package."""\n',
    }


def make(folder: Path, *packages: Mapping[str, str], tags: Sequence[str] = (), config: str = "") -> Project:
    """Make a repository of packages with one commit and these tags."""
    files = {name: text for each in packages for name, text in each.items()}
    made = projects.make(folder, {**files, **({"tagship.yaml": config} if config else {})}, tag="")
    for tag in tags:
        made.git("tag", tag)
    return made


def touch(project: Project, path: str, message: str) -> str:
    """Change one file, and commit."""
    old = (project.root / path).read_text(encoding="utf-8") if (project.root / path).exists() else ""
    return project.commit(message, {path: old + "x\n"})


def bump(project: Project, *arguments: str, **environment: str) -> dict[str, Any]:
    """Bump; return the outputs."""
    done = project.tagship("version-bump", "--json", *arguments, **environment)
    assert done.code == 0, done.said
    values: dict[str, Any] = json.loads(done.out)
    return values


def moved(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the new tags of the packages that were bumped."""
    return {each["name"]: each["tag"] for each in json.loads(values["packages"]) if each["bumped"]}


def made_tags(project: Project) -> set[str]:
    """Return the tags on HEAD."""
    return set(project.git("tag", "--points-at", "HEAD").split())
