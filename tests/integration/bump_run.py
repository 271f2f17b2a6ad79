"""A clone of a repository on the GitHub stand-in, for the tests of version-bump's ways into a branch."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.github import GithubServer, Settings
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Pull
from tests.integration import projects
from tests.integration.projects import Project, Result
from tests.tools.node import openapi_description

MANIFEST = projects.manifest(projects.HATCH, 'version = "1.2.0" # by version-bump')
FILES = projects.plain(
    MANIFEST, '__version__ = "1.2.0"', **{"CHANGELOG.md": "# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- a\n"}
)


@dataclass(frozen=True)
class Clone:
    """What a workflow has: a clone, a token, and GitHub."""

    project: Project
    server: GithubServer
    bare: Path

    def bump(self, *arguments: str, **environment: str) -> Result:
        """Run version-bump as a job does."""
        return self.project.tagship("version-bump", "--json", *arguments, **{**self.environment, **environment})

    def outputs(self, *arguments: str, **environment: str) -> dict[str, Any]:
        """Run it to success and return its outputs."""
        done = self.bump(*arguments, **environment)
        assert done.code == 0, done.said
        values: dict[str, Any] = json.loads(done.out)
        return values

    def command(self, *arguments: str) -> list[str]:
        """Return the same as a command line of its own, for whoever starts and kills it."""
        variables = [f"{name}={value}" for name, value in {**self.project.env(), **self.environment}.items()]
        program = [sys.executable, "-m", "tagship", "version-bump", "--json", *arguments]
        return ["env", "-C", str(self.project.root), "-i", *variables, *program]

    @property
    def environment(self) -> dict[str, str]:
        """What the runner sets, and the token."""
        given = self.server.environment()
        return {**given, "TAGSHIP_TOKEN": given["GITHUB_TOKEN"], "GITHUB_ACTIONS": "true", "TAGSHIP_RETRY_WINDOW": "5"}

    def change(self, message: str, files: Mapping[str, str] | None = None) -> str:
        """Commit in the clone and push to the server's main."""
        commit = self.project.commit(message, files)
        self.project.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def pull(self) -> None:
        """Bring the clone to the server's main, with all tags."""
        self.project.git("fetch", "--quiet", "--tags", "origin", "main")
        self.project.git("reset", "--quiet", "--hard", "FETCH_HEAD")

    def on_server(self, reference: str) -> str:
        """Return the commit of a reference on the server; empty when there is none."""
        found = self.project.git("ls-remote", str(self.bare), reference)
        return found.split()[0] if found else ""

    def file(self, reference: str, path: str) -> str:
        """Return a file as a branch of the server has it."""
        self.project.git("fetch", "--quiet", str(self.bare), reference)
        return self.project.git("show", f"FETCH_HEAD:{path}")

    @property
    def repository(self) -> Repository:
        """The server's repository."""
        return self.server.repository()

    @property
    def pulls(self) -> list[Pull]:
        """All pull requests."""
        return list(self.repository.pulls.values())


@contextmanager
def cloned(folder: Path, files: Mapping[str, str] = FILES, **settings: Any) -> Iterator[Clone]:
    """Make a server whose main has these files and the tag v1.2.0, and a clone of it."""
    bare = folder / "demo.git"
    made = projects.make(folder / "work", files)
    made.git("clone", "--quiet", "--bare", str(made.root), str(bare))
    made.git("remote", "add", "origin", str(bare))
    with GithubServer(
        [Settings(owner="octo", name="demo", git=bare, **settings)], description=openapi_description()
    ) as server:
        yield Clone(made, server, bare)
        assert server.violations == []
