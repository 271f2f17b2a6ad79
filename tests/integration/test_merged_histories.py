"""Histories that were merged: release branches, criss-crosses, squashed branches, tags that came in by a side."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.monorepos import bump
from tests.integration.projects import Project

FILES = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a released project."""
    return projects.make(tmp_path, FILES)


def on_branch(project: Project, name: str, *messages: str, base: str = "main") -> None:
    """Begin a branch, commit to it, and go back."""
    project.git("checkout", "--quiet", "-b", name, base)
    for number, message in enumerate(messages):
        project.commit(message, {f"{name}-{number}.txt": message})
    project.git("checkout", "--quiet", "main")


def merge(project: Project, *branches: str, options: Sequence[str] = ()) -> None:
    """Merge with a commit."""
    message = f"Merge branch '{branches[0]}'"
    project.git("merge", "--quiet", "--no-ff", *options, *branches, "--message", message)


def test_a_release_branch_that_comes_back(project: Project) -> None:
    """Its releases are in the history then: the highest one counts, and what it released is not told again."""
    project.git("checkout", "--quiet", "-b", "release/1.3")
    project.commit("feat: for 1.3", {"a.txt": "x"})
    bump(project, "--mode", "commit")
    project.commit("fix: for 1.3.1", {"b.txt": "x"})
    bump(project, "--mode", "commit")
    project.git("checkout", "--quiet", "main")
    project.commit("fix: on main", {"c.txt": "x"})
    alone = bump(project, "--mode", "none")
    assert (alone["previous-version"], alone["version"]) == ("1.2.0", "1.2.1")
    merge(project, "release/1.3")
    values = bump(project, "--mode", "commit")
    assert (values["previous-version"], values["version"]) == ("1.3.1", "1.3.2")
    assert "on main" in values["changelog"]
    assert "for 1.3" not in values["changelog"]


def test_an_old_line_goes_on_beside_a_new_one(project: Project) -> None:
    """A branch of an older version sees its own tags only, and says which higher ones it left out."""
    project.git("branch", "1.x")
    project.commit("feat!: new")
    assert bump(project, "--mode", "commit")["tag"] == "v2.0.0"
    project.git("checkout", "--quiet", "1.x")
    project.commit("fix: old")
    done = project.tagship("version-bump", "--mode", "none", "--explain")
    assert "last release v1.2.0 on" in done.err
    assert "next tag vX.Y.Z" in done.err
    assert "left out tag v2.0.0: it is newer, but not in the history of this commit" in done.err
    assert bump(project, "--mode", "commit")["tag"] == "v1.2.1"


def test_a_minor_of_an_old_line_that_is_taken(project: Project) -> None:
    """1.3.0 was released on main: a feature on the old branch cannot be it, and that is said before anything is made."""
    project.git("branch", "1.2.x")
    project.commit("feat: new")
    bump(project, "--mode", "commit")
    project.git("checkout", "--quiet", "1.2.x")
    project.commit("feat: also new")
    done = project.tagship("version-bump", "--mode", "commit")
    assert done.code == 2
    assert "the tag v1.3.0 exists already, on" in done.err
    assert "not in this branch's history" in done.err
    assert project.git("status", "--porcelain") == ""
    assert bump(project, "--mode", "commit", "--version", "1.2.1")["tag"] == "v1.2.1"


def test_a_criss_cross(project: Project) -> None:
    """Two branches that merged each other: each commit is told once."""
    on_branch(project, "left", "feat: left")
    on_branch(project, "right", "fix: right")
    project.git("branch", "first", "left")
    project.git("checkout", "--quiet", "left")
    merge(project, "right")
    project.git("checkout", "--quiet", "right")
    merge(project, "first")
    project.git("checkout", "--quiet", "main")
    merge(project, "left")
    merge(project, "right")
    values = bump(project, "--mode", "none")
    assert values["version"] == "1.3.0"
    assert [values["changelog"].count(f"- {word} (") for word in ("left", "right")] == [1, 1]


def test_an_octopus_with_a_release_in_an_arm(project: Project) -> None:
    """A tag that came in by a side counts as well as one of the branch."""
    on_branch(project, "one", "fix: one")
    project.git("tag", "v1.2.1", "one")
    on_branch(project, "two", "fix: two")
    on_branch(project, "three", "fix: three")
    merge(project, "one", "two", "three")
    values = bump(project, "--mode", "none")
    assert (values["previous-version"], values["version"]) == ("1.2.1", "1.2.2")
    assert "- one (" not in values["changelog"]
    assert all(f"- {word} (" in values["changelog"] for word in ("two", "three"))


def test_a_foreign_history_with_its_tags(project: Project, tmp_path: Path) -> None:
    """Another repository, merged with its tags: its highest version in our style is our last release from then on, and
    what it did not have came since: our first commit is a feature. A style of our own ends that.
    """
    other = projects.make(tmp_path / "other", {"other/a.txt": "x"}, tag="v4.0.0")
    project.git("fetch", "--quiet", "--tags", str(other.root), "main")
    project.git("merge", "--quiet", "--allow-unrelated-histories", "-X", "ours", "FETCH_HEAD", "--message", "Merge it")
    project.commit("fix: a")
    assert bump(project, "--mode", "none")["version"] == "4.1.0"
    project.commit("chore: our own style", {"tagship.yaml": "version: {tag: 'demo-{version}'}\n"})
    values = bump(project, "--mode", "none")
    assert (values["previous-version"], values["tag"]) == ("", "demo-1.2.0")


@pytest.mark.parametrize("first", ["v1.3.0", "1.3.0"])
def test_two_styles_on_one_commit(project: Project, first: str) -> None:
    """A release with both is one release; the next has one tag, in the style that is there most lately."""
    project.commit("feat: a")
    second = first[1:] if first[0] == "v" else f"v{first}"
    project.git("tag", first)
    project.git("tag", second)
    assert bump(project, "--mode", "none")["bumped"] is False
    project.commit("fix: b")
    bump(project, "--mode", "commit")
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.1"


def test_a_merged_release_commit_without_its_tag(project: Project) -> None:
    """A release branch that was merged before somebody tagged it: the tag goes where the branch got it."""
    project.git("checkout", "--quiet", "-b", "prepare")
    project.commit("feat: a", {"a.txt": "x"})
    bump(project, "--mode", "commit", "--tag", "false")
    project.git("checkout", "--quiet", "main")
    merge(project, "prepare")
    merged = project.git("rev-parse", "HEAD")
    project.commit("docs: later")
    values = bump(project, "--mode", "commit")
    assert (values["tagged"], values["tag"], values["commit"]) == (True, "v1.3.0", merged)
    assert project.git("rev-parse", "v1.3.0^{commit}") == merged


def test_words_alone_are_no_release(project: Project) -> None:
    """A commit that looks like a release, where the files say something else, makes no tag."""
    project.commit("chore(release): 6.6.6\n\nRelease: v6.6.6")
    project.commit("fix: a")
    assert bump(project, "--mode", "commit")["tag"] == "v1.2.1"
    assert "v6.6.6" not in project.git("tag").split()


def test_explain_names_what_was_left_out_of_a_project(tmp_path: Path) -> None:
    """The last release of each line, the next tag's look, each tag that did not count, and why."""
    project = projects.make(tmp_path, FILES, tag="")
    for name in ("latest", "v1", "other@2.0.0", "2024-01-01"):
        project.git("tag", name)
    done = project.tagship("version-bump", "--mode", "none", "--explain")
    assert "the whole repository: no release yet" in done.err.replace("last release ", "")
    for name, why in (("latest", "does not end with a version"), ("v1", "does not end"), ("other@2.0.0", "the style"),
                      ("2024-01-01", "does not end")):  # fmt: skip
        assert any(f"left out tag {name}:" in line and why in line for line in done.err.splitlines())
