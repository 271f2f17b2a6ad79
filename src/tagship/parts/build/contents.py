"""Looks into what was built before it counts as built: no secret, nothing that unpacks elsewhere, not too big, its licence."""

import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tagship.domain.files.contents import READ, allowed, secret_in, too_big, wrong_name
from tagship.domain.files.licence_metadata import contradiction, stated
from tagship.domain.plans.artifact import Artifact, collisions
from tagship.domain.plans.plan import Package
from tagship.errors import Problem, ProjectError
from tagship.ports import Reporter

_KINDS: Final = frozenset({"wheel", "sdist", "npm", "crate", "archive", "mcpb"})
_HINTS: Final = {
    "python": "leave it out of the build (`exclude` of your backend, MANIFEST.in)",
    "npm": "leave it out: name what to ship in `files` of package.json",
}


def check_all(files: Mapping[Artifact, Path], package: Package, reporter: Reporter) -> None:
    """Check the files that were built of a package, and warn of metadata that says another licence than the plan.

    Raises:
        ProjectError: with all that is wrong with any of them; no secret is repeated.

    """
    wrong = [problem for artifact, path in files.items() for problem in _problems(path, artifact, package, reporter)]
    if wrong:
        raise ProjectError.of(wrong)


def _problems(path: Path, artifact: Artifact, package: Package, reporter: Reporter) -> list[Problem]:
    said = [too_big(artifact.kind, path.stat().st_size)]
    names: set[str] = set()  # a name that is there twice, as PKG-INFO of an sdist made from one, is no harm
    patterns = package.details.get("allow-files", "").split("\n")
    for name, data in _members(path) if artifact.kind in _KINDS and not said[0] else ():
        if (licence := stated(artifact.kind, name, data)) is not None and name not in names:
            _compare(licence, artifact, package, reporter)
        names.add(name)
        reason = "" if allowed(name, patterns) else wrong_name(name) or secret_in(name, data)
        said += [f"{name}: {reason}"] if reason else []
    said += [f"{name}: another member has this name but for case" for name in collisions(sorted(names))]
    hint = f"{_HINTS.get(package.ecosystem, 'leave it out')}; or name it in `allow-files` of tagship.yaml"
    return [Problem(message=each, file=artifact.name, hint=hint) for each in said if each]


def _compare(licence: str, artifact: Artifact, package: Package, reporter: Reporter) -> None:
    reason = contradiction(licence, package.license) if package.license else ""
    if reason:
        advice = Problem(
            message=f"{artifact.name}: {reason}", hint="write one SPDX expression into the manifest"
        ).advice
        reporter.warning(advice)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files in an archive of either kind, one after the other; of large ones nothing is read."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                if not info.is_dir():
                    yield info.filename, packed.read(info) if info.file_size <= READ else b""
        return
    with tarfile.open(path) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read() if member.size <= READ else b""
