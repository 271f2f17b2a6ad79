"""Bad input: each with its exit code and a message that names the place and says what to do; no traceback, no secret."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project, Result

Case = Callable[[Project], Result]
HATCH = projects.SHAPES["hatch"]
HAS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


def no_repository(project: Project) -> Result:
    outside = project.home / "outside"
    outside.mkdir()
    return project.at(outside).tagship("build-matrix")


def no_commit(project: Project) -> Result:
    empty = project.home / "empty"
    empty.mkdir()
    Project(empty, project.home).git("init", "--quiet")
    return project.at(empty).tagship("version-bump")


def shallow_without_tags(project: Project) -> Result:
    project.commit("feat: more")
    clone = project.home / "shallow"
    project.git("clone", "--quiet", "--depth", "1", "--no-tags", f"file://{project.root}", str(clone))
    return project.at(clone).tagship("version-bump")


def tag_that_is_not_there(project: Project) -> Result:
    return project.tagship("build-matrix", "--tag", "v7.0.0")


def tag_that_disagrees(project: Project) -> Result:
    project.git("tag", "v1.4.0")
    return project.tagship("build-matrix", "--tag", "v1.4.0")


def tag_on_another_commit(project: Project) -> Result:
    project.commit("feat: more")
    return project.tagship("build-matrix", "--tag", "v1.2.0")


def misspelt_key(project: Project) -> Result:
    (project.root / "tagship.yaml").write_text("name: demo\nsignrs: [key]\n", encoding="utf-8")
    return project.tagship("build-matrix")


def broken_configuration(project: Project) -> Result:
    (project.root / "tagship.yaml").write_text("name: [demo\n", encoding="utf-8")
    return project.tagship("build-matrix")


def broken_toml(project: Project) -> Result:
    project.commit("feat: break", {"pyproject.toml": "[project]\nname = demo\n"})
    return project.tagship("build-matrix")


def nothing_to_publish(project: Project) -> Result:
    project.git("rm", "--quiet", "-r", "pyproject.toml", "src")
    project.commit("feat: nothing", {"package.txt": "x"})
    return project.tagship("build-matrix")


def missing_token(project: Project) -> Result:
    (project.root / "file.txt").write_text("x", encoding="utf-8")
    return project.tagship("release-assets", "--files", "file.txt", "--tag", "v1.2.0", GITHUB_REPOSITORY="octo/demo")


def missing_plan(project: Project) -> Result:
    return project.tagship("build")


def broken_plan(project: Project) -> Result:
    (project.root / "plan.json").write_text('{"schema": "tagship.plan/1"}', encoding="utf-8")
    return project.tagship("build")


def unreadable_repository(project: Project) -> Result:
    (project.root / ".git" / "config").write_text("[[\n", encoding="utf-8")
    return project.tagship("build-matrix")


def name_too_long(project: Project) -> Result:
    return project.tagship("build-matrix", "--config", "x" * 3000)


def unknown_flag(project: Project) -> Result:
    return project.tagship("build-matrix", "--tagg", "x")


def no_truth(project: Project) -> Result:
    return project.tagship("build-matrix", "--dry-run", "yes")


def held_back_by_a_file(project: Project) -> Result:
    project.commit("chore: wait", {"DO_NOT_RELEASE": ""})
    return project.tagship("build-matrix")


def held_back_by_the_configuration(project: Project) -> Result:
    project.commit("chore: wait", {"tagship.yaml": "packages: {demo-server: {release: false}}\n"})
    return project.tagship("build-matrix")


def held_back_by_its_manifest(project: Project) -> Result:
    project.git("rm", "--quiet", "pyproject.toml")
    manifest = '{"name": "demo-server", "version": "1.2.0", "private": true}\n'
    project.commit("chore: ours alone", {"package.json": manifest})
    return project.tagship("build-matrix")


def missing_folder(project: Project) -> Result:
    return project.tagship("build-matrix", "--working-directory", "nowhere")


def files_to_verify_that_are_not_there(project: Project) -> Result:
    return project.tagship("verify", "--files", "nothing/*")


def dist_that_is_a_file(project: Project) -> Result:
    assert project.tagship("build-matrix").code == 0
    (project.root / "dist").write_text("x", encoding="utf-8")
    return project.tagship("build")


def no_home_for_a_key(project: Project) -> Result:
    return project.tagship("release", HOME="")


def output_file_that_cannot_be_written(project: Project) -> Result:
    return project.tagship("build-matrix", GITHUB_OUTPUT=str(project.home / "nowhere" / "output"))


def tag_that_is_no_version(project: Project) -> Result:
    project.git("tag", "nightly")
    return project.tagship("build-matrix", GITHUB_REF="refs/tags/nightly")


def no_git(project: Project) -> Result:
    return project.tagship("build-matrix", PATH=str(project.home))


def name_that_no_file_has(project: Project) -> Result:
    project.commit("chore: rename", {"tagship.yaml": "name: my server\n"})
    return project.tagship("build-matrix")


def trust_configuration_that_is_not_there(project: Project) -> Result:
    return project.tagship("release", "--trust-config", "nowhere.json")


def configuration_that_cannot_be_read(project: Project) -> Result:
    return project.tagship("build-matrix", "--config", "/proc/self/mem")


def notes_that_are_a_folder(project: Project) -> Result:
    (project.root / "file.txt").write_text("x", encoding="utf-8")
    arguments = ("--files", "file.txt", "--tag", "v1.2.0", "--body-file", "src", "--forge", "directory")
    return project.tagship("release-assets", *arguments)


def probes_none_at_a_time(project: Project) -> Result:
    assert project.tagship("build-matrix").code == 0
    return project.tagship("probe", "--jobs", "0")


CASES: list[tuple[Case, int, tuple[str, ...]]] = [
    (no_repository, 2, ("not a git repository", "outside", "git init")),
    (no_commit, 2, ("no commit yet", "commit the project first")),
    (shallow_without_tags, 2, ("shallow", "fetch-depth: 0")),
    (tag_that_is_not_there, 2, ("there is no tag 'v7.0.0'", "push the tag first")),
    (tag_that_disagrees, 1, ("pyproject.toml:7", "says version 1.2.0", "the release is 1.4.0", "version-bump")),
    (tag_on_another_commit, 2, ("the tag 'v1.2.0' is on", "check out v1.2.0 first")),
    (misspelt_key, 2, ("tagship.yaml:2:1", "unknown key 'signrs'", "did you mean 'signers'?")),
    (broken_configuration, 2, ("tagship.yaml:2:1", "not YAML", "mend the file")),
    (broken_toml, 3, ("pyproject.toml:2:8", "not TOML", "mend the file")),
    (nothing_to_publish, 3, ("nothing to publish here", "commit a pyproject.toml")),
    (
        held_back_by_a_file,
        3,
        ("the file DO_NOT_RELEASE beside it says so", "delete DO_NOT_RELEASE when demo-server may"),
    ),
    (held_back_by_the_configuration, 3, ("says release: false", "take `release: false` of demo-server out of")),
    (held_back_by_its_manifest, 3, ("it is private", "say in its manifest that demo-server is published")),
    (missing_token, 2, ("there is no GitHub token", "GITHUB_TOKEN", "contents: write")),
    (missing_plan, 2, ("plan.json", "cannot read it", "tagship build-matrix")),
    (broken_plan, 2, ("plan.json", "not a plan", "build-matrix")),
    (unreadable_repository, 2, ("cannot read this repository", "bad config line 1", "git status")),
    (name_too_long, 2, ("xxx…: the system refuses it: File name too long", "give another")),
    (unknown_flag, 2, ("--tagg", "see `tagship build-matrix --help`")),
    (no_truth, 2, ("neither true nor false",)),
    (missing_folder, 2, ("nowhere", "no such folder", "working-directory")),
    (dist_that_is_a_file, 2, ("dist/python-any", "cannot make this folder", "choose another folder")),
    (no_home_for_a_key, 2, ("no signing key and no home folder", "set TAGSHIP_KEY")),
    (output_file_that_cannot_be_written, 2, ("nowhere/output", "cannot write it", "GITHUB_OUTPUT")),
    (tag_that_is_no_version, 2, ("'nightly' is not a version", "MAJOR.MINOR.PATCH")),
    (no_git, 3, ("git is not installed", "put it on PATH")),
    (name_that_no_file_has, 3, ("can be called 'my server-1.2.0.", "write `name` of tagship.yaml")),
    (trust_configuration_that_is_not_there, 2, ("nowhere.json", "cannot read it", "`trust-config`")),
    (notes_that_are_a_folder, 2, ("src: cannot read it", "mend `body-file`")),
    (probes_none_at_a_time, 2, ("jobs is 0", "give a number from 1")),
    (files_to_verify_that_are_not_there, 2, ("nothing/*", "no file matches")),
]
if sys.platform == "linux":  # which has a file that not even root can read
    CASES.append((configuration_that_cannot_be_read, 2, ("/proc/self/mem", "cannot read it", "mend its permissions")))


@pytest.mark.parametrize(("case", "code", "words"), CASES, ids=[case.__name__ for case, *_ in CASES])
def test_bad_input_gets_a_clear_error(case: Case, code: int, words: tuple[str, ...], tmp_path: Path) -> None:
    """The documented exit code, the place, the value, the remedy; on stderr, and nothing else goes wrong."""
    done = case(projects.make(tmp_path, HATCH))
    assert done.code == code, done.said
    for word in words:
        assert word in done.err, done.err
    assert "Traceback" not in done.said
    assert "this is a bug" not in done.said
    assert done.out == ""


def test_in_a_job_the_error_is_one_annotation_at_the_place(tmp_path: Path) -> None:
    """File, line and column reach the runner, from the workspace also for a project in a sub-folder."""
    project = projects.make(tmp_path, {f"server/{name}": text for name, text in HATCH.items()})
    (project.root / "server" / "tagship.yaml").write_text("name: demo\nsignrs: [key]\n", encoding="utf-8")
    done = project.tagship("build-matrix", "--working-directory", "server", GITHUB_ACTIONS="true")
    errors = [line for line in done.err.splitlines() if line.startswith("::error")]
    assert errors == ["::error file=server/tagship.yaml,line=2,col=1::unknown key 'signrs'%0A→ did you mean 'signers'?"]


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one message at a time."""
    project = projects.make(tmp_path, HATCH)
    (project.root / "tagship.yaml").write_text("nam: x\nsigners: [pgp]\nexclude: 3\n", encoding="utf-8")
    done = project.tagship("build-matrix")
    assert done.code == 2
    assert [place in done.err for place in ("tagship.yaml:1:1", "tagship.yaml:2:11", "tagship.yaml:3:10")] == [True] * 3


@pytest.mark.parametrize("command", ["build-matrix --json", "schema probe", "--version"])
@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        (">&-", 2, "standard output is closed"),
        ("2>&-", 0, ""),
        ("| true", 0, ""),
        ("2>&1 | true", 0, ""),
        pytest.param(">/dev/full", 2, "cannot be written: No space left", marks=HAS_FULL),
        pytest.param("2>/dev/full", 0, "", marks=HAS_FULL),
    ],
)
def test_closed_streams_are_no_bug(command: str, redirection: str, code: int, words: str, tmp_path: Path) -> None:
    """Without standard output nothing can be handed out; without standard error nobody reads; a gone reader is fine."""
    project = projects.make(tmp_path, HATCH)
    shell = f'"{sys.executable}" -m tagship {command} {redirection}'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell],
        cwd=project.root,
        env=project.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    """Read-only dist: exit 2 with the folder, no traceback."""
    project = projects.make(tmp_path, HATCH)
    assert project.tagship("build-matrix").code == 0
    (project.root / "dist").mkdir(mode=0o555)
    done = project.tagship("build")
    assert done.code == 2
    assert "dist/python-any: cannot make this folder: Permission denied" in done.err
    assert "Traceback" not in done.said


@pytest.mark.network
def test_planning_and_building_need_no_home(tmp_path: Path) -> None:
    """Some runners have none."""
    project = projects.make(tmp_path, HATCH)
    env = {name: value for name, value in project.env().items() if name != "HOME"}
    for command in ("build-matrix", "build"):
        argv = [sys.executable, "-m", "tagship", command]
        done = subprocess.run(argv, cwd=project.root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
