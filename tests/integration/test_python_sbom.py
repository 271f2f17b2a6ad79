"""The Python example: its SBOMs list what pip installs with its wheel, each with the digest of the file pip takes."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.examples import example
from tests.integration.sboms import both

pytestmark = pytest.mark.network


def test_the_sbom_of_the_python_example_is_what_pip_installs(tmp_path: Path) -> None:
    """Names, versions and digests, by pip's own report of an installation into an empty environment."""
    project = example("python-server", tmp_path)
    done = project.tagship("release", XDG_DATA_HOME=str(project.home / "data"))
    assert done.code == 0, done.said
    folder = project.root / "releases/v0.1.0"
    (wheel,) = folder.glob("*.whl")
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--seed", "--python", sys.executable, tmp_path / "venv"], check=True)
    report = tmp_path / "report.json"
    argv = [tmp_path / "venv/bin/pip", "install", "-q", "--only-binary", ":all:", "--report", report, wheel]
    subprocess.run(argv, check=True, capture_output=True)
    installed = json.loads(report.read_bytes())["install"]
    expected = {
        (
            each["metadata"]["name"].lower().replace("_", "-").replace(".", "-"),
            each["metadata"]["version"],
            each["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for each in installed
    }
    document = both(folder, "weather-mcp-0.1.0")
    listed = {
        (each["purl"].removeprefix("pkg:pypi/").partition("@")[0], each["version"], each["hashes"][0]["content"])
        for each in document["components"]
    }
    assert listed | {("weather-mcp", "0.1.0", hashlib.sha256(wheel.read_bytes()).hexdigest())} == expected
    assert all(each["licenses"] for each in document["components"])
