"""MCP bundles: around a Python package for uv, around a program per platform; what cannot be one is refused."""

import hashlib
import io
import json
import os
import platform
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tagship.adapters import packaged_schema
from tests.integration.examples import caches, clone, example
from tests.integration.mcp_client import ask
from tests.integration.projects import SHAPES, Project, make
from tests.integration.test_build_go import built
from tests.tools import package_managers

pytestmark = pytest.mark.network
MAIN = 'package main\n\nfunc main() { println("demo") }\n'
ASKED = "packages:\n  demo-server: {mcpb: true}\n"


def bundle(project: Project, leg: str, name: str) -> tuple[bytes, dict[str, bytes], dict[str, Any]]:
    """Read a bundle: its bytes, its files, its manifest."""
    path = project.root / "dist" / leg / name
    with zipfile.ZipFile(path) as packed:
        files = {info.filename: packed.read(info) for info in packed.infolist()}
    return path.read_bytes(), files, json.loads(files["manifest.json"])


def judged(path: Path, folder: Path) -> None:
    """Let the format's own tool read a bundle and judge its manifest."""
    mcpb = str(package_managers.on_path("mcpb", folder / "bin") / "mcpb")
    for argv in (
        [mcpb, "unpack", str(path), str(folder / "out")],
        [mcpb, "validate", str(folder / "out" / "manifest.json")],
    ):
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_python_package_is_wrapped_for_uv(tmp_path: Path) -> None:
    """Its source and a manifest of 0.4, no dependencies; two builds give the same bytes."""
    project = built(make(tmp_path / "a", {**SHAPES["hatch"], "tagship.yaml": ASKED}))
    data, files, manifest = bundle(project, "python-any", "demo-server-1.2.0.mcpb")
    assert {"pyproject.toml", "src/demo_server/__init__.py", "manifest.json"} <= set(files)
    assert manifest["server"] == {
        "type": "uv",
        "entry_point": "src/demo_server/__init__.py",
        "mcp_config": {"command": "uv", "args": ["run", "--directory", "${__dirname}", "demo-server"]},
    }
    assert (manifest["version"], manifest["description"]) == ("1.2.0", "A demonstration")
    judged(project.root / "dist" / "python-any" / "demo-server-1.2.0.mcpb", tmp_path / "c")
    again = built(clone(project, tmp_path / "b"))
    assert bundle(again, "python-any", "demo-server-1.2.0.mcpb")[0] == data


def test_a_program_is_wrapped_per_platform(tmp_path: Path) -> None:
    """A bundle per target, in the leg of its archive, for its system only; the program may be executed."""
    asked = "targets: [linux-x86_64, windows-aarch64]\npackages:\n  demo: {mcpb: true}\n"
    files = {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n", "main.go": MAIN, "tagship.yaml": asked}
    made = make(tmp_path, files)
    project = built(Project(made.root, made.home, environment=caches()))
    _, inside, manifest = bundle(project, "go", "demo-1.2.0-windows-aarch64.mcpb")
    assert set(inside) == {"manifest.json", "server/demo.exe"}
    assert manifest["compatibility"] == {"platforms": ["win32"]}
    data, inside, manifest = bundle(project, "go", "demo-1.2.0-linux-x86_64.mcpb")
    assert inside["server/demo"].startswith(b"\x7fELF")
    assert manifest["compatibility"] == {"platforms": ["linux"]}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.getinfo("server/demo").external_attr >> 16 & 0o777 == 0o755
    judged(project.root / "dist" / "go" / "demo-1.2.0-linux-x86_64.mcpb", tmp_path / "c")


def test_a_bundle_is_released_signed_and_listed_like_any_file(tmp_path: Path) -> None:
    """With the variables of server.json as what the host asks for; the wheel it goes with is there as well."""
    key = {"name": "API_KEY", "isRequired": True, "isSecret": True}
    entry = {"registryType": "pypi", "identifier": "demo-server", "version": "1.2.0", "transport": {"type": "stdio"}}
    document = {"name": "io.github.octo/demo-server", "packages": [{**entry, "environmentVariables": [key]}]}
    files = {"server.json": json.dumps(document), "tagship.yaml": "packages:\n  demo-server: {mcpb: true}\n"}
    project = make(tmp_path, {**SHAPES["hatch"], **files})
    done = project.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 0, done.said
    released = project.root / "releases" / "v1.2.0"
    names = {path.name for path in released.iterdir()}
    file = "demo-server-1.2.0.mcpb"
    assert names >= {
        file,
        f"{file}.sigstore.json",
        "demo-server-mcpb-1.2.0.cdx.json",
        "demo_server-1.2.0-py3-none-any.whl",
    }
    with zipfile.ZipFile(released / file) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    assert manifest["user_config"]["API_KEY"]["sensitive"] is True
    assert manifest["server"]["mcp_config"]["env"] == {"API_KEY": "${user_config.API_KEY}"}


def test_a_wrong_manifest_is_refused(tmp_path: Path) -> None:
    """All mistakes at once, by the manifest's name, exit code 3."""
    wrong = {"manifest_version": "0.4", "name": 1, "more": 2, "server": {"type": "uv"}}
    project = make(tmp_path, {**SHAPES["hatch"], "manifest.json": json.dumps(wrong)})
    done = project.refused_build()
    for said in ("manifest.json", "'more'", "name: ", "server"):
        assert said in done.said
    assert "Traceback" not in done.said


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64", reason="the bundle is for another machine"
)
def test_the_server_of_a_bundle_answers(tmp_path: Path) -> None:
    """Started as the manifest says, with ``${__dirname}`` replaced, as a host does."""
    project = example("go-server", tmp_path)
    asked = "targets: [linux-x86_64]\npackages:\n  tides-mcp: {mcpb: true}\n"
    project.commit("feat: a bundle", {"tagship.yaml": asked})
    project.git("tag", "--force", "v0.1.0")
    _, files, manifest = bundle(built(project), "go", "tides-mcp-0.1.0-linux-x86_64.mcpb")
    for name, data in files.items():
        path = tmp_path / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755)
    config = manifest["server"]["mcp_config"]
    command = config["command"].replace("${__dirname}", str(tmp_path / "unpacked"))
    answer = ask([command, *config["args"]], tmp_path, {})
    assert (answer.name, answer.version) == ("tides-mcp", "0.1.0")


def test_an_npm_package_is_wrapped_with_what_it_needs_and_answers(tmp_path: Path) -> None:
    """Unpacked anywhere it speaks MCP by Node.js alone, no npm; two builds give the same bytes."""
    project = example("typescript-server", tmp_path / "a")
    project.commit("feat: a bundle", {"tagship.yaml": "packages:\n  '@tagship/colours-mcp': {mcpb: true}\n"})
    project.git("tag", "--force", "v0.1.0")
    name = "colours-mcp-0.1.0.mcpb"
    data, files, manifest = bundle(built(project), "npm-any", name)
    assert manifest["server"] == {
        "type": "node",
        "entry_point": "dist/main.js",
        "mcp_config": {"command": "node", "args": ["${__dirname}/dist/main.js"]},
    }
    assert manifest["compatibility"]["runtimes"].keys() == {"node"}
    assert any(path.startswith("node_modules/zod/") for path in files)
    assert not any(path.startswith(("node_modules/typescript/", "node_modules/.bin")) for path in files)
    judged(project.root / "dist" / "npm-any" / name, tmp_path / "c")
    again = built(clone(project, tmp_path / "b"))
    assert bundle(again, "npm-any", name)[0] == data
    for path, content in files.items():
        to = tmp_path / "unpacked" / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    started = [
        word.replace("${__dirname}", str(tmp_path / "unpacked")) for word in manifest["server"]["mcp_config"]["args"]
    ]
    answer = ask(["node", *started], tmp_path, {"PATH": os.environ["PATH"]})
    assert (answer.name, answer.version) == ("colours-mcp", "0.1.0")


def test_a_bundle_for_every_platform_holds_no_module_compiled_for_one(tmp_path: Path) -> None:
    """Its name is told: a host on another system could not load it."""
    files = {
        "package.json": json.dumps(
            {"name": "demo", "version": "1.2.0", "license": "MIT", "bin": "run.js", "files": ["run.js", "fast.node"]}
        ),
        "run.js": "#!/usr/bin/env node\n",
        "fast.node": "compiled",
        "tagship.yaml": "packages:\n  demo: {mcpb: true}\n",
    }
    made = make(tmp_path, files)
    done = Project(made.root, made.home, environment=caches()).refused_build()
    assert "fast.node is compiled for one platform only" in done.said


def test_server_json_is_released_with_the_digest_of_the_bundle(tmp_path: Path) -> None:
    """Version, address and digest are filled in; the registry's schema takes it; it is signed like any file."""
    entry = {
        "registryType": "mcpb",
        "identifier": "https://github.com/octo/demo-server/releases/download/v{{VERSION}}/demo-server-mcp.mcpb",
        "fileSha256": "{{MCPB_FILE_SHA256}}",
        "version": "{{VERSION}}",
        "transport": {"type": "stdio"},
    }
    document = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github.octo/demo-server",
        "description": "A demo",
        "version": "$VERSION",
        "packages": [entry],
    }
    project = make(tmp_path, {**SHAPES["hatch"], "server.json": json.dumps(document)})
    project.git("remote", "add", "origin", "https://github.com/octo/demo-server.git")
    done = project.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 0, done.said
    released = project.root / "releases" / "v1.2.0"
    written = json.loads((released / "demo-server-1.2.0.server.json").read_bytes())
    assert (released / "demo-server-1.2.0.server.json.sigstore.json").is_file()
    assert written["version"] == "1.2.0"
    assert written["packages"] == [
        {
            **entry,
            "identifier": "https://github.com/octo/demo-server/releases/download/v1.2.0/demo-server-1.2.0.mcpb",
            "fileSha256": hashlib.sha256((released / "demo-server-1.2.0.mcpb").read_bytes()).hexdigest(),
            "version": "1.2.0",
        }
    ]
    assert not packaged_schema.errors(written, "server", "2025-12-11")
