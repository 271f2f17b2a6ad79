"""``server.json`` as it is published: what is filled in, what is left alone, and when the registry has the same."""

import json
from typing import Any

import msgspec
import pytest

from tagship.domain.files.image_name import repository
from tagship.domain.install import install_tabs
from tagship.domain.plans.plan import ChannelPlan, Package, Plan
from tagship.domain.plans.target import Target
from tagship.domain.releases.registry_document import (
    DETAIL,
    completed,
    family,
    image_references,
    name_of,
    registries_of,
    same,
)
from tagship.domain.text import structs
from tests.unit import samples

DOCUMENT = {
    "name": "io.github.octo/alpha",
    "version": "${VERSION}",
    "packages": [
        {"registryType": "pypi", "identifier": "alpha", "version": "0.0.0"},
        {"registryType": "npm", "identifier": "@octo/alpha", "version": "0.0.0"},
        {"registryType": "oci", "identifier": "ghcr.io/octo/alpha:v0"},
        {"registryType": "oci", "identifier": "docker.io/somebody/else:v0.9.0"},
        {"registryType": "nuget", "identifier": "Alpha", "version": "7.0.0"},
    ],
}


def plan(version: str = "1.2.0-rc.1") -> Plan:
    """Plan a Python package with an npm package and an image around it."""
    made = samples.plan(version, ("alpha",))
    (own,) = made.packages
    own = msgspec.structs.replace(own, details={DETAIL: json.dumps(DOCUMENT)})
    around = [_around(own, "program-npm", "@octo/alpha"), _around(own, "container", "alpha")]
    image = msgspec.structs.replace(
        made.artifacts[0], name="alpha.oci.tar", kind="image", package="alpha-container", target=Target.ANY
    )
    channel = ChannelPlan(
        id="oci",
        kind="oci",
        package="alpha-container",
        artifacts=("alpha.oci.tar",),
        address="https://ghcr.io/octo",
        after=(),
    )
    return msgspec.structs.replace(
        made, packages=(own, *around), artifacts=(*made.artifacts, image), channels=(channel,)
    )


def test_versions_are_spelled_as_each_registry_spells_them() -> None:
    """PEP 440 for PyPI, SemVer for npm, also where the package is made around the server; strangers keep theirs."""
    made = plan()
    document = completed(made.packages[0], made, {}, {"ghcr.io/octo/alpha": "sha256:" + "a" * 64}, pytest.fail)
    pypi, npm, ours, theirs, nuget = document["packages"]
    assert (document["version"], pypi["version"], npm["version"]) == ("1.2.0-rc.1", "1.2.0rc1", "1.2.0-rc.1")
    assert ours["identifier"] == f"ghcr.io/octo/alpha:1.2.0-rc.1@sha256:{'a' * 64}"
    assert theirs["identifier"] == "docker.io/somebody/else:v1.2.0-rc.1"
    assert nuget["version"] == "7.0.0"


def test_an_image_has_a_digest_only_where_the_plan_pushes_it_as_one_file() -> None:
    """The reference is that of the channel; several layouts are joined when they are pushed."""
    made = plan()
    assert image_references(made.packages[0], made) == {"ghcr.io/octo/alpha": "alpha.oci.tar"}
    (channel,) = made.channels
    second = msgspec.structs.replace(made.artifacts[-1], name="alpha-2.oci.tar")
    several = msgspec.structs.replace(channel, artifacts=("alpha-2.oci.tar", "alpha.oci.tar"))
    joined = msgspec.structs.replace(made, artifacts=(*made.artifacts, second), channels=(several,))
    assert image_references(joined.packages[0], joined) == {}


def test_an_owner_with_capital_letters_is_one_without_to_a_registry() -> None:
    """Channel, statements, document and page name the image alike, however address and identifier are written."""
    made = plan()
    package = msgspec.structs.replace(made.packages[-1], name="@octo/Alpha")
    (channel,) = made.channels
    channel = msgspec.structs.replace(channel, address="https://ghcr.io/Octo/")
    written = DOCUMENT | {"packages": [{"registryType": "oci", "identifier": "ghcr.io/Octo/Alpha:v0"}]}
    own = msgspec.structs.replace(made.packages[0], details={DETAIL: json.dumps(written)})
    made = msgspec.structs.replace(made, packages=(own, package), channels=(channel,))
    image = "ghcr.io/octo/alpha"
    assert repository(channel.address, package.name, channel.options) == image
    assert image_references(own, made) == {image: "alpha.oci.tar"}
    (entry,) = completed(own, made, {}, {image: "sha256:" + "a" * 64}, pytest.fail)["packages"]
    assert entry["identifier"] == f"{image}:1.2.0-rc.1@sha256:{'a' * 64}"
    (block,) = install_tabs.tabs(structs.builtins(made), {"alpha.oci.tar"})
    assert [tab.lines for tab in block.tabs] == [(f"docker pull {image}:1.2.0-rc.1",)]
    renamed = repository(channel.address, package.name, {"image": "tools/other"})
    assert renamed == "ghcr.io/octo/tools/other"


def test_a_family_is_a_package_and_what_is_made_around_it() -> None:
    """From whichever of them it is asked."""
    made = plan()
    for each in made.packages:
        assert {member.id for member in family(each, made.packages)} == {
            "alpha",
            "alpha-program-npm",
            "alpha-container",
        }
    assert name_of(made.packages[0]) == "io.github.octo/alpha"
    assert registries_of(made.packages[0]) == {"pypi", "npm", "oci", "nuget"}
    assert (name_of(made.packages[1]), registries_of(made.packages[1])) == ("", frozenset())


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ({"a": 1, "b": ""}, {"a": 1}, True),
        ({"a": 1, "unknown": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "c": False, "d": []}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, False),
        ({"a": [{"b": 1, "c": None}]}, {"a": [{"b": 1}]}, True),
    ],
)
def test_the_registry_leaves_out_what_is_empty_or_unknown(ours: Any, theirs: Any, *, equal: bool) -> None:
    """Everything else must be equal."""
    assert same(ours, theirs) is equal


def _around(own: Package, ecosystem: str, name: str) -> Package:
    return msgspec.structs.replace(
        own, id=f"{own.id}-{ecosystem}", name=name, ecosystem=ecosystem, wraps=own.id, details={}
    )
