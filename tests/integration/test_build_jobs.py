"""Legs built at the same time, and what is said meanwhile: proved by builds that wait for one another, not by a clock."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.projects import make

pytestmark = pytest.mark.network
BACKEND = """
import pathlib, sys, time, zipfile
PLACE, METADATA = pathlib.Path({place!r}), "Metadata-Version: 2.1\\nName: snake\\nVersion: 1.2.0\\n"

def build_sdist(folder, settings=None):
    import io, tarfile
    with tarfile.open(f"{{folder}}/snake-1.2.0.tar.gz", "w:gz") as tar:
        for path in ("pyproject.toml", "backend.py"):
            tar.add(path, f"snake-1.2.0/{{path}}")
        entry = tarfile.TarInfo("snake-1.2.0/PKG-INFO")
        entry.size = len(METADATA)
        tar.addfile(entry, io.BytesIO(METADATA.encode()))
    return "snake-1.2.0.tar.gz"

def build_wheel(folder, settings=None, metadata=None):
    print("the snake waits", flush=True)
    (PLACE / "snake").touch()
    for _ in range(1200):
        if (PLACE / "crab").exists() and (PLACE / "seen").exists():
            break
        time.sleep(0.1)
    else:
        sys.exit("nobody came")
    with zipfile.ZipFile(f"{{folder}}/snake-1.2.0-py3-none-any.whl", "w") as packed:
        packed.writestr("snake-1.2.0.dist-info/METADATA", METADATA)
        packed.writestr("snake-1.2.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        packed.writestr("snake/__init__.py", "")
    return "snake-1.2.0-py3-none-any.whl"
"""
SCRIPT = """
const {{ existsSync, writeFileSync }} = require("fs");
console.log("the crab waits");
writeFileSync({place!r} + "/crab", "");
let left = 1200;
setInterval(() => {{
  if (existsSync({place!r} + "/snake") && existsSync({place!r} + "/seen")) process.exit(0);
  if (!--left) process.exit("nobody came".length);
}}, 100);
"""


def test_legs_wait_for_one_another_and_are_heard_meanwhile(tmp_path: Path) -> None:
    """Neither ends before the other began, and before what both of them said was read from the log."""
    place = tmp_path / "meeting"
    place.mkdir()
    npm = {
        "name": "crab",
        "version": "1.2.0",
        "license": "MIT",
        "files": ["main.js"],
        "scripts": {"build": "node build.js"},
    }
    lock = {
        "name": "crab",
        "version": "1.2.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "crab", "version": "1.2.0"}},
    }
    project = make(
        tmp_path,
        {
            "python/pyproject.toml": '[project]\nname = "snake"\nversion = "1.2.0"\n[build-system]\nrequires = []\n'
            'build-backend = "backend"\nbackend-path = ["."]\n',
            "python/backend.py": BACKEND.format(place=str(place)),
            "npm/package.json": json.dumps(npm),
            "npm/package-lock.json": json.dumps(lock),
            "npm/build.js": SCRIPT.format(place=str(place)),
            "npm/main.js": "",
        },
    )
    assert project.tagship("build-matrix").code == 0
    argv = [sys.executable, "-m", "tagship", "build", "--jobs", "2"]
    heard: list[str] = []
    with subprocess.Popen(argv, cwd=project.root, env=project.env(), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        for line in running.stderr:
            heard.append(line)
            if all(any(f"{who} waits" in each for each in heard) for who in ("snake", "crab")):
                (place / "seen").touch()
    assert running.returncode == 0, "".join(heard)
    said = {line.split(":")[0] for line in heard if " waits" in line}
    assert said == {"npm-any", "python-any"}
    assert {line.split(":")[0] for line in heard if "✓" in line} == {"npm-any", "python-any"}
