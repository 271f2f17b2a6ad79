"""The page of a release: how to install what it holds, what that is, how to check it. One file that asks nobody else.

It lies in the folder of a release or on a site. Without scripts it shows everything; its one script, named by its digest,
makes tabs of the ways to install and copies lines, and on a site it makes a list to choose from of all versions.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tagship.domain.install import install_tabs, page_probes
from tagship.domain.plans.artifact import MANIFEST_ENDING, PUBLIC_KEY, bundle_name
from tagship.domain.proofs import claims
from tagship.domain.releases.release_notes import BELOW

if TYPE_CHECKING:
    import jinja2

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


class Place(NamedTuple):
    """Where a page lies: ``files`` is the address of the release's files, ``None`` where nobody can fetch them; ``site`` leads
    to the top of the site, empty in a folder of releases; ``notes`` is the page of the release on its server.
    """

    files: str | None = "."
    site: str = ""
    notes: str = ""
    server: str = claims.GITHUB


def visible(notes: str) -> str:
    """Return the notes as people read them: without hidden comments."""
    return _COMMENT.sub("", notes).strip() + "\n"


def environment() -> "jinja2.Environment":
    """Open the templates of pages; whatever is put into them stays text."""
    import jinja2

    loader = jinja2.PackageLoader("tagship", "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters["size"] = human_size
    return made


def render(
    record: Mapping[str, Any],
    manifest: Mapping[str, Any],
    report: Mapping[str, Any],
    versions: Sequence[Mapping[str, str]] = (),
    place: Place = Place(),  # noqa: B008 - it is frozen
) -> str:
    """Write the HTML page of a release from its record, its manifest and its probe report (empty where it has none).

    ``versions`` are all releases, the newest first: ``tag``, and ``folder`` beside this one's; a site finds them by itself.
    """
    templates = environment()
    script = files("tagship").joinpath("templates", _SCRIPT).read_text(encoding="utf-8").rstrip()
    plan = manifest.get("plan", {})
    names = {asset["name"] for asset in record["assets"]}
    listed = _files(record["assets"], manifest)
    made = templates.get_template("release_page.html.j2").render(
        release=record,
        plan=plan,
        place=place,
        blocks=install_tabs.tabs(plan, names, place.server),
        versions=versions,
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        proofs=[{"name": file["name"], "what": _PROOFS[file["kind"]]} for file in listed if file["kind"] in _PROOFS],
        keyed=PUBLIC_KEY in names,
        servers=page_probes.tools(report),
        answers=page_probes.answers(plan, manifest),
        files=listed,
        notes=_paragraphs(visible(record["notes"].partition(BELOW)[0])),
        total=sum(asset["size"] for asset in record["assets"]),
        signed=sum(bool(file["bundle"]) for file in listed),
        description=_description(plan),
    )
    return f"{made}\n"


def _files(assets: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the files but for those that sign others, the ones that people install first."""
    names = {asset["name"] for asset in assets}
    signed = {name: bundle_name(name) for name in names if bundle_name(name) in names}
    kinds = {entry["name"]: entry["kind"] for entry in manifest.get("artifacts", [])}
    bundles = set(signed.values())
    shown = [
        {**asset, "kind": kinds.get(asset["name"], _kind(asset["name"])), "bundle": signed.get(asset["name"])}
        for asset in assets
        if asset["name"] not in bundles
    ]
    return sorted(
        shown,
        key=lambda file: (_ORDER.index(file["kind"]) if file["kind"] in _ORDER else len(_ORDER), file["name"]),
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


def _description(plan: Mapping[str, Any]) -> str:
    """Return what the only server of a release says of itself; several have nothing in common."""
    said = {(package.get("server") or {}).get("description") or "" for package in plan.get("packages", ())} - {""}
    return said.pop() if len(said) == 1 else ""


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
