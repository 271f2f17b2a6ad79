"""Images: what a Dockerfile says, which one is the product's, the one that is written, who gets an image."""

from pathlib import Path

import pytest

from tagship.domain.files import containerfile
from tagship.domain.files.containerfile import Contents
from tagship.domain.files.oci_image import plain_config
from tagship.domain.manifests.dockerfile import arguments, bases, copied, is_of_product
from tagship.domain.manifests.server import Server
from tagship.ecosystems import _container_files
from tagship.ecosystems._container_choice import choose, context
from tagship.ecosystems.container import PLUGIN
from tagship.package_settings import ContainerConfig, PackageConfig
from tagship.ports import Found
from tagship.settings import Config
from tests.unit.samples import Tree

TEXT = """# syntax=docker/dockerfile:1
ARG NODE=24
FROM --platform=$BUILDPLATFORM node:${NODE} AS build
COPY --chown=1:1 package.json src/ ./
COPY ["with space.txt", "/"]
RUN echo one \\
    # a comment
    && echo COPY not me
FROM alpine:3.22@sha256:abc AS base
FROM base
ARG VERSION=dev COMMIT
COPY --from=build /app /app
ADD https://example.com/x *.txt ../out \\
    docs/a.md /
FROM build
FROM python:3
"""


def test_a_dockerfile_is_read_with_stages_flags_and_long_lines() -> None:
    """Its own stages are no bases; patterns, addresses and other stages' files are not of the context."""
    assert [(base.name, base.line, base.pinned) for base in bases(TEXT)] == [
        ("node:${NODE}", 3, True),
        ("alpine:3.22@sha256:abc", 9, True),
        ("python:3", 16, False),
    ]
    assert copied(TEXT) == ("package.json", "src", "with space.txt", "docs/a.md")
    assert arguments(TEXT) == {"NODE", "VERSION", "COMMIT"}


@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("Dockerfile", True),
        ("build/Dockerfile", True),
        ("Dockerfile.alpine", True),
        ("server.Dockerfile", True),
        ("Dockerfile.dev", False),
        ("smithery.Dockerfile", False),
        ("Dockerfile-test", False),
        ("ci/Dockerfile", False),
        ("e2e/Containerfile", False),
    ],
)
def test_dockerfiles_of_developers_and_platforms_are_told_apart(path: str, product: bool) -> None:  # noqa: FBT001
    """By the words of their names and by their folders."""
    assert is_of_product(path) is product


def package(name: str, path: str = ".", **more: str) -> Found:
    return Found(
        ecosystem="python",
        name=name,
        path=path,
        version="1.0.0",
        license=None,
        mcp_name=more.get("mcp_name"),
        entry=name,
        sites=(),
        sdk=more.get("sdk", "mcp"),
    )


@pytest.mark.parametrize(
    ("files", "path", "chosen"),
    [
        (["Dockerfile", "Dockerfile.dev"], ".", "Dockerfile"),
        (["docker/Dockerfile", "ci/Dockerfile"], ".", "docker/Dockerfile"),
        (["src/a/Dockerfile", "Dockerfile"], "src/a", "src/a/Dockerfile"),
        (["Dockerfile"], "src/a", "Dockerfile"),
        (["src/a/images/run.Dockerfile"], "src/a", "src/a/images/run.Dockerfile"),
        (["one.Dockerfile", "two.Dockerfile"], ".", ""),
        ([], ".", ""),
    ],
)
def test_the_products_dockerfile_is_chosen(files: list[str], path: str, chosen: str) -> None:
    """The package's own before the root's; two of equal right are nobody's, and both are named."""
    found = package("a", path)
    made, reason = choose(found, [found], dict.fromkeys(files, ""), ContainerConfig())
    assert made == chosen
    assert ("one.Dockerfile, two.Dockerfile" in reason) is (len(files) == 2 and not chosen)


def test_a_label_and_the_configuration_decide_before_places() -> None:
    """The label with the server's name; a name in the configuration that is not there is told."""
    files = {"Dockerfile": "", "b/Dockerfile": 'LABEL io.modelcontextprotocol.server.name="io.github.o/a"'}
    found = package("a", mcp_name="io.github.o/a")
    assert choose(found, [found], files, ContainerConfig()) == ("b/Dockerfile", "")
    assert choose(found, [found], files, ContainerConfig(dockerfile="Dockerfile")) == ("Dockerfile", "")
    assert "'nowhere'" in choose(found, [found], files, ContainerConfig(dockerfile="nowhere"))[1]
    assert choose(found, [found], files, ContainerConfig(base="alpine")) == ("", "")


def test_the_root_dockerfile_of_several_servers_is_nobodys() -> None:
    """Each server of a workspace has its own, or none."""
    a, b = package("a", "src/a"), package("b", "src/b")
    files = {"Dockerfile": "", "src/a/Dockerfile": ""}
    assert choose(a, [a, b], files, ContainerConfig())[0] == "src/a/Dockerfile"
    assert choose(b, [a, b], files, ContainerConfig()) == ("", "")
    tool = package("tool", "tool", sdk="")
    assert choose(a, [a, tool], {"Dockerfile": ""}, ContainerConfig())[0] == "Dockerfile"


@pytest.mark.parametrize(
    ("dockerfile", "text", "folder"),
    [
        ("src/a/Dockerfile", "COPY src/a /a\nCOPY package-lock.json /", "."),
        ("src/a/Dockerfile", "COPY main.py /", "src/a"),
        ("docker/Dockerfile", "COPY . /", "src/a"),
        ("src/a/Dockerfile", "COPY . /", "src/a"),
    ],
)
def test_an_image_is_built_where_what_it_copies_is(dockerfile: str, text: str, folder: str) -> None:
    """Dockerfiles of workspaces are often written for the root's context."""
    paths = ["docker/Dockerfile", "package-lock.json", "src/a/Dockerfile", "src/a/main.py"]
    assert context(dockerfile, "src/a", text, paths) == folder


def test_the_written_containerfile_is_small_and_has_no_rights() -> None:
    """One layer on a base; the health check only for servers that are spoken to over HTTP; arguments can be replaced."""
    made = Contents(kind="python", base="python:3@sha256:1", command=("python3", "/app/x"), environment={"A": 'b"c'})
    text = containerfile.written(made, Server(arguments=("--all",)))
    assert text.splitlines() == [
        "FROM scratch AS files",
        "ARG TARGETARCH",
        "COPY ${TARGETARCH}/ /",
        "",
        "FROM python:3@sha256:1",
        "COPY --from=files / /",
        'ENV A="b\\"c"',
        "USER 65532:65532",
        'ENTRYPOINT ["python3", "/app/x"]',
        'CMD ["--all"]',
    ]
    http = containerfile.written(made, Server(transport="streamable-http", port=8080))
    assert "EXPOSE 8080" in http
    assert "HEALTHCHECK" in http
    assert "('127.0.0.1', 8080)" in http


@pytest.mark.parametrize(
    "name", ["python-3.14", "python-3.13", "python-3.12", "node-24", "node-22", "program", "program-http"]
)
def test_every_base_is_named_by_its_digest(name: str) -> None:
    """In a Dockerfile of its own, which Dependabot renews."""
    assert "@sha256:" in _container_files.base_named(name)


def test_what_a_builder_notes_of_itself_is_dropped() -> None:
    """Host and container names differ with each build; a health check is kept."""
    inner = {"Hostname": "a1", "User": "1", "Cmd": None, "Healthcheck": {"Test": ["CMD", "x"]}}
    config = {"architecture": "arm64", "os": "linux", "container": "1", "container_config": inner, "config": inner}
    assert plain_config(config) == {
        "architecture": "arm64",
        "os": "linux",
        "config": {"User": "1", "Healthcheck": {"Test": ["CMD", "x"]}},
    }


def test_who_gets_an_image() -> None:
    """A server with a Dockerfile, what server.json lists, who asks; nobody else, and not who refuses."""
    listed = '{"packages": [{"registryType": "oci", "identifier": "ghcr.io/o/a:1.0.0"}]}'
    server, other = package("a"), package("a", sdk="")

    def made(found: Found, files: dict[str, str], *, container: bool | None = None) -> list[tuple[str, str]]:
        settings = Config(packages={"a": PackageConfig(container=container)})
        images, skips = PLUGIN.wrap(Tree(files), [found], settings)
        return [(each.wraps, each.details.get("dockerfile", "")) for each in images] + [("", s.reason) for s in skips]

    assert made(server, {}) == []
    assert made(server, {"Dockerfile": ""}) == [("a", "Dockerfile")]
    assert made(other, {"Dockerfile": ""}) == []
    assert made(other, {"Dockerfile": "", "server.json": "{}"}) == [("a", "Dockerfile")]
    assert made(server, {"server.json": listed}) == [("a", "")]
    assert made(server, {"Dockerfile": ""}, container=False) == []
    assert made(other, {}, container=True) == [("a", "")]


def test_an_image_takes_the_wheel_of_its_python() -> None:
    """Of several compiled ones; not one for musl, which its base has not."""
    wheels = [
        Path("d-1-cp312-cp312-manylinux_2_28_x86_64.whl"),
        Path("d-1-cp313-cp313-musllinux_1_2_x86_64.whl"),
        Path("d-1-cp313-cp313-manylinux_2_28_x86_64.whl"),
    ]
    assert _container_files._serving(wheels, "3.13") == wheels[2]
    assert _container_files._serving(wheels, "3.14") is None
    assert _container_files._serving([Path("d-1-py3-none-any.whl")], "3.14")
    assert _container_files._serving([Path("d-1-cp311-abi3-manylinux_2_28_x86_64.whl")], "3.14")
