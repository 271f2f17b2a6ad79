"""The recipes of docs/recipes.md are pasted into a shell, as people do, in real repositories."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.integration import projects
from tests.integration.projects import Project

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"
FILES: Final = projects.plain(projects.manifest(projects.HATCH))


def block(title: str, language: str, number: int = 0) -> str:
    """Return a block of a section."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return str(found[number])


def paste(project: Project, script: str, **environment: str) -> None:
    """Run a block line by line, and stop where one fails."""
    folder = project.home / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "tagship"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tagship "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = project.env(**environment)
    env["PATH"] = f"{folder}:{env['PATH']}"
    given = script.encode()
    done = subprocess.run(["bash", "-eu"], cwd=project.root, env=env, input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a repository with an origin, released as 1.2.0."""
    made = projects.make(tmp_path, FILES)
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "origin.git")], check=True)
    made.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    made.git("push", "--quiet", "--set-upstream", "origin", "main", "--tags")
    return made


def test_prereleases(project: Project) -> None:
    """rc.1, and from there the final version."""
    project.commit("feat: say hello")
    paste(project, block("Prereleases", "sh"))
    assert project.git("ls-remote", "--tags", "--refs", "origin").split()[1::2] == [
        "refs/tags/v1.2.0",
        "refs/tags/v1.3.0",
        "refs/tags/v1.3.0-rc.1",
    ]


def test_back_ports(project: Project) -> None:
    """A fix from main becomes 1.4.2 on a branch from 1.4.1, although 2.0.0 is out."""
    project.commit("chore: 1.4.1", {"pyproject.toml": FILES["pyproject.toml"].replace("1.2.0", "1.4.1")})
    project.git("tag", "v1.4.1")
    project.commit("feat!: 2.0.0", {"pyproject.toml": FILES["pyproject.toml"].replace("1.2.0", "2.0.0")})
    project.git("tag", "v2.0.0")
    fix = project.commit("fix: say it politely", {"src/demo_server/polite.py": "WORD = 'please'\n"})
    script = block("Back-ports", "sh").replace("COMMIT", fix)
    project.git("config", "push.autoSetupRemote", "true")
    paste(project, script)
    assert project.git("describe", "--exact-match") == "v1.4.2"
    assert "v1.4.2" in project.git("ls-remote", "--tags", "origin")


def test_a_monorepo(project: Project) -> None:
    """The two that are linked have one version and tags of their own; the sandbox and the internal one stay out."""
    text = FILES["pyproject.toml"]
    named = {
        f"{name}/pyproject.toml": text.replace("demo-server", name)
        .replace("1.2.0", "3.0.0")
        .replace("demo_server", "x")
        for name in ("server", "client", "internal-tools", "sandbox/toy")
    }
    more = {f"{Path(name).parent}/README.md": "# x\n" for name in named}
    code = {f"{Path(name).parent}/src/x/__init__.py": "" for name in named}
    project.git("rm", "--quiet", "pyproject.toml")
    project.commit("feat: packages", {**named, **more, **code, "tagship.yaml": block("A monorepo", "yaml")})
    project.git("tag", "server-v3.0.0")
    project.git("tag", "client-v3.0.0")
    project.commit("feat: ask", {"server/src/x/ask.py": "X = 1\n"})
    explained, planned = block("A monorepo", "sh").splitlines()
    paste(project, explained)
    project.commit("chore: 3.1.0", {name: file.replace("3.0.0", "3.1.0") for name, file in named.items()})
    project.git("tag", "server-v3.1.0")
    paste(project, planned)
    assert '"server-3.1.0' in (project.root / "plan.json").read_text(encoding="utf-8")


def test_a_new_signing_key(project: Project) -> None:
    """A key pair, encrypted, with the public half to be handed out."""
    paste(project, block("A new signing key", "sh"), TAGSHIP_KEY_PASSWORD="new")
    made = {path.name for path in project.root.glob("*.pem*")}
    assert made == {"signing-key-2027.pem", "signing-key-2027.pem.pub"}
    assert "ENCRYPTED" in (project.root / "signing-key-2027.pem").read_text(encoding="utf-8")


def test_a_tag_that_released_nothing_is_taken_back(project: Project) -> None:
    """Here and at the origin."""
    paste(project, block("Recover from a failed release", "sh", 1))
    assert project.git("tag") == ""
    assert project.git("ls-remote", "--tags", "origin") == ""
