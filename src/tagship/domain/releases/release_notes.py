"""The notes of a planned release: what changed, how to install it, which files there are, how to verify them.

Sections are whole or not there: GitHub takes 125,000 characters
(https://docs.github.com/en/rest/releases/releases#create-a-release answers 422 beyond), and a table that ends in its middle
helps nobody.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from tagship.domain.changes.changelog import FILE
from tagship.domain.files.linux_package import package_name
from tagship.domain.install import package_site, site_releases
from tagship.domain.plans import compatibility
from tagship.domain.plans.artifact import CHECKSUMS, PUBLIC_KEY, Artifact, bundle_name
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.releases.release import LocalAsset, files_of
from tagship.domain.text.markdown import cell, table
from tagship.domain.tools import tool_diff
from tagship.domain.tools.probe_report import Report
from tagship.domain.tools.tool_change import ToolDiff

LIMIT: Final = 125_000
"""GitHub's limit of the notes, in characters."""
ROOM: Final = 1_000
"""What is left free for the mark and a title."""
FOR_GITHUB: Final = 25_000
"""What is left free for notes that GitHub writes below ours."""
BELOW: Final = "<!-- tagship: how to install and to verify -->"
"""Stands between what changed and the sections made from the plan."""
_HEADING: Final = re.compile(r"^#{1,6} ", re.MULTILINE)
_SIGNATURES: Final = frozenset({"bundle", "signature", "attestation"})
_HALF: Final = 2


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the release will be: addresses of the repository and of its files, empty where there are none."""

    repository: str = ""
    files: str = ""

    def file(self, name: str) -> str:
        """Return the address of a file of the release."""
        return f"{self.files}/{name}" if self.files else name


def place_of(server: str, repository: str | None, tag: str) -> Place:
    """Return where a release on GitHub is; nowhere without a repository."""
    if not server or not repository:
        return Place()
    return Place(repository=f"{server.rstrip('/')}/{repository}", files=files_of(server, repository, tag))


def compose(
    plan: Plan,
    changes: str,
    files: tuple[LocalAsset, ...],
    place: Place,
    limit: int = LIMIT - ROOM,
    probed: Report | None = None,
) -> str:
    """Write the notes; ``changes`` is the changelog's section, or empty; ``probed`` what the servers said.

    What does not fit goes: first sections from the end, then the changes are cut at a heading, with a link to the rest.
    """
    sections = [section for section in _sections(plan, files, place, probed) if section]
    while sections and len("\n\n".join(sections)) > limit // _HALF:
        sections.pop()
    below = "\n\n".join([BELOW, *sections]) if sections else ""
    rest = f"{place.repository}/blob/{plan.tag}/{FILE}" if place.repository else f"{FILE} at {plan.tag}"
    above = cut(changes.strip(), limit - len(below) - 2, rest)
    return "\n\n".join(part for part in (above, below) if part)


def cut(text: str, limit: int, rest: str) -> str:
    """Keep whole sections of a text, and say where the rest is; without a heading in its second half, whole lines."""
    if len(text) <= limit:
        return text
    ending = f"\n\n… the rest is in {rest}"
    room = text[: limit - len(ending)]
    headings = [match.start() for match in _HEADING.finditer(room) if match.start() > limit // _HALF]
    at = headings[-1] if headings else room.rfind("\n")
    return (room[:at] if at > 0 else room).rstrip() + ending


def _sections(plan: Plan, files: tuple[LocalAsset, ...], place: Place, probed: Report | None) -> Iterator[str]:
    """Give the sections, the most needed first."""
    names = {file.name for file in files}
    if probed:
        yield from (_tools(package, diff, len(probed.changes)) for package, diff in sorted(probed.changes.items()))
    yield _titled("Install", "\n".join(install(plan, names, place)))
    yield _titled("Verify", verification(plan, names))
    yield _titled("Runs on", _runs_on(plan, probed))
    yield _titled("Links", "\n".join(_links(plan, names, place)))
    yield _titled("Files", _table(plan, files))


def _tools(package: str, diff: ToolDiff, servers: int) -> str:
    """Say what changed in the tools of a server since the release before."""
    heading = "## Tools" if servers == 1 else f"## Tools of {_text(package)}"
    return tool_diff.markdown(diff, heading=heading).strip()


def _runs_on(plan: Plan, probed: Report | None) -> str:
    """Write where the servers answered, as probes have seen it; without any, where the files are declared to run."""
    if probed and probed.probes:
        return table(*compatibility.measured_table(compatibility.measured(plan, probed))).strip()
    declared = compatibility.rows(plan)
    return table(*compatibility.as_markdown(declared)).strip() if declared else ""


def _titled(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def install(plan: Plan, names: set[str], place: Place) -> Iterator[str]:
    """Give a line per thing that people install."""
    for package in plan.packages:
        mine = [a for a in plan.artifacts if a.package == package.id and a.name in names]
        channels = {channel.kind for channel in plan.channels if channel.package == package.id}
        for kind, line in _WAYS.items():
            found = [artifact for artifact in mine if artifact.kind == kind]
            if found:
                yield line(package, found, channels, place)
        yield from _from_sites(plan, package, {artifact.kind for artifact in mine})


def _from_sites(plan: Plan, package: Package, kinds: set[str]) -> Iterator[str]:
    """Give a line per system that installs it from a repository of packages."""
    for channel in plan.channels:
        if channel.kind == package_site.KIND and channel.package == package.id:
            site = package_site.site_of(channel.address, channel.options, plan.repository)
            for whom, line in package_site.lines(site, package_name(package.name), kinds):
                yield f"- **{_text(package.name)}** for {whom}: `{line}`"


def _wheel(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    version = package.spellings.pep440
    extras = f"[{package.details['extras']}]" if package.details.get("extras") else ""
    name, at = f"{package.name}{extras}", place.file(found[0].name)
    file = at if not extras else f"{name} @ {at}" if place.files else f"./{at}{extras}"
    what = f"{name}=={version}" if "pypi" in channels else file
    if len(found) > 1 and "pypi" not in channels:
        return f"- **{_text(package.name)}** for Python: `pip install` the wheel of your platform from the files below"
    runs = f", or run it once: {_code('uvx', '--from', what, package.entry)}" if package.entry else ""
    return f"- **{_text(package.name)}** for Python: {_code('pip', 'install', what)}{runs}"


def _crate(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    del found, channels, place
    verb, what = ("install", "from source") if package.details.get("programs") else ("add", "as a library")
    return f"- **{_text(package.name)}** {what}, by Cargo: {_code('cargo', verb, f'{package.name}@{package.version}')}"


def _npm(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    version = package.spellings.npm
    what = f"{package.name}@{version}" if "npm" in channels else place.file(found[0].name)
    return f"- **{_text(package.name)}** for Node.js: {_code('npm', 'install', '--global', what)}"


def _mcpb(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    del channels
    files = ", ".join(f"[{a.name}]({place.file(a.name)})" for a in found)
    return f"- **{_text(package.name)}** as a bundle, opened by an app that takes MCP bundles: {files}"


def _image(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    del channels, place
    files = ", ".join(_code("podman", "load", "--input", a.name) for a in found)
    return f"- **{_text(package.name)}** as a container image, downloaded from below: {files}"


def _archive(package: Package, found: list[Artifact], channels: set[str], place: Place) -> str:
    del channels
    files = ", ".join(f"[{a.target}]({place.file(a.name)})" for a in found)
    return f"- **{_text(package.name)}** as a program, unpacked and put on the path: {files}"


_WAYS: Final[dict[str, Callable[[Package, list[Artifact], set[str], Place], str]]] = {
    "wheel": _wheel,
    "npm": _npm,
    "crate": _crate,
    "archive": _archive,
    "binary": _archive,
    "mcpb": _mcpb,
    "image": _image,
}


def verification(plan: Plan, names: set[str]) -> str:
    """Say how to check a download, by what the release has."""
    lines = ["sha256sum --check --ignore-missing " + CHECKSUMS] if CHECKSUMS in names else []
    if PUBLIC_KEY in names and CHECKSUMS in names:
        lines.append(f"tagship verify --files . --key {PUBLIC_KEY}")
    if PUBLIC_KEY in names and bundle_name(CHECKSUMS) in names:
        bundle = f"--key {PUBLIC_KEY} --bundle {bundle_name(CHECKSUMS)} --insecure-ignore-tlog"
        lines.append(f"cosign verify-blob {bundle} {CHECKSUMS}")
    if "sigstore" in plan.signatures and plan.repository and bundle_name(CHECKSUMS) in names:
        lines.append(shlex.join(["tagship", "verify", "--tag", plan.tag, "--repository", plan.repository]))
    return "\n".join(["```sh", *lines, "```"]) if lines else ""


def _links(plan: Plan, names: set[str], place: Place) -> Iterator[str]:
    """Point at the page of the site, at the source and at what documents the files."""
    if page := site_releases.address_of(plan):
        yield f"- [{page}]({page}): for every client, and other versions"
    if place.repository:
        yield f"- [the source at {plan.commit[:12]}]({place.repository}/tree/{plan.commit})"
    kinds = {
        "sbom": "what is inside (SBOM)",
        "probe": "what the servers said",
        "manifest": "release manifest",
        "key": "public key",
    }
    for artifact in plan.artifacts:
        if artifact.kind in kinds and artifact.name in names:
            yield f"- [{kinds[artifact.kind]}: {artifact.name}]({place.file(artifact.name)})"


def _table(plan: Plan, files: tuple[LocalAsset, ...]) -> str:
    """Write platform, size and digest of every file but signatures."""
    kinds = {artifact.name: artifact for artifact in plan.artifacts}
    shown = [file for file in files if file.name in kinds and kinds[file.name].kind not in _SIGNATURES]
    rows = [(file.name, str(kinds[file.name].target), f"{file.size:,}", file.sha256) for file in shown]
    return table(("file", "platform", "bytes", "SHA-256"), rows).strip() if rows else ""


def _code(*words: str | None) -> str:
    """Write a command so that neither a shell nor Markdown reads more into it."""
    return f"`{shlex.join(word for word in words if word).replace('`', '')}`"


def _text(name: str) -> str:
    return cell(name).replace("*", "\\*").replace("[", "\\[").replace("_", "\\_")
