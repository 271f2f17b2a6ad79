"""What the stand-in knows beyond releases themselves: limits, lagging lists, rulesets, attestations, bodies that break."""

import pytest
import requests

from tests.fakes.github import Cut, Drop, GithubServer, Settings
from tests.fakes.github.client import Client
from tests.fakes.github.limits import SecondaryLimits, StillClock
from tests.integration.github_worlds import head, running
from tests.tools.node import openapi_description


def test_eighty_creations_a_minute_and_nine_hundred_points() -> None:
    """The 81st is refused with Retry-After; a minute later there is room again; reads cost a point, writes five."""
    clock = StillClock()
    limits = SecondaryLimits(clock=clock.monotonic)
    with GithubServer(description=openapi_description(), secondary=limits) as server:
        client = Client(server)
        for number in range(80):
            client.create(f"v1.0.{number}")
        refused = client.call("POST", "/releases", {"tag_name": "v2.0.0", "draft": True})
        assert (refused.status_code, refused.headers["retry-after"]) == (403, "60")
        for _ in range(900 - 80 * 5):
            limits.spend("GET")
        assert client.get("/releases").status_code == 403
        clock.seconds = 61
        client.create("v2.0.0")
        assert limits.refused == 2
        assert server.violations == []


def test_five_hundred_creations_an_hour() -> None:
    """However slowly they come."""
    clock = StillClock()
    limits = SecondaryLimits(clock=clock.monotonic)
    with GithubServer(description=openapi_description(), secondary=limits) as server:
        for _ in range(500):
            clock.seconds += 7
            limits.spend("POST")
        assert Client(server).call("POST", "/releases", {"tag_name": "v1", "draft": True}).status_code == 403
        clock.seconds += 200
        Client(server).create("v1")


def test_a_list_lags_and_the_release_itself_does_not() -> None:
    """Found by its id at once, by listing only at the third look."""
    with running(list_lag=2) as client:
        made = client.create()
        assert client.get(f"/releases/{made['id']}").status_code == 200
        assert [len(client.get("/releases").json()) for _ in range(4)] == [0, 0, 1, 1]


def test_rules_for_tags_are_told_and_kept() -> None:
    """By the API of rulesets, and in the refusal of a publication that would have to make the tag."""
    with running(protected_tags=("v*",)) as client:
        (brief,) = client.get("/rulesets", params={"targets": "tag"}).json()
        whole = client.get(f"/rulesets/{brief['id']}").json()
        assert whole["conditions"]["ref_name"]["include"] == ["refs/tags/v*"]
        assert "creation" in {rule["type"] for rule in whole["rules"]}
        assert client.get("/rulesets", params={"targets": "branch"}).json() == []

        refused = client.publish(client.create())
        assert refused.status_code == 422
        assert "Cannot create ref due to creations being restricted" in refused.text
        client.server.repository().tags["v1.0.0"] = head(client)
        assert client.publish(client.create()).status_code == 200


def test_an_immutable_release_leaves_an_attestation() -> None:
    """About the commit of its tag; none is 404; it outlives the release."""
    with running(immutable_releases=True) as client:
        path = f"/attestations/sha1:{head(client)}"
        assert client.get(path, params={"predicate_type": "release"}).status_code == 404
        made = client.create()
        client.publish(made)
        client.call("DELETE", f"/releases/{made['id']}")
        found = client.get(path, params={"predicate_type": "release"}).json()["attestations"]
        assert len(found) == 1
        assert client.get(path, params={"predicate_type": "provenance"}).json()["attestations"] == []


def test_a_body_that_is_cut_leaves_a_starter_and_the_last_fault_ends_everything() -> None:
    """A reset inside the body; and after a fault that is the last nobody answers until the script is cleared."""
    with GithubServer([Settings(owner="octo", name="demo")], description=openapi_description()) as server:
        client = Client(server)
        draft = client.create()
        server.faults.add(Cut(after=10), path="/assets$")
        with pytest.raises(requests.ConnectionError):
            client.upload(draft, "a.zip", b"x" * 100_000)
        server.quiesce()
        assert [asset.state for asset in server.repository().assets.values()] == ["starter"]
        server.faults.add(Drop(), method="POST", last=True)
        with pytest.raises(requests.ConnectionError):
            client.create("v2")
        with pytest.raises(requests.ConnectionError):
            client.get("/releases")
        server.faults.clear()
        assert len(client.get("/releases").json()) == 2
