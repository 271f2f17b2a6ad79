"""Whole histories made by real git, released step by step; the changelogs they end with are golden files.

The files in ``tests/golden/histories`` were read by people. Commit ids are replaced by ``COMMIT``: they differ with git's
version and configuration; dates by ``DATE``.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

GOLDEN = Path(__file__).parents[1] / "golden" / "histories"
CONFIG = "version: {types: {deps: patch}}\n"


def bump(project: Project, *arguments: str) -> None:
    done = project.tagship("version-bump", "--mode", "commit", *arguments, GITHUB_REPOSITORY="octo/demo")
    assert done.code == 0, done.said


def merge(project: Project, branch: str, message: str, *options: str) -> None:
    project.git("checkout", "--quiet", "main")
    project.git("merge", "--quiet", "--no-ff", *options, branch, "--message", message)


def on_branch(project: Project, name: str, *messages: str, base: str = "main") -> None:
    project.git("checkout", "--quiet", "-b", name, base)
    for number, message in enumerate(messages):
        project.commit(message, {f"{name.replace('/', '-')}-{number}.txt": message})


def trunk(project: Project) -> None:
    """Release main whenever somebody likes: a feature, fixes, a prerelease that becomes final."""
    project.commit("feat(tools): say hello (#1)")
    project.commit("docs: words")
    bump(project)
    project.commit("fix: a typo\n\nCo-authored-by: Bob <7+bob@users.noreply.github.com>")
    bump(project)
    project.commit("feat!: another way (#4)\n\nBREAKING CHANGE: `--old` is gone")
    bump(project, "--prerelease", "alpha")
    project.commit("fix(http): close it")
    bump(project)
    bump(project, "--prerelease", "rc")
    project.commit("perf: quicker")
    bump(project)
    bump(project, "--prerelease", "final")


def merges(project: Project) -> None:
    """Pull requests merged by commits: conventional branches, a title that speaks, a branch that merged main, a revert."""
    on_branch(project, "hello", "feat: say hello", "fix: say it right")
    merge(project, "hello", "Merge pull request #1 from ada/hello\n\nSay hello")
    on_branch(project, "messy", "wip", "more")
    merge(project, "messy", "Merge pull request #2 from ada/messy\n\nfeat(cli): count to ten")
    on_branch(project, "long", "fix: one end", base="main~1")
    project.git("merge", "--quiet", "--no-ff", "main", "--message", "Merge branch 'main' into long")
    project.commit("fix: the other end")
    merge(project, "long", "Merge pull request #3 from bob/long\n\nBoth ends")
    bump(project)
    on_branch(project, "mistake", "feat: a mistake")
    merge(project, "mistake", "Merge pull request #4 from bob/mistake\n\nA mistake")
    project.commit('Revert "A mistake" (#5)\n\nReverts octo/demo#4')
    project.commit("fix: something else")
    bump(project)


def squashes(project: Project) -> None:
    """Pull requests squashed by GitHub: a title that speaks, a list that speaks, a list that raises the change."""
    project.commit("feat: say hello (#1)\n\n* wip\n\n* review")
    project.commit("Various things (#2)\n\n* fix: a crash\n\n* feat(cli): count\n\n* typo")
    bump(project)
    project.commit("fix: mend it (#3)\n\n* fix: mend it\n\n* feat!: in another way")
    project.commit("deps: bump requests (#4)\n\nSigned-off-by: dependabot[bot] <support@github.com>")
    bump(project)


def release_branches(project: Project) -> None:
    """Maintain an old line beside main: each sees its own last release, and a fix picked to both is told in both."""
    project.git("branch", "1.x")
    project.commit("feat!: a new world")
    bump(project)
    project.git("checkout", "--quiet", "1.x")
    project.commit("fix: an old fault")
    bump(project)
    assert "v1.2.1" in project.git("tag", "--points-at", "HEAD")
    picked = project.git("rev-parse", "HEAD~1")
    project.git("checkout", "--quiet", "main")
    project.git("cherry-pick", "--allow-empty", "-x", picked)
    bump(project)
    assert "v2.0.1" in project.git("tag", "--points-at", "HEAD")


HISTORIES: dict[str, Callable[[Project], None]] = {
    "trunk": trunk, "merges": merges, "squashes": squashes, "release-branches": release_branches,
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_ends_with_its_changelog(name: str, tmp_path: Path) -> None:
    """Every section that a release of that history got."""
    project = projects.make(tmp_path, {**projects.SHAPES["hatch"], "tagship.yaml": CONFIG})
    HISTORIES[name](project)
    assert steady(project) == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
    assert project.git("status", "--porcelain") == ""


def test_a_monorepo_ends_with_a_changelog_for_each(tmp_path: Path) -> None:
    """Own tags; what depends on a bumped package is released with it; linked packages share their version."""
    files = {
        f"packages/{name}/{file}": text.replace("demo-server", name).replace("demo_server", name)
        for name in ("core", "web", "cli", "gui")
        for file, text in projects.plain(
            projects.manifest(projects.HATCH, dependencies='"core==1.2.0"' if name == "web" else "")
        ).items()
    }
    project = projects.make(tmp_path, {**files, "tagship.yaml": "version: {linked: [[cli, gui]]}\n"}, tag="")
    for name in ("core", "web", "cli", "gui"):
        project.git("tag", f"{name}@1.2.0")
    project.commit("feat(core): say hello", {"packages/core/a.txt": "a"})
    project.commit("fix(cli): count right", {"packages/cli/a.txt": "a"})
    project.commit("docs: words for all", {"README.md": "x"})
    bump(project)
    expected = {"cli@1.2.1", "core@1.3.0", "gui@1.2.1", "web@1.2.1"}
    assert set(project.git("tag", "--points-at", "HEAD").split()) == expected
    told = "".join(f"--- {name}\n{steady(project, f'packages/{name}/')}" for name in ("cli", "core", "web"))
    assert told == (GOLDEN / "monorepo.md").read_text(encoding="utf-8")


def steady(project: Project, folder: str = "") -> str:
    """Return a changelog without what differs from run to run."""
    text = (project.root / f"{folder}CHANGELOG.md").read_text(encoding="utf-8")
    text = re.sub(r"\d{4}-\d{2}-\d{2}", "DATE", text)
    return re.sub(r"\[[0-9a-f]{7}\](\([^)]*/commit/)[0-9a-f]{40}", r"[COMMIT]\1COMMIT", text)


def test_titles_of_merged_pull_requests_reach_the_packages_they_touch(tmp_path: Path) -> None:
    """In a monorepo, too: the title speaks for the packages whose folders the branch touched, and for no other."""
    files = {
        f"packages/{name}/{file}": text.replace("demo-server", name).replace("demo_server", name)
        for name in ("core", "web")
        for file, text in projects.plain(projects.manifest(projects.HATCH)).items()
    }
    project = projects.make(tmp_path, files, tag="core-v1.2.0")
    project.git("tag", "web-v1.2.0")
    project.git("checkout", "--quiet", "-b", "branch")
    project.commit("wip", {"packages/core/a.txt": "a"})
    merge(project, "branch", "Merge pull request #7 from ada/branch\n\nfeat: say hello")
    project.git("checkout", "--quiet", "-b", "other")
    project.commit("fix: mend it", {"packages/web/a.txt": "a"})
    merge(project, "other", "Merge pull request #8 from ada/other\n\nMend it")
    bump(project)
    assert set(project.git("tag", "--points-at", "HEAD").split()) == {"core-v1.3.0", "web-v1.2.1"}
    assert "- say hello ([#7]" in (project.root / "packages/core/CHANGELOG.md").read_text(encoding="utf-8")
    assert "- mend it ([#8]" in (project.root / "packages/web/CHANGELOG.md").read_text(encoding="utf-8")
