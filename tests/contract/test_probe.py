"""On every system: servers are started, spoken to and ended. What only Linux can is in ``tests/integration/test_probe.py``."""

import os
import sys
from pathlib import Path

import pytest

from tagship.domain.probe_report import Probe
from tagship.mcp.probe import probe_command
from tagship.ports import Launch, Tools, Wanted

SERVERS = Path(__file__).parents[1] / "integration" / "odd_servers"


def probed(name: str, tools: Tools, folder: Path) -> Probe:
    argv = (sys.executable, "-u", str(SERVERS / f"{name}.py"))
    wanted = Wanted(timeout=60, patience=1)
    return probe_command(Launch(argv=argv, env=dict(os.environ), cwd=folder), wanted, tools).probe


@pytest.mark.parametrize(
    ("name", "verdict", "how"),
    [
        ("base", "ok", "stdin-closed"),
        ("crash", "broken", "crashed"),
        ("needs_variable", "needs-configuration", "crashed"),
        ("polluted", "broken", "stdin-closed"),
    ],
)
def test_verdicts(name: str, verdict: str, how: str, tools: Tools, tmp_path: Path) -> None:
    """The same verdicts everywhere."""
    found = probed(name, tools, tmp_path)
    assert found.exit
    assert (found.verdict, found.exit.how) == (verdict, how), found.reason


def test_who_stays_is_ended(tools: Tools, tmp_path: Path) -> None:
    """A server that does not end with its input is ended by what the system has for it."""
    found = probed("never_exits", tools, tmp_path)
    assert found.exit
    assert (found.verdict, found.exit.how) == ("ok", "terminated")
