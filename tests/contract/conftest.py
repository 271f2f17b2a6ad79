"""What the contract tests share: real objects, and plug-ins found by discovery."""

import io
import os
from pathlib import Path

import pytest

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.ports import Tools


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
