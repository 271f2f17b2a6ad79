"""What a Go module says about itself, and where its sources repeat the version; read, never run.

Sources: go.dev/ref/mod (go.mod, module paths), pkg.go.dev/cmd/link (``-X importpath.name=value`` sets a string variable),
runtime/debug of Go's source (the marks around build information), package-url's purl specification (``+`` is escaped).
"""

import base64
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import VersionSite, is_placeholder, line_of
from tagship.domain.versions.written import matched_sites
from tagship.errors import ProjectError

_DIRECTIVE: Final = lazy(r"^[ \t]*module\b[ \t]*(?:\([ \t]*(?://.*)?\s*)?(?P<path>[^\s/()][^\s()]*|)", re.MULTILINE)
_PATH: Final = lazy(r"[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*)*", re.ASCII)
_MAJOR: Final = lazy(r"v[0-9]+")
_REQUIRED: Final = lazy(r"^[ \t]*(?:require[ \t]+)?\"?(?P<path>[\w.~/-]+)\"?[ \t]+v[0-9]", re.MULTILINE | re.ASCII)
_PACKAGE: Final = lazy(r"^package[ \t]+(?P<name>\w+)", re.MULTILINE)
_NAMES: Final = r"(?:(?:[Aa]pp|[Bb]uild|[Ss]erver)?Version|version|VERSION)"
_CONSTANT: Final = (
    rf"^(?:(?:const|var)[ \t]+|[ \t]+){_NAMES}[ \t]*(?:string[ \t]*)?=[ \t]*[\"`]v?"
    r"(?P<version>[0-9]+\.[0-9]+\.[0-9]+[^\"`\s]*)[\"`]"
)
_BUILD: Final = r"(?:[Aa]pp|[Bb]uild|[Gg]it)?"
_KINDS: Final = {
    "version": _NAMES,
    "commit": rf"(?:{_BUILD}(?:Commit|Revision|SHA|Sha)(?:Hash|SHA|Sha|ID)?|commit|revision|sha|COMMIT)",
    "date": rf"(?:{_BUILD}(?:Date|Time|Timestamp)|[Bb]uilt(?:At)?|date|DATE)",
}
_VARIABLE: Final = {
    kind: lazy(
        rf"^(?:var[ \t]+|[ \t]+)(?P<name>{names})(?=[ \t]*=|[ \t]+string)(?:[ \t]+string)?[ \t]*"
        r"(?:=[ \t]*[\"`](?P<value>[^\"`\n]*)[\"`][ \t]*)?(?://.*)?\r?$",
        re.MULTILINE,
    )
    for kind, names in _KINDS.items()
}
_DECLARATION: Final = lazy(r"(const|var)\b")
_SET_LATER: Final = lazy(
    r"v?(?:|dev(?:el)?|\(devel\)|development|unknown|undefined|unset|none|n/a|local|snapshot|latest|dirty)(?:[-+].*)?",
    re.IGNORECASE,
)
_LINKED: Final = {
    kind: lazy(rf"-X(?:[ \t]+|=)?[\"']?(?P<variable>(?P<path>main|[\w.~/-]{{1,300}})\.{names})=", re.ASCII)
    for kind, names in _KINDS.items()
}

_BUILD_INFORMATION: Final = lazy(
    re.escape(bytes.fromhex("3077af0c9274080241e1c107e6d618e6"))
    + b".*?"
    + re.escape(bytes.fromhex("f932433186182072008242104116d8f2")),
    re.DOTALL,
)
_LISTED: Final = lazy(
    r"^\t(?P<kind>dep|=>)\t(?P<path>\S+)\t(?P<version>\S+)(?:\th1:(?P<sum>[A-Za-z0-9+/]{43}=))?", re.MULTILINE
)
_TOOLCHAIN: Final = lazy(r": go(?P<version>[0-9]\S*)")


class GoModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module's path, and the modules it requires."""

    path: str
    requires: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What it is called: the last part of its path, but for ``/v2``."""
        *_, before, last = ["", *self.path.split("/")]
        return before if before and _MAJOR.fullmatch(last) else last


def read_module(text: str, file: str) -> GoModule:
    """Read a ``go.mod``.

    Raises:
        ProjectError: it names no module, or one that Go does not take.

    """
    match = _DIRECTIVE.search(text)
    path = match["path"].strip('"`') if match else ""
    if not match or not _PATH.fullmatch(path):
        line = line_of(text, match.start("path")) if match else 1
        said = f"Go takes no module path such as {path!r}" if path else "it names no module"
        raise ProjectError(said, file=file, line=line, hint="give it: module example.com/owner/name")
    return GoModule(path=path, requires=frozenset(each["path"] for each in _REQUIRED.finditer(text)))


def constants(file: str, text: str) -> Iterator[VersionSite]:
    """Find the constants and variables of a source file that say a version; not those that the linker is to set."""

    def wanted(match: re.Match[str]) -> bool:
        block = _block(text, match.start("version"))
        return block == "const" or (block == "var" and not is_placeholder(match["version"]))

    return matched_sites(file, text, _CONSTANT, wanted)


def variable(text: str, kind: str = "version") -> str:
    """Name the variable of a source file that is there for the linker to set: it has no value yet; empty without one.

    ``kind`` is ``version``, ``commit`` or ``date``.
    """
    for match in _VARIABLE[kind].finditer(text):
        value = match["value"] or ""
        if _block(text, match.start("name")) == "var" and (_SET_LATER.fullmatch(value) or is_placeholder(value)):
            return match["name"]
    return ""


def package_name(text: str) -> str:
    """Return the package that a source file belongs to; empty when it says none."""
    match = _PACKAGE.search(text)
    return match["name"] if match else ""


def linked_variable(text: str, module: str, kind: str = "version") -> str:
    """Find the variable of a module that a build file gives the linker by ``-X``, where it is spelled out."""
    for match in _LINKED[kind].finditer(text):
        if match["path"] == "main" or f"{match['path']}/".startswith(f"{module}/"):
            return match["variable"]
    return ""


def says(program: bytes, version: str) -> bool:
    """Tell whether a program holds a version elsewhere than in its build information, which names it whatever was linked."""
    return version.encode() in _BUILD_INFORMATION.sub(b"", program)


def linked_modules(said: str) -> Iterator[dict[str, Any]]:
    """Read the output of ``go version -m`` as CycloneDX components.

    A module is followed by what replaced it (``=>``); one that a folder replaced keeps its name, and has no version.
    """
    toolchain = _TOOLCHAIN.search(said)
    listed = [("stdlib", toolchain["version"], "")] if toolchain else []
    for match in _LISTED.finditer(said):
        replaced = listed.pop()[0] if listed and match["kind"] == "=>" else ""
        by_folder = replaced and match["version"] == "(devel)"
        listed.append((replaced if by_folder else match["path"], match["version"], match["sum"] or ""))
    for name, version, total in listed:
        known = "" if version == "(devel)" else version
        purl = f"pkg:golang/{name}" + (f"@{quote(known, safe='')}" if known else "")
        own: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "purl": purl}
        if total:
            own["hashes"] = [{"alg": "SHA-256", "content": base64.b64decode(total).hex()}]
        yield {**own, "version": known} if known else own


def _block(text: str, position: int) -> str:
    """Return what the declaration at a position begins with: ``const``, ``var``, or another word, inside a function."""
    start = text.rfind("\n", 0, position) + 1
    while start and (text[start] in " \t\r\n" or text.startswith("//", start)):
        start = text.rfind("\n", 0, start - 1) + 1
    match = _DECLARATION.match(text, start)
    return match[1] if match else ""
