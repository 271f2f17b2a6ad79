"""A dry run says what the real one does, in every mode, in histories of every kind; and it changes nothing at all."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.monorepos import make, package, touch
from tests.integration.projects import Project

FILES = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')
MODES = (("none",), ("files",), ("commit",), ("commit", "--tag", "false"), ("commit", "--push"))


def single(folder: Path, *messages: str, tag: str = "v1.2.0", **files: str) -> Project:
    project = projects.make(folder, {**FILES, **files}, tag=tag)
    for message in messages:
        project.commit(message)
    return project


def not_tagged(folder: Path) -> Project:
    """Leave a release commit without its tag, as a run that was killed does."""
    project = single(folder, "feat: a")
    done = project.tagship("version-bump", "--mode", "commit", "--tag", "false")
    assert done.code == 0, done.said
    return project


def dirty(folder: Path) -> Project:
    project = single(folder, "feat: a")
    manifest = project.root / "pyproject.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    return project


def elsewhere(folder: Path) -> Project:
    project = single(folder, "feat: a")
    project.git("checkout", "--quiet", "-b", "other", "main~1")
    project.commit("chore: x")
    project.git("tag", "v1.3.0")
    project.git("checkout", "--quiet", "main")
    return project


def detached(folder: Path) -> Project:
    project = single(folder, "fix: a")
    project.git("checkout", "--quiet", "--detach")
    return project


def several(folder: Path) -> Project:
    core, web = package("core", "packages/core"), package("web", "packages/web", ["core"])
    project = make(folder, core, web, package("app", "app"), tags=("core@1.0.0", "web@1.0.0", "app@1.0.0"))
    touch(project, "packages/core/a.txt", "feat: a")
    return project


def linked(folder: Path) -> Project:
    core, web = package("core", "packages/core"), package("web", "packages/web")
    project = make(folder, core, web, config="version: {linked: [[core, web]]}\n")
    touch(project, "packages/core/a.txt", "feat: a")
    return project


def placeholders(folder: Path) -> Project:
    files = projects.plain(projects.manifest(projects.HATCH, 'version = "0.0.0"'), '__version__ = "0.0.0"')
    project = projects.make(folder, files)
    project.commit("feat: a")
    return project


def words(folder: Path) -> Project:
    return single(folder, "some words", "more words", **{"tagship.yaml": "version: {unconventional: error}\n"})


SCENARIOS: dict[str, Callable[[Path], Project]] = {
    "first release": lambda folder: single(folder, tag=""),
    "on a candidate": lambda folder: single(folder, "feat: a", tag="v1.3.0-rc.1"),
    "nothing": lambda folder: single(folder, "docs: a"),
    "dates": lambda folder: single(folder, "fix: a", **{"tagship.yaml": "version: {scheme: YYYY.M.MICRO}\n"}),
    "not tagged": not_tagged,
    "dirty": dirty,
    "a tag elsewhere": elsewhere,
    "detached": detached,
    "several packages": several,
    "linked packages": linked,
    "placeholders": placeholders,
    "unconventional": words,
}


def state(project: Project) -> tuple[str, str, str, dict[str, str]]:
    """Return references, HEAD, status and the digest of each file."""
    files = {
        str(path.relative_to(project.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in project.root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(project.root).parts
    }
    return project.git("for-each-ref"), project.git("rev-parse", "HEAD"), project.git("status", "--porcelain"), files


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_dry_run_is_true(tmp_path: Path, scenario: str) -> None:
    """The same exit code; the same outputs, but for the id of a commit that is not made; else the same refusal."""
    project = SCENARIOS[scenario](tmp_path)
    project.git("clone", "--quiet", "--bare", str(project.root), str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    for number, (mode, *more) in enumerate(MODES):
        before, there = state(project), project.git("ls-remote", "origin")
        said = project.tagship("version-bump", "--json", "--mode", mode, *more, "--dry-run")
        assert (state(project), project.git("ls-remote", "origin")) == (before, there)
        copy = project.at(tmp_path / f"copy{number}")
        shutil.copytree(project.root, copy.root, symlinks=True)
        real = copy.tagship("version-bump", "--json", "--mode", mode, *more)
        assert said.code == real.code, f"{mode} {more}: {said.said}{real.said}"
        if real.code:
            assert said.err == real.err
        else:
            told, true = json.loads(said.out), json.loads(real.out)
            assert told == (true if told["commit"] else {**true, "commit": ""})


def test_what_would_be_written_is_what_is(tmp_path: Path) -> None:
    """File by file, tag by tag."""
    project = several(tmp_path)
    said = project.tagship("version-bump", "--mode", "commit", "--dry-run").err.splitlines()
    done = project.tagship("version-bump", "--mode", "commit").err.splitlines()
    wanted = [line.removeprefix("would write ") for line in said if line.startswith("would write ")]
    assert wanted == [line.removeprefix("wrote ") for line in done if line.startswith("wrote ")]
    assert sorted(wanted) == project.git("show", "--name-only", "--format=", "HEAD").split()
    tags = [line.removeprefix("would tag ") for line in said if line.startswith("would tag ")]
    assert sorted(tags) == project.git("tag", "--points-at", "HEAD").split()


@pytest.mark.parametrize("command", ["build-matrix", "release"])
def test_a_dry_run_of_a_release_shows_the_plan(command: str, tmp_path: Path) -> None:
    """What would be built, started and signed; and that nothing was written."""
    project = single(tmp_path)
    done = project.tagship(command, "--dry-run")
    assert done.code == 0, done.said
    words = [line.split()[0] for line in done.err.splitlines() if line.startswith("  ")]
    assert {"package", "build", "sign"} <= set(words)
    assert "1 package, 1 leg, " in done.err
    assert "; nothing was written" in done.err
    assert not (project.root / "plan.json").exists()
    assert not (project.root / "dist").exists()
