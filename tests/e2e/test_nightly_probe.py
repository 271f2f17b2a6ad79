"""The nightly workflow of docs/probe.md: one issue when the published server stops, closed when it starts again."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.test_workflows import workflow
from tests.integration.small_server import module

PAGE = act.ROOT / "docs" / "probe.md"
GH = """#!/bin/sh
# What `gh issue` does, as far as the workflow asks: the state is a file, each change is told.
case "$2" in
  list) cat "$GH_STATE" ;;
  create) echo 7 > "$GH_STATE"; echo create >> "$GH_TOLD" ;;
  close) : > "$GH_STATE"; echo "close $3" >> "$GH_TOLD" ;;
esac
"""
pytestmark = [pytest.mark.e2e, pytest.mark.network]


def nightly(command: str) -> str:
    """Take the workflow from the page, with another command."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"<!-- probe-nightly: begin -->\n```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    assert found[1].count("uvx weather-mcp") == 1
    return found[1].replace("uvx weather-mcp", command)


def test_one_issue_is_opened_and_closed(
    secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nights of a broken server make one issue; the night it starts again closes it; then nothing is done."""
    server, tools = tmp_path / "server.py", tmp_path / "bin"
    tools.mkdir()
    (tools / "gh").write_text(GH, encoding="utf-8")
    (tools / "gh").chmod(0o755)
    (tmp_path / "state").touch()
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    workflow(consumer, "probe.yml", nightly(f"python3 {server}"))
    act.repository(consumer, "https://github.com/octo/demo")
    told = {"GH_STATE": str(tmp_path / "state"), "GH_TOLD": str(tmp_path / "told")}
    runner = Act(consumer, tmp_path / "act", told, secrets, {f"{act.SELF}@v1": tagship_copy})

    for source in (
        "import nowhere_to_be_found",
        "import nowhere_to_be_found",
        module() + "\n\nmain()",
        module() + "\n\nmain()",
    ):
        server.write_text(f"{source}\n", encoding="utf-8")
        run = runner.run("workflow_dispatch", ".github/workflows/probe.yml", payload={"ref": "refs/heads/main"})
        assert run.code == 0, run.log
    assert (tmp_path / "told").read_text(encoding="utf-8").split("\n") == ["create", "close 7", ""]
