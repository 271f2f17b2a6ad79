"""GitHubs for the tests of the stand-in: with settings, in memory or over git."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.fakes.github import GithubServer, Settings, Token
from tests.fakes.github.client import Client
from tests.tools.node import openapi_description

BEGIN: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILES: Final = {"README.md": b"# Demo\n", "src/demo.py": b'__version__ = "0.1.0"\n'}
NOBODY: Final = {"NAME": "Ada", "EMAIL": "ada@example.org", "DATE": "1772366400 +0000"}


@contextmanager
def running(git: Path | None = None, **settings: Any) -> Iterator[Client]:
    """Run a GitHub whose octo/demo has two files; nothing may contradict GitHub's own descriptions."""
    with GithubServer(
        [Settings(owner="octo", name="demo", git=git, **settings)], description=openapi_description()
    ) as server:
        server.repository().commit("feat: files", date=BEGIN, files=FILES)
        yield Client(server)
        assert server.violations == []


def head(client: Client, branch: str = "main") -> str:
    """Tell where a branch is."""
    sha: str = client.server.repository().branches[branch]
    return sha


def branch_with(client: Client, name: str, *messages: str, files: Mapping[str, bytes] | None = None) -> list[str]:
    """Make a branch off main with a commit for each message, each with a file of its own unless told; answer them."""
    client.branch(name, head(client))
    found = enumerate(messages or ("feat: add",))
    return [
        client.commit(name, files or {f"{name}-{number}.txt": message.encode()}, message) for number, message in found
    ]


def as_token(client: Client, **permissions: Any) -> Client:
    """Call with a token that has these permissions."""
    client.server.world.tokens["given"] = Token(**permissions)
    return Client(client.server, token="given")


def run_git(folder: Path, *arguments: str) -> str:
    """Run git as Ada, with nobody's configuration."""
    people = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in NOBODY.items()}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **people}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=inherited | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
