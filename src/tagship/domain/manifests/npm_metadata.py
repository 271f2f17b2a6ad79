"""What an npm package says about itself, and the ranges by which it asks for others; read, never run.

Sources: docs.npmjs.com/cli/configuring-npm/package-json, github.com/npm/validate-npm-package-name, pnpm.io/workspaces
and yarnpkg.com/protocol/workspace (``workspace:``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from tagship.domain.manifests.layout import is_template
from tagship.domain.manifests.python_metadata import spdx
from tagship.domain.text.json_text import json_member
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import is_semver
from tagship.domain.versions.version_site import VERSION, is_placeholder, line_of
from tagship.errors import Problem, ProjectError

KINDS: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_NAME: Final = lazy(r"(?:@[\w~-][\w.~-]*/)?[\w~-][\w.~-]*", re.ASCII)
_COMMAND: Final = lazy(r"\w[\w.+-]*", re.ASCII)
_MCP_NAME: Final = lazy(r"[A-Za-z0-9.-]+/[A-Za-z0-9._-]+")
_PLATFORM: Final = lazy(r"\b(?:darwin|macos|linux|windows|win32)\b.*\b(?:x64|arm64|amd64|aarch64|x86_64|ia32)\b")
_LONGEST: Final = 214
_HINTS: Final = {
    "name": "use letters, digits, '.', '_' and '-', with @scope/ in front or without",
    "version": 'write three numbers, and a prerelease as in "1.2.0-rc.1"',
}
ASKED: Final = r"[0-9]+\.[0-9]+\.[0-9]+(?:-(?:alpha|beta|rc)\.[0-9]+)?"
"""A whole version, as ranges name it that are moved with the package they ask for."""
_RANGE: Final = lazy(rf"(?P<before>(?:workspace:)?(?:\^|~|>=|=)?)(?P<version>{ASKED})")
"""Ranges that name one version; others (``*``, ``>=1 <3``, ``catalog:``, ``file:…``) fit the next one, or say nothing."""


class NpmPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One package's own words; ``name`` is empty where it has none, ``skip`` the reason why it is left out, or empty."""

    name: str = ""
    version: str = ""
    private: bool = False
    license: str | None = None
    mcp_name: str | None = None
    entry: str | None = None
    depends: tuple[str, ...] = ()
    skip: str = ""


class Asked(NamedTuple):
    """A range that names one version of another package: where it stands, whose it is, what is around the version."""

    kind: str
    name: str
    version: str
    template: str


def read_package(data: Mapping[str, Any], text: str, file: str) -> NpmPackage:
    """Read a ``package.json``; what npm would never publish is left out, what it refuses to publish is an error.

    Raises:
        ProjectError: a name that npm does not take, a version that is not SemVer, or both.

    """
    name, version = _word(data.get("name")), _word(data.get("version"))
    private = data.get("private") is True
    if not data.get("version"):
        return NpmPackage(skip=f"it is {'private and ' if private else ''}without a version")
    if is_template(name):
        return NpmPackage(skip=f"its name is a template's: {name}")
    taken = _NAME.fullmatch(name) is not None and len(name) <= _LONGEST
    ordered = is_placeholder(version) or is_semver(version)
    if private and not ordered:
        return NpmPackage(skip="it is private, and its version is not SemVer")
    problems = [] if ordered else [_refused("version", data, text, file)]
    if data.get("name") not in (None, "") and not taken and not private:
        problems.append(_refused("name", data, text, file))
    if problems:
        raise ProjectError.of(problems)
    mcp_name = _word(data.get("mcpName"))
    return NpmPackage(
        name=name if taken else "",
        version=version,
        private=private or not name,
        license=spdx(_word(data.get("license"))),
        mcp_name=mcp_name if _MCP_NAME.fullmatch(mcp_name) else None,
        entry=_entry(name, data.get("bin")),
        depends=tuple(sorted({key for kind in KINDS for key in table(data, kind)})),
    )


def asked(data: Mapping[str, Any], names: frozenset[str]) -> Iterator[Asked]:
    """Give the ranges that ask for some packages by one version; of a manifest, or of its copy in a lock."""
    for kind in KINDS:
        for name, wanted in table(data, kind).items():
            match = _RANGE.fullmatch(wanted) if name in names and isinstance(wanted, str) else None
            if match:
                yield Asked(kind, name, match["version"], match["before"] + VERSION)


def carries_a_binary(data: Mapping[str, Any]) -> str:
    """Say why a package is not npm's to build: it holds a program for one platform, or chooses among packages that do.

    Such packages are generated: their programs are built from other sources.
    """
    if data.get("os") and data.get("cpu"):
        return "it holds a program for one platform, which is built from other sources"
    name = _word(data.get("name"))
    others = [other for other in table(data, "optionalDependencies") if other.startswith((f"{name}-", f"{name}/"))]
    if others and all(_PLATFORM.search(other) for other in others):
        return "it chooses among packages of programs, which are built from other sources"
    return ""


def trusted(manifest: Mapping[str, Any], pnpm_workspace: str) -> list[str]:
    """Name the dependencies whose install scripts a project lets run, in the words of its package manager.

    Sources: bun.sh/docs/install/lifecycle, pnpm.io/settings (``onlyBuiltDependencies``, since pnpm 11 ``allowBuilds``),
    yarnpkg.com/configuration/manifest (``dependenciesMeta``).
    """
    import yaml

    try:
        pnpm = table({"": yaml.safe_load(pnpm_workspace)}, "")
    except yaml.YAMLError:
        pnpm = {}  # pnpm itself has told what is wrong with it
    key, meta = "onlyBuiltDependencies", table(manifest, "dependenciesMeta")
    listed = [manifest.get("trustedDependencies"), table(manifest, "pnpm").get(key), pnpm.get(key)]
    names = [str(name) for names in listed if isinstance(names, list) for name in names]
    names += [str(name) for name, allowed in table(pnpm, "allowBuilds").items() if allowed is True]
    names += [name for name in meta if table(meta, name).get("built") is True]
    return [*dict.fromkeys(names)]


def table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object at a key; an empty one where something else is."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _entry(name: str, commands: object) -> str | None:
    """Return the command that npm installs: the one called like the package, else the first; scopes are dropped."""
    bare = name.rpartition("/")[2]
    written = [bare] if isinstance(commands, str) else list(commands) if isinstance(commands, dict) else []
    known = [command for each in written if _COMMAND.fullmatch(command := each.rpartition("/")[2])]
    return bare if bare in known else next(iter(known), None)


def _refused(key: str, data: Mapping[str, Any], text: str, file: str) -> Problem:
    value = data[key]
    said = repr(value) if isinstance(value, str) else json.dumps(value)[:80]
    hint = _HINTS[key] if isinstance(value, str) else f"write it in quotes; {_HINTS[key]}"
    line = line_of(text, json_member(text, key))
    return Problem(message=f"npm takes no {key} such as {said}", file=file, line=line, hint=hint)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
