"""``server.json`` is judged before anything is built: by its schema, by the registry's rules, by who it speaks of."""

import copy
import json
from typing import Any

import msgspec
import pytest

from tagship.domain.manifests.server_json import CURRENT, SCHEMAS, in_todays_keys, read
from tagship.errors import ProjectError
from tagship.parts.plan.server_documents import check
from tagship.parts.plan.servers import documents, server_of
from tagship.ports import Found
from tests.unit.samples import Tree, Warned

GOOD: dict[str, Any] = {
    "$schema": CURRENT,
    "name": "io.github.octo/demo",
    "description": "A demonstration",
    "repository": {"url": "https://github.com/octo/demo", "source": "github"},
    "version": "1.2.0",
    "packages": [
        {
            "registryType": "pypi",
            "identifier": "demo",
            "version": "1.2.0",
            "transport": {"type": "streamable-http", "url": "http://127.0.0.1:{PORT}/mcp"},
            "environmentVariables": [{"name": "PORT"}],
            "packageArguments": [{"type": "named", "name": "--port", "value": "{PORT}"}],
        },
        {"registryType": "oci", "identifier": "ghcr.io/octo/demo:1.2.0", "transport": {"type": "stdio"}},
        {
            "registryType": "mcpb",
            "identifier": "https://github.com/octo/demo-mcp/releases/download/v1.2.0/demo.mcpb",
            "fileSha256": "{{MCPB_FILE_SHA256}}",
            "transport": {"type": "stdio"},
        },
    ],
    "remotes": [{"type": "sse", "url": "https://demo.example.com/{tenant}", "variables": {"tenant": {}}}],
}
MARKED = {"README.md": "<!-- mcp-name: io.github.octo/demo -->"}
PYTHON = Found(
    ecosystem="python", name="demo", path=".", version="", license=None, mcp_name=None, entry=None, sites=()
)  # fmt: skip


def judged(document: Any, *found: Found, beside: dict[str, str] | None = None) -> tuple[list[str], list[str]]:
    """Return what is refused, each with its line, and what is warned of."""
    reporter: Any = Warned()
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    refused: list[str] = []
    try:
        check(Tree({"server.json": text, "examples/server.json": "{", **(beside or MARKED)}), found, reporter)
    except ProjectError as error:
        refused = [f"{each.line}: {each.message}" for each in error.problems]
    assert {each.file for each in reporter.problems} <= {"server.json"}
    return refused, [f"{each.line}: {each.message}" for each in reporter.problems]


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def test_a_right_one_is_let_pass() -> None:
    """With every kind of package, and with a digest that the release fills in; examples are not looked at."""
    assert judged(GOOD, PYTHON) == ([], [])


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("name",), "octo", "does not match"),
        (("name",), "io.github.octo-/demo", "name is 'io.github.octo-/demo'"),
        (("description",), "x" * 101, "longer than 100"),
        (("version",), "latest", "version is 'latest'"),
        (("version",), "^1.2.0", "version is '^1.2.0'"),
        (("version",), "1.x", "version is '1.x'"),
        (("title",), "  ", "title is blank"),
        (("websiteUrl",), "http://example.com", "websiteUrl is"),
        (("repository", "url"), "https://github.com/octo/demo/tree/main", "repository.url is"),
        (("repository", "subfolder"), "../x", "repository.subfolder is"),
        (("_meta",), {"io.modelcontextprotocol.registry/publisher-provided": {"x": "y" * 4096}}, "4096 bytes"),
        (("packages", 0, "registryType"), "pip", "registryType is 'pip'"),
        (("packages", 0, "registryBaseUrl"), "https://example.com", "registryBaseUrl is"),
        (("packages", 0, "identifier"), "de mo", "identifier is 'de mo'"),
        (("packages", 0, "version"), None, "has no version"),
        (("packages", 0, "version"), ">=1.2", "packages.0.version is '>=1.2'"),
        (("packages", 0, "fileSha256"), "0" * 64, "a pypi package has a fileSha256"),
        (("packages", 0, "transport", "type"), "stdio", "a stdio transport has the url"),
        (("packages", 0, "transport", "type"), "http", "transport"),
        (("packages", 0, "transport", "url"), "http://127.0.0.1:{port_number}/mcp", "nothing fills in {port_number}"),
        (("packages", 0, "packageArguments", 0, "name"), "--port <port>", "argument name is"),
        (("packages", 0, "packageArguments", 0, "value"), "--port=80", "value of --port is"),
        (("packages", 0, "packageArguments", 0, "value"), 8080, "8080"),
        (("packages", 1, "identifier"), "registry.example.com/octo/demo:1", "identifier is"),
        (("packages", 1, "identifier"), "ghcr.io/octo/demo", "has no tag"),
        (("packages", 1, "version"), "1.2.0", "an OCI package has a version"),
        (("packages", 2, "identifier"), "http://example.com/demo.mcpb", "identifier is"),
        (("remotes", 0, "url"), "https://localhost/{tenant}", "remote url is"),
        (("remotes", 0, "variables"), None, "nothing fills in {tenant}"),
    ],
)
def test_what_the_registry_refuses_is_told(path: tuple[str | int, ...], value: Any, said: str) -> None:
    """One mistake is told once or more, and its words name the value."""
    refused, _ = judged(changed(path, value))
    assert refused
    assert any(said in each for each in refused), refused


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the paths of all values below a document."""
    items = [*(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())]
    return [each for key, inner in items for each in ((*path, key), *_places(inner, (*path, key)))]


ODD: tuple[Any, ...] = (7, True, "x", [], [7], [[]], {}, [{"name": []}], {"name": {}})


@pytest.mark.parametrize("path", _places(GOOD), ids=str)
def test_whatever_stands_in_it_is_judged_and_read(path: tuple[str | int, ...]) -> None:
    """Values of any shape at any place are no reason to fail, also where no schema is named that would refuse them."""
    for value in ODD:
        document = changed(path, value)
        judged(document, PYTHON)
        document.pop("$schema", None)
        judged(document, PYTHON)
        server_of(PYTHON, documents(Tree({"server.json": json.dumps(document)})))


def test_all_mistakes_are_told_at_once_by_line() -> None:
    """In the order of the file; a value that is no string is told at the line of the part it is in."""
    document = changed(("version",), "latest")
    document["description"] = "x" * 101
    document["packages"][0]["packageArguments"][0]["value"] = 8080
    refused, _ = judged(document)
    lines = json.dumps(document, indent=1).splitlines()
    numbers = [int(each.partition(":")[0]) for each in refused]
    assert numbers == sorted(numbers)
    assert len(refused) >= 3
    words = [lines[number - 1].split(":")[0].strip(' "') for number in dict.fromkeys(numbers)]
    assert words == ["description", "version", "name"]


@pytest.mark.parametrize(("text", "said"), [("{", "it is no JSON"), ("[]", "it is no JSON object")])
def test_what_is_no_document_is_told(text: str, said: str) -> None:
    """Without a traceback."""
    assert any(said in each for each in judged(text)[0])


def test_placeholders_are_let_pass() -> None:
    """A version that is filled in when the file is published is no range."""
    assert judged(changed(("version",), "${VERSION}"))[0] == []


def of(date: str) -> dict[str, Any]:
    """Return a right document as the schema of that date wants it."""
    document = changed(("$schema",), CURRENT.replace("2025-12-11", date))
    document["remotes"] = [{"type": "sse", "url": "https://demo.example.com/sse"}]  # templates came last
    if date < "2025-10-11":  # a version was required, of every package
        document["packages"] = document["packages"][:1]
    if date != "2025-07-09":
        return document
    text = json.dumps(document)
    for new, old in (("registryType", "registry_type"), ("packageArguments", "package_arguments")):
        text = text.replace(new, old)
    return json.loads(text.replace("environmentVariables", "environment_variables"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("date", SCHEMAS[:-1])
def test_an_older_schema_is_what_a_document_is_checked_by(date: str) -> None:
    """With a warning that it is older; its mistakes are refused, and so is what the registry's rules forbid."""
    refused, warned = judged(of(date), PYTHON)
    assert refused == []
    assert [f"its schema, of {date}, is not the current one" in each for each in warned] == [True]
    long = {**of(date), "description": "x" * 101}
    assert ["longer than 100" in each for each in judged(long, PYTHON)[0]] == [True]
    moving = of(date)
    moving["packages"][0]["version"] = "^1.2"
    assert ["packages.0.version is '^1.2'" in each for each in judged(moving, PYTHON)[0]] == [True]


@pytest.mark.parametrize(
    ("date", "key", "value"),
    [
        ("2025-09-16", "title", "x" * 101),
        ("2025-09-29", "icons", [{"src": "https://example.com/i.png", "theme": "blue"}]),
    ],
)
def test_each_document_is_checked_by_its_own_schema(date: str, key: str, value: Any) -> None:
    """What a later schema limits is free in an earlier one that does not know it."""
    told = [bool(judged({**of(each), key: value}, PYTHON)[0]) for each in (date, SCHEMAS[-1])]
    assert told == [False, True]


def test_the_keys_of_the_first_schema_are_understood() -> None:
    """They were in snake case: rules, marks and strangers are told by the keys that the document has, at their lines."""
    document = of("2025-07-09")
    document["packages"][0]["registry_base_url"] = "https://example.com"
    refused, warned = judged(document, PYTHON, beside={"setup.py": ""})
    line = next(
        number
        for number, text in enumerate(json.dumps(document, indent=1).splitlines(), 1)
        if "registry_base_url" in text
    )
    assert refused == [f"{line}: registryBaseUrl is 'https://example.com'"]
    assert "does not read keys like `registry_type`" in warned[0]
    assert "does not say that it is the server" in warned[1]
    today = in_todays_keys(of("2025-07-09"))
    assert today == of("2025-09-16")
    assert read(json.dumps(of("2025-07-09"))) == today


def test_an_unknown_schema_is_warned_of() -> None:
    """The rules hold all the same; a document without a schema is not checked, which the registry refuses by itself."""
    refused, warned = judged(changed(("$schema",), None))
    assert (refused, len(warned)) == ([], 1)
    strange = changed(("$schema",), "https://example.com/server.schema.json")
    strange |= {"description": "x" * 101, "version": "latest"}
    refused, warned = judged(strange)
    assert "which was never published" in warned[0]
    assert ["version is 'latest'" in each for each in refused] == [True]


def test_a_package_of_somebody_else_is_warned_of() -> None:
    """It is what remains when a package was renamed: the registry would look for a package that is never published."""
    _, warned = judged(changed(("packages", 0, "identifier"), "demo-old"), PYTHON)
    assert ["'demo-old' is no pypi package of this project" in each for each in warned] == [True]


@pytest.mark.parametrize(
    ("ecosystem", "beside", "hint"),
    [
        ("python", {"README.md": "mcp-name: io.github.octo/demo"}, ""),
        ("python", {"README.md": "<!-- mcp-name: io.github.octo/demo-->"}, ""),
        (
            "python",
            {"README.md": "mcp-name: io.github.octo/demo-two"},
            "add <!-- mcp-name: io.github.octo/demo --> to README.md",
        ),
        ("python", {"README.md": "mcp-name: io.github.octo/demo."}, "add <!--"),
        ("python", {"setup.py": ""}, "to README.md"),
        ("npm", {"package.json": '{"mcpName": "io.github.octo/demo"}'}, ""),
        ("npm", {"package.json": "{}"}, 'add "mcpName": "io.github.octo/demo" to package.json'),
        (
            "rust",
            {"README.md": "<!-- mcp-name: io.github.octo/demo -->"},
            "add mcp-name: io.github.octo/demo to README.md",
        ),
        ("rust", {"README.md": "mcp-name: io.github.octo/demo"}, ""),
    ],
)
def test_a_package_without_its_mark_is_warned_of(ecosystem: str, beside: dict[str, str], hint: str) -> None:
    """Each registry's packages bear it at another place; the token of a longer name is another server's."""
    kinds = {"python": "pypi", "npm": "npm", "rust": "cargo"}
    found = msgspec.structs.replace(PYTHON, ecosystem=ecosystem)
    refused, warned = judged(changed(("packages", 0, "registryType"), kinds[ecosystem]), found, beside=beside)
    assert refused == []
    assert [hint in each for each in warned] == ([True] if hint else [])
