"""The plug-ins shown in docs/extending.md work: taken from the page, put into a copy of the package, and run."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT: Final = Path(__file__).resolve().parents[2]
CODE: Final = re.compile(r"^```python\n# file: src/(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MANIFEST: Final = '{"name": "hello", "version": "1.0.0"}\n'
START: Final = "import sys; from tagship.cli import main; sys.exit(main(sys.argv[1:]))"
NIX: Final = """
from tagship import plugins
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, Wish
from tagship.domain.plans.plan import Package
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tagship.ports import ChannelSettings

kind = plugins.load("channels", "nix")
package = Package(id="hello", name="hello", path=".", ecosystem="go", version="1.2.0", license=None, mcp_name=None, entry=None,
    spellings=Version.parse("1.2.0").spellings, version_sites=())
made = [Artifact(name=name, kind="installer", package="hello", target=Target.ANY, media_type="text/plain", leg="sign")
    for name in ("hello.nix", "install.sh")]
entry = kind.plan(Wish(id="nix", kind="nix", address="https://github.com/octo/nix"), package, made)
channel = kind.create(ChannelSettings(entry=entry, package=package), None)
owed = Owed(name="hello.nix", path="hello.nix", size=1, sha256="a" * 64)
print(*entry.artifacts, channel.place_of(owed, b""), channel.version_in('{\\n  version = "1.2.0";\\n}'))
"""
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
    """Commit and tag a skill."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "skill.json").write_text(MANIFEST, encoding="utf-8")
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


def test_the_plug_ins_of_the_page_release_a_skill(project: Path, environment: Mapping[str, str]) -> None:
    """An ecosystem, a format and a signer of one file each are found, planned, run and released, reproducibly."""
    key = Ed25519PrivateKey.generate()
    _release(project, environment, key)
    folder = project / "releases" / "v1.0.0"
    skill = (folder / "hello-1.0.0.skill").read_bytes()
    assert f"{hashlib.sha512(skill).hexdigest()}  hello-1.0.0.skill\n" in (folder / "sha512sums.txt").read_text()
    key.public_key().verify((folder / "hello-1.0.0.skill.ed25519").read_bytes(), skill)
    manifest = json.loads((folder / "hello-1.0.0.release.json").read_text(encoding="utf-8"))
    assert manifest["plan"]["packages"][0]["ecosystem"] == "skill"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(project / "dist")
    _release(project, environment, key)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_mention_of_the_page_follows(project: Path, environment: Mapping[str, str]) -> None:
    """A bump writes the version of the flake beside the skill's, and leaves another flake alone."""
    flake = '{\n  outputs = _: { p = stdenv.mkDerivation {\n    pname = "x";\n    version = "@"; # 1.0.0\n  }; };\n}\n'
    other = '{\n  version = "1.0.0";\n}\n'
    (project / "flake.nix").write_text(flake.replace("@", "1.0.0"), encoding="utf-8")
    (project / "nix").mkdir()
    (project / "nix" / "flake.nix").write_text(other, encoding="utf-8")
    for arguments in (["add", "."], ["commit", "-qm", "feat: a flake"]):
        subprocess.run(["git", *arguments], cwd=project, env=environment, check=True)
    argv = [sys.executable, "-c", START, "version-bump", "--mode", "files"]
    done = subprocess.run(argv, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((project / "skill.json").read_text(encoding="utf-8"))["version"] == "1.1.0"
    assert (project / "flake.nix").read_text(encoding="utf-8") == flake.replace("@", "1.1.0")
    assert (project / "nix" / "flake.nix").read_text(encoding="utf-8") == other


def test_the_repository_of_the_page_is_a_channel(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """It owes the expression and nothing else, names its place, and reads its version."""
    argv = [sys.executable, "-c", NIX]
    done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("hello.nix pkgs/hello.nix 1.2.0\n", "")


class _Store(BaseHTTPRequestHandler):
    """Keeps what is put, for those who know the token."""

    kept: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers["Authorization"] == "Bearer open sesame"
        if known:
            self.kept[self.path] = body
        self._answer(201 if known else 401, b"")

    def do_GET(self) -> None:
        self._answer(200 if self.path in self.kept else 404, self.kept.get(self.path, b""))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@pytest.fixture
def store() -> Iterator[str]:
    """Run a store on loopback."""
    _Store.kept.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Store) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_the_channel_of_the_page_publishes(project: Path, environment: Mapping[str, str], store: str) -> None:
    """A channel of one file is planned from the configuration, publishes the built bytes, and skips them the second time."""
    (project / "tagship.yaml").write_text(f"channels: [{{kind: store, address: '{store}'}}]\n", encoding="utf-8")
    _release(project, environment, Ed25519PrivateKey.generate())
    states = []
    for _ in range(2):
        argv = [sys.executable, "-c", START, "publish", "--plan", "dist/plan.json", "--json"]
        env = {**environment, "TAGSHIP_STORE_TOKEN": "open sesame"}
        done = subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        states.append(json.loads(json.loads(done.stdout)["published"])["store"]["state"])
    assert states == ["published", "already-there"]
    built = (project / "dist" / "skill-any" / "hello-1.0.0.skill").read_bytes()
    assert _Store.kept == {"/hello/1.0.0/hello-1.0.0.skill": built}


def test_the_page_shows_one_of_each() -> None:
    """The page has one of each but a forge, and of channels one of each sort, each a whole file that ends with PLUGIN."""
    examples = _examples()
    assert [Path(file).parent.name for file, _ in examples] == [
        "formats",
        "signers",
        "ecosystems",
        "mentions",
        "channels",
        "channels",
    ]
    assert all(re.search(r"\nPLUGIN: Final = \w+(?:\(\))?\n$", code) for _, code in examples)
