"""Putting a wheel around a program together."""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from tagship.adapters.pack import pack
from tagship.domain.files import program_wheel
from tagship.domain.plans.artifact import Artifact
from tagship.ecosystems import _programs
from tagship.ecosystems._programs import Unpacked
from tagship.ports import BuildJob

_PROJECT: Final = "Source"


def make(job: BuildJob, owed: Artifact, inside: Unpacked) -> None:
    """Make one wheel of the programs of an archive."""
    package = job.package
    start = program_wheel.stem(package.name, package.spellings.pep440)
    info = f"{start}.dist-info"
    place = job.out / f"{owed.name}.parts"
    place.mkdir()
    programs = {f"{start}.data/scripts/{name}": path for name, path in _commands(job, inside).items()}
    licences = _programs.licences(job)
    written = {
        "METADATA": program_wheel.metadata_text(_about(job, tuple(licences))),
        "WHEEL": program_wheel.wheel_text(owed.target, f"{job.plan.tool.name} {job.plan.tool.version}"),
    }
    members = programs | {f"{info}/licenses/{name}": path for name, path in licences.items()}
    members |= {f"{info}/{name}": _written(place / name, text) for name, text in written.items()}
    listed = [(name, _digest(path), path.stat().st_size) for name, path in members.items()]
    record = f"{info}/RECORD"
    members[record] = _written(place / "RECORD", program_wheel.record_text(listed, record))
    pack(place / "wheel.zip", members, job.epoch, programs)
    (place / "wheel.zip").rename(job.out / owed.name)
    shutil.rmtree(place)


def _commands(job: BuildJob, inside: Unpacked) -> dict[str, Path]:
    """Name the programs, and the one that starts the server also like the wheel: ``uvx <name>`` looks for that."""
    programs = dict(inside.programs)
    ending = ".exe" if any(name.endswith(".exe") for name in programs) else ""
    entry = _programs.entry_of(job.package, [name.removesuffix(ending) for name in programs])
    return {f"{job.package.name}{ending}": programs[f"{entry}{ending}"], **programs}


def _about(job: BuildJob, licences: tuple[str, ...]) -> program_wheel.About:
    readme = _programs.readme(job)
    text = readme.read_text(encoding="utf-8", errors="replace") if readme else ""
    mark = f"mcp-name: {job.package.mcp_name}"
    if job.package.mcp_name and mark not in text:
        # What proves to the MCP Registry whose server it is: modelcontextprotocol.io/registry/package-types#pypi-packages
        text = f"{text.rstrip()}\n\n<!-- {mark} -->\n".lstrip()
    return program_wheel.About(
        name=job.package.name,
        version=job.package.spellings.pep440,
        summary=_programs.description(job),
        license=job.package.license,
        licences=licences,
        urls={_PROJECT: f"https://github.com/{job.plan.repository}"} if job.plan.repository else {},
        readme=text,
        ending=readme.suffix if readme else ".md",
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
