"""Histories as they are: tags elsewhere, other styles, no versions, shallow clones, detached heads, two at once."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.integration import projects
from tests.integration.projects import Project, Result

FILES = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')


def bump(project: Project, *arguments: str, **environment: str) -> dict[str, Any]:
    done = project.tagship("version-bump", "--json", *arguments, **environment)
    assert done.code == 0, done.said
    values: dict[str, Any] = json.loads(done.out)
    return values


def refused(project: Project, code: int, *arguments: str) -> Result:
    """Run it to a clear refusal: the exit code, no traceback, something to do."""
    done = project.tagship("version-bump", *arguments)
    assert done.code == code, done.said
    assert "Traceback" not in done.said
    assert "→" in done.err
    return done


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path, FILES)


def test_the_highest_of_the_ancestors_counts(project: Project) -> None:
    """Not the newest tag, not one of another branch, not what is no version; --explain says each."""
    project.git("branch", "other")
    project.commit("fix: a")
    project.git("tag", "v1.0.5")
    for name in ("latest", "v1", "release-2024", "1.2", "v1.2.0.1", "nightly@2024", "docs/v3.0.0", "v9.0.0-next.1"):
        project.git("tag", name)
    project.git("checkout", "--quiet", "other")
    project.commit("feat!: elsewhere")
    project.git("tag", "v2.0.0")
    project.git("checkout", "--quiet", "main")
    done = project.tagship("version-bump", "--mode", "none", "--explain")
    assert "1.2.0 → 1.2.1" in done.err
    assert "left out tag v2.0.0: it is newer, but not in the history" in done.err
    assert "left out tag latest: it does not end with a version" in done.err
    assert "left out tag docs/v3.0.0: it is not in the style" in done.err


def test_two_styles_of_one_family(project: Project) -> None:
    """A repository that moved from v1.2.3 to 1.2.3: the newest release says what the next tag looks like."""
    project.commit("fix: a")
    project.git("tag", "1.3.0")
    project.commit("fix: b")
    values = bump(project, "--mode", "commit")
    assert (values["previous-version"], values["tag"]) == ("1.3.0", "1.3.1")


def test_a_candidate_and_its_final_on_one_commit(project: Project) -> None:
    """The final one is the higher."""
    project.commit("feat: a")
    for name in ("v1.3.0-rc.1", "v1.3.0"):
        project.git("tag", name)
    assert (bump(project)["bumped"], bump(project)["version"]) == (False, "1.3.0")


def test_tags_of_any_kind(project: Project) -> None:
    """Annotated, of a tag, of a tree, of a blob: none of them stops it."""
    project.git("tag", "--annotate", "v1.2.1", "--message", "x")
    project.git("tag", "--annotate", "v1.2.2", "v1.2.1", "--message", "x")
    project.git("tag", "v5.0.0", "HEAD^{tree}")
    project.git("tag", "v6.0.0", project.git("rev-parse", "HEAD:pyproject.toml"))
    project.commit("fix: a")
    values = bump(project, "--mode", "none")
    assert (values["previous-version"], values["version"]) == ("1.2.2", "1.2.3")


def test_many_higher_tags_elsewhere_cost_few_calls(project: Project, tmp_path: Path) -> None:
    """After a handful of single questions history is walked once: not one git for each of 60 tags."""
    project.git("checkout", "--quiet", "-b", "other")
    for number in range(60):
        project.commit("feat: x")
        project.git("tag", f"v3.{number}.0")
    project.git("checkout", "--quiet", "main")
    project.commit("fix: a")
    log = tmp_path / "calls"
    values = bump(project, "--mode", "none", GIT_TRACE=str(log))
    assert values["version"] == "1.2.1"
    assert log.read_text(encoding="utf-8").count("built-in: git merge-base") <= 5


def test_orphans_octopuses_and_criss_crosses(project: Project) -> None:
    """Odd shapes are histories, too."""
    project.git("checkout", "--quiet", "--orphan", "orphan")
    project.commit("feat: from nowhere", {"orphan.txt": "x"})
    project.git("checkout", "--quiet", "main")
    project.git(
        "merge", "--quiet", "--allow-unrelated-histories", "-X", "ours", "orphan", "--message", "Merge branch 'orphan'"
    )
    for name in ("a", "b"):
        project.git("checkout", "--quiet", "-b", name, "main")
        project.commit(f"fix: {name}", {f"{name}.txt": name})
    project.git("checkout", "--quiet", "main")
    project.git("merge", "--quiet", "a", "b", "--message", "Merge branches 'a' and 'b'")
    values = bump(project, "--mode", "none")
    assert values["version"] == "1.3.0"
    assert all(word in values["changelog"] for word in ("from nowhere", "- a (", "- b ("))


def test_a_shallow_clone_says_so_or_deepens_itself(project: Project, tmp_path: Path) -> None:
    """`fetch-depth: 0` is named; with --deepen the history is fetched."""
    project.commit("feat: a")
    project.git("clone", "--quiet", "--depth", "1", f"file://{project.root}", str(tmp_path / "shallow"))
    shallow = project.at(tmp_path / "shallow")
    assert "fetch-depth: 0" in refused(shallow, 2, "--mode", "none").err
    assert bump(shallow, "--mode", "none", "--deepen")["version"] == "1.3.0"
    assert shallow.git("rev-parse", "--is-shallow-repository") == "false"


@pytest.mark.parametrize(("version", "expected"), [("1.2.0", "1.2.0"), ("0.0.0", "0.1.0"), ("2.0rc1", "2.0.0-rc.1")])
def test_the_first_release(tmp_path: Path, version: str, expected: str) -> None:
    """What the files say; 0.1.0 where they say nothing."""
    project = projects.make(
        tmp_path, projects.plain(projects.manifest(projects.HATCH, f'version = "{version}"')), tag=""
    )
    values = bump(project, "--mode", "commit")
    assert (values["version"], values["previous-version"], values["bumped"]) == (expected, "", True)
    assert project.git("tag") == f"v{expected}"


def test_a_tag_on_another_commit(project: Project) -> None:
    """Where it is makes a difference to what one does about it."""
    project.git("checkout", "--quiet", "-b", "other")
    project.commit("chore: elsewhere")
    project.git("tag", "v1.3.0")
    project.git("checkout", "--quiet", "main")
    project.commit("feat: a")
    done = refused(project, 2, "--mode", "commit")
    assert "v1.3.0 exists already" in done.err
    assert "not in this branch's history" in done.err
    assert "would go back" in refused(project, 2, "--mode", "commit", "--version", "1.1.0").err
    assert project.git("status", "--porcelain") == ""


def test_a_detached_head(project: Project, tmp_path: Path) -> None:
    """A commit and a tag are made; there is nothing to push to, and that is said before anything is made."""
    project.git("clone", "--quiet", "--bare", str(project.root), str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    project.commit("feat: a")
    project.git("checkout", "--quiet", "--detach")
    assert "no branch" in refused(project, 2, "--mode", "commit", "--push").err
    assert (project.git("tag"), project.git("status", "--porcelain")) == ("v1.2.0", "")
    assert bump(project, "--mode", "commit")["tag"] == "v1.3.0"


def test_a_dirty_tree(project: Project) -> None:
    """Only the files that a bump writes matter, and what it wrote itself before it died is no change of somebody's."""
    project.commit("feat: a")
    (project.root / "README.md").write_text("# mine\n", encoding="utf-8")
    manifest = project.root / "pyproject.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text + "# mine\n", encoding="utf-8")
    done = refused(project, 2, "--mode", "commit")
    assert "pyproject.toml" in done.err
    assert "README.md" not in done.err
    manifest.write_text(text.replace("1.2.0", "1.3.0"), encoding="utf-8")
    bump(project, "--mode", "commit")
    assert project.git("status", "--porcelain") == "M README.md"
    assert project.git("show", "--name-only", "--format=", "HEAD").split() == [
        "CHANGELOG.md", "pyproject.toml", "src/demo_server/__init__.py",
    ]  # fmt: skip


def test_two_clones_push_at_once(project: Project, tmp_path: Path) -> None:
    """The second is told what to do, and its clone is as it was; after a pull it works."""
    project.git("clone", "--quiet", "--bare", str(project.root), str(tmp_path / "origin.git"))
    clones = []
    for name in ("one", "two"):
        project.git("clone", "--quiet", str(tmp_path / "origin.git"), str(tmp_path / name))
        clones.append(project.at(tmp_path / name))
    one, two = clones
    one.commit("feat: one", {"one.txt": "x"})
    two.commit("fix: two", {"two.txt": "x"})
    bump(one, "--mode", "commit", "--push")
    head = two.git("rev-parse", "HEAD")
    done = refused(two, 4, "--mode", "commit", "--push")
    assert "the branch moved on" in done.err
    assert (two.git("rev-parse", "HEAD"), two.git("tag"), two.git("status", "--porcelain")) == (head, "v1.2.0", "")
    two.git("pull", "--quiet", "--rebase", "--tags")
    assert bump(two, "--mode", "commit", "--push")["tag"] == "v1.3.1"


def test_two_runs_in_one_clone(project: Project) -> None:
    """One commit and one tag, whoever wins; nobody is left half way."""
    project.commit("feat: a")
    results: list[Result] = []
    threads = [
        threading.Thread(target=lambda: results.append(project.tagship("version-bump", "--mode", "commit")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {0} <= {result.code for result in results} <= {0, 2, 3}, [result.said for result in results]
    assert not any("Traceback" in result.said for result in results)
    assert project.git("status", "--porcelain") == ""
    assert project.git("log", "--format=%s", "v1.2.0..HEAD").split("\n").count("chore(release): 1.3.0") == 1
    assert project.git("rev-parse", "v1.3.0^{commit}") == project.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("policy", "code", "version"), [("ignore", 0, "1.2.0"), ("patch", 0, "1.2.1"), ("error", 1, "")]
)
def test_commits_that_are_not_conventional(tmp_path: Path, policy: str, code: int, version: str) -> None:
    """They are counted and three are named; what they mean is configured."""
    project = projects.make(tmp_path, {**FILES, "tagship.yaml": f"version: {{unconventional: {policy}}}\n"})
    for number in range(5):
        project.commit(f"work {number}")
    done = project.tagship("version-bump", "--mode", "none", "--json")
    assert done.code == code, done.said
    assert "5 of 5 commits are not Conventional Commits" in done.err
    assert sum(f"work {number}" in done.err for number in range(5)) == 3
    assert not version or json.loads(done.out)["version"] == version


def test_a_hook_that_refuses_leaves_everything_as_it_was(project: Project) -> None:
    """The commit is not made: files, index and tags are those of before."""
    project.commit("feat: a")
    hook = project.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho no commits today >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    assert "no commits today" in refused(project, 3, "--mode", "commit").err
    assert (project.git("status", "--porcelain"), project.git("tag")) == ("", "v1.2.0")
    hook.unlink()
    assert bump(project, "--mode", "commit")["tag"] == "v1.3.0"


def test_a_key_that_is_missing_is_a_clean_failure(project: Project) -> None:
    """`commit.gpgsign` without a key: git says why, and nothing is left behind."""
    project.commit("feat: a")
    project.git("config", "commit.gpgsign", "true")
    project.git("config", "gpg.program", "/nonexistent")
    refused(project, 3, "--mode", "commit")
    assert (project.git("status", "--porcelain"), project.git("tag")) == ("", "v1.2.0")


def test_sha256_repositories(tmp_path: Path) -> None:
    """Ids of 64 digits."""
    project = projects.make(tmp_path / "a", FILES)
    folder = tmp_path / "sha256"
    project.git("init", "--quiet", "--object-format=sha256", "--initial-branch", "main", str(folder))
    other = project.at(folder)
    other.commit("feat: begin", FILES)
    other.git("tag", "v1.2.0")
    other.commit("feat: a")
    assert bump(other, "--mode", "commit")["tag"] == "v1.3.0"


def test_line_ends_and_byte_order_marks_stay(project: Project) -> None:
    """CRLF files stay CRLF; a mark at the start stays."""
    manifest = (project.root / "pyproject.toml").read_bytes().replace(b"\n", b"\r\n")
    server = '\ufeff{"name": "a/b", "version": "1.2.0"}\r\n'
    project.commit("chore: windows", {"pyproject.toml": manifest.decode(), "server.json": server})
    project.commit("feat: a")
    bump(project, "--mode", "commit")
    assert (project.root / "pyproject.toml").read_bytes() == manifest.replace(b"1.2.0", b"1.3.0")
    assert (project.root / "server.json").read_bytes().decode() == server.replace("1.2.0", "1.3.0")
