"""What version-bump does with tags, footers and files that somebody made to lead it astray; see test_hostile_commits."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration import projects
from tests.integration.projects import Project, Result

FILES = projects.plain(
    projects.manifest(projects.HATCH),
    '__version__ = "1.2.0"',
    **{"CHANGELOG.md": "# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- a\n"},
)


def bump(project: Project, *arguments: str) -> dict[str, Any]:
    """Run it to success and return its outputs."""
    done = project.tagship("version-bump", "--json", *arguments)
    assert done.code == 0, done.said
    values: dict[str, Any] = json.loads(done.out)
    return values


def refused(project: Project, *arguments: str, code: int = 2, **environment: str) -> Result:
    """Run it to a refusal that is none of our bugs and changes nothing."""
    before = state(project)
    done = project.tagship("version-bump", *arguments, **environment)
    assert done.code == code, done.said
    assert "Traceback" not in done.said
    assert state(project) == before
    return done


def state(project: Project) -> tuple[str, ...]:
    """Return what must stay: HEAD, tags, and what differs from HEAD."""
    return tuple(project.git(*words) for words in (("rev-parse", "HEAD"), ("tag",), ("diff", "HEAD"), ("status", "-s")))


@pytest.mark.parametrize("tag", ["v9.9.9\u2028x", "x\u2029v9.9.9\u2028", "\u0085", "v9.9.\u0663", "v\u0669.9.9"])
def test_line_ends_and_digits_of_unicode_in_tags(tmp_path: Path, tag: str) -> None:
    """Such a tag is no version, and hides no other."""
    project = projects.make(tmp_path, FILES)
    project.git("tag", tag)
    project.commit("feat: a")
    values = bump(project, "--mode", "commit", "--explain", "true")
    assert (values["previous-version"], values["tag"]) == ("1.2.0", "v1.3.0")


@pytest.mark.parametrize("wish", ["1.3.0-rc." + "9" * 5000, "1" * 5000 + ".0.0", "1.3.0-rc.\u0661", "\u0661.3.0"])
def test_a_version_that_nobody_could_use(tmp_path: Path, wish: str) -> None:
    """Thousands of digits, and digits of other scripts, are refused wherever they come from."""
    project = projects.make(tmp_path, FILES)
    assert "is not a version" in refused(project, "--mode", "commit", "--version", wish).err
    project.commit(f"feat: a\n\nRelease-As: {wish}")
    assert "is not a version" in refused(project, "--mode", "commit").err


@pytest.mark.parametrize("mode", ["files", "commit"])
def test_a_folder_where_the_changelog_belongs(tmp_path: Path, mode: str) -> None:
    """It is told before anything is written."""
    project = projects.make(tmp_path, {name: text for name, text in FILES.items() if name != "CHANGELOG.md"})
    project.commit("feat: a", {"CHANGELOG.md/1.2.0.md": "- a\n"})
    done = refused(project, "--mode", mode, code=3)
    assert "CHANGELOG.md: the version is to be written there, and it is a folder" in done.err


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("mode", ["files", "commit"])
def test_a_linked_folder_leads_nowhere(tmp_path: Path, mode: str) -> None:
    """Where a link took the place of a package's folder, what it leads to is left alone."""
    manifests = {
        f"packages/{name}/package.json": json.dumps({"name": name, "version": "1.0.0"}) + "\n" for name in "ab"
    }
    project = projects.make(tmp_path, manifests, tag="a-v1.0.0")
    project.commit("feat: a", {"packages/a/index.js": "1\n"})
    outside = tmp_path / "outside"
    (project.root / "packages/a").rename(outside)
    (project.root / "packages/a").symlink_to(outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    done = refused(project, "--mode", mode, "--package", "a", code=3)
    assert "and packages/a is a link" in done.err
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_template_outside_the_project(tmp_path: Path) -> None:
    """Neither an absolute path nor a link brings another file of the machine into a changelog, or its path to light."""
    (tmp_path / "secret").write_text("do-not-tell", encoding="utf-8")
    for file in ("../secret", str(tmp_path / "secret"), "linked"):
        project = projects.make(
            tmp_path / str(len(file)), {**FILES, "tagship.yaml": f"changelog: {{template: {file}}}\n"}
        )
        (project.root / "linked").symlink_to(tmp_path / "secret")
        (project.root.parent / "secret").write_text("do-not-tell", encoding="utf-8")
        project.commit("feat: a")
        assert "the template lies outside the project" in refused(project).err


@pytest.mark.parametrize(
    ("file", "reason"), [("nope.j2", "No such file"), ("src", "directory"), ("bytes", "not UTF-8")]
)
def test_a_template_that_cannot_be_read(tmp_path: Path, file: str, reason: str) -> None:
    """It is told by the name that the configuration gave it."""
    project = projects.make(tmp_path, {**FILES, "tagship.yaml": f"changelog: {{template: {file}}}\n"})
    (project.root / "bytes").write_bytes(b"\xff\xfe")
    project.commit("feat: a")
    done = refused(project)
    assert done.err.startswith(f"error: {file}: ")
    assert reason in done.err
    assert str(tmp_path) not in done.err


def test_a_linked_group_of_nobody(tmp_path: Path) -> None:
    """It links nothing, and is no crash."""
    manifests = {f"{name}/package.json": json.dumps({"name": name, "version": "1.0.0"}) + "\n" for name in "ab"}
    project = projects.make(tmp_path, {**manifests, "tagship.yaml": "version: {linked: [[]]}\n"}, tag="a-v1.0.0")
    project.commit("feat: a", {"a/index.js": "1\n"})
    assert bump(project)["tag"] == "a-v1.1.0"


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_nothing_is_done_that_later_steps_could_not_be_told(tmp_path: Path, name: str) -> None:
    """A file of the runner that cannot be written is found out before there are a commit and a tag."""
    project = projects.make(tmp_path, FILES)
    project.commit("feat: a")
    for path in (tmp_path / "gone" / "file", tmp_path):
        broken: dict[str, Any] = {"GITHUB_ACTIONS": "true", name: str(path)}
        done = refused(project, "--mode", "commit", **broken)
        assert "cannot write it" in done.err


@pytest.mark.parametrize("token", ["s3cret\n", "s3 cret", "s\u00e9cret", "s3cret\x7f"])
def test_a_token_that_cannot_be_sent(tmp_path: Path, token: str) -> None:
    """A secret that was stored with its line end is told at once, and not shown."""
    project = projects.make(tmp_path, FILES)
    project.commit("feat: a")
    given: dict[str, Any] = {
        "TAGSHIP_TOKEN": token,
        "GITHUB_REPOSITORY": "octo/demo",
        "GITHUB_API_URL": "http://127.0.0.1:9",
    }
    done = refused(project, "--mode", "pull-request", **given)
    assert "the GitHub token has characters that no token has" in done.err
    assert token.strip() not in done.said


def test_no_remote(tmp_path: Path) -> None:
    """Where nothing can be pushed to, the clone stays as it was, and it is said what it lacks."""
    project = projects.make(tmp_path, FILES)
    project.commit("feat: a")
    assert "the clone has no remote `origin`" in refused(project, "--mode", "commit", "--push", "true").err


@pytest.mark.parametrize("wish", ["9.9.9; rm", "../../x", "1.0.0", "1.3.0+build", "$(id)", "--version"])
def test_a_footer_that_nobody_can_follow_is_found_and_overruled(tmp_path: Path, wish: str) -> None:
    """It would stop every release until somebody finds it: it is named, and both ways out that are told work."""
    project = projects.make(tmp_path, FILES)
    commit = project.commit(f"feat: a\n\nRelease-As: {wish}")
    done = refused(project, "--mode", "commit")
    assert f"error: Release-As in {commit[:7]}: " in done.err
    assert bump(project, "--mode", "none", "--version", "1.4.0")["version"] == "1.4.0"
    project.commit("chore: x\n\nRelease-As: 1.5.0")
    assert bump(project, "--mode", "none")["version"] == "1.5.0"
