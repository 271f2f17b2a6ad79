"""Pull requests of the stand-in: what may be one, how they are found, and what ends them."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from github import Auth, Github

from tests.fakes.github import WRITE_TOKEN
from tests.fakes.github.client import Client
from tests.integration.github_worlds import branch_with, head, running


@pytest.fixture
def client() -> Iterator[Client]:
    with running() as made:
        yield made


def problem(answer: requests.Response) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["message"]) == (422, "Validation Failed")
    found: dict[str, Any] = answer.json()["errors"][0]
    return found


def create(client: Client, **fields: Any) -> requests.Response:
    return client.call("POST", "/pulls", {"title": "A change", "base": "main", **fields})


def test_a_pull_request_is_made_and_read(client: Client) -> None:
    shas = branch_with(client, "release/next", "feat: one", "feat: two")

    made = client.pull("octo:release/next", title="Release 1.0.0", body="Notes", draft=True)

    assert (made["number"], made["state"], made["title"], made["body"]) == (1, "open", "Release 1.0.0", "Notes")
    assert (made["head"]["ref"], made["head"]["label"]) == ("release/next", "octo:release/next")
    assert (made["head"]["sha"], made["base"]["sha"], made["commits"]) == (shas[-1], head(client), 2)
    assert (made["draft"], made["user"]["login"]) == (True, "github-actions[bot]")
    assert made["html_url"] == f"{client.server.server_url}/octo/demo/pull/1"
    assert client.get("/pulls/1").json() == made
    assert client.get("/pulls/2").status_code == 404


def test_pull_requests_are_found_by_head_base_and_state(client: Client) -> None:
    client.branch("stable", head(client))
    for name in ("one", "two"):
        branch_with(client, name)
        client.pull(name)
    client.pull("one", "stable")
    client.call("PATCH", "/pulls/2", {"state": "closed"})

    def numbers(query: str) -> list[int]:
        return [each["number"] for each in client.get(f"/pulls?{query}").json()]

    assert numbers("") == [3, 1]
    assert numbers("head=octo:one&base=main") == [1]
    assert numbers("head=octo:two") == []
    assert numbers("head=octo:two&state=closed") == [2]
    assert numbers("head=other:one") == []
    assert numbers("state=all&direction=asc") == [1, 2, 3]
    assert numbers("head=one") == [3, 1]  # without its owner the filter is not one


def test_there_is_one_for_a_branch_and_its_base(client: Client) -> None:
    branch_with(client, "next")
    client.pull("next")

    refused = problem(create(client, head="octo:next"))

    assert refused["message"] == "A pull request already exists for octo:next."
    client.call("PATCH", "/pulls/1", {"state": "closed"})
    assert client.pull("next")["number"] == 2
    assert "already exists" in problem(client.call("PATCH", "/pulls/1", {"state": "open"}))["message"]


def test_without_commits_there_is_none(client: Client) -> None:
    client.branch("same", head(client))

    assert problem(create(client, head="same"))["message"] == "No commits between main and same"


def test_branches_without_a_common_history_have_none(client: Client) -> None:
    repository = client.server.repository()
    made = repository.commit("feat: alone", date=client.server.world.clock(), branch="alone")

    assert made.parents == ()
    assert problem(create(client, head="alone"))["message"] == "The alone branch has no history in common with main"


@pytest.mark.parametrize(("fields", "field"), [({"head": "no"}, "head"), ({"head": "main", "base": "no"}, "base")])
def test_both_branches_are_needed(client: Client, fields: dict[str, str], field: str) -> None:
    assert problem(create(client, **fields)) == {"resource": "PullRequest", "code": "invalid", "field": field}


def test_updating_changes_only_what_is_given(client: Client) -> None:
    branch_with(client, "next")
    client.pull("next", body="Old")

    changed = client.call("PATCH", "/pulls/1", {"title": "New"}).json()
    closed = client.call("PATCH", "/pulls/1", {"state": "closed", "body": ""}).json()

    assert (changed["title"], changed["body"], changed["state"]) == ("New", "Old", "open")
    assert (closed["title"], closed["body"], closed["state"], closed["merged"]) == ("New", "", "closed", False)
    assert closed["closed_at"] is not None
    assert client.call("PATCH", "/pulls/1", {"state": "open"}).json()["closed_at"] is None


def test_a_commit_on_its_branch_is_its_head(client: Client) -> None:
    branch_with(client, "next")
    client.pull("next")
    sha = client.commit("next", {"more": b"1"})

    assert client.get("/pulls").json()[0]["head"]["sha"] == sha


@pytest.mark.parametrize("how", ["reset", "deleted"])
def test_one_with_nothing_left_is_closed(client: Client, how: str) -> None:
    branch_with(client, "next")
    client.pull("next")

    if how == "reset":
        client.call("PATCH", "/git/refs/heads/next", {"sha": head(client), "force": True})
    else:
        client.call("DELETE", "/git/refs/heads/next")

    assert client.server.repository().pulls[1].state == "closed"
    found = client.get("/pulls/1").json()
    assert (found["state"], found["merged"], found["head"]["ref"]) == ("closed", False, "next")
    reason = {
        "reset": "No commits between main and next",
        "deleted": "state cannot be changed. The next branch has been deleted.",
    }
    assert problem(client.call("PATCH", "/pulls/1", {"state": "open"}))["message"] == reason[how]


def test_one_whose_base_has_its_commits_is_merged(client: Client) -> None:
    (sha,) = branch_with(client, "next")
    client.pull("next")

    client.call("PATCH", "/git/refs/heads/main", {"sha": sha})

    found = client.get("/pulls/1").json()
    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, sha)
    assert problem(client.call("PATCH", "/pulls/1", {"state": "open"}))["field"] == "state"


def test_a_client_that_others_wrote_manages_one(client: Client) -> None:
    with Github(base_url=client.server.api_url, auth=Auth.Token(WRITE_TOKEN)) as github:
        repository = github.get_repo("octo/demo")
        ref = repository.create_git_ref("refs/heads/next", head(client))
        ref.edit(client.commit("next", {"a": b"1"}))
        made = repository.create_pull(base="main", head="next", title="A change", body="Notes")
        made.edit(title="Another")

        found = list(repository.get_pulls(head="octo:next", base="main"))

        assert [(each.number, each.title, each.head.sha) for each in found] == [(1, "Another", head(client, "next"))]
        assert repository.compare("main", "next").ahead_by == 1
        assert repository.get_contents("a", ref="next").decoded_content == b"1"  # type: ignore[union-attr]


def test_actions_may_be_forbidden_to_create_one() -> None:
    with running(actions_may_create_pull_requests=False) as client:
        branch_with(client, "next")
        refused = create(client, head="next")
        message = "GitHub Actions is not permitted to create or approve pull requests."

        assert (refused.status_code, refused.json()["message"]) == (403, message)
        assert client.server.repository().pulls == {}
