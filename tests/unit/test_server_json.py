"""Versions in server.json: of every registry, in every schema, in tags and addresses."""

import json
from typing import Any, Final

import pytest

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.mentions.server_json import PLUGIN
from tagship.ports import Mentioned

OLD, FINAL, CANDIDATE = "1.2.0", Version.parse("1.3.0"), Version.parse("1.3.0-rc.1")
DIGEST: Final = "sha256:" + "a1" * 32


def server(*packages: Any, **more: Any) -> str:
    return json.dumps({"name": "io.github.o/x", "description": "1.2.0", "packages": list(packages), **more}, indent=2)


def find(text: str) -> list[Mentioned]:
    return list(PLUGIN.find("server.json", text))


def written(text: str, version: Version) -> Any:
    for each in {each.site.path: each for each in find(text)}.values():
        text = replace(text, each.site, version)
    return json.loads(text)


def image(identifier: str) -> str:
    return server({"registryType": "oci", "identifier": identifier})


def bundle(identifier: str) -> str:
    return server({"registryType": "mcpb", "identifier": identifier, "fileSha256": "0" * 64})


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ("pypi", "1.3.0rc1"),
        ("npm", "1.3.0-rc.1"),
        ("cargo", "1.3.0-rc.1"),
        ("nuget", "1.3.0-rc.1"),
        ("mcpb", "1.3.0-rc.1"),
    ],
)
def test_a_package_is_spelled_as_its_registry_does(registry: str, expected: str) -> None:
    """PyPI has a spelling of its own; the server's version is SemVer always."""
    text = server({"registryType": registry, "identifier": "x", "version": OLD}, version=OLD)
    made = written(text, CANDIDATE)
    assert (made["version"], made["packages"][0]["version"]) == ("1.3.0-rc.1", expected)
    assert made["description"] == OLD


@pytest.mark.parametrize(
    ("registry", "name"),
    [
        ({"registryType": "pypi"}, "identifier"),
        ({"registry_type": "pypi"}, "identifier"),
        ({"registry_name": "pypi"}, "name"),
        ({"package_registry": "PyPI"}, "name"),
    ],
)
def test_older_schemas(registry: dict[str, str], name: str) -> None:
    """Camel case, snake case, and what was before the first schema."""
    text = server({**registry, name: "my-server", "version": OLD}, version_detail={"version": OLD})
    assert {(each.site.path, each.identifier) for each in find(text)} == {
        (("version_detail", "version"), "my-server"),
        (("packages", 0, "version"), "my-server"),
    }
    made = written(text, CANDIDATE)
    assert (made["version_detail"]["version"], made["packages"][0]["version"]) == ("1.3.0-rc.1", "1.3.0rc1")


@pytest.mark.parametrize(
    "template",
    [
        "ghcr.io/o/x:@",
        "ghcr.io/o/x:v@",
        "x:@",
        "docker.io/library/x:@",
        "localhost:5000/x:@",
        "registry.example.org:443/o/x:v@",
        "127.0.0.1:5000/o/x:@",
        "ghcr.io/o/x:@-alpine",
        f"ghcr.io/o/x:@^{DIGEST}",
        f"localhost:5000/o/x:v@^{DIGEST}",
    ],
)
@pytest.mark.parametrize("old", [OLD, "1.2.0-rc.1"])
def test_the_tag_of_an_image(template: str, old: str) -> None:
    """Only the version in the tag changes: not the registry's port, not a ``v``, a variant or a digest."""
    before, after = (template.replace("@", version).replace("^", "@") for version in (old, "1.3.0-rc.1"))
    (found,) = find(image(before))
    assert found.site.version == old
    assert written(image(before), CANDIDATE)["packages"][0]["identifier"] == after


@pytest.mark.parametrize(
    "identifier",
    [
        "ghcr.io/o/x",
        "ghcr.io/o/x:latest",
        "ghcr.io/o/x:main",
        "ghcr.io/o/x:1",
        "ghcr.io/o/x:v1.2",
        "ghcr.io/o/x:1.2.0-beta",
        "localhost:5000/x",
        f"ghcr.io/o/x@{DIGEST}",
        "",
        ":",
        "x:",
        "x:" + "1" * 5000,
    ],
)
def test_a_tag_that_is_no_version_is_left_alone(identifier: str) -> None:
    """Tags that move, and images without one."""
    assert find(image(identifier)) == []


@pytest.mark.parametrize(
    "template",
    [
        "https://github.com/o/x/releases/download/v@/x-@.mcpb",
        "https://github.com/o/x/releases/download/@/x_@_linux.mcpb",
        "https://github.com/o/x/releases/download/x-v@/x.mcpb",
        "https://example.org/x-v@.mcpb?for=@",
    ],
)
def test_the_address_of_a_bundle(template: str) -> None:
    """The tag and the file's name move together."""
    made = written(bundle(template.replace("@", OLD)), CANDIDATE)
    assert made["packages"][0]["identifier"] == template.replace("@", "1.3.0-rc.1")
    assert made["packages"][0]["fileSha256"] == "0" * 64


def test_an_address_that_says_two_versions_is_told_and_mended() -> None:
    """A stale file name beside a new tag agrees with neither version."""
    text = bundle("https://example.org/v1.3.0/x-1.2.0.mcpb")
    (found,) = find(text)
    assert found.site.version == "1.2.0, 1.3.0"
    assert not found.site.says(FINAL)
    assert written(text, FINAL)["packages"][0]["identifier"] == "https://example.org/v1.3.0/x-1.3.0.mcpb"


def test_an_address_without_a_version_is_left_alone() -> None:
    """``latest/download``, and a number that is a part of something else."""
    assert find(bundle("https://example.org/releases/latest/download/x.mcpb")) == []
    assert find(bundle("http://127.0.0.1:8000/x1.2.0a.mcpb")) == []


@pytest.mark.parametrize("style", ["${VERSION}", "$VERSION", "{{VERSION}}", "<<Version>>", "0.0.0"])
def test_placeholders(style: str) -> None:
    """Each style is a place to stamp, in the versions, in a tag and in an address; stamping writes the version."""
    text = server(
        {"registryType": "npm", "identifier": "x", "version": style},
        {"registryType": "oci", "identifier": f"ghcr.io/o/x:{style}"},
        {"registryType": "mcpb", "identifier": f"https://example.org/v{style}/x-{style}.mcpb"},
        version=style,
    )
    found = find(text)
    assert len(found) == 4
    assert all(each.site.placeholder for each in found)
    assert json.dumps(written(text, FINAL)).count("1.3.0") == 5
    assert style not in json.dumps(written(text, FINAL))


def test_packages_of_several_names() -> None:
    """Each package's version is its own; the server's is everybody's."""
    text = server(
        {"registryType": "pypi", "identifier": "x-py", "version": OLD},
        {"registryType": "npm", "identifier": "@o/x-js", "version": "4.0.0"},
        {"registryType": "oci", "identifier": "ghcr.io/o/x:1.2.0"},
        version=OLD,
    )
    assert {(each.site.path, each.identifier, each.mcp_name) for each in find(text)} == {
        (("version",), "x-py", "io.github.o/x"),
        (("version",), "@o/x-js", "io.github.o/x"),
        (("packages", 0, "version"), "x-py", "io.github.o/x"),
        (("packages", 1, "version"), "@o/x-js", "io.github.o/x"),
        (("packages", 2, "identifier"), "x-py", "io.github.o/x"),
    }


def test_without_a_named_package_it_belongs_to_the_folder() -> None:
    """An image or a bundle alone says no published name."""
    assert {
        each.identifier for each in find(server({"registryType": "oci", "identifier": "o/x:1.2.0"}, version=OLD))
    } == {""}
    assert [each.site.path for each in find(server(version=OLD))] == [("version",)]


@pytest.mark.parametrize(
    "text",
    [
        '{"version": "1.2.0"}',
        '{"name": 1, "version": "1.2.0"}',
        '{"name": "x", "version": 1}',
        '{"name": "x", "version": "latest", "packages": {}}',
        '{"name": "x", "packages": [1, null, [], {"registryType": 1, "identifier": []}, {"version": "^1.2.0"}]}',
        '{"name": "x", "version": "1.2.0"',
        '{"a":' * 100_000,
    ],
)
def test_strange_files(text: str) -> None:
    """Another tool's server.json, a broken one, and values of another kind hold no place."""
    assert find(text) == []


def test_a_v_in_front_of_the_version_stays() -> None:
    """``v1.2.0`` is written as ``v1.3.0``."""
    assert written(server(version="v1.2.0"), FINAL)["version"] == "v1.3.0"


def test_which_files() -> None:
    """By name, and not among examples."""
    chosen = ["server.json", "packages/a/server.json"]
    others = ["examples/server.json", ".github/server.json", "my-server.json", "server.json/x"]
    assert list(PLUGIN.files([*chosen, *others])) == chosen
