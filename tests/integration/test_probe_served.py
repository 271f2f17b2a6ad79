"""Servers that listen, started as a package's users do: those that do not come up."""

import sys
from pathlib import Path

import pytest

from tagship.mcp.served import probe_served
from tagship.ports import Launch, Wanted
from tests.integration.probing import PATIENT, tools

URL = "http://127.0.0.1:1/mcp"


def test_a_program_that_cannot_be_started_is_broken(tmp_path: Path) -> None:
    """As it is over standard streams: a verdict, no traceback."""
    found = probe_served(Launch(argv=(str(tmp_path / "none"),), cwd=tmp_path, env={}), URL, Wanted(), tools()).probe
    assert (found.verdict, found.refused) == ("broken", True)
    assert "cannot be started: it is not there" in found.reason


@pytest.mark.skipif(sys.platform == "win32", reason="programs do not end by signals there")
def test_the_signal_that_a_server_ended_by_has_a_name(tmp_path: Path) -> None:
    """Nobody has to know that -11 is a signal."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    launch = Launch(argv=(sys.executable, "-c", code), cwd=tmp_path, env={})
    found = probe_served(launch, URL, Wanted(timeout=PATIENT), tools()).probe
    assert found.reason.startswith("it ends by SIGSEGV")
    assert found.exit is not None
    assert (found.exit.code, found.exit.signal) == (None, "SIGSEGV")
