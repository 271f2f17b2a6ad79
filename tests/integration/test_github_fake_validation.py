"""The stand-in cannot drift from GitHub: wrong requests and wrong answers are found by GitHub's own description."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.github import GithubServer, render, render_pull
from tests.fakes.github.client import Client
from tests.fakes.github.messages import Response
from tests.fakes.github.routes import DESCRIBED, find
from tests.fakes.github.validation import Validation
from tests.integration.github_worlds import branch_with
from tests.tools.node import openapi_description

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def server() -> Any:
    with GithubServer(description=openapi_description()) as started:
        yield started


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda shown: shown.pop("assets_url"), "assets_url"),
        (lambda shown: shown.update(id="one"), "/id"),
        (lambda shown: shown.update(published_at="yesterday"), "/published_at"),
        (lambda shown: shown.update(html_url="not an address"), "/html_url"),
        (lambda shown: shown["author"].pop("login"), "/author"),
        (lambda shown: shown.update(tag="v1"), "tag"),
        (lambda shown: shown["assets"][0].update(state="half"), "/assets/0/state"),
        (lambda shown: shown["assets"][0].pop("digest"), "/assets/0"),
    ],
)
def test_a_wrong_answer_is_found(
    server: GithubServer, monkeypatch: pytest.MonkeyPatch, change: Change, part: str
) -> None:
    client = Client(server)
    draft = client.create()
    client.upload(draft, "demo.zip")
    assert server.violations == []
    original = render.release

    def wrong(*values: Any, **options: Any) -> dict[str, Any]:
        shown = original(*values, **options)
        change(shown)
        return shown

    monkeypatch.setattr(render, "release", wrong)
    client.get(f"/releases/{draft['id']}")

    assert len(server.violations) >= 1
    assert part in server.violations[0]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda shown: shown.pop("_links"), "_links"),
        (lambda shown: shown["head"].pop("repo"), "/head"),
        (lambda shown: shown.update(state="merged"), "/state"),
        (lambda shown: shown.update(branch="next"), "branch"),
    ],
)
def test_a_wrong_pull_request_is_found(
    server: GithubServer, monkeypatch: pytest.MonkeyPatch, change: Change, part: str
) -> None:
    client = Client(server)
    branch_with(client, "next")
    client.pull("next")
    assert server.violations == []
    original = render_pull.whole

    def wrong(*values: Any) -> dict[str, Any]:
        shown = original(*values)
        change(shown)
        return shown

    monkeypatch.setattr(render_pull, "whole", wrong)
    client.get("/pulls/1")

    assert len(server.violations) >= 1
    assert part in server.violations[0]


@pytest.mark.parametrize(
    ("method", "path", "content", "part"),
    [
        ("GET", "/releases?perpage=2", None, "perpage is unknown"),
        ("GET", "/releases?per_page=two", None, "per_page"),
        ("POST", "/releases", {"tag_name": "v1", "draft": "yes"}, "/draft"),
        ("POST", "/releases", {"name": "no tag", "draft": True}, "tag_name"),
        ("POST", "/releases", {"tag_name": "v1", "draft": True, "latest": True}, "latest"),
        ("GET", "/nowhere", None, "not an endpoint"),
        ("GET", "/pulls?state=merged", None, "state"),
        ("POST", "/pulls", {"title": "A", "head": "next", "base": "main", "labels": []}, "labels"),
        ("PATCH", "/git/refs/heads/main", {"sha": 1}, "/sha"),
        ("POST", "/actions/workflows/release.yml/dispatches", {"inputs": {}}, "ref"),
        ("GET", "/contents/README.md?branch=main", None, "branch is unknown"),
    ],
)
def test_a_wrong_request_is_found(server: GithubServer, method: str, path: str, content: object, part: str) -> None:
    Client(server).call(method, path, content)

    assert len(server.violations) >= 1
    assert part in server.violations[0]


def test_a_status_that_github_does_not_describe_is_found() -> None:
    validation = Validation(openapi_description())
    found = find("api", "GET", "/repos/octo/demo/releases")
    assert found is not None

    validation.check_response(found[0], Response(status=200, content=[]))
    assert validation.violations == []
    validation.check_response(found[0], Response(status=418, content={"message": "I'm a teapot"}))
    assert len(validation.violations) == 1


def test_a_body_where_github_sends_none_is_found() -> None:
    validation = Validation(openapi_description())
    found = find("api", "DELETE", "/repos/octo/demo/releases/1")
    assert found is not None

    validation.check_response(found[0], replace(Response(status=204), content={}))

    assert len(validation.violations) == 1


def test_every_route_is_one_that_github_describes() -> None:
    validation = Validation(openapi_description())

    assert all(validation._operation(route)["responses"] for route in DESCRIBED)
