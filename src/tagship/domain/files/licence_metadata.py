"""What the metadata inside a built file says of the licence, which is what registries show, and whether that is the plan's.

Sources: packaging.python.org/specifications/core-metadata (License-Expression, License, Classifier),
docs.npmjs.com/cli/configuring-npm/package-json#license, the MCPB manifest (github.com/modelcontextprotocol/mcpb).
"""

from collections.abc import Callable, Mapping
from typing import Final

from tagship.domain.manifests.licence_text import agrees, identify
from tagship.domain.manifests.python_metadata import license_of, spdx
from tagship.domain.text.json_text import read_json

LABEL: Final = "org.opencontainers.image.licenses"
"""The label of an image that says its licence."""


def stated(kind: str, member: str, data: bytes) -> str | None:
    """Return the licence that a member of a file of some kind states, empty for none; ``None`` where it is no metadata."""
    place, _, name = member.rpartition("/")
    for of, is_place, wanted, read in _PLACES:
        if of == kind and name == wanted and is_place(place):
            return read(data.decode("utf-8", "replace"))
    return None


def contradiction(said: str, planned: str) -> str:
    """Say how a stated licence differs from the planned expression; empty when it does not."""
    if not said:
        return f"its metadata says no licence, the plan says {planned}"
    known = spdx(said) or identify(said)
    if known == planned or (not spdx(said) and known and agrees(planned, [known])):
        return ""
    words = known or repr(said.strip().splitlines()[0][:60])
    return f"its metadata says that its licence is {words}, the plan says {planned}"


def _python(text: str) -> str:
    from email.parser import HeaderParser

    fields = HeaderParser().parsestr(text, headersonly=True)
    written = fields.get("License-Expression") or fields.get("License") or ""
    return license_of({"license": written, "classifiers": fields.get_all("Classifier", [])}) or written


def _json(text: str) -> str:
    manifest = read_json(text)
    written = manifest.get("license") if isinstance(manifest, dict) else None
    if isinstance(written, Mapping):
        written = written.get("type")
    return written if isinstance(written, str) else ""


_PLACES: Final[tuple[tuple[str, Callable[[str], bool], str, Callable[[str], str]], ...]] = (
    ("wheel", lambda place: place.endswith(".dist-info") and "/" not in place, "METADATA", _python),
    ("sdist", lambda place: bool(place) and "/" not in place, "PKG-INFO", _python),
    ("npm", lambda place: place == "package", "package.json", _json),
    ("mcpb", lambda place: not place, "manifest.json", _json),
)
"""The kind of a file, the folder and the name of its metadata, and how that is read."""
