"""What the integration tests share."""

from collections.abc import Iterator

import pytest

from tests.fakes.github import GithubServer
from tests.tools.node import openapi_description


@pytest.fixture
def github_server() -> Iterator[GithubServer]:
    """Run a GitHub with the repository octo/demo; nothing may contradict GitHub's own description."""
    with GithubServer(description=openapi_description()) as server:
        yield server
        assert server.violations == []
