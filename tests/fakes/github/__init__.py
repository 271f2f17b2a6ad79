"""A stateful stand-in for GitHub on loopback: releases, refs, commits, pull requests, workflow runs; REST and GraphQL.

A request goes `listener` (sockets) → `service` (fault, access, limits, validation, journal) → `routes` → one handler
in `releases`, `assets`, `refs`, `commits`, `pulls`, `runs`, `graphql`, `repositories` or `downloads` → `state` (values, no
HTTP) → `render`, `render_pull` or `render_run` (JSON). Commits are in memory (`objects`) or in git (`git_objects`).

    with GithubServer(description=openapi_description()) as server:
        …  # requests to server.api_url
        assert server.violations == []
"""

from tests.fakes.github.faults import Answer, Cut, Delay, Drop, Faults, Kill, Reset, Starter, secondary_limit
from tests.fakes.github.journal import Entry, Journal
from tests.fakes.github.server import READ_TOKEN, WRITE_TOKEN, GithubServer
from tests.fakes.github.values import Protection, Settings, Token, Workflow

__all__ = [
    "READ_TOKEN",
    "WRITE_TOKEN",
    "Answer",
    "Cut",
    "Delay",
    "Drop",
    "Entry",
    "Faults",
    "GithubServer",
    "Journal",
    "Kill",
    "Protection",
    "Reset",
    "Settings",
    "Starter",
    "Token",
    "Workflow",
    "secondary_limit",
]
