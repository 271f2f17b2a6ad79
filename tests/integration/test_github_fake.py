"""The stand-in for GitHub behaves as GitHub does where a release tool would notice."""

import hashlib
from pathlib import Path

import pytest
import requests
from github import Auth, Github

from tests.fakes.github import READ_TOKEN, WRITE_TOKEN, GithubServer, Settings, Token
from tests.fakes.github.client import Client
from tests.fakes.github.rules import asset_name
from tests.tools.node import openapi_description


@pytest.fixture
def client(github_server: GithubServer) -> Client:
    return Client(github_server)


def problem_codes(answer: requests.Response) -> list[tuple[str, str | None]]:
    assert answer.status_code == 422
    return [(problem["code"], problem.get("field")) for problem in answer.json()["errors"]]


def test_a_draft_is_invisible_by_its_tag_and_creates_none(client: Client) -> None:
    draft = client.create("v1.0.0")

    assert client.get("/releases/tags/v1.0.0").status_code == 404
    assert client.get("/git/ref/tags/v1.0.0").status_code == 404
    assert [draft["id"]] == [each["id"] for each in client.get("/releases").json()]
    assert draft["published_at"] is None
    assert "/releases/tag/untagged-" in draft["html_url"]


def test_publishing_a_draft_creates_the_tag_at_its_target(client: Client) -> None:
    repository = client.server.repository()
    target = repository.branches["main"]
    repository.commit("feat: later", date=client.server.world.clock())
    draft = client.create("v1.0.0", target_commitish=target)

    published = client.publish(draft).json()

    assert published["published_at"] is not None
    assert target == client.get("/git/ref/tags/v1.0.0").json()["object"]["sha"]
    assert draft["id"] == client.get("/releases/tags/v1.0.0").json()["id"]


def test_drafts_are_shown_only_to_those_who_may_write(client: Client) -> None:
    draft = client.create()
    reader, visitor = Client(client.server, token=READ_TOKEN), Client(client.server, token=None)

    assert [] == reader.get("/releases").json() == visitor.get("/releases").json()
    assert reader.get(f"/releases/{draft['id']}").status_code == 404
    assert reader.get(f"/releases/{draft['id']}/assets").status_code == 404


def test_a_tag_may_have_many_drafts_but_one_published_release(client: Client) -> None:
    first, second = client.create("v1.0.0"), client.create("v1.0.0")
    assert client.publish(first).status_code == 200

    assert problem_codes(client.publish(second)) == [("already_exists", "tag_name")]
    again = client.call("POST", "/releases", {"tag_name": "v1.0.0"})
    assert problem_codes(again) == [("already_exists", "tag_name")]


def test_a_release_may_be_published_at_once(client: Client) -> None:
    made = client.create("v1.0.0", draft=False, prerelease=True, name="One", body="Notes")

    assert (made["name"], made["body"], made["prerelease"], made["draft"]) == ("One", "Notes", True, False)
    assert client.get("/git/matching-refs/tags/v1").json()[0]["ref"] == "refs/tags/v1.0.0"
    assert client.get("/git/matching-refs/tags/v2").json() == []


def test_lists_are_paged_newest_first_with_links(client: Client) -> None:
    made = [client.create(f"v1.0.{number}")["id"] for number in range(5)]

    first = client.get("/releases?per_page=2")
    second = requests.get(first.links["next"]["url"], headers=client.headers, timeout=10)
    third = requests.get(second.links["next"]["url"], headers=client.headers, timeout=10)

    assert made[::-1] == [each["id"] for page in (first, second, third) for each in page.json()]
    assert {"next", "last"} == set(first.links)
    assert {"prev", "next", "last", "first"} == set(second.links)
    assert {"prev", "first"} == set(third.links)
    assert client.get("/releases?per_page=5").links == {}


def test_a_page_has_thirty_unless_asked_and_a_hundred_at_most(client: Client) -> None:
    draft = client.create()
    for number in range(101):
        assert client.upload(draft, f"file-{number}").status_code == 201

    assert len(client.get(f"/releases/{draft['id']}/assets").json()) == 30
    assert len(client.get(f"/releases/{draft['id']}/assets?per_page=1000").json()) == 100


def test_the_latest_release_is_never_a_draft_or_a_prerelease(client: Client) -> None:
    client.create("v2.0.0-rc.1", draft=False, prerelease=True)
    client.create("v2.0.0")
    assert client.get("/releases/latest").status_code == 404
    stable = client.create("v1.0.0", draft=False)
    client.create("v1.1.0")
    client.create("v1.1.0-rc.1", draft=False, prerelease=True)
    client.create("v0.9.1", draft=False, make_latest="false")

    assert stable["id"] == client.get("/releases/latest").json()["id"]


def test_make_latest_chooses(client: Client) -> None:
    old = client.create("v1.0.0", draft=False)
    new = client.create("v2.0.0", draft=False)
    assert new["id"] == client.get("/releases/latest").json()["id"]

    client.call("PATCH", f"/releases/{old['id']}", {"make_latest": "true"})

    assert old["id"] == client.get("/releases/latest").json()["id"]


def test_without_a_choice_the_higher_version_is_the_latest(client: Client) -> None:
    higher = client.create("v1.10.0", draft=False, make_latest="legacy")
    client.create("v1.9.0", draft=False, make_latest="legacy")

    assert higher["id"] == client.get("/releases/latest").json()["id"]


def test_updating_changes_only_what_is_given(client: Client) -> None:
    draft = client.create(name="Old", body="Notes")

    changed = client.call("PATCH", f"/releases/{draft['id']}", {"name": "New"}).json()

    assert (changed["name"], changed["body"], changed["draft"]) == ("New", "Notes", True)


def test_deleting_a_release_keeps_its_tag(client: Client) -> None:
    made = client.create("v1.0.0", draft=False)

    assert client.call("DELETE", f"/releases/{made['id']}").status_code == 204
    assert client.get("/releases").json() == []
    assert client.get("/git/ref/tags/v1.0.0").status_code == 200


@pytest.mark.parametrize("tag", ["a..b", "a b", "-/.x", "v1.lock", "~"])
def test_a_published_release_needs_a_well_formed_tag(client: Client, tag: str) -> None:
    answer = client.call("POST", "/releases", {"tag_name": tag})

    assert ("custom", "tag_name") in problem_codes(answer)


def test_an_unknown_target_is_refused(client: Client) -> None:
    answer = client.call("POST", "/releases", {"tag_name": "v1", "target_commitish": "nowhere"})

    assert problem_codes(answer) == [("invalid", "target_commitish")]


def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    answer = client.call("POST", "/releases", {"tag_name": "v1", "draft": True, "body": "x" * 125_001})

    assert problem_codes(answer) == [("custom", "body")]


def test_an_upload_is_stored_with_its_digest(client: Client) -> None:
    draft = client.create()

    made = client.upload(draft, "demo.zip", b"content").json()

    expected = {"state": "uploaded", "size": 7, "digest": f"sha256:{hashlib.sha256(b'content').hexdigest()}"}
    assert expected | {"content_type": "application/zip"} == {key: made[key] for key in (*expected, "content_type")}
    assert [made] == client.get(f"/releases/{draft['id']}").json()["assets"]


def test_an_upload_goes_to_the_upload_host_only(client: Client) -> None:
    draft = client.create()
    address = draft["upload_url"].replace(client.server.site.uploads, client.server.site.api).split("{")[0]

    answer = client.call("POST", address, params={"name": "a"}, data=b"x")

    assert answer.status_code == 404
    assert len(client.server.violations) == 1
    client.server.violations.clear()


def test_a_name_is_taken_once(client: Client) -> None:
    draft = client.create()
    client.upload(draft, "demo zip", b"one")

    answer = client.upload(draft, "demo.zip", b"two")

    assert problem_codes(answer) == [("already_exists", "name")]
    assert "request_id" in answer.json()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a b.zip", "a.b.zip"),
        ("a (1).zip", "a.1.zip"),
        ("ä.txt", "default.txt"),
        (".env", "default.env"),
        ("x~1+2@3_4-5", "x.1+2@3_4-5"),
        ("end.", "end"),
    ],
)
def test_names_are_rewritten(given: str, kept: str) -> None:
    assert kept == asset_name(given)


def test_an_empty_file_is_refused(client: Client) -> None:
    answer = client.upload(client.create(), "empty", b"", **{"Content-Length": "0"})

    assert problem_codes(answer) == [("custom", "size")]


def test_an_upload_needs_its_length(client: Client) -> None:
    draft = client.create()
    address = draft["upload_url"].split("{")[0] + "?name=chunked"
    headers = client.headers | {"Content-Type": "application/zip"}

    answer = requests.post(address, data=iter([b"some", b"thing"]), headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["message"]) == (400, "Bad Content-Length: ")


def test_a_release_takes_only_so_many_assets(client: Client) -> None:
    client.server.world.add_repository(Settings(owner="octo", name="small", asset_limit=1))
    small = Client(client.server, repository="octo/small")
    draft = small.create()
    small.upload(draft, "one")

    assert problem_codes(small.upload(draft, "two")) == [("custom", "file_count")]


def test_an_asset_is_renamed_and_deleted(client: Client) -> None:
    draft = client.create()
    made = client.upload(draft, "one.zip").json()
    path = f"/releases/assets/{made['id']}"

    renamed = client.call("PATCH", path, {"name": "two.zip", "label": "Two"}).json()

    assert (renamed["name"], renamed["label"]) == ("two.zip", "Two")
    assert client.call("DELETE", path).status_code == 204
    assert client.get(path).status_code == 404


def test_the_bytes_of_an_asset_come_by_a_redirect_that_takes_no_token(client: Client) -> None:
    made = client.upload(client.create(), "demo.zip", b"content").json()

    answer = client.get(f"/releases/assets/{made['id']}", headers={"Accept": "application/octet-stream"})
    target = answer.headers["Location"]

    assert answer.status_code == 302
    assert requests.get(target, timeout=10).content == b"content"
    assert client.get(target).status_code == 400
    assert requests.get(target + "0", timeout=10).status_code == 403


def test_published_bytes_are_there_for_everybody_and_a_drafts_are_not(client: Client) -> None:
    draft = client.create("v1.0.0")
    hidden = client.upload(draft, "demo.zip", b"content").json()["browser_download_url"]
    assert requests.get(hidden, timeout=10).status_code == 404

    shown = client.publish(draft).json()["assets"][0]["browser_download_url"]

    web = f"{client.server.server_url}/octo/demo/releases"
    assert shown == f"{web}/download/v1.0.0/demo.zip"
    assert requests.get(shown, timeout=10).content == b"content"
    assert requests.get(f"{web}/latest/download/demo.zip", timeout=10).content == b"content"


def test_an_immutable_release_keeps_its_assets_and_burns_its_tag() -> None:
    settings = Settings(owner="octo", name="demo", immutable_releases=True)
    with GithubServer([settings], description=openapi_description()) as server:
        client = Client(server)
        draft = client.create("v1.0.0")
        asset = client.upload(draft, "demo.zip").json()
        published = client.publish(draft).json()

        assert (draft["immutable"], published["immutable"]) == (False, True)
        refused = client.upload(published, "late.zip")
        assert (
            refused.status_code,
            refused.json()["message"],
        ) == (422, "Cannot upload assets to an immutable release.")
        assert client.call("DELETE", f"/releases/assets/{asset['id']}").status_code == 422
        assert client.call("PATCH", f"/releases/{draft['id']}", {"body": "Better notes"}).status_code == 200
        assert client.call("PATCH", f"/releases/{draft['id']}", {"tag_name": "v2"}).status_code == 422
        assert client.call("DELETE", f"/releases/{draft['id']}").status_code == 204
        assert "tag_name was used by an immutable release" in client.publish(client.create("v1.0.0")).text
        assert server.violations == []


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("nonsense", "GET", "", 401),
        (None, "GET", "", 200),
        (None, "POST", "/releases", 401),
        (READ_TOKEN, "POST", "/releases", 403),
        (WRITE_TOKEN, "POST", "/releases", 201),
    ],
)
def test_tokens_open_what_they_may(
    github_server: GithubServer, token: str | None, method: str, path: str, status: int
) -> None:
    content = {"tag_name": "v1", "draft": True} if method == "POST" else None

    assert status == Client(github_server, token=token).call(method, path, content).status_code


def test_a_private_repository_does_not_exist_for_visitors(github_server: GithubServer) -> None:
    github_server.world.add_repository(Settings(owner="octo", name="secret", private=True))

    assert Client(github_server, token=None, repository="octo/secret").get("").status_code == 404
    assert Client(github_server, repository="octo/secret").get("").status_code == 200
    assert Client(github_server, repository="octo/unknown").get("").status_code == 404


def test_a_request_needs_a_user_agent_and_a_known_version(client: Client) -> None:
    assert client.get("", headers={"User-Agent": ""}).status_code == 403
    assert client.get("", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400


def test_tags_are_created_once_and_commits_found_by_any_name(client: Client) -> None:
    sha = client.server.repository().branches["main"]

    assert client.call("POST", "/git/refs", {"ref": "refs/tags/v1/x", "sha": sha}).status_code == 201
    again = client.call("POST", "/git/refs", {"ref": "refs/tags/v1/x", "sha": sha})
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")
    assert {sha} == {client.get(f"/commits/{name}").json()["sha"] for name in ("main", "v1/x", sha, sha[:8])}
    assert client.get("/commits/nothing").status_code == 422


def test_a_person_may_ask_who_they_are_and_a_workflow_may_not(github_server: GithubServer) -> None:
    github_server.world.tokens["personal"] = Token(login="octo")
    address = f"{github_server.api_url}/user"

    assert Client(github_server, token="personal").get(address).json()["login"] == "octo"
    assert Client(github_server).get(address).status_code == 403
    assert Client(github_server, token=None).get(address).status_code == 401


def test_notes_are_generated(client: Client) -> None:
    notes = client.call("POST", "/releases/generate-notes", {"tag_name": "v1.0.0"}).json()
    made = client.create("v1.0.0", generate_release_notes=True, body="Mine")

    assert notes["name"] == "v1.0.0" == made["name"]
    assert f"Mine\n\n{notes['body']}" == made["body"]


def test_every_answer_tells_the_rate_limit(client: Client) -> None:
    first, second = client.get(""), client.get("/releases/latest")

    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left == [4999, 4998]
    assert first.headers["x-github-request-id"] != second.headers["x-github-request-id"]
    rate = requests.get(f"{client.server.api_url}/rate_limit", headers=client.headers, timeout=10).json()["rate"]
    assert (rate["limit"], rate["remaining"], rate["used"]) == (5000, 4998, 2)


def test_the_rate_limit_ends() -> None:
    with GithubServer(description=openapi_description(), rate_limit=1) as server:
        client = Client(server)
        assert client.get("").status_code == 200
        refused = client.get("")

        assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")


def test_pygithub_releases_with_an_upload_by_requests(github_server: GithubServer, tmp_path: Path) -> None:
    with Github(
        base_url=github_server.api_url, auth=Auth.Token(WRITE_TOKEN), retry=None, seconds_between_writes=0
    ) as github:
        repository = github.get_repo("octo/demo")
        draft = repository.create_git_release("v1.0.0", name="One", message="Notes", draft=True)
        assert Client(github_server).upload(draft.raw_data, "demo.zip", b"content").status_code == 201
        assert [draft.id] == [each.id for each in repository.get_releases()]
        assert [(each.name, each.state, each.size) for each in draft.get_assets()] == [("demo.zip", "uploaded", 7)]

        published = draft.update_release(name="One", message="Notes", draft=False)

        assert not published.draft
        assert published.id == repository.get_release("v1.0.0").id == repository.get_latest_release().id
        assert repository.get_git_ref("tags/v1.0.0").object.sha == repository.get_commit("v1.0.0").sha
