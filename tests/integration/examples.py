"""The example servers, each in a repository of its own, and the caches that their toolchains may share."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.integration.projects import Project
from tests.tools import go_toolchain
from tests.tools.kept import made_once
from tests.tools.node import tools_folder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LEFT = shutil.ignore_patterns("__pycache__", "node_modules", "target", "dist", "build", "releases")


def example(name: str, folder: Path, tag: str = "v0.1.0") -> Project:
    """Copy an example into a new repository with one commit and a tag; its home is new, its tools' caches are not."""
    root, home = folder / "project", folder / "home"
    home.mkdir(parents=True)
    shutil.copytree(EXAMPLES / name, root, ignore=LEFT)
    project = Project(root, home, environment=caches())
    project.git("init", "--quiet", "--initial-branch", "main")
    project.commit("feat: begin", {".gitignore": "node_modules/\ndist/\nplan.json\nreleases/\n"})
    project.git("remote", "add", "origin", f"https://github.com/octo/{name}.git")
    project.git("tag", tag)
    return project


def clone(project: Project, folder: Path) -> Project:
    """Clone a project into a folder of another name and depth; where it comes from stays the same: files name it."""
    root = folder / "elsewhere" / "another"
    root.parent.mkdir(parents=True)
    project.git("clone", "--quiet", str(project.root), str(root))
    again = project.at(root)
    if "origin" in project.git("remote").split():
        again.git("remote", "set-url", "origin", project.git("remote", "get-url", "origin").strip())
    return again


@cache
def caches() -> dict[str, str]:
    """Return what lets toolchains use this machine's caches although HOME is another."""
    go = go_toolchain.find().program
    asked = [str(go), "env", "GOCACHE", "GOMODCACHE"]
    cache_folder, modules = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    path = f"{go.parent}{os.pathsep}{os.environ['PATH']}"
    npm = {"NPM_CONFIG_USERCONFIG": os.environ.get("NPM_CONFIG_USERCONFIG") or str(Path.home() / ".npmrc")}
    home = Path.home()
    rust = {"CARGO_HOME": os.environ.get("CARGO_HOME") or str(home / ".cargo")}
    rust |= {"RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(home / ".rustup")}
    return {"GOCACHE": cache_folder, "GOMODCACHE": modules, "PATH": path, **npm, **rust}


def released_once(name: str, what: str, release: Callable[[Project], str]) -> Project:
    """Release an example once for every state of the code, whatever worker asks; ``said.txt`` beside it is what was said.

    For what takes minutes: all that a crate needs is compiled.
    """

    def make_it(folder: Path) -> None:
        said = release(example(name, folder))
        (folder / "said.txt").write_text(said, encoding="utf-8")

    kept = made_once(tools_folder() / f"{name}-{what}-{_state(name)}", make_it)
    return Project(kept / "project", kept / "home", environment=caches())


def _state(name: str) -> str:
    """Tell one state of the code and the example from every other."""
    package = EXAMPLES.parent / "src" / "tagship"
    own = (path for path in (EXAMPLES / name).rglob("*") if "target" not in path.parts)
    files = sorted([*package.rglob("*.py"), *own])
    whole = hashlib.sha256(b"".join(path.read_bytes() for path in files if path.is_file()))
    return whole.hexdigest()[:16]
