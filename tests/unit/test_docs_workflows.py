"""The YAML of the documents is what it seems: workflows that actionlint accepts, configurations, commands that parse."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tagship import config
from tests.tools import require
from tests.unit.test_docs import PAGES, _blocks

Block = tuple[str, str, Any]


def _all() -> list[Block]:
    return [(page, code, yaml.safe_load(code)) for page in PAGES for code in _blocks(page, "yaml", "yml")]


BLOCKS: Final = _all()


def _as_workflow(document: Any) -> Any:
    """Make a workflow of a block: whole ones stay, jobs and steps alone are put where they would stand."""
    if isinstance(document, list):
        document = {"jobs": {"job": {"runs-on": "ubuntu-24.04", "steps": document}}}
    if not isinstance(document, dict) or "jobs" not in document:
        return None
    return document if True in document or "on" in document else {True: "push", **document}


def _written(document: Any) -> str:
    """Write it again; YAML 1.1 reads the key ``on`` as true."""
    return re.sub(r"^true:", "on:", yaml.safe_dump(document, sort_keys=False), flags=re.MULTILINE)


def test_workflows_are_accepted_by_actionlint(tmp_path: Path) -> None:
    """All of them at once, with the names of their pages; what jobs need of each other is there."""
    program = require("actionlint")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    wanted = [(page, made) for page, _, document in BLOCKS if (made := _as_workflow(document))]
    for number, (page, document) in enumerate(wanted):
        (folder / f"{page.replace('/', '-')}-{number}.yml").write_text(_written(_complete(document)), encoding="utf-8")
    done = subprocess.run([program, "-no-color"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(wanted) > 10


def _complete(document: dict[Any, Any]) -> dict[Any, Any]:
    """Add the jobs that an excerpt waits for."""
    text = yaml.safe_dump(document)
    missing = set(re.findall(r"needs\.([\w-]+)\.", text)) - set(document["jobs"])
    if not missing:
        return document
    outputs = {name: re.findall(rf"needs\.{name}\.outputs\.([\w-]+)", text) for name in missing}
    others = {
        name: {"runs-on": "ubuntu-24.04", "outputs": dict.fromkeys(keys, "x"), "steps": [{"run": "true"}]}
        for name, keys in outputs.items()
    }
    jobs = {name: {**job, "needs": sorted(missing)} for name, job in document["jobs"].items()}
    return {**document, "jobs": {**others, **jobs}}


@pytest.mark.parametrize(("page", "code", "document"), [block for block in BLOCKS if not _as_workflow(block[2])])
def test_configurations_are_read(page: str, code: str, document: Any) -> None:
    """What is no workflow is a ``tagship.yaml``, and the program takes it; other files say their name in the first line."""
    named = re.match(r"# (\S+\.(?:ya?ml|cff))\b", code)
    if named and Path(named[1]).name != "tagship.yaml":
        pytest.skip(f"{named[1]} is another program's")
    assert isinstance(document, dict), f"{page}: neither workflow, steps nor configuration"
    config.decode(code, f"{page} (an example)")


def test_shell_blocks_are_shell(tmp_path: Path) -> None:
    """Shellcheck finds nothing in what people are told to paste."""
    scripts = []
    for page in PAGES:
        for number, code in enumerate(_blocks(page, "sh", "bash")):
            path = tmp_path / f"{page.replace('/', '-')}-{number}.sh"
            path.write_text(f"#!/usr/bin/env bash\n{code}", encoding="utf-8")
            scripts.append(path)
    argv = [str(require("shellcheck")), "--severity", "warning", *map(str, scripts)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(scripts) > 10
