"""The example servers, each in a repository of its own, and the caches that their toolchains may share."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.integration.projects import Project
from tests.tools import go_toolchain

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
