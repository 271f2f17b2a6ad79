"""Commits by GitHub's API: signed, refused by rules with what to do, right when the branch moves, whole after any kill."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.fakes.github import Answer, Delay, Drop, Protection, Reset, secondary_limit
from tests.fakes.github.client import Client
from tests.fakes.github.faults import Effect, When
from tests.fakes.github.killing import run_and_die
from tests.integration.bump_run import Clone, cloned

COMMIT = ("--mode", "commit", "--push", "--dispatch", "release.yml")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Give a clone of a repository with a release workflow, and one new feature."""
    with cloned(tmp_path, workflows=("release.yml",), run_delay=2) as made:
        made.change("feat: say hello")
        yield made


def assert_released(clone: Clone, tag: str = "v1.3.0") -> str:
    """One commit on top of the clone's, signed by GitHub, with the tag and one run; return it."""
    made = clone.on_server("refs/heads/main")
    assert clone.on_server(f"refs/tags/{tag}") == made
    commit = clone.repository.commits[made]
    assert commit.parents == (clone.project.git("rev-parse", "HEAD"),)
    assert commit.signature
    assert commit.message.splitlines()[0] == f"chore(release): {tag[1:]}"
    assert 'version = "1.3.0" # by version-bump' in clone.file("main", "pyproject.toml")
    assert clone.file("main", "CHANGELOG.md").count("## [1.3.0]") == 1
    assert [run.ref for run in clone.repository.runs.values()] == [tag]
    return made


def test_the_commit_is_signed_tagged_and_released(clone: Clone) -> None:
    """The clone stays where it is; the run's page is told once it can be seen."""
    before = clone.project.git("rev-parse", "HEAD")
    values = clone.outputs(*COMMIT)
    assert values["commit"] == assert_released(clone)
    assert (values["version"], values["tag"], values["tagged"]) == ("1.3.0", "v1.3.0", True)
    assert values["run"].startswith(f"{clone.server.server_url}/octo/demo/actions/runs/")
    assert clone.project.git("rev-parse", "HEAD") == before
    assert clone.project.git("status", "--porcelain") == ""


def test_git_is_used_on_request_and_on_a_laptop(clone: Clone) -> None:
    """No API is needed for a push, and without a token none is asked for people either."""
    clone.outputs("--mode", "commit", "--push", "--commit-by", "git", TAGSHIP_TOKEN="", GITHUB_TOKEN="")
    assert clone.server.journal.entries == ()
    assert clone.on_server("refs/tags/v1.3.0^{}") == clone.on_server("refs/heads/main") != ""


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("when", get_args(When))
def test_killed_at_any_request_and_run_again(clone: Clone, number: int, when: When) -> None:
    """One commit, one tag, one run, whatever was under way."""
    run_and_die(clone.command(*COMMIT), clone.server, number, when)
    clone.outputs(*COMMIT)
    assert_released(clone)


FAULTS: dict[str, Effect] = {
    "502": Answer(status=502),
    "slow down": secondary_limit(retry_after=1),
    "no answer": Reset(),
    "the answer gets lost": Drop(),
}


@pytest.mark.parametrize("path", ["/graphql", "/git/refs$", "/dispatches"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_that_fails_in_passing_is_made_once(clone: Clone, path: str, fault: str) -> None:
    """It is looked at before it is repeated."""
    clone.server.faults.add(FAULTS[fault], method="POST", path=path)
    clone.outputs(*COMMIT)
    assert_released(clone)


def test_a_server_that_keeps_failing_is_exit_5(clone: Clone) -> None:
    """Nothing is there, and nothing is claimed."""
    clone.server.faults.add(Answer(status=503), method="POST", path="/graphql", times=None)
    done = clone.bump(*COMMIT, TAGSHIP_RETRY_WINDOW="1")
    assert done.code == 5
    assert "Traceback" not in done.said
    assert clone.on_server("refs/tags/v1.3.0") == ""


@pytest.mark.parametrize("classic", [False, True])
def test_a_rule_refuses_with_what_to_do(tmp_path: Path, classic: bool) -> None:  # noqa: FBT001
    """Exit 4; the branch is untouched and there is no tag."""
    with cloned(tmp_path, protected={"main": Protection(pull_request=True, classic=classic)}) as clone:
        head = clone.project.commit("feat: say hello")
        clone.project.git("push", "--quiet", "origin", "HEAD:main")
        done = clone.bump(*COMMIT[:3])
        assert done.code == 4, done.said
        assert "mode: pull-request" in done.err
        assert (clone.on_server("refs/heads/main"), clone.on_server("refs/tags/v1.3.0")) == (head, "")


def test_signed_commits_may_be_demanded(tmp_path: Path) -> None:
    """That is what the API is for."""
    with cloned(tmp_path, protected={"main": Protection(signed=True)}) as clone:
        clone.change("feat: say hello")
        clone.outputs(*COMMIT[:3])
        assert clone.on_server("refs/tags/v1.3.0") == clone.on_server("refs/heads/main")


def test_a_clone_that_is_behind_releases_what_is_there_now(clone: Clone) -> None:
    """What was pushed in the meantime counts: a breaking change makes it 2.0.0."""
    head = clone.project.git("rev-parse", "HEAD")
    newer = clone.change("feat!: another way")
    clone.project.git("reset", "--quiet", "--hard", head)
    values = clone.outputs(*COMMIT)
    assert (values["version"], values["tag"]) == ("2.0.0", "v2.0.0")
    made = clone.on_server("refs/heads/main")
    assert clone.repository.commits[made].parents == (newer,)
    assert "another way" in clone.file("main", "CHANGELOG.md")


def test_a_branch_that_moves_beneath_the_commit_is_looked_at_again(clone: Clone) -> None:
    """Somebody pushes between our look and our commit: nothing of theirs is lost."""
    clone.server.faults.add(Delay(seconds=2), method="POST", path="/graphql")

    def push() -> None:
        deadline = time.monotonic() + 20
        while not any(entry.path == "/graphql" for entry in clone.server.journal.entries):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        other = clone.project.root.parent / "other"
        clone.project.git("clone", "--quiet", str(clone.bare), str(other))
        clone.project.at(other).commit("fix: theirs", {"theirs.txt": "x"})
        clone.project.at(other).git("push", "--quiet", "origin", "HEAD:main")

    thread = threading.Thread(target=push)
    thread.start()
    values = clone.outputs(*COMMIT)
    thread.join()
    assert values["version"] == "1.3.0"
    assert "theirs" in clone.file("main", "CHANGELOG.md")
    assert clone.file("main", "theirs.txt") == "x"


def test_a_tag_on_another_commit_is_refused(clone: Clone) -> None:
    """Exit 4 from the server's word: this clone has not fetched that tag."""
    first = clone.project.git("rev-parse", "HEAD~1")
    clone.project.git("push", "--quiet", "origin", f"{first}:refs/tags/v1.3.0")
    done = clone.bump(*COMMIT)
    assert done.code == 4
    assert "the tag v1.3.0 is on" in done.err
    assert clone.on_server("refs/tags/v1.3.0") == first


def test_an_unknown_workflow_is_told(clone: Clone) -> None:
    """Before anything is made."""
    before = clone.on_server("refs/heads/main")
    done = clone.bump("--mode", "commit", "--push", "--dispatch", "nothing.yml")
    assert done.code == 4
    assert "nothing.yml" in done.err
    assert (clone.on_server("refs/heads/main"), clone.on_server("refs/tags/v1.3.0")) == (before, "")


def test_without_a_token_it_is_said_what_is_needed(clone: Clone) -> None:
    """Before anything is asked of the server."""
    done = clone.bump("--mode", "commit", "--push", "--commit-by", "api", TAGSHIP_TOKEN="", GITHUB_TOKEN="")
    assert (done.code, clone.server.journal.entries) == (2, ())
    assert "GITHUB_TOKEN" in done.err


def test_people_and_pull_requests_are_asked_for_once(tmp_path: Path) -> None:
    """One GraphQL query for all commits: logins and pull requests that git does not tell."""
    with cloned(tmp_path, people={"tester@example.invalid": "tess"}) as clone:
        clone.project.git("checkout", "--quiet", "-b", "branch")
        clone.project.commit("feat: say hello", {"a.txt": "a"})
        clone.project.git("push", "--quiet", "origin", "branch")
        client = Client(clone.server)
        number = client.pull("branch", "main", "Hello")["number"]
        clone.server.merge(number, "rebase")
        clone.project.git("checkout", "--quiet", "main")
        clone.pull()
        clone.change("fix: mend it", {"b.txt": "b"})
        values = clone.outputs("--mode", "commit", "--push", "--commit-by", "git")
        assert "By @tess." in values["changelog"]
        assert f"[#{number}](" in values["changelog"]
        asked = [entry for entry in clone.server.journal.entries if entry.path == "/graphql"]
        assert len(asked) == 1


def test_without_an_answer_people_are_named_as_git_does(clone: Clone) -> None:
    """A secondary question never fails a release."""
    clone.server.faults.add(Answer(status=502), method="POST", path="/graphql")
    done = clone.bump("--mode", "commit", "--push", "--commit-by", "git")
    assert done.code == 0, done.said
    assert "names people as git does" in done.err
    assert "By Tester." in clone.file("main", "CHANGELOG.md")
