"""A program that commits by GraphQL and opens a pull request is killed at every request, and run again."""

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.fakes.github import GithubServer, Settings
from tests.fakes.github.killing import kill_points
from tests.integration.github_worlds import FILES, run_git
from tests.tools.node import openapi_description

# Brings VERSION to 1.0.0 on a branch of its own, in one commit and one pull request, however often it is run.
BUMP = textwrap.dedent(
    """
    import base64, os, requests
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + os.environ["GITHUB_TOKEN"]
    base = os.environ["GITHUB_API_URL"] + "/repos/" + os.environ["GITHUB_REPOSITORY"]
    main = session.get(base + "/git/ref/heads/main", timeout=10).json()["object"]["sha"]
    ref = session.get(base + "/git/ref/heads/next", timeout=10)
    if ref.status_code == 404:
        ref = session.post(base + "/git/refs", json={"ref": "refs/heads/next", "sha": main}, timeout=10)
    head = ref.json()["object"]["sha"]
    if session.get(base + "/contents/VERSION?ref=next", timeout=10).status_code == 404:
        query = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
        given = {
            "branch": {"repositoryNameWithOwner": os.environ["GITHUB_REPOSITORY"], "branchName": "next"},
            "expectedHeadOid": head,
            "message": {"headline": "chore: release 1.0.0"},
            "fileChanges": {"additions": [{"path": "VERSION", "contents": base64.b64encode(b"1.0.0").decode()}]},
        }
        url = os.environ["GITHUB_GRAPHQL_URL"]
        answer = session.post(url, json={"query": query, "variables": {"input": given}}, timeout=10).json()
        assert "errors" not in answer, answer
    if not session.get(base + "/pulls?head=octo:next&base=main", timeout=10).json():
        pull = {"title": "Release 1.0.0", "head": "next", "base": "main"}
        session.post(base + "/pulls", json=pull, timeout=10).raise_for_status()
    """
)


def test_every_kill_point_of_a_careful_bump_converges(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUMP]
    made: list[Path] = []

    def new_server() -> GithubServer:
        git = tmp_path / f"{len(made)}.git"
        made.append(git)
        server = GithubServer([Settings(owner="octo", name="demo", git=git)], description=openapi_description())
        server.repository().commit("feat: files", date=server.world.clock(), files=FILES)
        return server

    points = 0
    for point in kill_points(lambda _server: command, new_server):
        environment = point.server.environment() | {"PATH": ""}
        subprocess.run(command, env=environment, check=True, timeout=30)
        repository = point.server.repository()
        assert [pull.title for pull in repository.pulls.values()] == ["Release 1.0.0"], str(point)
        assert run_git(made[-1], "log", "--format=%s", "main..next") == "chore: release 1.0.0", str(point)
        assert point.server.violations == []
        points += 1

    assert points == 7 * 3
