"""From what was found to the plan: a function of its arguments."""

import re
from typing import Final

import msgspec

from tagship.domain.plans.artifact import (
    ARCHIVE_NAME,
    MEDIA_TYPES,
    Artifact,
    Kind,
    attestations_name,
    collisions,
    is_file_name,
    manifest_name,
)
from tagship.domain.plans.legs import Dealt
from tagship.domain.plans.plan import ChannelPlan, LicencePolicy, Package, Plan, Probe, SitePlace, ToolInfo
from tagship.domain.plans.target import Target
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VersionSite
from tagship.errors import Problem, ProjectError, UsageError

SIGN_STEP: Final = "sign-and-attest"
_PLACE: Final = lazy(r"\{([a-z]+)\}")
_REPOSITORY: Final = lazy(r"[\w.-]+/[\w.-]+", re.ASCII)
_GITHUB_ADDRESS: Final = lazy(
    r"^(?:(?:https?|ssh|git)://[^/]+/|[^/@:]+@[^/:]+:/?)(?:.*/)?(?P<name>[A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?$"
)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the release comes from: repository (``owner/name``), commit, its time (RFC 3339), tag, version, the tag before it."""

    repository: str | None
    commit: str
    commit_time: str
    tag: str
    snapshot: bool
    version: Version
    previous: str = ""


def repository_name(address: str | None) -> str | None:
    """Return ``owner/name`` from a clone address; ``None`` for a folder: a plan names nothing of the machine."""
    match = _GITHUB_ADDRESS.match(address or "")
    return match["name"] if match else None


def is_repository(text: str) -> bool:
    """Say whether a text is ``owner/name``, as GitHub has it."""
    return _REPOSITORY.fullmatch(text) is not None


def version_of_tag(tag: str) -> Version | None:
    """Read a tag as a version, ``None`` when it is none."""
    try:
        return Version.from_tag(tag)
    except UsageError:
        return None


def pep440_spelling(version: Version, declared: str) -> str:
    """Spell the version for PyPI: in the package's own words where they mean the same (``1.2`` is 1.2.0)."""
    if declared and Version.from_pep440(declared) == version:
        from packaging.version import Version as Pep440

        return str(Pep440(declared))
    return version.spellings.pep440


def drift(version: Version, name: str, sites: tuple[VersionSite, ...]) -> list[Problem]:
    """List the places whose version is not the release's; the first site is the one that decides what is built."""
    problems = []
    for site in sites:
        if site.package or site.placeholder or site.says(version):
            continue
        hint = "run `tagship version-bump`, or tag the version that the files say"
        message = f"{name} says version {site.version} here, the release is {version}"
        problems.append(Problem(message=message, file=site.file, line=site.line, hint=hint))
    return problems


def assemble(  # noqa: PLR0913 - a plan has these parts
    *,
    tool: ToolInfo,
    name: str,
    origin: Origin,
    packages: tuple[Package, ...],
    built: Dealt,
    extra: tuple[Artifact, ...],
    signatures: tuple[str, ...],
    channels: tuple[ChannelPlan, ...],
    licenses: LicencePolicy,
    attest: tuple[str, ...] = (),
    probes: tuple[Probe, ...] = (),
) -> Plan:
    """Put the plan together, everything sorted.

    Raises:
        ProjectError: two files of the release would have one name, or one a name that is no file's.

    """
    artifacts = tuple(sorted((*built.artifacts, *extra), key=lambda artifact: artifact.name))
    odd = [artifact.name for artifact in artifacts if not is_file_name(artifact.name)]
    if odd:
        hint = (
            "write `name` of tagship.yaml, and names of packages, with letters, digits and . _ + ~ @ -, no mark first"
        )
        raise ProjectError(f"no file of a release can be called {odd[0]!r}", hint=hint)
    twice = collisions([artifact.name for artifact in artifacts])
    if twice:
        hint = "give the packages different names; names that differ only by case collide on some systems"
        raise ProjectError(f"two files would have one name: {', '.join(twice)}", hint=hint)
    return Plan(
        tool=tool,
        name=name,
        repository=origin.repository,
        commit=origin.commit,
        commit_time=origin.commit_time,
        tag=origin.tag,
        snapshot=origin.snapshot,
        version=str(origin.version),
        prerelease=origin.version.prerelease,
        previous=origin.previous,
        packages=tuple(sorted(packages, key=lambda p: p.id)),
        legs=built.legs,
        probes=probes,
        artifacts=artifacts,
        signatures=signatures,
        attest=attest,
        channels=channels,
        licenses=licenses,
    )


def signing_artifact(name: str, kind: Kind, *, package: str = "", media_type: str = "") -> Artifact:
    """Describe a file for all platforms that the signing step makes; ``package`` is the id of the one it is of, if of one."""
    media_type = media_type or MEDIA_TYPES[kind]
    return Artifact(name=name, kind=kind, package=package, target=Target.ANY, media_type=media_type, leg=SIGN_STEP)


def manifest_artifact(name: str, version: str) -> Artifact:
    """Return the release manifest, as an artifact of the signing step."""
    return signing_artifact(manifest_name(name, version), "manifest")


def attestations_artifact(name: str, version: str) -> Artifact:
    """Return the file with all signed statements, one bundle a line, as an artifact of the signing step."""
    return signing_artifact(attestations_name(name, version), "attestation")


def archive(package: Package, target: Target, leg: str, scheme: str = ARCHIVE_NAME) -> Artifact:
    """Name the archive of a package's programs for a target by the scheme; ``.tar.gz`` is added, ``.zip`` on Windows.

    Raises:
        UsageError: the scheme asks for what is not known, or gives no file name.

    """
    system, _, architecture = target.partition("-")
    go_system, _, go_architecture = target.names.go.partition("/")
    words = {
        "name": package.bare_name, "version": package.version, "target": str(target), "os": system, "arch": architecture,
        "triple": target.names.rust, "goos": go_system, "goarch": go_architecture,
    }  # fmt: skip
    zipped = system == "windows"
    name = _PLACE.sub(lambda match: words.get(match[1], match[0]), scheme) + (".zip" if zipped else ".tar.gz")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", name):
        hint = f"write it with letters, digits, . _ + - and {', '.join(f'{{{word}}}' for word in words)}"
        raise UsageError(f"archive-name: {scheme!r} gives no file name: {name}", hint=hint)
    return Artifact(
        name=name,
        kind="archive",
        package=package.id,
        target=target,
        media_type="application/zip" if zipped else "application/gzip",
        leg=leg,
    )


def site_places(sites: tuple[VersionSite, ...]) -> tuple[SitePlace, ...]:
    """Return where versions are written, as the plan shows it."""
    return tuple(sorted((SitePlace(file=s.file, line=s.line) for s in sites), key=lambda s: (s.file, s.line)))
