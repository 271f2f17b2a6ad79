"""The release pull request: one, up to date, never over a person's work; merged in any way it becomes a tag."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import pytest

from tests.fakes.github import Protection
from tests.fakes.github.faults import When
from tests.fakes.github.killing import run_and_die
from tests.fakes.github.values import Pull
from tests.integration import projects
from tests.integration.bump_run import Clone, cloned

PROPOSE = ("--mode", "pull-request")
BRANCH = "tagship/release/main"
Method = Literal["merge", "squash", "rebase"]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Give a clone whose main takes pull requests only, and one new feature."""
    with cloned(tmp_path, workflows=("release.yml",), protected={"main": Protection(pull_request=True)}) as made:
        made.change("feat: say hello")
        yield made


def only(clone: Clone) -> Pull:
    """Return the one pull request that is open."""
    (found,) = [pull for pull in clone.pulls if pull.state == "open"]
    return found


def own_commits(clone: Clone) -> list[str]:
    """List the subjects of the branch's commits that main does not have, the oldest first."""
    clone.project.git(
        "fetch", "--quiet", "origin", "main:refs/remotes/origin/main", f"+{BRANCH}:refs/remotes/origin/pr"
    )
    return clone.project.git("log", "--reverse", "--format=%s", "origin/main..origin/pr").splitlines()


def writes(clone: Clone, since: int = 0) -> list[str]:
    """List the requests that were to change something; GraphQL's commits show in the branches."""
    entries = clone.server.journal.entries[since:]
    return [f"{each.method} {each.path}" for each in entries if each.method != "GET" and each.path != "/graphql"]


def test_it_holds_the_bump(clone: Clone) -> None:
    """Files, changelog and a table for people; main is untouched, and the commit is signed."""
    values = clone.outputs(*PROPOSE)
    pull = only(clone)
    assert (pull.title, pull.head, pull.base) == ("chore(release): 1.3.0", BRANCH, "main")
    assert "| **1.3.0** | `v1.3.0` |" in (pull.body or "")
    assert "say hello" in (pull.body or "")
    assert values["pull-request"].endswith("/pull/1")
    assert (values["bumped"], values["version"], values["tagged"]) == (True, "1.3.0", False)
    assert own_commits(clone) == ["chore(release): 1.3.0"]
    assert clone.repository.commits[values["commit"]].signature
    assert 'version = "1.3.0"' in clone.file(BRANCH, "pyproject.toml")
    assert "## [1.3.0]" in clone.file(BRANCH, "CHANGELOG.md")
    assert clone.project.git("status", "--porcelain") == ""
    assert [name for name in clone.repository.branches if name.startswith("tagship/")] == [BRANCH]


def test_nothing_is_written_when_nothing_has_changed(clone: Clone) -> None:
    """Run as often as you like."""
    clone.outputs(*PROPOSE)
    before, branches = len(clone.server.journal.entries), dict(clone.repository.branches)
    clone.outputs(*PROPOSE)
    assert (writes(clone, before), dict(clone.repository.branches)) == ([], branches)


def test_it_is_updated_in_place(clone: Clone) -> None:
    """The same number; one commit on top of the newest main; another version when the commits say so."""
    clone.outputs(*PROPOSE)
    other = clone.project.commit("feat!: another way")
    clone.project.git("push", "--quiet", str(clone.bare), "HEAD:main")
    clone.outputs(*PROPOSE)
    pull = only(clone)
    assert (pull.number, pull.title) == (1, "chore(release): 2.0.0")
    assert own_commits(clone) == ["chore(release): 2.0.0"]
    assert clone.repository.commits[clone.repository.branches[BRANCH]].parents == (other,)
    assert "1.3.0" not in clone.file(BRANCH, "CHANGELOG.md")


def test_a_persons_commits_are_kept(clone: Clone) -> None:
    """Their words in the changelog stay; ours go on top when the version changes, and the old section goes."""
    clone.outputs(*PROPOSE)
    theirs = _edit_branch(clone, "docs: nicer words", "CHANGELOG.md", "say hello", "greets you by name")
    before = len(clone.server.journal.entries)
    clone.outputs(*PROPOSE)
    assert [write for write in writes(clone, before) if "pulls" not in write] == []
    assert clone.on_server(f"refs/heads/{BRANCH}") == theirs
    clone.change("feat!: another way")
    done = clone.bump(*PROPOSE)
    assert done.code == 0, done.said
    assert "not ours" in done.err
    assert own_commits(clone) == ["chore(release): 1.3.0", "docs: nicer words", "chore(release): 2.0.0"]
    changelog = clone.file(BRANCH, "CHANGELOG.md")
    assert "## [2.0.0]" in changelog
    assert "## [1.3.0]" not in changelog
    assert 'version = "2.0.0"' in clone.file(BRANCH, "pyproject.toml")
    assert only(clone).number == 1


def test_it_is_closed_when_there_is_nothing_to_release(clone: Clone) -> None:
    """The feature was taken back: the pull request is closed and its branch goes."""
    feature = clone.project.git("rev-parse", "HEAD")
    clone.outputs(*PROPOSE)
    clone.change(f'Revert "feat: say hello"\n\nThis reverts commit {feature}.')
    values = clone.outputs(*PROPOSE)
    assert (values["bumped"], [pull.state for pull in clone.pulls]) == (False, ["closed"])
    assert clone.on_server(f"refs/heads/{BRANCH}") == ""
    before = len(clone.server.journal.entries)
    clone.outputs(*PROPOSE)
    assert writes(clone, before) == []


def test_a_branch_with_a_persons_commits_outlives_its_pull_request(clone: Clone) -> None:
    """Nobody's work is deleted."""
    feature = clone.project.git("rev-parse", "HEAD")
    clone.outputs(*PROPOSE)
    theirs = _edit_branch(clone, "docs: nicer words", "CHANGELOG.md", "say hello", "greets you")
    clone.change(f'Revert "feat: say hello"\n\nThis reverts commit {feature}.')
    clone.outputs(*PROPOSE)
    assert [pull.state for pull in clone.pulls] == ["closed"]
    assert clone.on_server(f"refs/heads/{BRANCH}") == theirs


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("later", [False, True], ids=["at once", "after more commits"])
def test_merging_it_makes_the_tag(clone: Clone, method: Method, later: bool) -> None:  # noqa: FBT001
    """Whichever button was used: the tag is on the commit of main that brought the release, and the workflow runs."""
    clone.outputs(*PROPOSE)
    clone.server.merge(1, method)
    brought = clone.on_server("refs/heads/main")
    clone.pull()
    if later:
        clone.change("fix: more")
    values = clone.outputs(*PROPOSE, "--dispatch", "release.yml")
    assert (values["tagged"], values["tag"], values["version"]) == (True, "v1.3.0", "1.3.0")
    assert clone.on_server("refs/tags/v1.3.0") == brought == values["commit"]
    assert "say hello" in values["changelog"]
    assert [run.ref for run in clone.repository.runs.values()] == ["v1.3.0"]
    clone.pull()
    again = clone.outputs(*PROPOSE, "--dispatch", "release.yml")
    assert (again["bumped"], again["version"]) == ((True, "1.3.1") if later else (False, "1.3.0"))
    assert len(clone.repository.runs) == 1


@pytest.mark.parametrize(
    "message",
    ["chore(release): 9.9.9", "chore(release): 9.9.9\n\nRelease: v9.9.9", "feat: x\n\nRelease: v9.9.9",
     "Merge pull request #5 from evil/tagship\n\nchore(release): 9.9.9"],
)  # fmt: skip
def test_words_alone_make_no_tag(clone: Clone, message: str) -> None:
    """A contributor may write what they like: the files must say the version, and the changelog must have it."""
    clone.change(message, {"x.txt": "x"})
    clone.outputs(*PROPOSE)
    assert clone.on_server("refs/tags/v9.9.9") == ""
    clone.outputs("--mode", "commit", "--push", "--commit-by", "git", "--dry-run")


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("when", get_args(When))
def test_killed_at_any_request_and_run_again(clone: Clone, number: int, when: When) -> None:
    """One pull request, one commit, no branch aside."""
    run_and_die(clone.command(*PROPOSE), clone.server, number, when)
    clone.outputs(*PROPOSE)
    assert only(clone).title == "chore(release): 1.3.0"
    assert len(clone.pulls) == 1
    assert own_commits(clone) == ["chore(release): 1.3.0"]
    assert [name for name in clone.repository.branches if name.startswith("tagship/")] == [BRANCH]


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("when", get_args(When))
def test_an_update_killed_at_any_request_and_run_again(clone: Clone, number: int, when: When) -> None:
    """The same pull request stays open all the time."""
    clone.outputs(*PROPOSE)
    clone.change("feat!: another way")
    run_and_die(clone.command(*PROPOSE), clone.server, len(clone.server.journal.entries) + number, when)
    clone.outputs(*PROPOSE)
    assert [(pull.number, pull.state, pull.title) for pull in clone.pulls] == [(1, "open", "chore(release): 2.0.0")]
    assert own_commits(clone) == ["chore(release): 2.0.0"]
    assert [name for name in clone.repository.branches if name.startswith("tagship/")] == [BRANCH]


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("when", get_args(When))
def test_tagging_killed_at_any_request_and_run_again(clone: Clone, number: int, when: When) -> None:
    """One tag, one run."""
    clone.outputs(*PROPOSE)
    clone.server.merge(1, "squash")
    clone.pull()
    arguments = (*PROPOSE, "--dispatch", "release.yml")
    run_and_die(clone.command(*arguments), clone.server, len(clone.server.journal.entries) + number, when)
    clone.outputs(*arguments)
    assert clone.on_server("refs/tags/v1.3.0") == clone.on_server("refs/heads/main")
    assert [run.ref for run in clone.repository.runs.values()] == ["v1.3.0"]


def test_where_actions_may_not_open_it_the_setting_is_named(tmp_path: Path) -> None:
    """Exit 4; the branch is there, so that a person can open it."""
    with cloned(tmp_path, actions_may_create_pull_requests=False) as clone:
        clone.change("feat: say hello")
        done = clone.bump(*PROPOSE)
        assert done.code == 4, done.said
        assert "Allow GitHub Actions to create and approve pull requests" in done.err
        assert clone.on_server(f"refs/heads/{BRANCH}") != ""


def test_a_dry_run_writes_nothing_and_says_the_same(clone: Clone) -> None:
    """No branch, no pull request; the outputs are those of the real run, but for what was made."""
    branches = dict(clone.repository.branches)
    said = clone.outputs(*PROPOSE, "--dry-run")
    assert (writes(clone), dict(clone.repository.branches)) == ([], branches)
    real = clone.outputs(*PROPOSE)
    made = {"commit": "", "pull-request": ""}
    assert {**said, **made} == {**real, **made}


def test_several_packages_share_it(tmp_path: Path) -> None:
    """One pull request; merging it makes a tag for each, all on one commit."""
    files = {
        f"packages/{name}/{file}": text.replace("demo-server", name).replace("demo_server", name)
        for name in ("alpha", "beta")
        for file, text in projects.plain(projects.manifest(projects.HATCH)).items()
    }
    with cloned(tmp_path, files) as clone:
        for name in ("alpha", "beta"):
            clone.project.git("push", "--quiet", "origin", f"HEAD:refs/tags/{name}-v1.2.0")
        clone.pull()
        clone.change("feat: both", {"packages/alpha/x": "x", "packages/beta/x": "x"})
        clone.outputs(*PROPOSE)
        assert only(clone).title == "chore(release): alpha 1.3.0, beta 1.3.0"
        clone.server.merge(1, "merge")
        clone.pull()
        clone.outputs(*PROPOSE)
        made = [clone.on_server(f"refs/tags/{name}-v1.3.0") for name in ("alpha", "beta")]
        assert made == [clone.on_server("refs/heads/main")] * 2


def _edit_branch(clone: Clone, message: str, file: str, old: str, new: str) -> str:
    """Change a file on the pull request's branch as a person does, and return their commit."""
    folder = clone.project.root.parent / "person"
    clone.project.git("clone", "--quiet", "--branch", BRANCH, str(clone.bare), str(folder))
    person = clone.project.at(folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    commit = person.commit(message, {file: text.replace(old, new)})
    person.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    return commit
