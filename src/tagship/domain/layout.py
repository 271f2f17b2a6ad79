"""Which folders of a repository hold things to ship, by their names."""

from pathlib import PurePosixPath
from typing import Final

_NOT_SHIPPED: Final = frozenset(
    {
        "benchmark", "benchmarks", "doc", "docs", "e2e", "example", "examples", "fixture", "fixtures", "node_modules",
        "sample", "samples", "site-packages", "template", "templates", "test", "testdata", "tests", "third_party", "vendor",
        "vendored",
    }
)  # fmt: skip


def reason_to_skip(path: str, exclude: tuple[str, ...] = ()) -> str:
    """Say why a file's folder is not searched for packages; empty when it is.

    ``exclude`` are folders, from the project's root, that the configuration leaves out.
    """
    parts = PurePosixPath(path).parts[:-1]
    for part in parts:
        if part.lower() in _NOT_SHIPPED or part.startswith("."):
            return f"it lies in a folder named {part!r}"
    folder = excluded(path, exclude)
    return f"the configuration excludes {folder!r}" if folder else ""


def excluded(path: str, exclude: tuple[str, ...]) -> str:
    """Return the excluded folder that a file is in; empty when it is in none."""
    parts = PurePosixPath(path).parts[:-1]
    folders = (folder for folder in exclude if (wanted := PurePosixPath(folder).parts) == parts[: len(wanted)])
    return next(folders, "")


def join(folder: str, name: str) -> str:
    """Join a folder of the project and a name in it; ``.`` is the project's root."""
    return name if folder in {"", "."} else f"{folder}/{name}"
