"""Merging a pull request as its page's button does, in memory and over git."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github.client import Client
from tests.fakes.github.objects import MergeConflictError
from tests.fakes.github.values import Commit
from tests.integration.github_worlds import branch_with, head, run_git, running


@pytest.fixture(params=["memory", "git"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path / "demo.git" if request.param == "git" else None) as made:
        yield made


def files_of(client: Client, sha: str, *paths: str) -> list[bytes | None]:
    repository = client.server.repository()
    found = [repository.objects.file(repository.commits[sha].tree, path) for path in paths]
    return [each[1] if each else None for each in found]


def tip(client: Client) -> Commit:
    return client.server.repository().commits[head(client)]


def test_a_merge_commit_names_request_and_branch(client: Client) -> None:
    (topic,) = branch_with(client, "topic/x", files={"a": b"1"})
    before = client.commit("main", {"b": b"2"})
    client.pull("topic/x", title="feat: a thing")

    merged = client.server.merge(1)

    assert tip(client).message == "Merge pull request #1 from octo/topic/x\n\nfeat: a thing"
    assert tip(client).parents == (before, topic)
    assert files_of(client, head(client), "a", "b") == [b"1", b"2"]
    found = client.get("/pulls/1").json()
    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, head(client))
    assert merged.merge_commit == head(client)


def test_a_squash_lists_its_commits(client: Client) -> None:
    branch_with(client, "topic", "feat: one\n\nwhy", "fix: two")
    before = head(client)
    client.pull("topic", title="feat: a thing")

    client.server.merge(1, "squash")

    assert tip(client).message == "feat: a thing (#1)\n\n* feat: one\n\nwhy\n\n* fix: two"
    assert tip(client).parents == (before,)
    assert files_of(client, head(client), "topic-0.txt", "topic-1.txt") == [b"feat: one\n\nwhy", b"fix: two"]
    assert client.get("/pulls/1").json()["merged"] is True


def test_a_squash_of_one_commit_has_its_text(client: Client) -> None:
    branch_with(client, "topic", "feat: one\n\nwhy")
    client.pull("topic", title="feat: a thing")

    client.server.merge(1, "squash")

    assert tip(client).message == "feat: a thing (#1)\n\nwhy"


def test_a_rebase_makes_each_commit_anew(client: Client) -> None:
    old = branch_with(client, "topic", "feat: one", "feat: two")
    before = client.commit("main", {"b": b"2"})
    client.pull("topic")

    merged = client.server.merge(1, "rebase")

    repository = client.server.repository()
    new = repository.objects.between(before, head(client))
    assert [repository.commits[sha].message for sha in new] == ["feat: one", "feat: two"]
    assert set(new).isdisjoint(old)
    assert merged.commits == (*old, *new)
    assert [repository.commits[sha].author.name for sha in new] == ["github-actions[bot]"] * 2
    assert files_of(client, head(client), "topic-0.txt", "topic-1.txt", "b") == [b"feat: one", b"feat: two", b"2"]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_conflict_changes_nothing(client: Client, method: str) -> None:
    branch_with(client, "topic", files={"a": b"1"})
    before = client.commit("main", {"a": b"2"})
    client.pull("topic")

    with pytest.raises(MergeConflictError):
        client.server.merge(1, method)  # type: ignore[arg-type]

    assert head(client) == before
    assert client.get("/pulls/1").json()["state"] == "open"


def test_what_is_closed_is_not_merged(client: Client) -> None:
    branch_with(client, "topic")
    client.pull("topic")
    client.call("PATCH", "/pulls/1", {"state": "closed"})

    with pytest.raises(ValueError, match="pull request 1 is closed"):
        client.server.merge(1)


def test_git_merges_lines_and_not_only_files(tmp_path: Path) -> None:
    with running(tmp_path / "demo.git") as client:
        lines = [f"{number}\n".encode() for number in range(9)]
        client.commit("main", {"a": b"".join(lines)})
        branch_with(client, "topic", files={"a": b"first\n" + b"".join(lines)})
        client.commit("main", {"a": b"".join(lines) + b"last\n"})
        client.pull("topic")

        client.server.merge(1, "rebase")

        assert files_of(client, head(client), "a") == [b"first\n" + b"".join(lines) + b"last\n"]
        assert run_git(tmp_path / "demo.git", "fsck", "--strict", "--no-dangling") == ""
