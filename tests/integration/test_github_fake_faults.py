"""Faults happen where they are scripted, and with the effect that they name."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fakes.github import (
    READ_TOKEN,
    WRITE_TOKEN,
    Answer,
    Delay,
    Drop,
    GithubServer,
    Kill,
    Reset,
    Starter,
    secondary_limit,
)
from tests.fakes.github.client import Client
from tests.fakes.github.faults import When
from tests.fakes.github.killing import kill_points
from tests.tools.node import openapi_description

ROOT = Path(__file__).parents[2]

# Asks for ever: only SIGKILL ends it.
CHILD = textwrap.dedent(
    """
    import itertools, sys, urllib.request
    api, token = sys.argv[1:]
    headers = {"Authorization": "Bearer " + token, "User-Agent": "child", "Content-Type": "application/json"}
    for number in itertools.count(1):
        body = b'{"tag_name": "v%d", "draft": true}' % number
        url = api + "/repos/octo/demo/releases"
        urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers), timeout=10).read()
    """
)

UPLOADER = textwrap.dedent(
    """
    import sys, requests
    headers = {"Content-Type": "application/zip", "Authorization": sys.argv[2]}
    requests.post(sys.argv[1], data=bytes(4 << 20), headers=headers, timeout=10)
    """
)


@pytest.fixture
def client(github_server: GithubServer) -> Client:
    return Client(github_server)


@pytest.fixture
def victims() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Hold the processes that a fault is to kill; whatever survives is killed here."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        if each.poll() is None:
            each.kill()
        each.wait(10)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_has_no_effect_and_no_json(client: Client, status: int) -> None:
    client.server.faults.add(Answer(status=status), number=1)

    answer = client.call("POST", "/releases", {"tag_name": "v1", "draft": True})

    assert (status, "text/html; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"])
    assert client.get("/releases").json() == []


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_says_when_to_come_back(client: Client, status: int) -> None:
    client.server.faults.add(secondary_limit(retry_after=7, status=status), method="POST", times=2)

    answers = [client.call("POST", "/releases", {"tag_name": "v1", "draft": True}) for _ in range(3)]

    assert [status, status, 201] == [answer.status_code for answer in answers]
    assert answers[0].headers["Retry-After"] == "7"
    assert "secondary rate limit" in answers[0].json()["message"]


def test_a_reset_has_no_effect_and_a_drop_has_its_effect(client: Client) -> None:
    client.server.faults.add(Reset(), number=1)
    client.server.faults.add(Drop(), number=2)

    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            client.call("POST", "/releases", {"tag_name": "v1", "draft": True})

    assert len(client.get("/releases").json()) == 1


def test_a_starter_blocks_its_name_until_it_is_deleted(client: Client) -> None:
    client.server.faults.add(Starter(), method="POST", path="/assets$")
    draft = client.create()
    assert client.upload(draft, "demo.zip", b"content").status_code == 502

    left = client.get(f"/releases/{draft['id']}/assets").json()[0]

    assert (left["state"], left["size"], left["digest"]) == ("starter", 0, None)
    assert client.upload(draft, "demo.zip", b"content").status_code == 422
    assert client.call("DELETE", f"/releases/assets/{left['id']}").status_code == 204
    assert client.upload(draft, "demo.zip", b"content").status_code == 201


def test_a_starter_is_not_shown_to_readers(client: Client) -> None:
    client.server.faults.add(Starter(), path="/assets$")
    published = client.create(draft=False)
    client.upload(published, "demo.zip")

    assert Client(client.server, token=READ_TOKEN).get("/releases/tags/v1.0.0").json()["assets"] == []


def test_skipped_requests_are_not_faulty(client: Client) -> None:
    client.server.faults.add(Answer(status=500), path="/releases", skip=1)

    assert [client.get("/releases").status_code for _ in range(3)] == [200, 500, 200]


def test_a_delay_comes_before_the_answer(client: Client) -> None:
    client.server.faults.add(Delay(seconds=0.2), number=1)
    begun = time.monotonic()

    assert client.get("/releases").status_code == 200
    assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize(("when", "made"), [("before", 2), ("during", 2), ("after", 3)])
def test_a_kill_ends_the_client_at_the_scripted_request(
    github_server: GithubServer, victims: list[subprocess.Popen[bytes]], when: When, made: int
) -> None:
    github_server.faults.add(Kill(pid=lambda: victims[0].pid, when=when), number=3)
    victims.append(subprocess.Popen([sys.executable, "-c", CHILD, github_server.api_url, WRITE_TOKEN]))

    assert victims[0].wait(20) == -signal.SIGKILL
    assert made == len(Client(github_server).get("/releases").json())
    assert [entry.status for entry in github_server.journal.entries[:3]] == [201, 201, None]


def test_a_kill_during_an_upload_leaves_a_starter(
    client: Client, victims: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    draft = client.create()
    address = draft["upload_url"].split("{")[0] + "?name=big"
    command = [sys.executable, "-c", UPLOADER, address, f"Bearer {WRITE_TOKEN}"]
    pid_file = tmp_path / "pid"
    client.server.faults.add(Kill(pid=pid_file, when="during"), path="/assets$")
    victims.append(subprocess.Popen(command))
    pid_file.write_text(str(victims[0].pid))

    assert victims[0].wait(20) == -signal.SIGKILL
    client.server.quiesce()
    assert [each["state"] for each in client.get(f"/releases/{draft['id']}/assets").json()] == ["starter"]


def test_the_journal_keeps_every_request_but_no_token(client: Client, tmp_path: Path) -> None:
    draft = client.create()
    client.upload(draft, "demo.zip", b"content")
    Client(client.server, token="secret-and-wrong").get("")

    uploaded = client.server.journal.entries[1]

    assert [entry.number for entry in client.server.journal.entries] == [1, 2, 3]
    assert (
        uploaded.host,
        uploaded.query,
        uploaded.body_size,
        uploaded.status,
    ) == ("uploads", {"name": "demo.zip"}, 7, 201)
    assert [entry.authorization for entry in client.server.journal.entries] == ["right", "right", "wrong"]
    assert "secret-and-wrong" not in repr(client.server.journal.entries)
    assert WRITE_TOKEN not in repr(client.server.journal.entries)


CONVERGING = textwrap.dedent(
    """
    import os, requests
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + os.environ["GITHUB_TOKEN"]
    releases = os.environ["GITHUB_API_URL"] + "/repos/" + os.environ["GITHUB_REPOSITORY"] + "/releases"
    found = session.get(releases, timeout=10).json()
    release = found[0] if found else session.post(releases, json={"tag_name": "v1", "draft": True}, timeout=10).json()
    whole = [asset for asset in release["assets"] if asset["state"] == "uploaded"]
    for asset in release["assets"]:
        if asset["state"] == "starter":
            session.delete(asset["url"], timeout=10)
    if not whole:
        upload = release["upload_url"].split("{")[0] + "?name=big"
        session.post(upload, data=bytes(4 << 20), headers={"Content-Type": "application/zip"}, timeout=10)
    session.patch(release["url"], json={"draft": False}, timeout=10).raise_for_status()
    """
)


def test_every_kill_point_of_a_careful_program_converges() -> None:
    command = [sys.executable, "-c", CONVERGING]
    seen = []
    for point in kill_points(lambda _server: command, lambda: GithubServer(description=openapi_description())):
        subprocess.run(command, env=os.environ | point.server.environment(), check=True, timeout=30)
        (release,) = Client(point.server).get("/releases").json()
        assert (release["draft"], [asset["size"] for asset in release["assets"]]) == (False, [4 << 20]), str(point)
        assert point.server.violations == []
        seen.append((point.number, point.when))

    assert seen == [(number, when) for number in (1, 2, 3, 4) for when in ("before", "during", "after")]


def test_the_server_runs_as_a_process(tmp_path: Path) -> None:
    ports, journal, script = tmp_path / "ports", tmp_path / "journal.jsonl", tmp_path / "faults.json"
    script.write_text(json.dumps([{"do": "answer", "status": 503, "number": 2}]))
    command = [sys.executable, "-m", "tests.fakes.github", "--no-validation", "--repo", "octo/other", "--tag", "v0.9.0"]
    files = ["--port-file", str(ports), "--journal", str(journal), "--faults", str(script), "--token", "mine"]
    with subprocess.Popen([*command, *files], cwd=ROOT, env=os.environ) as process:
        try:
            base = f"{_announced(ports)['api']}/repos/octo/other/git/ref/tags/v0.9.0"
            headers = {"Authorization": "Bearer mine"}
            statuses = [requests.get(base, headers=headers, timeout=10).status_code for _ in range(3)]
        finally:
            process.terminate()

    assert [200, 503, 200] == statuses == [json.loads(line)["status"] for line in journal.read_text().splitlines()]
    assert process.returncode == 0
    assert "mine" not in journal.read_text()


def _announced(ports: Path) -> dict[str, str]:
    deadline = time.monotonic() + 20
    while not ports.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    addresses: dict[str, str] = json.loads(ports.read_text())
    return addresses
