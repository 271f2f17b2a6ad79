"""The plug-ins shown in docs/extending.md work: taken from the page, put into a copy of the package, and run."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT: Final = Path(__file__).resolve().parents[2]
CODE: Final = re.compile(r"^```python\n# file: src/(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MANIFEST: Final = '{"manifest_version": "0.3", "name": "hello", "version": "1.0.0"}\n'
START: Final = "import sys; from tagship.cli import main; sys.exit(main(sys.argv[1:]))"
WHO: Final = {f"GIT_{role}_{key}": "t@tagship.invalid" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}


def _examples() -> list[tuple[str, str]]:
    return CODE.findall((ROOT / "docs" / "extending.md").read_text(encoding="utf-8"))


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """Copy the package and drop the page's plug-ins in."""
    shutil.copytree(ROOT / "src" / "tagship", tmp_path / "site" / "tagship")
    for file, code in _examples():
        place = tmp_path / "site" / file
        assert not place.exists(), f"{file} is part of the package now: show another example"
        place.write_text(code, encoding="utf-8")
    return tmp_path / "site"


@pytest.fixture
def environment(tmp_path: Path, extended: Path) -> Mapping[str, str]:
    """Keep out what the person or the job that runs the tests has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAGSHIP_", "GITHUB_", "GIT_"))}
    own = {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": str(extended)}
    return {**kept, **WHO, **own}


@pytest.fixture
def project(tmp_path: Path, environment: Mapping[str, str]) -> Path:
    """Commit and tag a bundle."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
    (folder / "server.py").write_text("print('hello')\n", encoding="utf-8")
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "feat: hello"], ["tag", "v1.0.0"]):
        subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)
    return folder


def _release(project: Path, environment: Mapping[str, str], key: Ed25519PrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    argv = [sys.executable, "-c", START, "release", "--signers", "ed25519"]
    done = subprocess.run(
        argv, cwd=project, env={**environment, "TAGSHIP_KEY": pem.decode()}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_plug_ins_of_the_page_release_a_bundle(project: Path, environment: Mapping[str, str]) -> None:
    """An ecosystem, a format and a signer of one file each are found, planned, run and released, reproducibly."""
    key = Ed25519PrivateKey.generate()
    _release(project, environment, key)
    folder = project / "releases" / "v1.0.0"
    bundle = (folder / "hello-1.0.0.mcpb").read_bytes()
    assert f"{hashlib.sha512(bundle).hexdigest()}  hello-1.0.0.mcpb\n" in (folder / "sha512sums.txt").read_text()
    key.public_key().verify((folder / "hello-1.0.0.mcpb.ed25519").read_bytes(), bundle)
    manifest = json.loads((folder / "hello-1.0.0.release.json").read_text(encoding="utf-8"))
    assert manifest["plan"]["packages"][0]["ecosystem"] == "mcpb"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(project / "dist")
    _release(project, environment, key)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_page_shows_one_of_each() -> None:
    """The page has a format, a signer and an ecosystem, each a whole file that ends with PLUGIN."""
    examples = _examples()
    assert [Path(file).parent.name for file, _ in examples] == ["formats", "signers", "ecosystems"]
    assert all(re.search(r"\nPLUGIN: Final = \w+(?:\(\))?\n$", code) for _, code in examples)
