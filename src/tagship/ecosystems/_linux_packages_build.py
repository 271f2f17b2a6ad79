"""Making Linux packages: files laid out, a description per format, nfpm."""

import gzip
import re
import shutil
import sys
import tempfile
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.domain.changes import changelog
from tagship.domain.files import extras, linux_package
from tagship.domain.files.linux_package import About, Format, Member
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import encode
from tagship.domain.versions.version import Version
from tagship.ecosystems import _programs
from tagship.ecosystems._programs import Unpacked
from tagship.ecosystems._wrapping import material
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_PERSON: Final = re.compile(r"[^<>\n$]+ <[^<>\s$]+@[^<>\s$]+>")
_STATIC: Final = "# Programs of Go, and of Rust with musl, bring all they need.\n{0}: statically-linked-binary\n"


def nfpm(tools: Tools) -> str:
    """Find nfpm: the one that is locked with this command, else the system's; empty when there is none."""
    beside = Path(sys.executable).with_name("nfpm")
    return str(beside) if beside.is_file() else shutil.which("nfpm", path=tools.environment.get("PATH")) or ""


def nfpm_version(job: BuildJob, tools: Tools) -> str:
    """Return the version of that nfpm; empty when it does not say."""
    said = tools.shell.run([nfpm(tools), "--version"], cwd=job.out, env=scrubbed(job.environment)).stdout
    match = re.search(r"\d+\.\d+\.\d+", said)
    return match[0] if match else ""


def make(job: BuildJob, tools: Tools) -> None:
    """Make the packages that are owed: an archive is unpacked once for all formats.

    Raises:
        ProjectError: nobody maintains it, or nfpm refuses.

    """
    about = _about(job)
    with tempfile.TemporaryDirectory(dir=job.out) as temporary:
        for target in sorted({owed.target for owed in job.owed}):
            mine = [owed for owed in job.owed if owed.target == target]
            inside = _programs.unpack(material(job, mine[0], target, _programs.KINDS), Path(temporary) / target)
            for owed in mine:
                place = Path(temporary) / f"{owed.name}.parts"
                place.mkdir()
                _package(job, owed, _laid_out(job, owed, about, inside, place), about, place, tools)


def _package(job: BuildJob, owed: Artifact, members: list[Member], about: About, place: Path, tools: Tools) -> None:
    time = job.plan.commit_time
    kind = _format(owed)
    (place / "nfpm.json").write_bytes(encode(linux_package.described(about, kind, owed.target, members, time)))
    (place / "changelog.json").write_bytes(encode(linux_package.rpm_changelog(about, time)))
    argv = [nfpm(tools), "package", "--config", "nfpm.json", "--packager", kind, "--target", str(job.out / owed.name)]
    env = {**scrubbed(job.environment), "SOURCE_DATE_EPOCH": str(job.epoch)}
    done = tools.shell.run(argv, cwd=place, env=env)
    if done.code:
        raise ProjectError(f"nfpm does not make {owed.name}:\n{done.last_lines()}", hint="report it: this is a bug")


def _laid_out(job: BuildJob, owed: Artifact, about: About, inside: Unpacked, place: Path) -> list[Member]:
    """Say where each file goes; what a system wants packed or written is put into ``place``."""
    members = [Member(str(path), f"/usr/bin/{name}", program=True) for name, path in inside.programs.items()]
    for name, path in inside.others.items():
        to = extras.installed(name)
        manual = to.startswith("/usr/share/man/")
        members += [Member(_zipped(path, place), f"{to}.gz") if manual else Member(str(path), to)] if to else []
    licences = _programs.licences(job)
    readme = _programs.readme(job)
    documents = f"/usr/share/doc/{about.name}"
    members += [Member(str(readme), f"{documents}/{readme.name}")] if readme else []
    if owed.kind == "deb":
        return members + _debian(about, licences, place, format_datetime(datetime.fromisoformat(job.plan.commit_time)))
    return members + [Member(str(path), f"/usr/share/licenses/{about.name}/{name}") for name, path in licences.items()]


def _debian(about: About, licences: dict[str, Path], place: Path, date: str) -> list[Member]:
    """Write what Debian's policy asks for: copyright, changelog; and why the program may be static."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in licences.values()]
    written = {
        "copyright": linux_package.copyright_text(about, texts),
        "changelog": linux_package.debian_changelog(about, date),
        "overrides": _STATIC.format(about.name),
    }
    for name, text in written.items():
        (place / name).write_text(text, encoding="utf-8", newline="\n")
    documents = f"/usr/share/doc/{about.name}"
    return [
        Member(str(place / "copyright"), f"{documents}/copyright"),
        Member(_zipped(place / "changelog", place), f"{documents}/changelog.gz"),
        Member(str(place / "overrides"), f"/usr/share/lintian/overrides/{about.name}"),
    ]


def _zipped(path: Path, place: Path) -> str:
    """Compress as ``gzip -9n`` does: without name and time."""
    to = place / f"{path.name}.gz"
    to.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    return str(to)


def _about(job: BuildJob) -> About:
    package = job.package
    version = Version.parse(package.version)
    log = job.source / package.path / changelog.FILE
    log = log if log.is_file() else job.source / changelog.FILE
    section = changelog.extract(log.read_text(encoding="utf-8-sig", errors="replace"), version) if log.is_file() else ""
    return About(
        name=linux_package.package_name(package.name),
        version=version,
        license=package.license,
        description=_programs.description(job),
        homepage=f"https://github.com/{job.plan.repository}" if job.plan.repository else "",
        maintainer=_maintainer(job),
        changes=linux_package.changes(section, version),
        note=f"The command is {package.entry}" + ("; it is an MCP server." if package.server else "."),
        depends=[each for each in package.details.get("depends", "").split(",") if each],
    )


def _maintainer(job: BuildJob) -> str:
    """Say who maintains it: whom the configuration or the manifest names, else the repository's owner."""
    authors = _programs.crate(job).get("authors")
    named = [job.package.details.get("maintainer", ""), *(map(str, authors) if isinstance(authors, list) else ())]
    found = next((each for each in named if _PERSON.fullmatch(each)), "")
    owner = (job.plan.repository or "").partition("/")[0]
    if found or (owner and not named[0]):
        return found or f"{owner} <{owner}@users.noreply.github.com>"
    hint = "write `maintainer: Name <address>` below `linux-packages` of the package in tagship.yaml"
    raise ProjectError(f"it is not said who maintains the Linux packages of {job.package.name}", hint=hint)


def _format(owed: Artifact) -> Format:
    return next(kind for kind in linux_package.FORMATS if kind == owed.kind)
