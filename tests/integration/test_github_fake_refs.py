"""Branches, tags, commits, comparisons and files of the stand-in, the same in memory and over git."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fakes.github.client import Client
from tests.integration.github_worlds import FILES, branch_with, head, running

REFUSED = 422


@pytest.fixture(params=["memory", "git"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path / "demo.git" if request.param == "git" else None) as made:
        yield made


def update(client: Client, ref: str, sha: str, **fields: object) -> requests.Response:
    return client.call("PATCH", f"/git/refs/{ref}", {"sha": sha, **fields})


def said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize("ref", ["heads/release/next", "tags/demo@1.0.0"])
def test_a_ref_is_made_found_and_deleted(client: Client, ref: str) -> None:
    made = client.call("POST", "/git/refs", {"ref": f"refs/{ref}", "sha": head(client)}).json()

    assert client.get(f"/git/ref/{ref}").json() == made
    assert (made["ref"], made["object"]["sha"]) == (f"refs/{ref}", head(client))
    assert requests.get(made["url"].replace("/refs/", "/ref/"), headers=client.headers, timeout=10).json() == made
    assert client.call("DELETE", f"/git/refs/{ref}").status_code == 204
    assert client.get(f"/git/ref/{ref}").status_code == 404


def test_refs_that_begin_with_a_name_are_found(client: Client) -> None:
    for name in ("heads/release/a", "heads/release/b", "tags/release/c"):
        client.call("POST", "/git/refs", {"ref": f"refs/{name}", "sha": head(client)})

    found = client.get("/git/matching-refs/heads/release").json()

    assert [each["ref"] for each in found] == ["refs/heads/release/a", "refs/heads/release/b"]
    assert client.get("/git/matching-refs/heads/nothing").json() == []


@pytest.mark.parametrize(
    ("ref", "sha", "message"),
    [
        ("refs/heads/main", "", "Reference already exists"),
        ("refs/heads/new", "0" * 40, "Object does not exist"),
        ("heads/new", "", "Reference name heads/new is not valid"),
        ("refs/heads/a..b", "", "Reference name refs/heads/a..b is not valid"),
        ("refs/notes/new", "", "Reference name refs/notes/new is not valid"),
    ],
)
def test_a_ref_is_refused(client: Client, ref: str, sha: str, message: str) -> None:
    answer = client.call("POST", "/git/refs", {"ref": ref, "sha": sha or head(client)})

    assert said(answer) == (REFUSED, message)


def test_a_ref_moves_forward_and_back_by_force_only(client: Client) -> None:
    before = head(client)
    (after,) = branch_with(client, "next")

    assert update(client, "heads/main", after).json()["object"]["sha"] == after == head(client)
    assert said(update(client, "heads/main", before)) == (REFUSED, "Update is not a fast forward")
    assert head(client) == after
    assert update(client, "heads/main", before, force=True).status_code == 200
    assert head(client) == before


def test_what_is_not_there_is_neither_moved_nor_deleted(client: Client) -> None:
    assert said(update(client, "tags/v1", head(client))) == (REFUSED, "Reference does not exist")
    assert said(update(client, "heads/main", "0" * 40)) == (REFUSED, "Object does not exist")
    assert said(client.call("DELETE", "/git/refs/heads/nothing")) == (REFUSED, "Reference does not exist")
    assert client.call("DELETE", "/git/refs/heads/main").status_code == REFUSED


def test_a_commit_says_who_and_whether_it_is_verified(client: Client) -> None:
    (sha,) = branch_with(client, "next", "fix: one\n\nwhy\n\nCloses #1")

    made, before = client.get(f"/commits/{sha}").json(), client.get("/commits/main").json()

    assert made["commit"]["message"] == "fix: one\n\nwhy\n\nCloses #1"
    assert made["commit"]["author"]["name"] == made["author"]["login"] == "github-actions[bot]"
    assert made["commit"]["committer"]["email"] == "noreply@github.com"
    assert (made["commit"]["verification"]["verified"], before["commit"]["verification"]["verified"]) == (True, False)
    assert [each["sha"] for each in made["parents"]] == [before["sha"]]


@pytest.mark.parametrize(
    ("basehead", "status", "ahead", "behind"),
    [
        ("main...next", "diverged", 2, 1),
        ("start...octo:next", "ahead", 2, 0),
        ("next...start", "behind", 0, 2),
        ("main...main", "identical", 0, 0),
    ],
)
def test_two_commits_are_compared(client: Client, basehead: str, status: str, ahead: int, behind: int) -> None:
    client.branch("start", head(client))
    shas = branch_with(client, "next", "feat: one", "feat: two")
    client.commit("main", {"other": b"1"})

    found = client.get(f"/compare/{basehead}").json()

    assert (found["status"], found["ahead_by"], found["behind_by"]) == (status, ahead, behind)
    assert [each["sha"] for each in found["commits"]] == shas[:ahead]
    assert found["total_commits"] == ahead


def test_a_comparison_comes_in_pages_and_needs_both_sides(client: Client) -> None:
    shas = branch_with(client, "next", "feat: one", "feat: two", "feat: three")

    second = client.get("/compare/main...next?per_page=2&page=2").json()

    assert ([each["sha"] for each in second["commits"]], second["total_commits"]) == (shas[2:], 3)
    assert {404} == {client.get(f"/compare/{name}").status_code for name in ("main...no", "main", "main...other:next")}


def test_a_file_is_read_at_any_ref(client: Client) -> None:
    branch_with(client, "next", files={"src/demo.py": b"x" * 100})

    old, new = (client.get(f"/contents/src/demo.py{query}").json() for query in ("", "?ref=next"))

    assert base64.b64decode(old["content"]) == FILES["src/demo.py"]
    assert (base64.b64decode(new["content"]), new["size"]) == (b"x" * 100, 100)
    assert [len(line) for line in new["content"].splitlines()] == [60, 60, 16]
    assert client.get("/contents/src/nothing.py").status_code == 404
    assert said(client.get("/contents/README.md?ref=no")) == (404, "No commit found for the ref no")


def test_a_large_file_comes_without_its_content(client: Client) -> None:
    repository = client.server.repository()
    repository.commit("feat: big", date=client.server.world.clock(), files={"big": bytes((1 << 20) + 1)})

    found = client.get("/contents/big").json()

    assert (found["content"], found["encoding"], found["size"]) == ("", "none", (1 << 20) + 1)


def test_files_are_committed_object_by_object(client: Client) -> None:
    """Blobs, a tree on top of a commit (by content, by blob, removed), a commit, a reference; read again whole."""
    blob = client.call(
        "POST", "/git/blobs", {"content": base64.b64encode(b"\0new").decode(), "encoding": "base64"}
    ).json()
    entry = {"mode": "100644", "type": "blob"}
    entries = [
        {**entry, "path": "docs/a.bin", "sha": blob["sha"]},
        {**entry, "path": "docs/b.txt", "content": "b\n"},
        {**entry, "path": "README.md", "sha": None},
    ]
    tree = client.call("POST", "/git/trees", {"base_tree": head(client), "tree": entries}).json()["sha"]
    made = client.call("POST", "/git/commits", {"message": "m", "tree": tree, "parents": [head(client)]}).json()
    assert made["verification"]["verified"]
    assert update(client, "heads/main", made["sha"], force=False).status_code == 200
    listed = client.get(f"/git/trees/{made['sha']}", params={"recursive": "1"}).json()["tree"]
    contents = {
        each["path"]: base64.b64decode(client.get(f"/git/blobs/{each['sha']}").json()["content"]) for each in listed
    }
    assert contents == {"docs/a.bin": b"\0new", "docs/b.txt": b"b\n", "src/demo.py": FILES["src/demo.py"]}
    alone = client.call("POST", "/git/trees", {"tree": entries[1:2]}).json()
    assert [each["path"] for each in alone["tree"]] == ["docs/b.txt"]
    assert client.call("POST", "/git/trees", {"base_tree": made["sha"], "tree": entries[2:]}).status_code == REFUSED
    assert client.get("/git/blobs/" + "0" * 40).status_code == 404
    author = {"author": {"name": "Ada", "email": "ada@example.org"}, "parents": [made["sha"]]}
    named = client.call("POST", "/git/commits", {"message": "m", "tree": tree, **author}).json()
    assert not named["verification"]["verified"]
