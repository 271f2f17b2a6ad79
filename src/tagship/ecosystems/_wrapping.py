"""What bundles and images have in common: which file speaks of which package, and what their SBOM lists."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from tagship.domain.manifests.layout import folder_of, upwards
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package
from tagship.domain.plans.target import Target
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Found

SERVER: Final = "server.json"
_PURL: Final = {"python": "pypi", "npm": "npm", "go": "golang", "rust": "cargo"}


def lists(data: object, registry: str) -> bool:
    """Say whether a ``server.json`` lists a package of a registry type."""
    packages = data.get("packages") if isinstance(data, dict) else None
    return isinstance(packages, list) and any(
        isinstance(each, dict) and each.get("registryType") == registry for each in packages
    )


def nearest(files: Sequence[str], everyone: Sequence[Found]) -> Mapping[str, str]:
    """Choose the file that speaks of each folder's packages: the first in it or below, but not in another package's.

    A file in no package's folder speaks of the only package there is.
    """
    folders = {each.path for each in everyone}
    alone = everyone[0].path if len(everyone) == 1 else ""
    chosen: dict[str, str] = {}
    for file in sorted(files, key=lambda file: (file.count("/"), file)):
        chosen.setdefault(owner(file, folders) or alone, file)
    return chosen


def owner(file: str, folders: Collection[str]) -> str:
    """Return the nearest of some folders around a file; empty when it is in none of them."""
    return next((place for place in upwards(folder_of(file)) if place in folders), "")


def wrapped(found: Found, ecosystem: str, details: Mapping[str, str]) -> Found:
    """Return what is made around a package: named like it, with what its SBOM needs to know of it."""
    kept = {key: found.details[key] for key in ("module",) if key in found.details}
    return Found(
        ecosystem=ecosystem,
        name=found.name,
        path=found.path,
        version=found.version,
        license=found.license,
        mcp_name=found.mcp_name,
        entry=found.entry,
        sites=(),
        wraps=found.name,
        runtimes=found.runtimes,
        details={**details, **kept, "language": found.ecosystem or ""},
    )


def only_the_package(package: Package) -> dict[str, Any]:
    """List the package that is wrapped, as CycloneDX 1.6: what it consists of is in the list of that package."""
    language = package.details["language"]
    version = {"python": package.spellings.pep440, "go": f"v{package.version}"}.get(language, package.version)
    name = package.details.get("module", package.name).replace("@", "%40")
    purl = f"pkg:{_PURL.get(language, 'generic')}/{name}@{version}"
    component = {
        "type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl,
    }  # fmt: skip
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [component],
        "dependencies": [{"ref": purl}],
    }


def material(job: BuildJob, owed: Artifact, target: Target, kinds: Collection[str]) -> Path:
    """Find the file that one owed file is made of: of a kind, for a target, made before by this leg.

    Raises:
        ProjectError: it is not there.

    """
    return materials(job, owed, (target,), kinds)[0]


def materials(job: BuildJob, owed: Artifact, targets: Collection[Target], kinds: Collection[str]) -> list[Path]:
    """Find all files of a kind, for any of some targets, that this leg made of the package that is wrapped; one at least.

    Raises:
        ProjectError: there is none.

    """
    found = [
        job.made[each.name]
        for each in job.plan.built
        if each.package == job.package.wraps and each.target in targets and each.leg == owed.leg
        if each.kind in kinds and each.name in job.made
    ]
    if not found:
        hint = "build the whole leg: what wraps a package is made beside its files"
        raise ProjectError(f"{owed.name}: the file it is made of is not there", hint=hint)
    return found


def member(archive: Path, name: str) -> bytes:
    """Read the program of that name out of an archive.

    Raises:
        ProjectError: there is none.

    """
    import tarfile
    import zipfile

    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if PurePosixPath(info.filename).name == name:
                    return packed.read(info)
    else:
        with tarfile.open(archive) as tar:
            for entry in tar:
                stream = tar.extractfile(entry) if entry.isfile() and PurePosixPath(entry.name).name == name else None
                if stream:
                    return stream.read()
    raise ProjectError(f"there is no program {name!r} in it", file=archive.name, hint="set `entry` of the package")
