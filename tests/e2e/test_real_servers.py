"""Servers that nobody here wrote, from PyPI's sdists: put under git, tagged, released with zero configuration, installed."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

INDEX = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
pytestmark = [pytest.mark.e2e, pytest.mark.network]


@dataclass(frozen=True)
class Server:
    """A published sdist, pinned by its digest, and how its command shows that it works."""

    name: str
    version: str
    sha256: str
    backend: str
    speaks_mcp: bool

    @property
    def sdist(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}.tar.gz"


SERVERS = (
    Server(
        name="mcp-server-time",
        version="2026.10.19",
        sha256="4ab87293e7d85e74730f7df82a114b737f96fafa3ae42fd7644d0b5198a60919",
        backend="hatchling.build",
        speaks_mcp=True,
    ),
    Server(
        name="redis-mcp-server",
        version="0.5.1",
        sha256="c6c88b91f5c0e6c5c1e9bb5aff2edcb77bd136b7db5b9c409e90136a4e19376a",
        backend="uv_build",
        speaks_mcp=False,
    ),
)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
def test_a_published_server_is_released_with_zero_configuration(server: Server, tmp_path: Path) -> None:
    """The release has wheel, sdist, SBOM, checksums, manifest and a bundle per file, and the wheel works when installed."""
    project = _project(server, tmp_path)
    assert f'build-backend = "{server.backend}"' in (project / "pyproject.toml").read_text(encoding="utf-8")
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    env = {name: value for name, value in env.items() if name != "CI" and not name.startswith(("GITHUB_", "TAGSHIP_"))}
    _run([sys.executable, "-m", "tagship", "init", "--yes", "--ref", COMMIT], project, env)
    assert f"@{COMMIT} # v" in (project / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert not (project / "tagship.yaml").exists()
    _run([sys.executable, "-m", "tagship", "release"], project, env)

    folder = project / "releases" / f"v{server.version}"
    base = f"{server.name.replace('-', '_')}-{server.version}"
    signed = {
        f"{base}-py3-none-any.whl",
        f"{base}.tar.gz",
        f"{server.name}-{server.version}.cdx.json",
        f"{server.name}-{server.version}.spdx.json",
        f"{server.name}-{server.version}.release.json",
        f"{server.name}-{server.version}.mcp-probe.json",
        "checksums.txt",
    }
    assets = {asset["name"] for asset in json.loads((folder / "release.json").read_text(encoding="utf-8"))["assets"]}
    others = {"signing-key.pub", f"{server.name}-{server.version}.intoto.jsonl"}
    assert assets == signed | {f"{name}.sigstore.json" for name in signed} | others

    programs = _install(folder / f"{base}-py3-none-any.whl", tmp_path)
    command = programs / server.name
    if server.speaks_mcp:
        assert {tool["name"] for tool in _tools(command)} == {"convert_time", "get_current_time"}
    else:
        assert "--host" in _run([command, "--help"], tmp_path, env)


def _project(server: Server, folder: Path) -> Path:
    """Download the sdist, check its digest, and make a tagged repository of it."""
    address = f"{INDEX.rstrip('/')}/{server.name}/"
    listing = json.loads(_get(address, "application/vnd.pypi.simple.v1+json"))
    url = next(file["url"] for file in listing["files"] if file["filename"] == server.sdist)
    data = _get(urllib.parse.urljoin(address, url), "*/*")
    assert hashlib.sha256(data).hexdigest() == server.sha256
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        # Debian 12's Python 3.11.2 has no filters yet; these bytes are known by their digest.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)  # noqa: S202
    project = folder / server.sdist.removesuffix(".tar.gz")
    (project / "Dockerfile").unlink(missing_ok=True)  # its bases are in registries that tests do not ask
    git = ["git", "-c", "user.name=Tester", "-c", "user.email=tester@example.invalid"]
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-q", "-m", "feat: import"],
        ["tag", f"v{server.version}"],
    ):
        _run([*git, *arguments], project, dict(os.environ))
    return project


def _get(url: str, accept: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "tagship-tests"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  (the index that the installer uses)
        data: bytes = answer.read()
    return data


def _install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into a fresh environment with the newest allowed dependencies."""
    uv, venv = Path(sys.executable).with_name("uv"), folder / "clean"
    _run([uv, "venv", "-q", "--python", sys.executable, venv], folder, dict(os.environ))
    _run([uv, "pip", "install", "-q", "--no-config", "--python", venv, wheel], folder, dict(os.environ))
    return venv / SCRIPTS


def _tools(command: Path) -> list[dict[str, Any]]:
    """Ask a server over stdio for its tools: the handshake up to 2025-11-25, which dual-era servers still answer."""
    client = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "tagship-tests", "version": "1"},
    }
    messages: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    with subprocess.Popen(
        [command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        assert process.stdout
        answers: dict[int, Any] = {}
        for message in messages:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            while message.get("id") not in (None, *answers):
                answer = json.loads(process.stdout.readline())
                answers[answer.get("id", 0)] = answer
        process.stdin.close()
        process.wait(timeout=30)
    tools: list[dict[str, Any]] = answers[2]["result"]["tools"]
    return tools


def _run(argv: list[str | Path], cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run([str(part) for part in argv], cwd=cwd, env=env, capture_output=True, check=False, timeout=300)
    output = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, output
    return output
