"""What protected branches, protected tags and a token's permissions refuse."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakes.github import READ_TOKEN, Protection
from tests.fakes.github.client import COMMIT, Client
from tests.integration.github_worlds import as_token, branch_with, head, run_git, running

PULL_REQUEST = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"


def said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def commit(client: Client, branch: str = "main") -> dict[str, Any]:
    given = {
        "branch": {"repositoryNameWithOwner": "octo/demo", "branchName": branch},
        "expectedHeadOid": head(client, branch),
        "message": {"headline": "chore: release"},
    }
    return client.graphql(COMMIT, input=given)


@pytest.mark.parametrize(
    ("classic", "kind", "message"),
    [
        (False, "UNPROCESSABLE", PULL_REQUEST),
        (True, "BRANCH_PROTECTION_RULE_VIOLATION", "Changes must be made through a pull request."),
    ],
)
def test_a_branch_may_demand_a_pull_request(*, classic: bool, kind: str, message: str) -> None:
    with running(protected={"main": Protection(pull_request=True, classic=classic)}) as client:
        (topic,) = branch_with(client, "topic")
        before = head(client)

        (error,) = commit(client)["errors"]
        update = client.call("PATCH", "/git/refs/heads/main", {"sha": topic})

        assert (error["type"], error["message"]) == (kind, message)
        assert said(update) == (422, message)
        assert head(client) == before


def test_a_pull_request_is_the_way_into_it() -> None:
    with running(protected={"main": Protection(pull_request=True)}) as client:
        branch_with(client, "topic")
        client.pull("topic")

        client.server.merge(1, "squash")

        assert client.server.repository().commits[head(client)].subject == "A change (#1)"


def test_a_protected_branch_is_made_but_not_deleted() -> None:
    with running(protected={"release/*": Protection(pull_request=True)}) as client:
        client.branch("release/1", head(client))

        assert "errors" not in commit(client)
        assert commit(client, "release/1")["errors"][0]["message"] == PULL_REQUEST
        assert client.call("DELETE", "/git/refs/heads/release/1").status_code == 422


@pytest.mark.parametrize("signed", [True, False])
def test_a_branch_may_demand_signatures(*, signed: bool) -> None:
    with running(protected={"main": Protection(signed=True)}) as client:
        (by_github,) = branch_with(client, "topic")
        repository = client.server.repository()
        by_git = repository.commit("feat: unsigned", date=client.server.world.clock(), branch="topic").sha

        answer = client.call("PATCH", "/git/refs/heads/main", {"sha": by_github if signed else by_git})

        if signed:
            assert answer.status_code == 200
            assert "errors" not in commit(client)
        else:
            wanted = "Repository rule violations found\n\nCommits must have verified signatures.\n\n"
            assert said(answer) == (422, wanted)


def test_commits_by_github_are_signed_in_git_as_well(tmp_path: Path) -> None:
    with running(tmp_path / "demo.git", protected={"main": Protection(signed=True)}) as client:
        made = commit(client)["data"]["createCommitOnBranch"]["commit"]["oid"]

        raw = run_git(tmp_path / "demo.git", "cat-file", "commit", made)
        assert "gpgsig -----BEGIN PGP SIGNATURE-----" in raw
        assert client.get(f"/commits/{made}").json()["commit"]["verification"]["reason"] == "valid"


def test_protected_tags_are_neither_made_nor_moved_nor_deleted() -> None:
    with running(protected_tags=("v*",)) as client:
        client.server.repository().tags["v1"] = head(client)
        (topic,) = branch_with(client, "topic")

        made = client.call("POST", "/git/refs", {"ref": "refs/tags/v2", "sha": topic})
        moved = client.call("PATCH", "/git/refs/tags/v1", {"sha": topic})
        deleted = client.call("DELETE", "/git/refs/tags/v1")

        reasons = [said(each)[1].split("\n\n")[1] for each in (made, moved, deleted)]
        assert [each.status_code for each in (made, moved, deleted)] == [422] * 3
        assert reasons == [
            "Cannot create ref due to creations being restricted.",
            "Cannot update this protected ref.",
            "Cannot delete this protected ref.",
        ]
        assert client.call("POST", "/git/refs", {"ref": "refs/tags/other", "sha": topic}).status_code == 201


CALLS = {
    "contents": ("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": "HEAD"}, 201),
    "pull_requests": ("POST", "/pulls", {"title": "A change", "head": "topic", "base": "main"}, 201),
    "actions": ("POST", "/actions/workflows/release.yml/dispatches", {"ref": "main"}, 204),
}


@pytest.mark.parametrize("lacking", [None, *CALLS])
@pytest.mark.parametrize("permission", CALLS)
def test_each_call_needs_its_permission(permission: str, lacking: str | None) -> None:
    method, path, content, status = CALLS[permission]
    with running(workflows=("release.yml",)) as client:
        branch_with(client, "topic")
        sent = {name: head(client) if value == "HEAD" else value for name, value in content.items()}
        token = as_token(client, **{lacking: "read"} if lacking else {})

        answer = token.call(method, path, sent)

        if permission == lacking:
            assert said(answer) == (403, "Resource not accessible by integration")
        else:
            assert answer.status_code == status


@pytest.mark.parametrize("permission", CALLS)
def test_reading_tokens_and_visitors_write_nothing(permission: str) -> None:
    method, path, content, _ = CALLS[permission]
    with running(workflows=("release.yml",)) as client:
        answers = [Client(client.server, token=token).call(method, path, content) for token in (READ_TOKEN, None)]

        assert [each.status_code for each in answers] == [403, 401]
        assert client.get("/pulls").json() == client.get("/git/matching-refs/tags/v1").json() == []
