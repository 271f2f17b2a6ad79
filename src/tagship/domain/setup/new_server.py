"""A new server of one's own: the names it may have, and the files of a template with names filled in.

The templates are the examples of this repository with marks in place of their names (``scripts/generate.py``), so a new
server is one that the tests release.
"""

import keyword
import re
import sys
from collections.abc import Mapping
from typing import Final

import msgspec

from tagship.domain.manifests.layout import reason_to_skip
from tagship.errors import UsageError

Files = Mapping[str, str]
LANGUAGES: Final = ("python", "npm", "go", "rust")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_OWNER: Final = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
_LONGEST: Final = 60
"""MCP names, images, crates and projects may all be longer; files called by it should not be much."""
_TAKEN: Final = frozenset({"con", "prn", "aux", "nul", "mcp", "internal", "main", "build", "deps", "incremental"})
"""Devices of Windows, what every server needs, packages that Go's tool treats apart, folders of cargo's."""
_RUST_WORDS: Final = frozenset(
    {
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
        "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
        "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try",
        "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "core", "std", "alloc",
    }
)  # fmt: skip


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What a new server is called; ``folder`` is where it lies in its repository, empty at the top."""

    name: str
    owner: str
    repository: str
    folder: str = ""

    @property
    def marks(self) -> dict[str, str]:
        """What stands for the marks of a template."""
        return {
            "«name»": self.name,
            "«module»": self.name.replace("-", "_"),
            "«owner»": self.owner,
            "«scope»": self.owner.lower(),
            "«repository»": self.repository,
            "«subfolder»": f', "subfolder": "{self.folder}"' if self.folder else "",
            "«directory»": f', "directory": "{self.folder}"' if self.folder else "",
        }


def checked(name: str, language: str) -> str:
    """Return the name of a new server, if its language and every place it will be published to can take it.

    Raises:
        UsageError: they cannot.

    """
    hint = "take lower-case letters, digits and single hyphens, e.g. weather-mcp"
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UsageError(f"{name[:80]!r} cannot be the name of a server", hint=hint)
    module = name.replace("-", "_")
    reserved = {
        "python": keyword.iskeyword(module) or keyword.issoftkeyword(module) or module in sys.stdlib_module_names,
        "rust": module in _RUST_WORDS,
    }
    if name in _TAKEN or reserved.get(language) or reason_to_skip(f"cmd/{name}/main.go"):
        raise UsageError(f"{name!r} means something else in {language} projects", hint=f"call it {name}-mcp")
    return name


def checked_owner(owner: str) -> str:
    """Return the owner of the repository on GitHub.

    Raises:
        UsageError: GitHub has no such names.

    """
    if not _OWNER.fullmatch(owner):
        hint = "give the user or the organisation that the repository belongs to: letters, digits, single hyphens"
        raise UsageError(f"{owner[:80]!r} cannot be an owner on GitHub", hint=hint)
    return owner


def filled_in(template: Files, names: Names) -> dict[str, str]:
    """Fill in the names, in paths and texts.

    Raises:
        UsageError: the name is that of something the server needs.

    """
    made = {_replaced(path, names.marks): _replaced(text, names.marks) for path, text in template.items()}
    return {path: _sorted_lock(text) if path == "Cargo.lock" else text for path, text in sorted(made.items())}


def with_marks(files: Files, names: Names) -> dict[str, str]:
    """Turn an example into a template: the reverse of :func:`filled_in`."""
    here = f"github.com/{names.repository}"
    marks = {
        f'https://{here}", "source": "github", "subfolder": "{names.folder}"': (
            'https://github.com/«repository»", "source": "github"«subfolder»'
        ),
        f'git+https://{here}.git", "directory": "{names.folder}"': (
            'git+https://github.com/«repository».git"«directory»'
        ),
        f'repository = "https://{here}"': 'repository = "https://github.com/«repository»"',
        f"github.com/{names.owner}/{names.name}": "github.com/«owner»/«name»",
        f"io.github.{names.owner}/": "io.github.«owner»/",
        f"@{names.owner}/": "@«scope»/",
        names.name: "«name»",
        names.name.replace("-", "_"): "«module»",
    }
    return {_replaced(path, marks): _replaced(text, marks) for path, text in sorted(files.items())}


def _replaced(text: str, marks: Mapping[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def _sorted_lock(text: str) -> str:
    """Put the crate itself where cargo has it in Cargo.lock, by its name: ``--locked`` wants exactly that.

    Raises:
        UsageError: a crate that the server needs has the same name.

    """
    head, *packages = (part.rstrip("\n") + "\n" for part in text.split("\n[[package]]\n"))
    own = next(package for package in packages if "\nsource = " not in package)
    names = [_name_in_lock(package) for package in packages]
    if names.count(_name_in_lock(own)) > 1:
        name = _name_in_lock(own)
        raise UsageError(f"{name!r} is the name of a crate that the server needs", hint=f"call it {name}-mcp")
    packages.remove(own)
    before = [package for package in packages if _name_in_lock(package) < _name_in_lock(own)]
    return "\n[[package]]\n".join([head, *before, own, *packages[len(before) :]])


def _name_in_lock(package: str) -> str:
    return package.partition('name = "')[2].partition('"')[0]
