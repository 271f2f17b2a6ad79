"""The page of a release in a folder: what it holds, how to install it, how to check it. One file, no network.

Without scripts it shows everything; its one script, named by its digest, makes tabs of the ways to install and copies lines.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tagship.domain.artifact import MANIFEST_ENDING, PUBLIC_KEY, bundle_name
from tagship.domain.release_notes import BELOW
from tagship.forges import _page_tabs, _page_ways

_COMMENT: Final = re.compile(r"^<!--.*-->[ \t]*(?:\n\n?|$)", re.MULTILINE)
_SCRIPT: Final = "release_page.js"
_PROOFS: Final = {
    "sbom": "what is inside (SBOM)",
    "attestation": "where it comes from (provenance)",
    "probe": "what the servers said",
    "manifest": "release manifest",
    "key": "public key",
    "checksums": "checksums",
}
_UNITS: Final = ("bytes", "kB", "MB", "GB")
_ORDER: Final = (
    "wheel",
    "sdist",
    "crate",
    "mcpb",
    "archive",
    "binary",
    "image",
    "sbom",
    "checksums",
    "key",
    "manifest",
)


def visible(notes: str) -> str:
    """Return the notes as people read them: without hidden comments."""
    return _COMMENT.sub("", notes).strip() + "\n"


def render(
    record: Mapping[str, Any],
    manifest: Mapping[str, Any],
    report: Mapping[str, Any],
    versions: Sequence[Mapping[str, str]] = (),
) -> str:
    """Write the HTML page of a release from its record, its manifest and its probe report (empty where it has none).

    ``versions`` are all releases, the newest first: ``tag``, and ``folder`` beside this one's.
    """
    import jinja2

    loader = jinja2.PackageLoader("tagship", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    script = loader.get_source(environment, _SCRIPT)[0]
    environment.filters["size"] = human_size
    plan = manifest.get("plan", {})
    names = {asset["name"] for asset in record["assets"]}
    signed = {name: bundle_name(name) for name in names if bundle_name(name) in names}
    kinds = {entry["name"]: entry["kind"] for entry in manifest.get("artifacts", [])}
    bundles = set(signed.values())
    files = [
        {**asset, "kind": kinds.get(asset["name"], _kind(asset["name"])), "bundle": signed.get(asset["name"])}
        for asset in record["assets"]
        if asset["name"] not in bundles
    ]
    files.sort(key=lambda file: (_ORDER.index(file["kind"]) if file["kind"] in _ORDER else len(_ORDER), file["name"]))
    return environment.get_template("release_page.html.j2").render(
        release=record,
        plan=plan,
        blocks=_page_tabs.tabs(plan, names),
        versions=versions,
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        proofs=[{"name": file["name"], "what": _PROOFS[file["kind"]]} for file in files if file["kind"] in _PROOFS],
        keyed=PUBLIC_KEY in names,
        servers=_page_ways.tools(report),
        answers=_page_ways.answers(plan, manifest),
        files=files,
        notes=_paragraphs(visible(record["notes"].partition(BELOW)[0])),
        total=sum(asset["size"] for asset in record["assets"]),
        signed=len(signed),
    )


def human_size(size: int) -> str:
    """Write a number of bytes the way people read it: ``12.3 kB``."""
    value = float(size)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:  # noqa: PLR2004
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"


def _kind(name: str) -> str:
    return "manifest" if name.endswith(MANIFEST_ENDING) else "file"


def _paragraphs(notes: str) -> list[dict[str, Any]]:
    """Read the little Markdown that changelogs use: headings, list items, paragraphs."""
    blocks: list[dict[str, Any]] = []
    for line in notes.splitlines():
        heading = re.match(r"^#+\s+(.*)", line)
        item = re.match(r"^\s*[-*]\s+(.*)", line)
        if heading:
            blocks.append({"kind": "heading", "text": heading[1]})
        elif item and blocks and blocks[-1]["kind"] == "list":
            blocks[-1]["items"].append(_plain(item[1]))
        elif item:
            blocks.append({"kind": "list", "items": [_plain(item[1])]})
        elif line.strip():
            blocks.append({"kind": "text", "text": _plain(line)})
    return blocks


def _plain(text: str) -> str:
    return text.replace("**", "").replace("`", "")
