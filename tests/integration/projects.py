"""Small real Python projects in real git repositories, one per way of building, for the tests that build them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Tester", "EMAIL": "tester@example.invalid", "DATE": "2026-03-01T12:00:00Z"}.items()
}
README = "# Demo\n\nA demonstration.\n\n<!-- mcp-name: io.github.octo/demo-server -->\n"
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'
PROJECT = """
[project]
name = "demo-server" # the name
{version}
description = "A demonstration"
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = [{dependencies}]

[project.scripts]
demo-server = "demo_server:main"
"""
MODULE = '"""A demonstration."""\n\n{version}\n\ndef main() -> None:\n    print("demo")\n'
STATIC = 'version = "1.2.0"'
DYNAMIC = 'dynamic = ["version"]'
POETRY = """
[tool.poetry]
name = "demo-server"
version = "1.2.0"
description = "A demonstration"
authors = ["A <a@example.invalid>"]
license = "MIT"
readme = "README.md"
packages = [{ include = "demo_server", from = "src" }]

[tool.poetry.dependencies]
python = ">=3.11"

[tool.poetry.scripts]
demo-server = "demo_server:main"

[build-system]
requires = ["poetry-core>=2"]
build-backend = "poetry.core.masonry.api"
"""


def manifest(build: str, version: str = STATIC, extra: str = "", dependencies: str = "") -> str:
    """Write a pyproject.toml."""
    return build + PROJECT.format(version=version, dependencies=dependencies) + extra


def plain(text: str, module: str = "", **more: str) -> dict[str, str]:
    """Lay out a project: manifest, readme, one package below src."""
    code = MODULE.format(version=module)
    return {"pyproject.toml": text, "README.md": README, "src/demo_server/__init__.py": code, **more}


SHAPES: Mapping[str, Mapping[str, str]] = {
    "uv": plain(manifest('[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n')),
    "hatch": plain(manifest(HATCH)),
    "hatch-dynamic": plain(
        manifest(HATCH, DYNAMIC, '\n[tool.hatch.version]\npath = "src/demo_server/__init__.py"\n'),
        '__version__ = "1.2.0"',
    ),
    "hatch-pattern": plain(
        manifest(
            HATCH,
            DYNAMIC,
            '\n[tool.hatch.version]\npath = "src/demo_server/__init__.py"\npattern = \'release = .(?P<version>[^"]+)\'\n',
        ),
        'release = "1.2.0"',
    ),
    "hatch-vcs": plain(
        manifest(
            HATCH.replace('"hatchling"', '"hatchling", "hatch-vcs"', 1),
            DYNAMIC,
            '\n[tool.hatch.version]\nsource = "vcs"\n',
        )
    ),
    "setuptools": plain(manifest(SETUPTOOLS)),
    "no-build-system": plain(manifest("")),
    "setuptools-attribute": plain(
        manifest(SETUPTOOLS, DYNAMIC, '\n[tool.setuptools.dynamic]\nversion = {attr = "demo_server.__version__"}\n'),
        '__version__ = "1.2.0"',
    ),
    "setuptools-scm": plain(
        manifest(
            SETUPTOOLS.replace('"setuptools>=77"', '"setuptools>=77", "setuptools-scm"'),
            DYNAMIC,
            "\n[tool.setuptools_scm]\n",
        )
    ),
    "setup.cfg": {
        "pyproject.toml": SETUPTOOLS,
        "setup.cfg": "[metadata]\nname = demo-server\nversion = 1.2.0\nlicense = MIT\nlong_description = file: README.md\n"
        "long_description_content_type = text/markdown\n\n[options]\npackage_dir = \n    =src\npackages = find:\n\n"
        "[options.packages.find]\nwhere = src\n\n[options.entry_points]\nconsole_scripts =\n    demo-server = demo_server:main\n",
        "README.md": README,
        "src/demo_server/__init__.py": MODULE.format(version=""),
    },
    "poetry": plain(POETRY),
}


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


@dataclass(frozen=True)
class Project:
    """A repository; ``home`` is a private home of its user, ``umask`` what commands run under (-1: as it is)."""

    root: Path
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    umask: int = -1

    def at(self, folder: Path) -> Self:
        """Return the same user in another folder."""
        return replace(self, root=folder)

    def git(self, *arguments: str) -> str:
        """Run git as the tester, at a fixed time."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.env(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, files: Mapping[str, str] | None = None) -> str:
        """Write files, commit everything and return the id."""
        for name, text in (files or {}).items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message)
        return self.git("rev-parse", "HEAD")

    def tagship(self, *arguments: str, **environment: str) -> Result:
        """Run the command as a process, with nothing of this machine's user or job in its environment."""
        argv = [sys.executable, "-m", "tagship", *arguments]
        done = subprocess.run(
            argv,
            cwd=self.root,
            env=self.env(**environment),
            capture_output=True,
            check=False,
            timeout=900,
            umask=self.umask,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def refused_build(self, **environment: str) -> Result:
        """Plan, and return a build that ended with exit code 3: what was built is not as it must be."""
        planned = self.tagship("build-matrix", **environment)
        assert planned.code == 0, planned.said
        done = self.tagship("build", **environment)
        assert done.code == 3, done.said
        return done

    def env(self, **more: str) -> dict[str, str]:
        """Return the environment of a run."""
        ours = ("GITHUB_", "ACTIONS_", "RUNNER_", "TAGSHIP_", "XDG_", "GIT_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours) and k not in {"CI", "HOME"}}
        cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
        own = {"HOME": str(self.home), "UV_CACHE_DIR": cache, "GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}
        own |= {"TAGSHIP_PROBES": "false"}  # most of these projects are no servers; tests of probes ask for them
        return {**kept, **own, **IDENTITY, **self.environment, **more}


def make(folder: Path, files: Mapping[str, str], tag: str = "v1.2.0") -> Project:
    """Make a repository with one commit of these files and a tag."""
    root, home = folder / "project", folder / "home"
    root.mkdir(parents=True)
    home.mkdir()
    project = Project(root, home)
    project.git("init", "--quiet", "--initial-branch", "main")
    project.commit("feat: begin", {**files, ".gitignore": "dist/\nplan.json\nreleases/\n"})
    if tag:
        project.git("tag", tag)
    return project
