"""What ``tagship.yaml`` can say; :mod:`tagship.config` reads it."""

from typing import Annotated, Any, Literal

import msgspec

from tagship.domain.plans.artifact import ARCHIVE_NAME
from tagship.package_settings import PackageConfig, TargetName


def plug_ins_of(hint: Any) -> str:
    """Return the folder of plug-ins that a setting names, empty when it names none."""
    notes = getattr(hint, "__metadata__", ())
    return next((str(note.extra["plugins"]) for note in notes if isinstance(note, msgspec.Meta) and note.extra), "")


class ChannelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A place to publish to."""

    kind: Annotated[str, msgspec.Meta(description="what it is, e.g. pypi", examples=["pypi"])]
    id: Annotated[
        str | None,
        msgspec.Meta(
            description="its own name, also in TAGSHIP_<ID>_TOKEN; default: the kind", examples=["company-index"]
        ),
    ] = None
    address: Annotated[
        str | None,
        msgspec.Meta(
            description="where uploads go, without any secret; default: the kind's public place",
            examples=["https://upload.pypi.example.com/legacy/"],
        ),
    ] = None
    options: Annotated[
        dict[str, str],
        msgspec.Meta(
            description="how it publishes; which there are depends on the kind",
            examples=[{"login": "dns", "domain": "example.com"}],
        ),
    ] = {}


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One more place where a version stands: found by `pattern`, or by `path` in a JSON, TOML or YAML file."""

    file: Annotated[
        str,
        msgspec.Meta(
            description="the file, from the project's root", examples=["docs/index.md", "charts/server/values.yaml"]
        ),
    ]
    pattern: Annotated[
        str | None,
        msgspec.Meta(
            description="a regular expression with a group named version; each match is a place",
            examples=["my-server@(?P<version>\\\\S+)"],
        ),
    ] = None
    path: Annotated[
        str | None,
        msgspec.Meta(
            description="keys and numbers joined by dots, e.g. image.tag or items.0.version; a dot in a key is written \\.",
            examples=["image.tag", "items.0.version"],
        ),
    ] = None
    spelling: Annotated[Literal["semver", "pep440"], msgspec.Meta(description="how the version is written there")] = (
        "semver"
    )
    package: Annotated[
        str | None,
        msgspec.Meta(
            description="whose version it is; default: the package whose folder the file is in", examples=["my-server"]
        ),
    ] = None


class VersionConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How commits become versions."""

    scheme: Annotated[
        Literal["semver", "YYYY.M.D", "YYYY.M.MICRO"] | None,
        msgspec.Meta(description="what versions look like; default: as in the history, else semver"),
    ] = None
    tag: Annotated[
        str | None,
        msgspec.Meta(
            description="how tags look, e.g. 'v{version}'; default: as in the history",
            examples=["v{version}", "release-{version}"],
        ),
    ] = None
    major_on_zero: Annotated[
        bool,
        msgspec.Meta(
            description="true: a breaking change below 1.0.0 makes 1.0.0; false: it raises the minor number (SemVer item 4)"
        ),
    ] = False
    types: Annotated[
        dict[str, Literal["major", "minor", "patch", "none"]],
        msgspec.Meta(
            description="what a type of commit means, on top of feat: minor, fix, perf and revert: patch",
            examples=[{"docs": "none", "deps": "patch"}],
        ),
    ] = {}
    unconventional: Annotated[
        Literal["ignore", "patch", "error"],
        msgspec.Meta(description="what to do about commits that are not Conventional Commits"),
    ] = "ignore"
    linked: Annotated[
        tuple[tuple[str, ...], ...],
        msgspec.Meta(description="groups of packages that always have one version", examples=[[["client", "server"]]]),
    ] = ()
    sites: Annotated[
        tuple[SiteConfig, ...],
        msgspec.Meta(
            description="more places where versions stand",
            examples=[[{"file": "charts/server/values.yaml", "path": "image.tag"}]],
        ),
    ] = ()


class ChangelogConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How a version's section of the changelog looks."""

    style: Annotated[Literal["keep-a-changelog", "conventional"], msgspec.Meta(description="which headings it has")] = (
        "keep-a-changelog"
    )
    template: Annotated[
        str | None,
        msgspec.Meta(
            description="a Jinja2 template of your own instead, from the project's root",
            examples=["docs/changelog.md.j2"],
        ),
    ] = None
    titles: Annotated[
        dict[str, str],
        msgspec.Meta(
            description="headings of types of commits, besides the style's own; empty: left out",
            examples=[{"perf": "Faster", "docs": ""}],
        ),
    ] = {}


class LicensesConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Which licences the components of a release may have; names are SPDX identifiers, `*` stands for any letters."""

    allow: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="the only licences that are allowed; default: all that are not denied",
            examples=[["MIT", "Apache-2.0", "BSD-*"]],
        ),
    ] = ()
    deny: Annotated[
        tuple[str, ...], msgspec.Meta(description="licences that are not allowed", examples=[["AGPL-*"]])
    ] = ()
    ignore: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="components whose licence somebody has looked at, by their names", examples=[["left-pad"]]
        ),
    ] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The whole file; every key has a default."""

    name: Annotated[
        str | None,
        msgspec.Meta(
            description="name of the release; default: the package, or the repository", examples=["my-server"]
        ),
    ] = None
    signers: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="who signs the files; one bundle per file",
            examples=[["sigstore"], ["key", "gpg"]],
            extra={"plugins": "signers"},
        ),
    ] = ("key",)
    attest: Annotated[
        tuple[Literal["provenance", "sbom"], ...],
        msgspec.Meta(
            description="which statements about the files are signed, where a signer of `signers` signs statements"
        ),
    ] = ("provenance", "sbom")
    sbom: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="which SBOM documents a release has", examples=[["cyclonedx"]], extra={"plugins": "formats"}
        ),
    ] = ("cyclonedx", "spdx")
    installers: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="which scripts and manifests install its programs",
            examples=[["install-sh", "homebrew"]],
            extra={"plugins": "formats"},
        ),
    ] = ("install-ps1", "install-sh")
    channels: Annotated[
        tuple[str | ChannelConfig, ...],
        msgspec.Meta(
            description="where to publish to; nowhere unless asked",
            examples=[["pypi", "mcp-registry"], [{"kind": "oci", "address": "ghcr.io/octo/my-server"}]],
        ),
    ] = ()
    version: Annotated[VersionConfig, msgspec.Meta(description="how commits become versions")] = VersionConfig()
    changelog: Annotated[ChangelogConfig, msgspec.Meta(description="how the changelog looks")] = ChangelogConfig()
    packages: Annotated[
        dict[str, PackageConfig],
        msgspec.Meta(
            description="settings per package, by its name", examples=[{"my-server-internal": {"release": False}}]
        ),
    ] = {}
    targets: Annotated[
        tuple[TargetName, ...] | None,
        msgspec.Meta(
            description="platforms that compiled files are built for; default: all six",
            examples=[["linux-x86_64", "macos-aarch64"]],
        ),
    ] = None
    archive_name: Annotated[
        str,
        msgspec.Meta(
            description="how archives of programs are called, with {name}, {version}, {target}, {os}, {arch}, {triple}, {goos}, "
            "{goarch}",
            examples=["{name}-{version}-{triple}"],
        ),
    ] = ARCHIVE_NAME
    runners: Annotated[
        dict[TargetName, str],
        msgspec.Meta(
            description="runner labels per platform, e.g. of your own runners",
            examples=[{"linux-aarch64": "my-arm-runner"}],
        ),
    ] = {}
    allow_files: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="globs of files that may be shipped although they look like secrets",
            examples=[["src/*/testdata/*.pem"]],
        ),
    ] = ()
    licenses: Annotated[LicensesConfig, msgspec.Meta(description="which licences dependencies may have")] = (
        LicensesConfig()
    )
    exclude: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="folders that are never searched for packages, besides examples, tests, …",
            examples=[["sandbox", "third_party"]],
        ),
    ] = ()
