"""Versions that the tag decides, and versions that are dates: from the commits to the files that are built."""

import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

SERVER = '{\n  "name": "io.github.octo/demo-server",\n  "version": "{{VERSION}}",\n  "packages": []\n}\n'
PLACEHOLDER = projects.plain(
    projects.manifest(projects.HATCH, 'version = "0.0.0" # from the tag'),
    '__version__ = "0.0.0"',
    **{"server.json": SERVER},
)


def released(project: Project) -> tuple[str, str]:
    """Plan and build; return the wheel's METADATA and the sdist's manifest."""
    for command in ("build-matrix", "build"):
        done = project.tagship(command)
        assert done.code == 0, done.said
    folder = project.root / "dist" / "python-any"
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("METADATA"))
        metadata = archive.read(name).decode()
        assert '__version__ = "1.3.0"' in archive.read("demo_server/__init__.py").decode()
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(next(each for each in archive.getnames() if each.endswith("/pyproject.toml")))
        assert member is not None
        return metadata, member.read().decode()


def test_placeholders_stay_in_the_tree_and_are_stamped_into_what_is_built(tmp_path: Path) -> None:
    """Nothing but the changelog is committed; wheel and sdist have the tag's version; the tree stays clean."""
    project = projects.make(tmp_path, PLACEHOLDER)
    project.commit("feat: a")
    done = project.tagship("version-bump", "--mode", "commit")
    assert done.code == 0, done.said
    assert "pyproject.toml keeps its placeholder: the tag decides" in done.err
    assert project.git("show", "--name-only", "--format=", "HEAD") == "CHANGELOG.md"
    for file in ("pyproject.toml", "src/demo_server/__init__.py", "server.json"):
        assert f"{file} keeps its placeholder" in done.err
    metadata, manifest = released(project)
    assert "\nVersion: 1.3.0\n" in metadata
    assert 'version = "1.3.0" # from the tag' in manifest
    assert project.git("status", "--porcelain") == ""
    assert 'version = "0.0.0"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")
    plan = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    stamped = {(site["file"], site["line"]) for site in plan["packages"][0]["stamps"]}
    assert stamped == {("pyproject.toml", 7), ("src/demo_server/__init__.py", 3), ("server.json", 3)}


def test_a_version_from_version_control_needs_no_place(tmp_path: Path) -> None:
    """And that is said."""
    project = projects.make(tmp_path, projects.SHAPES["setuptools-scm"])
    project.commit("feat: a")
    done = project.tagship("version-bump", "--mode", "commit")
    assert done.code == 0, done.said
    assert "demo-server: its version comes from the tag; no file says it" in done.err
    assert project.git("show", "--name-only", "--format=", "HEAD") == "CHANGELOG.md"
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"


def test_a_fallback_beside_git_is_stamped_and_git_still_decides(tmp_path: Path) -> None:
    """hatch-vcs with a `0.0.0` in the module: the stamped copy is no changed tree, so there is no `.dev0` version."""
    manifest = projects.SHAPES["hatch-vcs"]["pyproject.toml"]
    project = projects.make(tmp_path, projects.plain(manifest, '__version__ = "0.0.0"'))
    project.commit("feat: a")
    project.git("tag", "v1.3.0")
    assert "\nVersion: 1.3.0\n" in released(project)[0]


def test_a_placeholder_never_ships(tmp_path: Path) -> None:
    """Without a tag there is no version: exit 2, and what to do; it cannot be asked for either."""
    project = projects.make(tmp_path, PLACEHOLDER, tag="")
    done = project.tagship("build-matrix")
    assert done.code == 2
    assert "git tag v0.1.0" in done.err
    asked = project.tagship("version-bump", "--version", "0.0.0")
    assert asked.code == 2
    assert "placeholder" in asked.err


def test_placeholders_do_not_disagree(tmp_path: Path) -> None:
    """The linter has nothing to say about them."""
    project = projects.make(tmp_path, PLACEHOLDER)
    done = project.tagship("version-bump", "--check")
    assert done.code == 0, done.said


@pytest.mark.parametrize("configured", [False, True])
def test_date_versions(tmp_path: Path, configured: bool) -> None:  # noqa: FBT001
    """Recognised in the history, or asked for; the second of a day is refused, and MICRO counts."""
    today = datetime.now(tz=UTC)
    version = f"{today.year}.{today.month}.{today.day}"
    files = projects.plain(projects.manifest(projects.HATCH, 'version = "2024.7.10"'))
    config = {"tagship.yaml": "version: {scheme: YYYY.M.D}\n"} if configured else {}
    project = projects.make(tmp_path, {**files, **config}, tag="v1.2.0" if configured else "v2024.7.10")
    project.commit("fix: a")
    done = project.tagship("version-bump", "--mode", "commit", "--json")
    assert done.code == 0, done.said
    assert json.loads(done.out)["tag"] == f"v{version}"
    assert f'version = "{version}"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")
    project.commit("fix: b")
    again = project.tagship("version-bump", "--mode", "commit")
    assert again.code == 2
    assert "YYYY.M.MICRO" in again.err


SCENARIOS = {
    "a feature": [("feat: a", {})],
    "a fix": [("fix: a", {})],
    "nothing": [("docs: a", {})],
    "no commits": [],
    "a breaking change": [("feat!: a", {})],
    "words": [("whatever", {})],
    "asked for": [("feat: a\n\nRelease-As: 4.0.0", {})],
}
WAYS = [
    (), ("--mode", "commit"), ("--mode", "none"), ("--prerelease", "rc"), ("--bump", "major", "--mode", "commit"),
    ("--version", "7.0.0"),
]  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "files")
def test_a_dry_run_says_what_the_real_one_does(tmp_path: Path, scenario: str, way: tuple[str, ...]) -> None:
    """The same outputs but for the commit's id, the same exit code; and nothing at all has changed."""
    project = projects.make(tmp_path, projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"'))
    for message, files in SCENARIOS[scenario]:
        project.commit(message, files)

    def state() -> tuple[str, str, dict[str, bytes]]:
        files = {
            path.name: path.read_bytes()
            for path in project.root.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        return project.git("for-each-ref"), project.git("status", "--porcelain"), files

    before = state()
    said = project.tagship("version-bump", "--json", *way, "--dry-run")
    assert state() == before
    real = project.tagship("version-bump", "--json", *way)
    assert said.code == real.code, said.said + real.said
    if real.code == 0:
        assert {**json.loads(said.out), "commit": ""} == {**json.loads(real.out), "commit": ""}
    else:
        assert said.err == real.err
