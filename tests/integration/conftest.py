"""What the integration tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github import GithubServer
from tests.integration.release_run import Project
from tests.tools.node import openapi_description


@pytest.fixture
def github_server() -> Iterator[GithubServer]:
    """Run a GitHub with the repository octo/demo; nothing may contradict GitHub's own description."""
    with GithubServer(description=openapi_description()) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def project(tmp_path: Path, github_server: GithubServer) -> Project:
    """Give a folder with three files to release to octo/demo."""
    made = Project(root=tmp_path, server=github_server)
    made.put()
    return made
