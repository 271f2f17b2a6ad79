"""Repositories of the shapes that real servers have, planned: which packages, which files, what is left out and why.

``tests/golden/repositories`` holds one shape per file, written for these tests after the layouts of published servers
(their names are not theirs): ``files`` are committed and tagged; ``packages`` are id → ecosystem, folder, version;
``files-built`` what legs owe; ``left-out`` words of the reasons by path; ``refused`` words of an error instead.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.projects import make

SHAPES = sorted((Path(__file__).parents[1] / "golden" / "repositories").glob("*.yaml"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_a_repository_is_planned_as_its_people_would(shape: Path, tmp_path: Path) -> None:
    """With zero configuration; what is left out is explained; what is planned is exactly what a release would hold."""
    told: dict[str, Any] = yaml.safe_load(shape.read_text(encoding="utf-8"))
    project = make(tmp_path, told["files"], tag=told["tag"])
    targets = ["--targets", told["targets"].replace(" ", "\n")] if "targets" in told else []
    done = project.tagship("build-matrix", "--explain", *targets)
    if "refused" in told:
        assert done.code == 3, done.said
        assert told["refused"] in done.said
        return
    assert done.code == 0, done.said
    plan = json.loads((project.root / "plan.json").read_bytes())
    packages = {each["id"]: each for each in plan["packages"]}
    assert told["packages"] == {
        name: f"{each['ecosystem']} {each['path']} {each['version']}" for name, each in packages.items()
    }
    legs = {leg["id"] for leg in plan["legs"]}
    assert told["files-built"] == sorted(each["name"] for each in plan["artifacts"] if each["leg"] in legs)
    for path, why in told.get("left-out", {}).items():
        assert any(why in line for line in done.said.splitlines() if f"left out {path}: " in line), (path, done.said)
    for name, details in told.get("details", {}).items():
        assert details.items() <= packages[name]["details"].items()
    for name, server in told.get("servers", {}).items():
        assert server.items() <= packages[name]["server"].items()
    for name, mcp_name in told.get("mcp-names", {}).items():
        assert packages[name]["mcp_name"] == mcp_name


def test_there_are_ten_shapes() -> None:
    """Enough to notice when a change breaks one of them."""
    assert len(SHAPES) >= 10
