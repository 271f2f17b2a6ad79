"""How a server is started, by its server.json."""

import json
from typing import Any

import pytest

from tagship.domain.manifests.server import EnvironmentVariable, Server
from tagship.parts.plan.servers import documents, server_of, why_server
from tagship.ports import Found
from tests.unit.samples import Tree


def found(name: str = "weather-mcp", path: str = ".", ecosystem: Any = "python", sdk: str = "") -> Found:
    return Found(
        ecosystem=ecosystem,
        name=name,
        path=path,
        version="",
        license=None,
        mcp_name=None,
        entry=name,
        sites=(),
        sdk=sdk,
    )


def told(entries: Any, of: Found | None = None, file: str = "server.json") -> Server | None:
    tree = Tree({file: json.dumps({"name": "io.github.octo/x", "packages": entries})})
    return server_of(of or found(), documents(tree))


ENTRY = {
    "registryType": "pypi",
    "identifier": "Weather_MCP",
    "transport": {"type": "streamable-http", "url": "http://127.0.0.1:8080/mcp"},
    "packageArguments": [
        {"type": "positional", "value": "serve"},
        {"type": "named", "name": "--log", "value": "warn"},
        {"type": "named", "name": "--place", "value": "{place}"},
        {"type": "positional", "valueHint": "folder"},
    ],
    "environmentVariables": [
        {"name": "API_KEY", "description": "the key", "isRequired": True, "isSecret": True, "default": "never"},
        {"name": "UNITS", "default": "metric"},
        "odd",
    ],
}


def test_all_that_an_entry_says() -> None:
    """Fixed arguments only; a secret has no default."""
    assert told([ENTRY]) == Server(
        transport="streamable-http",
        arguments=("serve", "--log", "warn"),
        port=8080,
        path="/mcp",
        environment=(
            EnvironmentVariable(name="API_KEY", description="the key", required=True, secret=True),
            EnvironmentVariable(name="UNITS", default="metric"),
        ),
    )


def test_an_entry_belongs_to_the_package_that_it_names() -> None:
    """Though the file lies elsewhere; one that names nobody here belongs to the package beside it, if it is the only one."""
    deeper = found(path="packages/weather")
    assert told([ENTRY], deeper) == told([ENTRY])
    other = {**ENTRY, "identifier": "other"}
    assert told([other], deeper) is None
    assert told([other]) == told([ENTRY])
    assert told([other, other]) is None
    assert told([{**ENTRY, "registryType": "npm"}], found(ecosystem="npm")) == told([ENTRY])


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"transport": 3},
        {"transport": {"type": "pigeon", "url": "http://x:99999999"}},
        {"environmentVariables": [3]},
        7,
    ],
)
def test_odd_entries_are_servers_over_stdio(entry: Any) -> None:
    """What is wrong with them is told where server.json is checked."""
    assert told([entry] if isinstance(entry, int) else [{**entry}], found(sdk="mcp")) == Server()


def test_without_a_word_the_sdk_tells() -> None:
    """A package that depends on an MCP SDK is a server over stdio; another one is none."""
    assert server_of(found(sdk="mcp"), {}) == Server()
    assert server_of(found(), {}) is None
    assert documents(Tree({"server.json": "{", "tests/server.json": "{}", "a/server.json": "[]"})) == {}


def test_it_is_told_why_a_package_is_taken_for_a_server() -> None:
    """All reasons there are; none for a library."""
    tree = Tree({"server.json": json.dumps({"name": "io.github.octo/x", "packages": [ENTRY]})})
    assert why_server(found(sdk="mcp"), documents(tree)) == "it depends on mcp, a server.json lists it"
    assert why_server(found("other"), documents(tree)) == ""
