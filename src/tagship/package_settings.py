"""What ``tagship.yaml`` can say of one package: its files, how they are made, how its server is probed."""

from typing import Annotated, Any, Literal

import msgspec

from tagship.domain.plans.probing import Strictness

TargetName = Literal[
    "linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-aarch64", "windows-x86_64", "windows-aarch64"
]  # fmt: skip


class ContainerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How a package's image is made."""

    dockerfile: Annotated[
        str | None,
        msgspec.Meta(
            description="the Dockerfile of the product, from the project's root", examples=["docker/Dockerfile"]
        ),
    ] = None
    context: Annotated[
        str | None,
        msgspec.Meta(
            description="the folder it is built in; default: the one that has the files it copies", examples=["."]
        ),
    ] = None
    base: Annotated[
        str | None,
        msgspec.Meta(
            description="what an image without a Dockerfile starts from, best by digest",
            examples=["gcr.io/distroless/static-debian12@sha256:…"],
        ),
    ] = None


class ToolCallConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A tool that a probe calls."""

    tool: Annotated[str, msgspec.Meta(description="its name", examples=["add"])]
    arguments: Annotated[dict[str, Any], msgspec.Meta(description="what it is given", examples=[{"a": 1, "b": 2}])] = {}


class ProbeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How the files of a package are started and asked before they are shipped."""

    arguments: Annotated[
        tuple[str, ...] | None,
        msgspec.Meta(
            description="what the server's command is given; default: what server.json fixes", examples=[["--stdio"]]
        ),
    ] = None
    environment: Annotated[
        dict[str, str],
        msgspec.Meta(
            description="variables with dummy values that the server needs to start", examples=[{"API_KEY": "dummy"}]
        ),
    ] = {}
    timeout: Annotated[int, msgspec.Meta(description="seconds until it must have answered", ge=1, le=3600)] = 60
    network: Annotated[bool, msgspec.Meta(description="false: start it without any network (Linux)")] = True
    lowest: Annotated[
        bool, msgspec.Meta(description="Python: also with the oldest versions that its requirements allow")
    ] = False
    platforms: Annotated[
        tuple[TargetName, ...],
        msgspec.Meta(
            description="where files that run everywhere are started",
            examples=[["linux-x86_64", "windows-x86_64"]],
            min_length=1,
        ),
    ] = ("linux-x86_64",)
    calls: Annotated[
        tuple[ToolCallConfig, ...],
        msgspec.Meta(description="tools to call", examples=[[{"tool": "add", "arguments": {"a": 1, "b": 2}}]]),
    ] = ()
    strict: Annotated[
        tuple[Strictness, ...],
        msgspec.Meta(description="what shall fail the release besides a broken server", examples=[["lint", "tools"]]),
    ] = ()


class WheelsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What wheels a Python package has, where that cannot be read from its build configuration, or is not what is wanted."""

    tag: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^(each|abi3|cp3\d{1,2}-abi3|py3-none|py3-none-any)(?!\n)$")] | None,
        msgspec.Meta(
            description="what they are for: `each` (one per Python), `abi3` (of the oldest Python), `cp311-abi3`, "
            "`py3-none` (any Python, one platform each), `py3-none-any`; default: as the project's backend makes them"
        ),
    ] = None
    pythons: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^3\.\d{1,2}(?!\n)$")], ...],
        msgspec.Meta(
            description="the Pythons to build for, e.g. '3.12'; default: every supported one of requires-python",
            examples=[["3.12", "3.13"]],
        ),
    ] = ()
    glibc: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^2\.\d{1,2}(?!\n)$")] | None,
        msgspec.Meta(
            description="the oldest C library of Linux they run on; default: 2.28 (manylinux_2_28)", examples=["2.17"]
        ),
    ] = None


class PublishedAs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How a package around a program is called where it is published."""

    name: Annotated[
        str | None,
        msgspec.Meta(description="its name there; default: the package's, without scope", examples=["my-server-bin"]),
    ] = None


class LinuxPackagesConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Which packages for Linux distributions are made of a program, and what they say."""

    formats: Annotated[
        tuple[Literal["deb", "rpm", "apk", "archlinux"], ...],
        msgspec.Meta(description="which; default: all four", examples=[["deb", "rpm"]]),
    ] = ("deb", "rpm", "apk", "archlinux")
    maintainer: Annotated[
        str | None,
        msgspec.Meta(
            description="Name <address>; default: the manifest's first author, else the repository's owner",
            examples=["Octo Cat <octo@example.com>"],
        ),
    ] = None
    depends: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="packages it needs, by names that all of these systems know", examples=[["ca-certificates"]]
        ),
    ] = ()


class PackageConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What to do differently for one package; the key is its name."""

    release: Annotated[bool, msgspec.Meta(description="false: never plan this package")] = True
    entry: Annotated[
        str | None, msgspec.Meta(description="the command that starts the server", examples=["my-server"])
    ] = None
    mcp_name: Annotated[
        str | None, msgspec.Meta(description="its name in the MCP Registry", examples=["io.github.octo/my-server"])
    ] = None
    tag: Annotated[
        str | None,
        msgspec.Meta(
            description="how its tags look, e.g. '{name}-v{version}', '{name}@{version}', 'v{version}'; "
            "default: as in the history",
            examples=["{name}-v{version}"],
        ),
    ] = None
    targets: Annotated[
        tuple[TargetName, ...] | None,
        msgspec.Meta(description="platforms its compiled files are built for", examples=[["linux-x86_64"]]),
    ] = None
    extras: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(?!\n)$")], ...],
        msgspec.Meta(
            description="extras that a Python package is always installed with: in its image, its formula, when it is probed, in "
            "its SBOM and in what users are told to type",
            examples=[["all"]],
        ),
    ] = ()
    wheels: Annotated[
        WheelsConfig, msgspec.Meta(description="what wheels it has, if it is a Python package that compiles something")
    ] = WheelsConfig()
    container: Annotated[
        bool | ContainerConfig | None,
        msgspec.Meta(
            description="whether, or how, an image is made; default: if a server has a Dockerfile, or server.json lists an image"
        ),
    ] = None
    mcpb: Annotated[
        bool | None,
        msgspec.Meta(
            description="whether an MCPB bundle is made; default: if there is a manifest, or server.json says so"
        ),
    ] = None
    probe: Annotated[
        bool | ProbeConfig,
        msgspec.Meta(description="how its files are started and asked before they are shipped; false: not at all"),
    ] = True
    wheel: Annotated[
        bool | PublishedAs | None,
        msgspec.Meta(
            description="whether wheels are made of a Go or Rust program; default: if its server.json lists a pypi package"
        ),
    ] = None
    npm: Annotated[
        bool | PublishedAs | None,
        msgspec.Meta(
            description="whether npm packages are made of a Go or Rust program; default: if its server.json lists an npm package"
        ),
    ] = None
    linux_packages: Annotated[
        bool | LinuxPackagesConfig | None,
        msgspec.Meta(
            description="whether, and which, packages for Linux distributions are made of a Go or Rust program"
        ),
    ] = None
