"""Repositories of many packages, in three languages, for planning."""

import subprocess
from pathlib import Path
from typing import Final

_PYTHON: Final = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "server-{number:03}"
version = "1.4.0"
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = ["mcp>=2,<3"]

[project.scripts]
server-{number:03} = "server_{number:03}.server:main"
"""
_NPM: Final = """{{
  "name": "@octo/server-{number:03}",
  "version": "1.4.0",
  "license": "MIT",
  "bin": {{"server-{number:03}": "main.js"}},
  "dependencies": {{"@modelcontextprotocol/sdk": "^1.20.0"}}
}}
"""
_RUST: Final = """[package]
name = "server-{number:03}"
version = "1.4.0"
edition = "2024"
license = "MIT"

[dependencies]
rmcp = "3"
"""


def make(folder: Path, count: int, *, mixed: bool = False) -> None:
    """Make ``count`` packages with one version and a tag: all in Python, or half of them, with npm and Rust a quarter each."""
    for number in range(count):
        kind = _LANGUAGES[number % 4] if mixed else "python"
        files = {"README.md": "# A server\n" * 20, **_files(kind, number)}
        for name, text in files.items():
            path = folder / "packages" / f"server-{number:03}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    commit(folder, f"feat: {count} servers")
    git(folder, "tag", "v1.4.0")


def commit(folder: Path, message: str) -> None:
    """Make a repository of a folder, with one commit."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", message)


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@tagship.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def _files(kind: str, number: int) -> dict[str, str]:
    module = f"src/server_{number:03}"
    return {
        "python": {
            "pyproject.toml": _PYTHON.format(number=number),
            f"{module}/__init__.py": '__version__ = "1.4.0"\n',
            f"{module}/server.py": "def main():\n    print('ready')\n",
            "tests/test_server.py": "def test_it():\n    pass\n",
        },
        "npm": {
            "package.json": _NPM.format(number=number),
            "main.js": "#!/usr/bin/env node\n",
            "lib/server.js": "export const ready = true;\n",
            "test/server.test.js": "\n",
        },
        "rust": {
            "Cargo.toml": _RUST.format(number=number),
            "src/main.rs": "fn main() {}\n",
            "src/server.rs": "\n",
            "tests/server.rs": "\n",
        },
    }[kind]


_LANGUAGES: Final = ("python", "npm", "python", "rust")
