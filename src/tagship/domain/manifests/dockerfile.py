"""What a Dockerfile or Containerfile says: its instructions, the bases it starts from, the files it copies, its arguments.

Source: https://docs.docker.com/reference/dockerfile/.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Final

import msgspec

from tagship.domain.manifests.layout import file_name
from tagship.domain.text.lazy_pattern import lazy

NAMES: Final = ("Dockerfile", "Containerfile")
_FILE: Final = lazy(r"(?:Dockerfile|Containerfile)(?:\..+)?|.+\.(?:Dockerfile|Containerfile)", re.IGNORECASE)
_INSTRUCTION: Final = lazy(r"[ \t]*(?P<name>[A-Za-z]+)[ \t]")
_NOT_SHIPPED: Final = frozenset(
    {
        "base", "bench", "build", "builder", "ci", "debug", "dev", "devel", "development", "devcontainer", "e2e", "glama",
        "lint", "local", "mock", "smithery", "test", "testing", "tests", "windows",
    }
)  # fmt: skip
"""Words in a Dockerfile's name, or names of its folder, that tell it from the one of the product."""
ARGUMENTS: Final = {
    "version": ("VERSION", "APP_VERSION", "PACKAGE_VERSION", "BUILD_VERSION", "RELEASE_VERSION"),
    "commit": ("COMMIT", "GIT_COMMIT", "COMMIT_SHA", "GIT_SHA", "REVISION", "VCS_REF", "GITHUB_SHA"),
    "date": ("BUILD_DATE", "DATE", "CREATED", "BUILD_TIME", "COMMIT_DATE"),
}
"""The arguments by which images are told what they are made of."""


class Base(msgspec.Struct, frozen=True):
    """An image that a Dockerfile starts from, and the line, from 1."""

    name: str
    line: int

    @property
    def pinned(self) -> bool:
        """Whether it is always the same image; one named by an argument cannot be told."""
        return "@sha256:" in self.name or "$" in self.name or self.name.lower() == "scratch"


def is_dockerfile(path: str) -> bool:
    """Tell a Dockerfile by its name, under any of the names it goes by."""
    return bool(_FILE.fullmatch(file_name(path)))


@cache
def is_of_product(path: str) -> bool:
    """Tell the Dockerfile of a product from those for development, tests and other people's platforms."""
    pure = PurePosixPath(path)
    words = {word.lower() for word in re.split(r"[._-]", pure.name)}
    return not (words | {pure.parent.name.lower()} - {"build"}) & _NOT_SHIPPED


def instructions(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and instruction of each line; a line goes on after a backslash, past comments and empty lines."""
    found: list[tuple[int, int, str]] = []
    at, current = 0, ""
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith("#"):
            match = None if current else _INSTRUCTION.match(line)
            current = current or (match["name"].upper() if match else "-")
            found.append((at, at + len(line), current))
            current = current if line.rstrip().endswith(("\\", "`")) else ""
        at += len(line)
    return found


def bases(text: str) -> tuple[Base, ...]:
    """List the images it starts from, but for its own stages."""
    stages: set[str] = set()
    found: list[Base] = []
    for line, words in _statements(text, "FROM"):
        named = [word for word in words if not word.startswith("--")]
        if named and named[0].lower() not in stages:
            found.append(Base(named[0], line))
        if len(named) == 3 and named[1].upper() == "AS":  # noqa: PLR2004
            stages.add(named[2].lower())
    return tuple(found)


def copied(text: str) -> tuple[str, ...]:
    """List the files and folders of its context that it copies; patterns and addresses are left out."""
    found: dict[str, None] = {}
    for name in ("COPY", "ADD"):
        for _, words in _statements(text, name):
            if any(word.startswith(("--from", "<<")) for word in words):
                continue
            for word in [word for word in words if not word.startswith("--")][:-1]:
                path = word.removeprefix("./").strip("/")
                if path not in {"", "."} and not re.search(r"[*?\[$]|://|^\.\.", path):
                    found[path] = None
    return tuple(found)


def arguments(text: str) -> frozenset[str]:
    """Return the names of its build arguments."""
    return frozenset(word.partition("=")[0] for _, words in _statements(text, "ARG") for word in words)


def _statements(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give line and words of each instruction of a name, lines that go on joined."""
    start, joined = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        part = line.strip()
        if not part or part.startswith("#"):
            continue
        start = start if joined else number
        joined += part.rstrip("\\`") + " "
        if not part.endswith(("\\", "`")):
            if joined.split()[:1] and joined.split()[0].upper() == name:
                yield start, _words(joined)
            joined = ""


def _words(statement: str) -> list[str]:
    rest = statement.split(None, 1)[1] if len(statement.split(None, 1)) > 1 else ""
    flags = [word for word in rest.split() if word.startswith("--")]
    listed = rest[rest.find("[") :].strip() if rest.split("[")[0].split() == flags else ""
    if listed.startswith("["):
        try:
            return flags + [str(word) for word in json.loads(listed)]
        except ValueError:
            return flags
    return [word.strip("\"'") for word in rest.split()]
