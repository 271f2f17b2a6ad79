"""The marks inside of what is published, which prove to the MCP Registry whose server it is: looked for before any upload.

The registry asks for them after everything is out (https://modelcontextprotocol.io/registry/package-types); a package that
lacks its mark would need a new version then.
"""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tagship.channels import _crate_file, _npm_document, _oci_layout
from tagship.domain.files.containerfile import MCP_NAME
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.domain.releases.registry_document import DETAIL, family, name_of, registries_of
from tagship.errors import CheckFailed, Problem
from tagship.parts.plan.ownership import bears, visible

_KINDS = {"wheel": "pypi", "npm": "npm", "crate": "cargo", "image": "oci"}


def check(plan: Plan, channels: Iterable[ChannelPlan], files: dict[str, Owed]) -> None:
    """Look into the files of these channels whose server the plan registers.

    Raises:
        CheckFailed: files lack their marks, or are of another server; one problem each.

    """
    registered = {channel.package for channel in plan.channels if channel.kind == "mcp-registry"}
    problems: list[Problem] = []
    for package in (each for each in plan.packages if each.id in registered and DETAIL in each.details):
        name, listed = name_of(package), registries_of(package)
        owners = {each.id for each in family(package, plan.packages)}
        names = {file for channel in channels if channel.package in owners for file in channel.artifacts}
        for artifact in plan.artifacts:
            if artifact.name in names and _KINDS.get(artifact.kind) in listed:
                own = plan.package(artifact.package).name
                problems += _problems(artifact.kind, files[artifact.name], name, own)
    if problems:
        raise CheckFailed.of(problems)


def _problems(kind: str, file: Owed, name: str, package: str) -> Iterator[Problem]:
    if kind == "wheel" and not bears(_description(file), name):
        yield _lacking(file, name, f"add <!-- mcp-name: {name} --> to its readme")
    if kind == "crate" and not bears(visible(_crate_file.read(file).readme), name):
        yield _lacking(file, name, f"add mcp-name: {name} to its readme, as text that people see")
    if kind == "npm":
        tarball = _npm_document.read(file)
        if tarball.name == package and tarball.manifest.get("mcpName") != name:
            yield _lacking(file, name, f'add "mcpName": "{name}" to its package.json')
    if kind == "image" and any(label != name for label in _labels(file)):
        yield _lacking(file, name, f'add LABEL {MCP_NAME}="{name}" to its Dockerfile')


def _lacking(file: Owed, name: str, hint: str) -> Problem:
    message = f"it does not say that it is the server {name}; the MCP Registry would refuse it"
    return Problem(message=message, file=file.name, hint=f"{hint}, and release a new version")


def _description(wheel: Owed) -> str:
    """Read what PyPI shows of a wheel."""
    from email.parser import HeaderParser

    with zipfile.ZipFile(wheel.path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
        message = HeaderParser().parsestr(archive.read(names[0]).decode("utf-8", "replace")) if names else None
    return str(message.get("Description") or message.get_payload()) if message else ""


def _labels(image: Owed) -> Iterator[object]:
    """Read the mark of each platform's image."""
    layout = _oci_layout.read([Path(image.path)])
    blobs = {blob.digest: blob for blob in layout.blobs}
    for manifest in layout.manifests:
        config = msgspec.json.decode(manifest.data).get("config")
        if config:
            labels = (msgspec.json.decode(blobs[config["digest"]].whole).get("config") or {}).get("Labels")
            yield (labels or {}).get(MCP_NAME)
