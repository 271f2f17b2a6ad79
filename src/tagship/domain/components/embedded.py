"""What programs say they consist of: modules that Go's linker noted, crates that ``cargo auditable`` did. Read, never run.

Sources: debug/buildinfo of Go's source (the header and its strings, since Go 1.18); cargo-auditable's PARSING.md and its
JSON schema (zlib in the section ``.dep-v0``); package URLs: github.com/package-url/purl-spec (types golang, cargo).
"""

import json
import zlib
from typing import Any, Final

from tagship.domain.files.sections import section
from tagship.domain.manifests.go_metadata import linked_modules

_GO: Final = b"\xff Go buildinf:"
_INLINE: Final = 2
_HEADER: Final = 32
_MARK: Final = 16
_CRATES: Final = ".dep-v0"
_LARGEST: Final = 8 << 20
_WIDEST: Final = 63
"""Bits of a varint, at most (encoding/binary)."""
_STANDARD: Final[dict[str, Any]] = {"licenses": [{"expression": "BSD-3-Clause"}]}
"""go.dev/LICENSE."""
Listed = tuple[list[dict[str, Any]], dict[str, set[str]]]


def go_modules(program: bytes) -> list[dict[str, Any]]:
    """List the modules of a Go program as CycloneDX components; none where it is another, or older than Go 1.18."""
    at = program.find(_GO)
    while at >= 0 and at % _MARK:
        at = program.find(_GO, at + 1)
    if at < 0 or at + _HEADER > len(program) or not program[at + 15] & _INLINE:
        return []
    try:
        version, end = _text(program, at + _HEADER)
        noted, _ = _text(program, end)
    except (IndexError, UnicodeDecodeError):
        return []
    lines = noted[_MARK:-_MARK].decode("utf-8", "replace").splitlines()
    said = f"program: {version.decode('utf-8', 'replace')}\n" + "".join(f"\t{line}\n" for line in lines)
    return [{**each, **_STANDARD} if each["name"] == "stdlib" else each for each in linked_modules(said)]


def crates(program: bytes, root: str = "") -> Listed:
    """List the crates in a program of Rust, and which needs which; what only its build needed is not in it.

    ``root`` is what the program's own crate is called; without it the crate is a component itself.
    """
    packages = _noted(section(program, _CRATES))
    references = [
        root if root and each.get("root") else f"pkg:cargo/{each.get('name')}@{each.get('version')}"
        for each in packages
    ]
    inside = {number for number, each in enumerate(packages) if each.get("kind", "runtime") == "runtime"}
    found, edges = [], dict[str, set[str]]()
    for number in sorted(inside):
        each, own = packages[number], references[number]
        needed = each.get("dependencies")
        above = edges.setdefault(own, set())
        above.update(references[other] for other in needed if other in inside) if isinstance(needed, list) else None
        if own != root:
            name, version = str(each.get("name")), str(each.get("version"))
            found.append({"type": "library", "bom-ref": own, "name": name, "version": version, "purl": own})
    return found, edges


def components(program: bytes) -> Listed:
    """List what a program of either kind consists of."""
    found, edges = crates(program)
    return found + go_modules(program), edges


def _noted(packed: bytes) -> list[dict[str, Any]]:
    try:
        data = zlib.decompressobj().decompress(packed, _LARGEST)
        document = json.loads(data)
        packages = document["packages"]
    except (zlib.error, ValueError, KeyError, TypeError, RecursionError):
        return []
    whole = isinstance(packages, list) and all(isinstance(each, dict) for each in packages)
    return packages if whole else []


def _text(program: bytes, at: int) -> tuple[bytes, int]:
    """Read a string after its length (a varint of encoding/binary)."""
    length = shift = 0
    while True:
        byte = program[at]
        length |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
        if shift > _WIDEST:
            raise IndexError("no length is that long")
    return program[at : at + length], at + length
