"""Which folders of a repository hold things to ship, by their names."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from tagship.domain.text.lazy_pattern import lazy

_NOT_SHIPPED: Final = frozenset(
    {
        "benchmark", "benchmarks", "doc", "docs", "e2e", "example", "examples", "fixture", "fixtures", "node_modules",
        "sample", "samples", "site-packages", "template", "templates", "test", "testdata", "tests", "third_party", "vendor",
        "vendored",
    }
)  # fmt: skip


_UNRELEASED: Final = lazy(r"\.?(?:do[-_]?not|no)[-_]?release(?:\.(?:md|txt))?", re.IGNORECASE)


_TEMPLATE: Final = lazy(r"\{\{|\{%|<%|\$\{")


def is_template(name: str) -> bool:
    """Say whether a name is one that a generator fills in (cookiecutter, copier, Yeoman, cargo-generate)."""
    return _TEMPLATE.search(name) is not None


def file_name(path: str) -> str:
    """Return the last part of a path, as often as a project has files."""
    return path.rpartition("/")[2]


def folder_of(path: str) -> str:
    """Return the folder of a file; ``.`` is the project's root."""
    return path.rpartition("/")[0] or "."


def by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    """Sort files into their folders."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(folder_of(path), []).append(path)
    return found


def has(paths: Sequence[str], path: str) -> bool:
    """Say whether a file is among sorted paths, without going through all of them: it is asked for every package."""
    at = bisect_left(paths, path)
    return at < len(paths) and paths[at] == path


def below(paths: Sequence[str], folder: str) -> Sequence[str]:
    """Return those of sorted paths that lie in a folder or deeper; ``.`` is the project's root."""
    if folder in {"", "."}:
        return paths
    return paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, f"{folder}{chr(ord('/') + 1)}")]


def upwards(folder: str) -> list[str]:
    """Return a folder and those around it, the nearest first, up to the project's root."""
    place = PurePosixPath(folder)
    return [each.as_posix() for each in (place, *place.parents)]


def files_named(paths: Iterable[str], name: str) -> list[str]:
    """Choose the files of a name that lie where things to ship are."""
    tail = f"/{name}"
    return [path for path in paths if (path == name or path.endswith(tail)) and not reason_to_skip(path)]


def reason_to_skip(path: str, exclude: tuple[str, ...] = ()) -> str:
    """Say why a file's folder is not searched for packages; empty when it is.

    ``exclude`` are folders, from the project's root, that the configuration leaves out.
    """
    return _reason(path.rpartition("/")[0], exclude)


def excluded(path: str, exclude: tuple[str, ...]) -> str:
    """Return the excluded folder that a file is in; empty when it is in none."""
    return _excluded(path.rpartition("/")[0], exclude) if exclude else ""


@cache
def _reason(folder: str, exclude: tuple[str, ...]) -> str:
    for part in PurePosixPath(folder).parts:
        if part.lower() in _NOT_SHIPPED or part.startswith("."):
            return f"it lies in a folder named {part!r}"
        if is_template(part):
            return f"it lies in a folder of a template, {part!r}"
    named = _excluded(folder, exclude)
    return f"the configuration excludes {named!r}" if named else ""


def _excluded(folder: str, exclude: tuple[str, ...]) -> str:
    parts = PurePosixPath(folder).parts
    folders = (name for name in exclude if (wanted := PurePosixPath(name).parts) == parts[: len(wanted)])
    return next(folders, "")


def marks_unreleased(path: str) -> str:
    """Return a file's name when its presence says that the package in its folder is not to be released; else nothing."""
    name = file_name(path)
    return name if _UNRELEASED.fullmatch(name) else ""


def join(folder: str, name: str) -> str:
    """Join a folder of the project and a name in it; ``.`` is the project's root."""
    return name if folder in {"", "."} else f"{folder}/{name}"
