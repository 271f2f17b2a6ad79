"""What servers say when they lack something, in the wordings of real libraries, and what only looks like it."""

import pytest

from tagship.domain.tools.missing_configuration import lacking

SAID = {
    "argparse": (
        "usage: server [-h] --db-path DB_PATH path\nserver: error: the following arguments are required: --db-path, path",
        ("--db-path", "path"),
    ),
    "clap": (
        "error: the following required arguments were not provided:\n  --token <TOKEN>\n  <PATH>\n\nUsage: x <PATH>",
        ("--token", "<PATH>"),
    ),
    "click": (
        "Usage: server [OPTIONS]\nTry 'server --help' for help.\n\nError: Missing option '--api-key'.",
        ("--api-key",),
    ),
    "click argument": ("Error: Missing argument 'PATH'.", ("PATH",)),
    "commander": ("error: required option '--token <token>' not specified", ("--token",)),
    "commander argument": ("error: missing required argument 'directory'", ("directory",)),
    "cobra": ('Error: required flag(s) "token" not set', ("token",)),
    "yargs": ("Options:\n  --help  Show help\n\nMissing required argument: apiKey", ("apiKey",)),
    "pydantic-settings": (
        (
            "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings\napi_key\n"
            "  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors\n"
            "url\n  Field required [type=missing, input_value={}, input_type=dict]"
        ),
        ("API_KEY", "URL"),
    ),
    "zod": (
        (
            'ZodError: [\n  {\n    "code": "invalid_type",\n    "received": "undefined",\n    "path": [\n'
            '      "DEMO_API_KEY"\n    ],\n    "message": "Required"\n  }\n]'
        ),
        ("DEMO_API_KEY",),
    ),
    "os.environ": (
        (
            'Traceback (most recent call last):\n  File "server.py", line 3, in <module>\n    key = os.environ["TOKEN"]\n'
            "KeyError: 'TOKEN'"
        ),
        ("TOKEN",),
    ),
    "by hand": ("Error: AIRTABLE_API_KEY environment variable is not set", ("AIRTABLE_API_KEY",)),
    "by hand, two": ("ValueError: Missing REDIS_HOST and REDIS_PWD", ("REDIS_HOST", "REDIS_PWD")),
    "please": ("Please provide your key via `BRAVE_API_KEY`.", ("BRAVE_API_KEY",)),
    "Go": ("2026/11/01 12:00:00 GITHUB_PERSONAL_ACCESS_TOKEN not set", ("GITHUB_PERSONAL_ACCESS_TOKEN",)),
    "Rust": ("Error: SLACK_TOKEN must be set: NotPresent", ("SLACK_TOKEN",)),
    "a flag": ("When using in-memory DuckDB, pass --read-write: it is required", ("--read-write",)),
    "Neo4j": (
        (
            "Failed to connect to Neo4j: Couldn't connect to localhost:7687 (resolved to ('127.0.0.1:7687',)):\n"
            "Failed to establish connection (reason [Errno 111] Connect call failed ('127.0.0.1', 7687))"
        ),
        ("localhost:7687",),
    ),
    "PostgreSQL": (
        (
            'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused\n'
            "Error: connect ECONNREFUSED 127.0.0.1:5432"
        ),
        ("localhost:5432",),
    ),
    "usage": ("Usage: mcp-server-filesystem <allowed-directory> [additional-directories...]", ("<allowed-directory>",)),
}
OTHER = {
    "an import": (
        "FOO_KEY is required\nTraceback (most recent call last):\n"
        "ImportError: cannot import name 'eval_type_backport' from 'pydantic._internal'"
    ),
    "a module": "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x/y.js'\n    at x\n  code: 'ERR_MODULE_NOT_FOUND'",
    "a default": "WARNING: LOG_LEVEL is not set, using default\nTypeError: unsupported operand",
    "another model": "1 validation error for Answer\nvalue\n  Field required [type=missing, input_value={}]",
    "a service elsewhere": "requests.exceptions.ConnectionError: Failed to connect to models.example.org:443",
    "an address": "Error: listen EADDRINUSE: address already in use :::3000",
    "nothing": "",
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_missing_is_found(name: str) -> None:
    """Each library's wording is read, and the names in it are found."""
    said, names = SAID[name]
    found = lacking(said.split("\n"))
    assert found
    assert found.names == tuple(sorted(names))


@pytest.mark.parametrize("name", OTHER)
def test_other_failures_are_no_configuration(name: str) -> None:
    """Imports that fail, defaults that are used and errors of other kinds name nothing that could be set."""
    assert lacking(OTHER[name].split("\n")) is None


def test_known_names_are_found_without_their_shape() -> None:
    """A name that the project documents counts even if it could be any word, and gives a field its prefix."""
    assert lacking(["TOKEN is required"]) is None
    assert lacking(["TOKEN is required"], ["TOKEN"])
    said = ["1 validation error for Thing", "url", "  Field required [type=missing]"]
    found = lacking(said, ["DEMO_URL"])
    assert found
    assert found.names == ("DEMO_URL",)
