"""GraphQL of the stand-in: real queries against GitHub's schema, and commits that GitHub makes."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakes.github import Answer, Drop
from tests.fakes.github.client import COMMIT, Client
from tests.integration.github_worlds import FILES, as_token, branch_with, head, running

ACTIONS = {"name": "github-actions[bot]", "email": "41898282+github-actions[bot]@users.noreply.github.com"}


@pytest.fixture(params=["memory", "git"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path / "demo.git" if request.param == "git" else None, people={"ada@x.org": "ada"}) as made:
        yield made


def asked(client: Client, selection: str) -> Any:
    """Ask for fields of octo/demo."""
    answer = client.graphql(f'{{ repository(owner: "octo", name: "demo") {{ {selection} }} }}')
    assert "errors" not in answer, answer
    return answer["data"]["repository"]


def change(client: Client, **fields: Any) -> dict[str, Any]:
    """Give the input of a commit onto main that writes README.md."""
    contents = base64.b64encode(b"# New\n").decode()
    return {
        "branch": {"repositoryNameWithOwner": "octo/demo", "branchName": "main"},
        "expectedHeadOid": head(client),
        "message": {"headline": "chore: release 1.0.0", "body": "At length."},
        "fileChanges": {"additions": [{"path": "README.md", "contents": contents}]},
    } | fields


def refused(client: Client, **fields: Any) -> dict[str, Any]:
    """Commit in vain; answer the error."""
    before = head(client)
    answer = client.graphql(COMMIT, input=change(client, **fields))
    assert answer["data"] == {"createCommitOnBranch": None}
    assert head(client) == before
    (error,) = answer["errors"]
    assert error["path"] == ["createCommitOnBranch"]
    found: dict[str, Any] = error
    return found


def test_a_commit_is_made_by_github_and_signed(client: Client) -> None:
    before = head(client)

    made = client.graphql(COMMIT, input=change(client))["data"]["createCommitOnBranch"]["commit"]

    commit = client.server.repository().commits[made["oid"]]
    assert made == {"oid": head(client), "url": f"{client.server.server_url}/octo/demo/commit/{head(client)}"}
    assert (commit.parents, commit.message) == ((before,), "chore: release 1.0.0\n\nAt length.")
    assert (commit.author.name, commit.committer.name, commit.signature) == ("github-actions[bot]", "GitHub", True)
    assert base64.b64decode(client.get("/contents/README.md").json()["content"]) == b"# New\n"
    assert base64.b64decode(client.get("/contents/src/demo.py").json()["content"]) == FILES["src/demo.py"]


def test_files_are_added_in_folders_and_deleted(client: Client) -> None:
    data = base64.b64encode(b"\0binary").decode()
    changes = {"additions": [{"path": "a/b/c", "contents": data}], "deletions": [{"path": "src/demo.py"}]}

    client.graphql(COMMIT, input=change(client, fileChanges=changes))

    assert base64.b64decode(client.get("/contents/a/b/c").json()["content"]) == b"\0binary"
    assert client.get("/contents/src/demo.py").status_code == 404


def test_a_branch_that_moved_is_stale(client: Client) -> None:
    old = head(client)
    client.commit("main", {"other": b"1"})

    error = refused(client, expectedHeadOid=old)

    message = f'Expected branch to point to "{old}" but it did not.  Pull and try again.'
    assert (error["type"], error["message"]) == ("STALE_DATA", message)


def test_a_missing_branch_or_repository_is_not_found(client: Client) -> None:
    branch = {"repositoryNameWithOwner": "octo/demo", "branchName": "nothing"}
    other = {"repositoryNameWithOwner": "octo/other", "branchName": "main"}

    assert refused(client, branch=branch)["type"] == "NOT_FOUND"
    error = refused(client, branch=other)
    assert (error["type"], error["message"]) == (
        "NOT_FOUND",
        "Could not resolve to a Repository with the name 'octo/other'.",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"deletions": [{"path": "nothing"}]},
        {"additions": [{"path": "../up", "contents": ""}]},
        {"additions": [{"path": "/root", "contents": ""}]},
        {"additions": [{"path": "x", "contents": "no base 64"}]},
        {"additions": [{"path": "README.md", "contents": ""}], "deletions": [{"path": "README.md"}]},
    ],
)
def test_wrong_changes_are_refused(client: Client, changes: dict[str, Any]) -> None:
    assert refused(client, fileChanges=changes)["type"] == "UNPROCESSABLE"


def test_a_token_that_may_not_write_commits_nothing(client: Client) -> None:
    error = refused(as_token(client, contents="read"))

    assert (error["type"], error["message"]) == ("FORBIDDEN", "Resource not accessible by integration")


def test_many_commits_are_read_by_one_query(client: Client) -> None:
    shas = branch_with(client, "topic", "feat: one", "feat: two", "feat: three")
    client.pull("topic", title="A thing")
    client.server.merge(1)
    fields = """... on Commit { oid message messageHeadline author { name email user { login } }
        associatedPullRequests(first: 1) { nodes { number title url } } parents(first: 5) { nodes { oid } } }"""
    aliases = " ".join(f'c{number}: object(oid: "{sha}") {{ {fields} }}' for number, sha in enumerate(shas))

    found = asked(client, f'{aliases} merge: object(expression: "main") {{ {fields} }}')

    page = f"{client.server.server_url}/octo/demo/pull/1"
    assert [found[f"c{number}"]["oid"] for number in range(3)] == shas
    assert found["c1"]["message"] == "feat: two"
    assert found["c1"]["author"] == ACTIONS | {"user": None}
    assert found["c1"]["parents"] == {"nodes": [{"oid": shas[0]}]}
    requests_of = [each["associatedPullRequests"]["nodes"] for each in found.values()]
    assert requests_of == [[{"number": 1, "title": "A thing", "url": page}]] * 4
    assert found["merge"]["messageHeadline"] == "Merge pull request #1 from octo/topic"


def test_an_open_pull_request_is_that_of_its_commits_only(client: Client) -> None:
    branch_with(client, "topic")
    client.pull("topic")
    selection = "... on Commit { associatedPullRequests(first: 1) { totalCount nodes { number state } } }"

    found = asked(
        client, f'a: object(expression: "topic") {{{selection}}} b: object(expression: "main") {{{selection}}}'
    )

    counts = [found[name]["associatedPullRequests"]["totalCount"] for name in "ab"]
    assert counts == [1, 0]
    assert found["a"]["associatedPullRequests"]["nodes"] == [{"number": 1, "state": "OPEN"}]


def test_addresses_belong_to_accounts(client: Client) -> None:
    selection = "... on Commit { author { date user { login url } } signature { isValid } }"

    found = asked(client, f'object(expression: "HEAD") {{ {selection} }}')["object"]

    assert found["author"]["user"] == {"login": "octo", "url": f"{client.server.server_url}/octo"}
    assert found["author"]["date"].startswith("2026-03-01T12:00:00")
    assert found["signature"] is None


def test_refs_and_files_are_read(client: Client) -> None:
    client.commit("main", {"binary": b"\0", "large": b"x" * 512_001})
    selection = """ref(qualifiedName: "refs/heads/main") { name prefix target { __typename oid } }
        short: ref(qualifiedName: "main") { target { oid } } no: ref(qualifiedName: "refs/heads/no") { name }
        file: object(expression: "main:src/demo.py") { ... on Blob { oid text isTruncated byteSize } }
        binary: object(expression: "main:binary") { ... on Blob { text isBinary } }
        large: object(expression: "main:large") { ... on Blob { text isTruncated } }
        nothing: object(expression: "main:nothing") { oid } unknown: object(oid: "0000000000") { oid }"""

    found = asked(client, selection)

    assert found["ref"] == {
        "name": "main",
        "prefix": "refs/heads/",
        "target": {"__typename": "Commit", "oid": head(client)},
    }
    assert (found["short"]["target"]["oid"], found["no"]) == (head(client), None)
    text = FILES["src/demo.py"]
    sha = client.get("/contents/src/demo.py").json()["sha"]
    assert found["file"] == {"oid": sha, "text": text.decode(), "isTruncated": False, "byteSize": len(text)}
    assert found["binary"] == {"text": None, "isBinary": True}
    assert (len(found["large"]["text"]), found["large"]["isTruncated"]) == (512_000, True)
    assert (found["nothing"], found["unknown"]) == (None, None)


@pytest.mark.parametrize(
    ("bound", "kind"), [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")]
)
def test_a_connection_needs_a_bound(client: Client, bound: str, kind: str) -> None:
    query = f"""{{ repository(owner: "octo", name: "demo") {{
        object(expression: "main") {{ ... on Commit {{ parents{bound} {{ totalCount }} }} }} }} }}"""

    assert client.graphql(query)["errors"][0]["type"] == kind


def test_an_unknown_repository_is_an_error_and_null(client: Client) -> None:
    answer = client.graphql('{ repository(owner: "octo", name: "other") { name } }')

    assert answer["data"] == {"repository": None}
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == ("NOT_FOUND", ["repository"])


def violations(client: Client) -> list[str]:
    """Take the violations that a test made on purpose."""
    found = list(client.server.violations)
    client.server.violations.clear()
    return found


def test_a_field_that_is_not_in_the_schema_is_an_error_and_a_violation(client: Client) -> None:
    answer = client.graphql("{ viewer { logn } }")

    (error,) = answer["errors"]
    assert "data" not in answer
    assert error["message"] == "Field 'logn' doesn't exist on type 'User'"
    assert error["extensions"] == {"code": "undefinedField", "typeName": "User", "fieldName": "logn"}
    assert error["locations"] == [{"line": 1, "column": 12}]
    assert len(violations(client)) == 1


@pytest.mark.parametrize("query", ["{ viewer", "{ viewer { login }", "query($a: No!) { viewer { login } }"])
def test_a_query_that_is_none_is_an_error_and_a_violation(client: Client, query: str) -> None:
    assert "data" not in client.graphql(query)
    assert len(violations(client)) >= 1


def test_a_variable_of_a_wrong_type_is_an_error_and_a_violation(client: Client) -> None:
    answer = client.graphql(COMMIT, input={"branch": {}, "message": {"headline": "x"}})

    assert "data" not in answer
    assert "expectedHeadOid" in violations(client)[0]


def test_a_field_that_is_not_imitated_is_a_violation(client: Client) -> None:
    answer = client.graphql('{ repository(owner: "octo", name: "demo") { stargazerCount } }')

    assert answer["errors"][0]["path"] == ["repository", "stargazerCount"]
    assert violations(client) == ["GraphQL: Repository.stargazerCount is not imitated"]


def test_graphql_needs_a_token_and_a_query(client: Client) -> None:
    address, body = client.server.graphql_url, {"query": "{ viewer { login } }"}

    assert Client(client.server, token=None).call("POST", address, body).status_code == 401
    assert Client(client.server, token="wrong").call("POST", address, body).json()["message"] == "Bad credentials"
    assert client.call("POST", address, {}).status_code == 400
    assert client.graphql("{ viewer { login } }") == {"data": {"viewer": {"login": "github-actions[bot]"}}}
    assert client.server.environment()["GITHUB_GRAPHQL_URL"] == address


def test_faults_are_those_of_every_request(client: Client) -> None:
    given = {"query": COMMIT, "variables": {"input": change(client)}}
    before = head(client)
    client.server.faults.add(Answer(status=502), path="/graphql$")
    client.server.faults.add(Drop(), path="/graphql$")

    assert client.call("POST", client.server.graphql_url, given).status_code == 502
    assert head(client) == before
    with pytest.raises(requests.ConnectionError):
        client.call("POST", client.server.graphql_url, given)
    assert client.server.repository().commits[head(client)].parents == (before,)
    assert refused(client, expectedHeadOid=before)["type"] == "STALE_DATA"
