"""What the integration tests share."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.ports import Tools
from tests.fakes import sigstore
from tests.fakes.github import GithubServer
from tests.fakes.sigstore import Sigstore
from tests.integration.keyless import StillClock
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


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Real tools with a home of their own; what they say is kept in memory."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    clock, shell = SystemClock(), SystemShell()
    return Tools(
        shell=shell,
        clock=clock,
        reporter=Console({}, clock, io.StringIO()),
        environment=environment,
        open_repository=lambda folder: Git(folder, shell, environment),
    )


@pytest.fixture
def instance() -> Iterator[Sigstore]:
    """Give the instance of this process, without faults."""
    found = sigstore.running()
    found.calm()
    yield found
    found.calm()


@pytest.fixture
def said() -> io.StringIO:
    """Keep what is said to people."""
    return io.StringIO()


@pytest.fixture
def job(tools: Tools, instance: Sigstore, said: io.StringIO) -> Tools:
    """Be in a job with ``id-token: write``, whose waiting takes no time."""
    clock = StillClock(tools.clock)
    return replace(
        tools,
        environment={**tools.environment, **instance.environment()},
        clock=clock,
        reporter=Console({}, clock, said),
    )
