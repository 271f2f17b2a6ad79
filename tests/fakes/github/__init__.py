"""A stateful stand-in for the releases part of GitHub's REST API, on loopback.

A request goes `listener` (sockets) → `service` (fault, access, limits, validation, journal) → `routes` → one handler
in `releases`, `assets`, `refs`, `repositories` or `downloads` → `state` (values, no HTTP) → `render` (JSON).

    with GithubServer(description=openapi_description()) as server:
        …  # requests to server.api_url
        assert server.violations == []
"""

from tests.fakes.github.faults import Answer, Delay, Drop, Faults, Kill, Reset, Starter, secondary_limit
from tests.fakes.github.journal import Entry, Journal
from tests.fakes.github.server import READ_TOKEN, WRITE_TOKEN, GithubServer
from tests.fakes.github.values import Settings, Token

__all__ = [
    "READ_TOKEN",
    "WRITE_TOKEN",
    "Answer",
    "Delay",
    "Drop",
    "Entry",
    "Faults",
    "GithubServer",
    "Journal",
    "Kill",
    "Reset",
    "Settings",
    "Starter",
    "Token",
    "secondary_limit",
]
