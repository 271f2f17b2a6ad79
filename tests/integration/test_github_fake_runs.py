"""Workflows of the stand-in are dispatched, and their runs are seen later."""

from datetime import datetime, timedelta

import pytest

from tests.fakes.github import GithubServer, Settings, Workflow
from tests.fakes.github.client import Client
from tests.fakes.github.state import World
from tests.integration.github_worlds import BEGIN, branch_with, head, running
from tests.tools.node import openapi_description

RUNS = "/actions/workflows/release.yml/runs"
WORKFLOWS = ("release.yml", Workflow(file="lint.yml", dispatch=False))


def dispatch(client: Client, ref: str = "main", workflow: str = "release.yml", **fields: object) -> tuple[int, str]:
    answer = client.call("POST", f"/actions/workflows/{workflow}/dispatches", {"ref": ref, **fields})
    return answer.status_code, answer.json()["message"] if answer.status_code >= 400 else answer.text


def count(client: Client, query: str = "") -> int:
    found: int = client.get(f"{RUNS}?{query}").json()["total_count"]
    return found


def test_a_dispatch_tells_nothing_and_makes_a_run() -> None:
    with running(workflows=WORKFLOWS) as client:
        client.call("POST", "/git/refs", {"ref": "refs/tags/v1.0.0", "sha": head(client)})

        assert dispatch(client, "v1.0.0", inputs={"tag": "v1.0.0"}) == (204, "")

        (run,) = client.get(RUNS).json()["workflow_runs"]
        assert (run["event"], run["head_branch"], run["head_sha"]) == ("workflow_dispatch", "v1.0.0", head(client))
        assert (run["status"], run["conclusion"], run["path"]) == ("queued", None, ".github/workflows/release.yml")
        assert run["html_url"] == f"{client.server.server_url}/octo/demo/actions/runs/{run['id']}"
        assert client.get(f"/actions/runs/{run['id']}").json() == run
        assert client.get(f"/actions/workflows/{run['workflow_id']}/runs").json()["workflow_runs"] == [run]
        (kept,) = client.server.repository().runs.values()
        assert kept.inputs == {"tag": "v1.0.0"}


def test_its_details_may_be_asked_for() -> None:
    with running(workflows=WORKFLOWS) as client:
        answer = client.call(
            "POST", "/actions/workflows/release.yml/dispatches", {"ref": "main", "return_run_details": True}
        )

        run = client.get(f"/actions/runs/{answer.json()['workflow_run_id']}").json()
        assert answer.status_code == 200
        assert (answer.json()["run_url"], answer.json()["html_url"]) == (run["url"], run["html_url"])


@pytest.mark.parametrize(
    ("ref", "workflow", "status", "message"),
    [
        ("main", "nothing.yml", 404, "Not Found"),
        ("nowhere", "release.yml", 422, "No ref found for: nowhere"),
        ("main", "lint.yml", 422, "Workflow does not have 'workflow_dispatch' trigger"),
    ],
)
def test_a_dispatch_is_refused(ref: str, workflow: str, status: int, message: str) -> None:
    with running(workflows=WORKFLOWS) as client:
        assert dispatch(client, ref, workflow) == (status, message)
        assert client.server.repository().runs == {}


def test_a_commit_is_no_ref() -> None:
    with running(workflows=WORKFLOWS) as client:
        assert dispatch(client, head(client)) == (422, f"No ref found for: {head(client)}")


def test_a_run_is_seen_after_some_listings() -> None:
    with running(workflows=WORKFLOWS, run_delay=2) as client:
        dispatch(client)

        assert [count(client) for _ in range(4)] == [0, 0, 1, 1]


def test_a_run_is_seen_after_some_time() -> None:
    now = [BEGIN]

    def clock() -> datetime:
        return now[0]

    settings = Settings(owner="octo", name="demo", workflows=WORKFLOWS, run_delay=timedelta(seconds=5))
    with GithubServer([settings], description=openapi_description(), world=World(clock=clock)) as server:
        client = Client(server)
        dispatch(client)
        before = count(client)
        now[0] += timedelta(seconds=5)

        assert (before, count(client)) == (0, 1)
        assert server.violations == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("event=workflow_dispatch", 2),
        ("event=push", 0),
        ("branch=next", 1),
        ("status=completed", 0),
        ("created=>=2026-03-01T12:00:00Z", 2),
        ("created=>2026-03-01T12:00:00Z", 0),
        ("created=<2026-03-01T12:00:00Z", 0),
        ("created=<=2026-03-01", 2),
        ("created=2026-03-01", 2),
        ("created=2026-03-01..2026-03-02", 2),
        ("created=*..2026-02-28", 0),
    ],
)
def test_runs_are_filtered(query: str, found: int) -> None:
    settings = Settings(owner="octo", name="demo", workflows=WORKFLOWS)
    with GithubServer([settings], description=openapi_description(), world=World(clock=lambda: BEGIN)) as server:
        client = Client(server)
        (sha,) = branch_with(client, "next")
        dispatch(client)
        dispatch(client, "next")

        assert count(client, query) == found
        assert (count(client, f"head_sha={sha}"), count(client, f"head_sha={head(client)}")) == (1, 1)
        assert server.violations == []
