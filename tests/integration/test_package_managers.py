"""pnpm, Yarn and Bun: workspaces of each are installed from their lock, built in order and packed by the manager itself."""

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.examples import caches, clone
from tests.integration.projects import Project, make
from tests.integration.test_build_npm import members
from tests.tools import package_managers

pytestmark = pytest.mark.network
LEG = Path("dist", "npm-any")
SERVER, CORE = "octo-server-1.2.0.tgz", "octo-core-1.2.0.tgz"
WRITE = "node -e \"require('fs').writeFileSync('made.js', {0})\""
CATALOG = "ms: ^2.1.3"


@dataclass(frozen=True)
class Manager:
    """How a workspace of one manager is written, and how its lock is made; ``stale`` are its words about an old one,
    ``ran`` those with which it runs the install script of a dependency that the project trusts.
    """

    program: str
    lock: tuple[str, ...]
    stale: str
    ran: str
    files: Mapping[str, str] = field(default_factory=dict)
    root: Mapping[str, object] = field(default_factory=dict)
    ranges: tuple[str, str] = ("workspace:^", "catalog:")


def pnpm(program: str) -> Manager:
    trusting = "onlyBuiltDependencies: [protobufjs]\nallowBuilds: {protobufjs: true}\n"
    settings = {"pnpm-workspace.yaml": f"packages: [packages/*]\ncatalog: {{ms: ^2.1.3}}\n{trusting}"}
    return Manager(program, ("install", "--lockfile-only"), "OUTDATED_LOCKFILE", "protobufjs postinstall$", settings)


def yarn(linker: str) -> Manager:
    settings = {".yarnrc.yml": f"enableTelemetry: false\ncatalog: {{ms: ^2.1.3}}\nnodeLinker: {linker}\n"}
    root = {"workspaces": ["packages/*"], "dependenciesMeta": {"protobufjs": {"built": True}}}
    lock = ("install", "--mode=update-lockfile")
    return Manager("yarn", lock, "YN0028", "protobufjs@npm:7.4.0 must be built", settings, root)


RAN = "> protobufjs@7.4.0 postinstall"
TRUSTING = {"workspaces": ["packages/*"], "trustedDependencies": ["protobufjs"]}
CATALOG = {"packages": ["packages/*"], "catalog": {"ms": "^2.1.3"}}
MANAGERS = {
    "pnpm": pnpm("pnpm"),
    "pnpm-native": pnpm("pnpm-native"),
    "yarn-pnp": yarn("pnp"),
    "yarn-modules": yarn("node-modules"),
    "yarn-classic": Manager(
        "yarn-classic",
        ("install", "--ignore-scripts"),
        "its lock lacks left-pad@1.3.0",
        RAN,
        root=TRUSTING,
        ranges=("^1.2.0", "^2.1.3"),
    ),
    "bun": Manager(
        "bun", ("install", "--lockfile-only"), "lockfile had changes", RAN, root={**TRUSTING, "workspaces": CATALOG}
    ),
}


def workspace(manager: Manager, folder: Path) -> Project:
    """Make a workspace of two packages, of which one is built with the other, and its lock."""
    root = {"name": "root", "private": True, "devDependencies": {"noisy": "file:./noisy.tgz"}, **manager.root}
    core = {"name": "@octo/core", "version": "1.2.0", "license": "MIT", "main": "made.js", "files": ["made.js"],
            "scripts": {"build": WRITE.format("'module.exports = 41 + 1'")}}  # fmt: skip
    own, other = manager.ranges
    server = {"name": "@octo/server", "version": "1.2.0", "license": "MIT", "bin": {"server": "main.js"},
              "files": ["made.js", "main.js"],
              "dependencies": {"@octo/core": own, "ms": other, "protobufjs": "7.4.0"},
              "scripts": {"build": WRITE.format("'// ' + require('@octo/core') + require('ms')(1000)")}}  # fmt: skip
    manifests = {"package.json": root, "packages/core/package.json": core, "packages/server/package.json": server}
    files = {name: json.dumps(content, indent=1) for name, content in manifests.items()}
    project = make(folder, {**files, "packages/server/main.js": "#!/usr/bin/env node\n", **manager.files})
    tools = package_managers.on_path(manager.program, folder / "bin")
    path = os.pathsep.join([str(tools), caches()["PATH"]])
    project = Project(project.root, project.home, environment={**caches(), "PATH": path})
    (project.root / "noisy.tgz").write_bytes(noisy())
    argv = [manager.program.partition("-")[0], *manager.lock]
    done = subprocess.run(argv, cwd=project.root, env=project.env(), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    project.commit("chore: lock", {".gitignore": "node_modules/\ndist/\nplan.json\n.yarn/\n.pnp.*\n"})
    project.git("tag", "--force", "v1.2.0")
    return project


def noisy() -> bytes:
    """Pack a dependency whose install script says that it runs; nobody trusts it."""
    data = json.dumps({"name": "noisy", "version": "1.0.0", "scripts": {"postinstall": "echo RAN-A-SCRIPT"}}).encode()
    member = tarfile.TarInfo("package/package.json")
    member.size = len(data)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def built(project: Project) -> tuple[str, dict[str, bytes]]:
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build")
    assert done.code == 0, done.said
    return done.said, {path.name: path.read_bytes() for path in (project.root / LEG).glob("*.tgz")}


@pytest.mark.parametrize("name", MANAGERS)
def test_a_workspace_is_built_in_order_and_packed_without_its_own_ranges(name: str, tmp_path: Path) -> None:
    """``workspace:`` and ``catalog:`` become what npm can install; of all install scripts only the trusted one runs; a
    second build in another folder gives the same bytes.
    """
    manager = MANAGERS[name]
    project = workspace(manager, tmp_path)
    said, files = built(project)
    assert "RAN-A-SCRIPT" not in said
    assert "run the install scripts of protobufjs: the project trusts them" in said
    assert manager.ran in said
    assert set(files) == {SERVER, CORE}
    server = members(project.root / LEG / SERVER)
    assert server["package/made.js"][0] == b"// 421s"
    assert server["package/main.js"][1] & 0o111
    manifest = json.loads(server["package/package.json"][0])
    assert manifest["dependencies"] == {"@octo/core": "^1.2.0", "ms": "^2.1.3", "protobufjs": "7.4.0"}
    assert "package/made.js" in members(project.root / LEG / CORE)
    receipt = json.loads((project.root / LEG / "receipt.json").read_bytes())
    assert {"node", manager.program.partition("-")[0]} <= receipt["builder"]["tools"].keys()
    assert built(clone(project, tmp_path))[1] == files


@pytest.mark.parametrize("name", MANAGERS)
def test_a_lock_that_is_out_of_date_is_told_with_what_mends_it(name: str, tmp_path: Path) -> None:
    """In the manager's own words, with its command."""
    manager = MANAGERS[name]
    project = workspace(manager, tmp_path)
    path = project.root / "packages/server/package.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["dependencies"]["left-pad"] = "1.3.0"
    project.commit("chore: ask for more", {"packages/server/package.json": json.dumps(manifest)})
    project.git("tag", "--force", "v1.2.0")
    done = project.refused_build()
    assert manager.stale in done.said, done.said
    assert "bring the lockfile up to date" in done.said
