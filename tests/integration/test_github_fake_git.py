"""A repository of the stand-in that is one of git: what either side does, the other one sees."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.github import GithubServer, Settings
from tests.fakes.github.client import Client
from tests.integration.github_worlds import BEGIN, branch_with, head, run_git, running


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return tmp_path / "demo.git"


@pytest.fixture
def client(bare: Path) -> Iterator[Client]:
    with running(bare) as made:
        yield made


@pytest.fixture
def clone(client: Client, bare: Path, tmp_path: Path) -> Path:
    """Clone the repository for Ada."""
    folder = tmp_path / "clone"
    run_git(tmp_path, "clone", "--quiet", str(bare), str(folder))
    return folder


def push(clone: Path, text: str, *arguments: str) -> str:
    """Commit a file and push; answer the sha."""
    (clone / "README.md").write_text(text, encoding="utf-8")
    run_git(clone, "commit", "--quiet", "--all", "--message", f"docs: say {text}\n\nAt length.")
    run_git(clone, "push", "--quiet", "origin", *(arguments or ("main",)))
    return run_git(clone, "rev-parse", "HEAD")


def test_a_push_is_seen_by_the_api(client: Client, clone: Path) -> None:
    sha = push(clone, "Ada", "HEAD:refs/heads/topic")

    found = client.get("/commits/topic").json()

    assert (found["sha"], found["commit"]["message"]) == (sha, "docs: say Ada\n\nAt length.")
    assert (found["commit"]["author"]["name"], found["commit"]["author"]["email"]) == ("Ada", "ada@example.org")
    assert found["commit"]["author"]["date"] == "2026-03-01T12:00:00Z"
    assert (found["author"], found["commit"]["verification"]["verified"]) == (None, False)


def test_what_the_api_does_is_fetched_by_git(client: Client, clone: Path) -> None:
    (sha,) = branch_with(client, "next", files={"src/new file.py": b"new\n", "README.md": b"changed\n"})
    client.call("POST", "/git/refs", {"ref": "refs/tags/v1.0.0", "sha": sha})

    run_git(clone, "fetch", "--quiet", "--tags", "origin", "next")

    assert run_git(clone, "rev-parse", "v1.0.0") == sha == run_git(clone, "rev-parse", "FETCH_HEAD")
    assert run_git(clone, "show", f"{sha}:src/new file.py") == "new"
    assert run_git(clone, "diff", "--name-only", "main", sha).splitlines() == ["README.md", "src/new file.py"]
    assert run_git(clone, "fsck", "--strict") == ""


def test_the_executable_bit_is_lost_in_a_commit_by_api(client: Client, clone: Path) -> None:
    run_git(clone, "update-index", "--chmod=+x", "README.md")
    run_git(clone, "commit", "--quiet", "--message", "chore: mode")
    run_git(clone, "reset", "--quiet", "--hard")
    run_git(clone, "push", "--quiet", "origin", "main")

    assert run_git(clone, "ls-tree", "HEAD", "README.md").startswith("100755 ")

    client.commit("main", {"README.md": b"changed"})

    run_git(clone, "pull", "--quiet")
    assert run_git(clone, "ls-tree", "HEAD", "README.md").startswith("100644 ")


def test_an_annotated_tag_is_an_object_of_its_own(client: Client, clone: Path) -> None:
    run_git(clone, "tag", "--annotate", "v1", "--message", "One")
    run_git(clone, "push", "--quiet", "origin", "v1")
    tag = run_git(clone, "rev-parse", "v1")

    found = client.get("/git/ref/tags/v1").json()["object"]
    query = '{repository(owner: "octo", name: "demo") {ref(qualifiedName: "refs/tags/v1") {target {__typename oid}}}}'

    assert (found["sha"], found["type"]) == (tag, "tag")
    assert client.graphql(query)["data"]["repository"]["ref"]["target"] == {"__typename": "Tag", "oid": tag}
    assert client.get("/commits/v1").json()["sha"] == client.server.repository().tags["v1"] == head(client)


def test_a_push_onto_the_branch_of_a_pull_request_moves_it(client: Client, clone: Path) -> None:
    first = push(clone, "one", "HEAD:refs/heads/topic")
    made = client.pull("topic")
    second = push(clone, "two", "HEAD:refs/heads/topic")

    found = client.get("/pulls/1").json()

    assert (made["head"]["sha"], found["head"]["sha"]) == (first, second)
    assert (found["state"], found["commits"]) == ("open", 2)


def test_a_pull_request_whose_commits_are_pushed_to_its_base_is_merged(client: Client, clone: Path) -> None:
    sha = push(clone, "one", "HEAD:refs/heads/topic")
    client.pull("topic")
    run_git(clone, "push", "--quiet", "origin", "HEAD:main")

    found = client.get("/pulls/1").json()

    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, sha)


def test_a_pull_request_is_merged_when_more_is_pushed_to_both_branches_at_once(client: Client, clone: Path) -> None:
    push(clone, "one", "HEAD:refs/heads/topic")
    client.pull("topic")
    sha = push(clone, "two", "HEAD:refs/heads/topic", "HEAD:main")

    found = client.get("/pulls/1").json()

    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, sha)
    assert found["commits"] == 2


def test_a_branch_below_another_ones_name_is_refused(client: Client) -> None:
    answer = client.call("POST", "/git/refs", {"ref": "refs/heads/main/next", "sha": head(client)})

    assert (answer.status_code, answer.json()["message"]) == (422, "Reference update failed")


def test_a_pull_request_whose_branch_is_reset_or_deleted_by_git_is_closed(client: Client, clone: Path) -> None:
    push(clone, "one", "HEAD:refs/heads/reset", "HEAD:refs/heads/deleted")
    client.pull("reset")
    client.pull("deleted")
    run_git(clone, "push", "--quiet", "--force", "origin", "origin/main:refs/heads/reset", ":refs/heads/deleted")

    found = [client.get(f"/pulls/{number}").json() for number in (1, 2)]

    assert [(each["state"], each["merged"]) for each in found] == [("closed", False)] * 2


def test_a_repository_that_is_there_is_taken_as_it_is(bare: Path, client: Client) -> None:
    with GithubServer([Settings(owner="octo", name="demo", git=bare)], description=None) as again:
        repository = again.repository()
        assert list(repository.branches) == ["main"]
        assert head(client) in repository.commits
        assert ("0" * 40 in repository.commits, "main" in repository.commits) == (False, False)
        assert len(repository.commits) == len(repository.branches) == 1


def test_the_dictionaries_are_those_of_git(client: Client, bare: Path) -> None:
    repository = client.server.repository()
    made = repository.commit("feat: more", date=BEGIN + timedelta(days=1), files={"more": b"1"})
    repository.tags["v1"] = made.sha
    repository.branches["old"] = made.parents[0]

    assert run_git(bare, "for-each-ref", "--format=%(refname) %(objectname)").splitlines() == [
        f"refs/heads/main {made.sha}",
        f"refs/heads/old {made.parents[0]}",
        f"refs/tags/v1 {made.sha}",
    ]
    assert repository.commits[made.sha] == made
    del repository.branches["old"]
    assert list(repository.branches) == ["main"]
    with pytest.raises(TypeError):
        repository.commits[made.sha] = made
    with pytest.raises(KeyError):
        del repository.tags["v2"]
