"""The plan: every package, version spelling, build leg, file name and channel, decided before anything is built.

It is written once, travels between jobs as ``plan.json``, and is trusted by its digest. The same commit and
configuration give the same bytes: no clock, no host name, no absolute path, every list sorted.
"""

import hashlib
from typing import Annotated, Final, Literal

import msgspec

from tagship.domain.manifests.server import Server
from tagship.domain.plans.artifact import Artifact, Sha256
from tagship.domain.plans.probing import Probing, Resolution
from tagship.domain.plans.target import Target
from tagship.domain.text import structs
from tagship.domain.versions.version import Spellings
from tagship.domain.versions.version_site import VersionSite
from tagship.errors import IntegrityError, UsageError

PLAN_SCHEMA: Final = "tagship.plan/1"
Commit = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?(?!\n)$", description="full git commit id")]
EcosystemName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9-]*(?!\n)$", description="a plug-in of ecosystems/, e.g. python, npm, go, rust"
    ),
]


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts of a plan have in common: frozen, keyword-only, strict when decoded."""


class ToolInfo(_Value, frozen=True, kw_only=True):
    """Which tagship made the plan."""

    name: str
    version: str


class SitePlace(_Value, frozen=True, kw_only=True):
    """Where a version is written: path from the project's root, line from 1."""

    file: str
    line: int


class Package(_Value, frozen=True, kw_only=True):
    """One thing that is published under a name of its own.

    ``path`` is its folder from the project's root; ``license`` an SPDX expression; ``mcp_name`` its name in the
    MCP Registry; ``entry`` the command that starts the server. ``stamps`` are places with a placeholder, where ``build``
    writes the version into its copy of the source. ``wraps`` is the id of the package that an image or a bundle is made
    of, ``needs`` are the ids of those that are published before it, ``server`` says how the server is started, ``runtimes``
    what the package declares to run on (``python`` → ``3.11``, ``3.12``), ``targets`` what its programs are shipped for,
    ``probing`` how its files are started and asked (``None``: not at all), ``details`` what its ecosystem notes for the build.
    """

    id: str
    name: str
    path: str
    ecosystem: EcosystemName
    version: str
    spellings: Spellings
    license: str | None
    mcp_name: str | None
    entry: str | None
    version_sites: tuple[SitePlace, ...]
    stamps: tuple[VersionSite, ...] = ()
    wraps: str | None = None
    needs: tuple[str, ...] = ()
    server: Server | None = None
    runtimes: dict[str, tuple[str, ...]] = {}
    probing: Probing | None = None
    targets: tuple[Target, ...] = ()
    details: dict[str, str] = {}

    @property
    def bare_name(self) -> str:
        """Its name without scope: what its files, its program and its image are called."""
        return bare(self.name)

    @property
    def program(self) -> str:
        """The command that starts it: its entry point, else what it is called."""
        return self.entry or self.bare_name


class Leg(_Value, frozen=True, kw_only=True):
    """What one job builds, on which runner label, and the file names it owes."""

    id: str
    runner: str
    targets: tuple[Target, ...]
    packages: tuple[str, ...]
    artifacts: tuple[str, ...]


class Probe(_Value, frozen=True, kw_only=True):
    """One artifact to be started and asked for its tools, on one platform, in one runtime (``python3.12``, ``node22``, or empty).

    ``resolution`` says which versions of its dependencies are installed with it.
    """

    id: str
    runner: str
    package: str
    artifact: str
    target: Target
    runtime: str = ""
    resolution: Resolution = "highest"


class ChannelPlan(_Value, frozen=True, kw_only=True):
    """One place to publish to; ``after`` names the channels that must be done first, ``options`` how it shall publish."""

    id: str
    kind: str
    package: str
    artifacts: tuple[str, ...]
    address: str
    after: tuple[str, ...]
    options: dict[str, str] = {}


class LicencePolicy(_Value, frozen=True, kw_only=True):
    """Which licences components may have, as globs of SPDX identifiers; ``ignore`` names components that a person looked at."""

    allow: tuple[str, ...]
    deny: tuple[str, ...]
    ignore: tuple[str, ...]


class Plan(_Value, frozen=True, kw_only=True):
    """The whole release, decided; ``previous`` is the tag of the release before it, empty where there is none."""

    schema: Literal["tagship.plan/1"] = PLAN_SCHEMA
    tool: ToolInfo
    name: str
    repository: str | None
    commit: Commit
    commit_time: str
    tag: str
    snapshot: bool
    version: str
    prerelease: bool
    previous: str = ""
    packages: tuple[Package, ...]
    legs: tuple[Leg, ...]
    probes: tuple[Probe, ...]
    artifacts: tuple[Artifact, ...]
    signatures: tuple[str, ...]
    attest: tuple[str, ...] = ()
    channels: tuple[ChannelPlan, ...]
    licenses: LicencePolicy

    def leg(self, leg_id: str) -> Leg:
        """Find a leg.

        Raises:
            UsageError: the plan has no such leg.

        """
        for leg in self.legs:
            if leg.id == leg_id:
                return leg
        known = ", ".join(leg.id for leg in self.legs)
        raise UsageError(f"the plan has no leg {leg_id!r}", hint=f"choose among {known}")

    def package(self, package_id: str) -> Package:
        """Find a package that the plan itself refers to."""
        return next(package for package in self.packages if package.id == package_id)

    def artifact(self, name: str) -> Artifact | None:
        """Find an artifact by its file name."""
        return next((artifact for artifact in self.artifacts if artifact.name == name), None)

    @property
    def built(self) -> tuple[Artifact, ...]:
        """The artifacts that build legs make (the others are made by later steps)."""
        legs = {leg.id for leg in self.legs}
        return tuple(artifact for artifact in self.artifacts if artifact.leg in legs)


def bare(name: str) -> str:
    """Return a published name without its scope: ``weather`` of ``@octo/weather``."""
    return name.rpartition("/")[2]


def encode(value: object) -> bytes:
    """Write a value as the JSON that is stored: two spaces, declared order, one line end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def digest(data: bytes) -> Sha256:
    """SHA-256 of stored bytes, as it travels through job outputs."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes, *, file: str, expected_digest: str = "") -> Plan:
    """Read ``plan.json``.

    Raises:
        IntegrityError: the digest is not the one that came by the trusted way.
        UsageError: it is no plan, or one of another schema.

    """
    if expected_digest and digest(data) != expected_digest:
        hint = "the plan changed on its way between jobs; plan again and pass the new plan-digest"
        raise IntegrityError(f"plan digest is {digest(data)}, expected {expected_digest}", file=file, hint=hint)
    try:
        return structs.decode(data, Plan)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "make it anew with `tagship build-matrix` of this version"
        raise UsageError(f"not a plan: {error}", file=file, hint=hint) from None
