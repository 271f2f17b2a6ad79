"""version-bump in real histories: the next version, every place it stands in, changelog, commit, tag, push."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration import projects
from tests.integration.projects import Project

SERVER = """{
\t"name": "io.github.octo/demo-server",
\t"version": "1.2.0",
\t"packages": [{"registryType": "pypi", "identifier": "demo-server", "version": "1.2.0", "transport": {"type": "stdio"}}]
}
"""
FILES = projects.plain(
    projects.manifest(projects.HATCH, 'version = "1.2.0" # do not touch by hand'),
    '__version__ = "1.2.0"',
    **{"server.json": SERVER},
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a released project with a manifest, a module version, a server.json and a changelog."""
    changelog = "# Changelog\n\nAll notable changes.\n\n## [1.2.0] - 2026-01-01\n\n- first\n"
    return projects.make(tmp_path, {**FILES, "CHANGELOG.md": changelog})


def bump(project: Project, *arguments: str, **environment: str) -> dict[str, Any]:
    done = project.tagship("version-bump", "--json", *arguments, **environment)
    assert done.code == 0, done.said
    values: dict[str, Any] = json.loads(done.out)
    return values


def test_a_feature_raises_the_minor_number_everywhere(project: Project) -> None:
    """All sites are written, comments and tabs stay; the changelog grows on top; one commit, one annotated tag."""
    project.commit("docs: words")
    project.commit("feat(tools)!: none\n\nBREAKING-CHANGE not a footer")
    project.git("reset", "--quiet", "--hard", "HEAD~1")
    feature = project.commit("feat(tools): say hello")
    project.commit("fix: a typo")
    values = bump(project, "--mode", "commit")
    assert (values["bumped"], values["version"], values["previous-version"], values["tag"]) == (
        True,
        "1.3.0",
        "1.2.0",
        "v1.3.0",
    )
    assert 'version = "1.3.0" # do not touch by hand' in (project.root / "pyproject.toml").read_text(encoding="utf-8")
    assert '__version__ = "1.3.0"' in (project.root / "src/demo_server/__init__.py").read_text(encoding="utf-8")
    assert (project.root / "server.json").read_text(encoding="utf-8") == SERVER.replace("1.2.0", "1.3.0")
    text = (project.root / "CHANGELOG.md").read_text(encoding="utf-8")
    head, rest = text.split("## [1.2.0]")
    assert f"- **tools:** say hello ({feature[:7]})" in head
    assert head.index("### Added") < head.index("### Fixed")
    assert rest == " - 2026-01-01\n\n- first\n"
    assert project.git("log", "-1", "--format=%s") == "chore(release): 1.3.0"
    assert project.git("cat-file", "-t", "v1.3.0") == "tag"
    assert project.git("rev-parse", "v1.3.0^{commit}") == values["commit"] == project.git("rev-parse", "HEAD")
    assert project.git("status", "--porcelain") == ""
    planned = project.tagship("build-matrix")
    assert planned.code == 0, planned.said
    assert "v1.3.0" in planned.said


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("fix: a", "1.2.1"),
        ("feat: a", "1.3.0"),
        ("feat!: a", "2.0.0"),
        ("refactor: a\n\nBREAKING CHANGE: gone", "2.0.0"),
        ("perf: a", "1.2.1"),
        ("chore: a", "1.2.0"),
        ("no convention at all", "1.2.0"),
    ],
)
def test_the_commits_decide(project: Project, message: str, expected: str) -> None:
    """What each kind of commit means; nothing to release is no failure."""
    project.commit(message)
    values = bump(project, "--mode", "none")
    assert values["version"] == expected
    assert values["bumped"] == (expected != "1.2.0")
    assert project.git("status", "--porcelain") == ""


def test_prereleases_count_on_and_leave_their_channel(project: Project) -> None:
    """rc.1, rc.2, then final; a bigger change in between starts anew."""
    versions = []
    for message, channel in (
        ("feat: a", "rc"),
        ("fix: b", "rc"),
        ("fix: c", ""),
        ("feat!: d", "rc"),
        ("fix: e", "final"),
    ):
        project.commit(message)
        versions.append(bump(project, "--mode", "commit", "--prerelease", channel)["version"])
    assert versions == ["1.3.0-rc.1", "1.3.0-rc.2", "1.3.0-rc.3", "2.0.0-rc.1", "2.0.0"]
    assert 'version = "2.0.0"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")


def test_python_spelling_of_a_prerelease(project: Project) -> None:
    """PEP 440 where Python reads, SemVer where the registry does."""
    project.commit("feat: a")
    bump(project, "--prerelease", "beta")
    assert 'version = "1.3.0b1"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")
    server = json.loads((project.root / "server.json").read_text(encoding="utf-8"))
    assert (server["version"], server["packages"][0]["version"]) == ("1.3.0-beta.1", "1.3.0b1")


def test_a_dry_run_says_the_same_and_changes_nothing(project: Project) -> None:
    """Also with mode commit."""
    project.commit("feat: a")
    before = project.git("rev-parse", "HEAD")
    said = bump(project, "--mode", "commit", "--dry-run")
    assert project.git("status", "--porcelain") == ""
    assert project.git("rev-parse", "HEAD") == before
    real = bump(project, "--mode", "commit")
    assert {**said, "commit": ""} == {**real, "commit": ""}


def test_the_first_version_comes_from_the_files(tmp_path: Path) -> None:
    """Without any tag nothing is raised: what the files say is released first."""
    project = projects.make(tmp_path, FILES, tag="")
    values = bump(project, "--mode", "commit")
    assert (values["version"], values["previous-version"], values["bumped"]) == ("1.2.0", "", True)


def test_below_one_a_breaking_change_raises_the_minor_number_unless_somebody_decides(tmp_path: Path) -> None:
    """SemVer's item 4; `bump: major` is the decision for 1.0.0."""
    files = {name: text.replace("1.2.0", "0.4.1") for name, text in FILES.items()}
    project = projects.make(tmp_path, files, tag="v0.4.1")
    project.commit("feat!: other")
    assert bump(project, "--mode", "none")["version"] == "0.5.0"
    assert bump(project, "--mode", "none", "--bump", "major")["version"] == "1.0.0"


def test_branch_and_tag_are_pushed_together(project: Project, tmp_path: Path) -> None:
    """Both arrive at origin; where the branch is refused the tag does not arrive either, exit 4."""
    server = tmp_path / "server.git"
    project.git("clone", "--quiet", "--bare", str(project.root), str(server))
    project.git("remote", "add", "origin", str(server))
    project.commit("feat: a")
    values = bump(project, "--mode", "commit", "--push")
    assert project.git("ls-remote", "origin", "refs/heads/main").split()[0] == values["commit"]
    assert "refs/tags/v1.3.0" in project.git("ls-remote", "--tags", "origin")

    hook = server / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/*) echo protected; exit 1;; esac\n', encoding="utf-8")
    hook.chmod(0o755)
    project.commit("feat: b")
    refused = project.tagship("version-bump", "--mode", "commit", "--push", TAGSHIP_TOKEN="very-secret")
    assert refused.code == 4
    assert "protected" in refused.err
    assert "very-secret" not in refused.said
    assert "refs/tags/v1.4.0" not in project.git("ls-remote", "--tags", "origin")


def test_the_token_is_masked_before_it_is_used(project: Project) -> None:
    """The runner is told to keep the token out of the log, whatever git or a hook says of it."""
    done = project.tagship("version-bump", "--mode", "none", GITHUB_ACTIONS="true", TAGSHIP_TOKEN="very-secret")
    assert "::add-mask::very-secret\n" in done.err


def test_a_tag_that_exists_is_refused(project: Project) -> None:
    """On a commit that is no ancestor; nothing is written then."""
    project.commit("feat: elsewhere")
    project.git("tag", "v9.9.9")
    project.git("reset", "--quiet", "--hard", "HEAD~1")
    project.commit("feat: a")
    done = project.tagship("version-bump", "--mode", "commit", "--version", "9.9.9")
    assert done.code == 2
    assert "v9.9.9 exists already" in done.err
    assert project.git("status", "--porcelain") == ""


HOSTILE = (
    "feat: ::error file=x::gotcha",
    "feat: $(touch pwned) `touch pwned` ; rm -rf .",
    "feat: \u202egnp.exe\u202c",
    "feat: a\r::set-output name=version::6.6.6",
    "fix: </h1><script>alert(1)</script> | a | b |",
    "feat: " + "x" * 20_000,
    "feat(\x1b[31m): \x07bell",
)


def test_hostile_messages_corrupt_nothing(project: Project, tmp_path: Path) -> None:
    """No output line, no changelog line, no tag is shaped by what a commit says."""
    for message in HOSTILE:
        project.commit(message)
    output = tmp_path / "output"
    output.touch()
    done = project.tagship("version-bump", "--mode", "commit", GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output))
    assert done.code == 0, done.said
    assert not [line for line in done.said.splitlines() if line.startswith(("::error", "::set-output"))]
    text = (project.root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not any(character in text for character in "\x1b\x07\u202e\r")
    assert "<script>" not in text.replace("\\<script>", "")
    values = output.read_text(encoding="utf-8")
    assert "version<<" in values
    assert "6.6.6" not in [line.strip() for line in values.splitlines()]
    assert not (project.root / "pwned").exists()
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"


def test_a_revert_cancels_what_it_takes_back(project: Project) -> None:
    """A feature that was taken back before it was released raises nothing; reverting the revert brings it again."""
    feature = project.commit("feat!: risky", {"src/demo_server/risky.py": "x = 1\n"})
    project.git("revert", "--no-edit", feature)
    assert bump(project, "--mode", "none")["bumped"] is False
    project.commit("fix: a")
    values = bump(project, "--mode", "none")
    assert (values["version"], "risky" in values["changelog"]) == ("1.2.1", False)
    project.git("revert", "--no-edit", "HEAD~1")
    assert bump(project, "--mode", "none")["version"] == "2.0.0"


def test_a_revert_of_something_released_is_a_change(project: Project) -> None:
    """Users had it, so they get a patch and a line in the changelog."""
    feature = project.commit("feat: had by users", {"src/demo_server/old.py": "x = 1\n"})
    bump(project, "--mode", "commit")
    project.git("revert", "--no-edit", feature)
    values = bump(project, "--mode", "none")
    assert values["version"] == "1.3.1"
    assert "### Reverted" in values["changelog"]


def test_a_release_as_footer_decides(project: Project) -> None:
    """The newest one; an explicit bump stands above it."""
    project.commit("feat: a\n\nRelease-As: 3.0.0")
    project.commit("chore: b\n\nRelease-As: v4.1.0")
    project.commit("fix: c")
    assert bump(project, "--mode", "none")["version"] == "4.1.0"
    assert bump(project, "--mode", "none", "--bump", "patch")["version"] == "1.2.1"


LOCKED = """version = 1

[[package]]
name = "click"
version = "1.2.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "demo-server"
version = "1.2.0"
source = { editable = "." }
"""


def test_the_entry_in_uv_lock_follows(project: Project) -> None:
    """Only the project's own entry, so that `uv sync --locked` still agrees."""
    project.commit("feat: locked", {"uv.lock": LOCKED})
    bump(project)
    assert (project.root / "uv.lock").read_text(encoding="utf-8") == LOCKED.replace(
        'name = "demo-server"\nversion = "1.2.0"', 'name = "demo-server"\nversion = "1.3.0"'
    )


def test_check_finds_places_that_disagree(project: Project) -> None:
    """A linter of its own: exit 1, file and line of each; nothing is written. In step again, exit 0."""
    assert project.tagship("version-bump", "--check").code == 0
    drifted = SERVER.replace('"version": "1.2.0",\n\t"packages"', '"version": "1.1.0",\n\t"packages"')
    module = '"""A demonstration."""\n\n__version__ = "1.0.0"\n'
    project.commit("feat: drift", {"server.json": drifted, "src/demo_server/__init__.py": module})
    done = project.tagship("version-bump", "--check", "--mode", "commit")
    assert done.code == 1
    assert "server.json:3: demo-server says version 1.1.0 here" in done.err
    assert "src/demo_server/__init__.py:3: demo-server says version 1.0.0 here" in done.err
    assert project.git("status", "--porcelain") == ""


def test_without_a_mode_files_are_written_and_nothing_is_committed(project: Project) -> None:
    """What a pull request would hold lies in the work tree; no commit, no tag."""
    project.commit("fix: a")
    before = project.git("rev-parse", "HEAD")
    values = bump(project, "--mode", "files")
    changed = project.git("status", "--porcelain").split()[1::2]
    assert sorted(changed) == ["CHANGELOG.md", "pyproject.toml", "server.json", "src/demo_server/__init__.py"]
    assert project.git("rev-parse", "HEAD") == before
    assert values["commit"] == ""
    assert project.git("tag") == "v1.2.0"


def test_a_prerelease_becomes_final_without_another_change(project: Project) -> None:
    """rc.1 is tried out and found good: the same commits are released as 1.3.0."""
    project.commit("feat: a")
    assert bump(project, "--mode", "commit", "--prerelease", "rc")["version"] == "1.3.0-rc.1"
    values = bump(project, "--mode", "commit", "--prerelease", "final")
    assert (values["version"], values["previous-version"]) == ("1.3.0", "1.3.0-rc.1")
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"


@pytest.mark.parametrize("folder", ["a[b]", "-dash", ":(top)", "with space"])
def test_a_project_in_a_folder_of_any_name_is_bumped(folder: str, tmp_path: Path) -> None:
    """Names that git could read as options or patterns are names; what happens beside the folder does not count."""
    project = projects.make(tmp_path, {f"{folder}/{name}": text for name, text in FILES.items()})
    project.commit("feat: elsewhere", {"a/beside.txt": "x", "top.txt": "x"})
    inside = project.root / folder
    quiet = project.at(inside).tagship("version-bump", "--json", "--mode", "commit")
    assert (quiet.code, json.loads(quiet.out or "{}").get("bumped")) == (0, False), quiet.said
    project.commit("fix: inside", {f"{folder}/more.txt": "x"})
    done = project.at(inside).tagship("version-bump", "--json", "--mode", "commit")
    assert done.code == 0, done.said
    assert json.loads(done.out)["version"] == "1.2.1"
    assert project.git("status", "--porcelain") == ""


def test_the_job_summary_shows_what_is_next(project: Project, tmp_path: Path) -> None:
    """A table for people, and the section of the changelog; the line in the log names the commit that decided."""
    commit = project.commit("feat(tools): say hello")
    done = project.tagship("version-bump", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert f"1.2.0 → 1.3.0 (feat: say hello, {commit[:7]})" in done.err
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| all | 1.2.0 | **1.3.0** | v1.3.0 |" in text
    assert "- **tools:** say hello" in text
