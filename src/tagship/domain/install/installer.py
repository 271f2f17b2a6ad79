"""Scripts, formulas and manifests that install the programs of a release: which packages have them, what they are called."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.proofs.claims import GITHUB
from tagship.domain.releases.release import downloads
from tagship.errors import ProjectError


class Released(NamedTuple):
    """A file of a release: where it will be, and its digest."""

    url: str
    sha256: str


class Archive(NamedTuple):
    """An archive of programs that was built, its digest, and where it will be."""

    target: str
    name: str
    sha256: str
    url: str


def installable(packages: Sequence[Package], systems: Sequence[str]) -> tuple[Package, ...]:
    """Choose the packages whose programs are shipped for one of these systems."""
    return tuple(
        package
        for package in packages
        if package.wraps is None and any(target.partition("-")[0] in systems for target in package.targets)
    )


def script_name(package: Package, packages: Sequence[Package], file: str) -> str:
    """Name a script of a package: ``install.sh``, with the package's name in front where a release has several."""
    return file if len(packages) == 1 else f"{package.bare_name}-{file}"


def artifact(package: Package, name: str, media_type: str) -> Artifact:
    """Describe a file that installs a package."""
    return signing_artifact(name, "installer", package=package.id, media_type=media_type)


def base(plan: Plan) -> str:
    """Return the folder that the folders of releases are in; empty for a release that is on no server."""
    return downloads(GITHUB, plan.repository) if plan.repository else ""


def archives(plan: Plan, package: Package, digests: Mapping[str, str], systems: Sequence[str]) -> tuple[Archive, ...]:
    """Return the archives of a package for these systems, in the order of their targets."""
    return tuple(
        Archive(each.target, each.name, digests[each.name], f"{base(plan)}/{quote(plan.tag)}/{each.name}")
        for each in sorted(plan.built, key=lambda each: each.target)
        if each.package == package.id and each.kind == "archive" and each.target.partition("-")[0] in systems
    )


def released(plan: Plan, name: str, digests: Mapping[str, str]) -> Released:
    """Return where a file of the release will be, with its digest."""
    return Released(f"{base(plan)}/{quote(plan.tag)}/{quote(name)}", digests[name])


def origin(plan: Plan) -> str:
    """Say what a script was made from."""
    return f"{plan.repository}@{plan.commit}" if plan.repository else plan.commit


def description(package: Package) -> str:
    """Return what a project says of its program: of the server it is, else in its manifest."""
    return (package.server.description if package.server else "") or package.details.get("description", "")


def addressed(plan: Plan, package: Package) -> None:
    """Make sure that there are addresses to name.

    Raises:
        ProjectError: the release is on no server.

    """
    if not base(plan):
        hint = "add a remote `origin` on GitHub, or take the manifest out of `installers`"
        raise ProjectError(
            f"{package.bare_name}: it is not known where its archives will be downloaded from", hint=hint
        )
