"""The workflow and the actions, whole, as GitHub would run them: in this repository and from somebody else's."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e import act
from tests.e2e.act import Act
from tests.fakes.github import GithubServer, Settings
from tests.fakes.github.values import Commit
from tests.tools.node import openapi_description

CHAIN = ("plan", "preflight", "build", "sign-and-attest", "release-assets", "probe")
RELEASE = ".github/workflows/release.yml"
pytestmark = [pytest.mark.e2e, pytest.mark.network]


def planned(name: str, version: str) -> set[str]:
    """Name the files that the plan of a single Python package owes."""
    base = f"{name.replace('-', '_')}-{version}"
    signed = {
        f"{base}-py3-none-any.whl",
        f"{base}.tar.gz",
        f"{name}-{version}.cdx.json",
        f"{name}-{version}.spdx.json",
        f"{name}-{version}.release.json",
        "checksums.txt",
        f"{name}-{version}.server.json",
        f"{name}-{version}.mcp-probe.json",
    }
    others = {"signing-key.pub", f"{name}-{version}.intoto.jsonl"}
    return signed | {f"{file}.sigstore.json" for file in signed} | others


def assert_published(github: GithubServer, repository: str, tag: str, files: set[str]) -> None:
    """One published release of the tag with exactly these files, whole; it was published after the last upload."""
    releases = [release for release in github.repository(repository).releases.values() if release.tag_name == tag]
    assert [release.draft for release in releases] == [False]
    assets = [asset for asset in github.repository(repository).assets.values() if asset.release_id == releases[0].id]
    assert {asset.name for asset in assets} == files
    assert {asset.state for asset in assets} == {"uploaded"}
    asked = [entry for entry in github.journal.entries if not entry.path.endswith("/generate-notes")]  # the pre-flight
    writes = [entry.method for entry in asked if entry.method in {"POST", "PATCH", "DELETE"}]
    assert writes == ["POST"] * (1 + len(files)) + ["PATCH"]


def make_known(github: GithubServer, full_name: str, repository: Path, tag: str = "") -> None:
    """Tell the stand-in of the commit, and of the tag when it was pushed before."""
    sha = act.git(repository, "rev-parse", "HEAD")
    known = github.repository(full_name)
    known.commits[sha] = Commit(sha=sha, message="feat: begin", date=datetime(2026, 3, 1, tzinfo=UTC))
    known.branches["main"] = sha
    if tag:
        act.git(repository, "tag", tag)
        known.tags[tag] = sha


def environment(github: GithubServer) -> dict[str, str]:
    """Point a job at the stand-in."""
    never = {"UV_PYTHON_DOWNLOADS": "never"}  # runtimes that are not on this machine are left out
    return {"GITHUB_API_URL": github.api_url, "GITHUB_GRAPHQL_URL": github.graphql_url, **never}


def test_a_manual_run_in_a_repository_that_calls_our_workflow(
    github: GithubServer, secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path
) -> None:
    """`uses: tagship/tagship/.github/workflows/release.yml@v1`, by hand, for an existing tag."""
    workflow(consumer, "release.yml", CALLER)
    act.repository(consumer, "https://github.com/octo/demo")
    make_known(github, "octo/demo", consumer, "v0.1.0")
    runner = Act(consumer, tmp_path / "act", environment(github), secrets, {f"{act.SELF}@v1": tagship_copy})

    inputs = {"tag": "v0.1.0"}
    run = runner.run("workflow_dispatch", RELEASE, payload={"ref": "refs/heads/main", "inputs": inputs}, inputs=inputs)

    run.assert_succeeded(*CHAIN)
    assert_published(github, "octo/demo", "v0.1.0", planned("weather-mcp", "0.1.0"))


def test_a_repository_of_two_languages_is_built_by_two_jobs(
    github: GithubServer, secrets: Mapping[str, str], tagship_copy: Path, tmp_path: Path
) -> None:
    """One matrix, one release with the files of both.

    GitHub combines the outputs of a matrix that have different names
    (https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs); act keeps those
    of the leg that ends first, so here signing takes the digests from the receipts.
    """
    ours = tmp_path / "tagship"
    shutil.copytree(tagship_copy, ours, symlinks=True)
    text = (ours / RELEASE).read_text(encoding="utf-8")
    handed_on = "digests: ${{ toJSON(needs.build.outputs) }}"
    assert handed_on in text
    (ours / RELEASE).write_text(text.replace(handed_on, 'digests: ""'), encoding="utf-8")
    act.git(ours, "commit", "--quiet", "--all", "--message", "test: take digests from receipts")
    repository = tmp_path / "both"
    left = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for name in ("python-server", "typescript-server"):
        shutil.copytree(act.ROOT / "examples" / name, repository / name, ignore=left)
    workflow(repository, "release.yml", CALLER)
    act.repository(repository, "https://github.com/octo/demo")
    make_known(github, "octo/demo", repository, "v0.1.0")
    runner = Act(repository, tmp_path / "act", environment(github), secrets, {f"{act.SELF}@v1": ours})

    inputs = {"tag": "v0.1.0"}
    run = runner.run("workflow_dispatch", RELEASE, payload={"ref": "refs/heads/main", "inputs": inputs}, inputs=inputs)

    run.assert_succeeded(*CHAIN)
    servers = ("weather-mcp-0.1.0", "colours-mcp-0.1.0")
    documents = {f"{name}.{ending}.json" for name in servers for ending in ("cdx", "spdx", "server")}
    signed = documents | {
        "checksums.txt", "demo-0.1.0.release.json", "demo-0.1.0.mcp-probe.json",
        "weather_mcp-0.1.0-py3-none-any.whl", "weather_mcp-0.1.0.tar.gz", "tagship-colours-mcp-0.1.0.tgz",
    }  # fmt: skip
    files = signed | {f"{file}.sigstore.json" for file in signed} | {"signing-key.pub", "demo-0.1.0.intoto.jsonl"}
    assert_published(github, "octo/demo", "v0.1.0", files)


def test_a_manual_run_that_makes_the_next_version_first(
    secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path
) -> None:
    """The commit and its tag are made by GitHub's API, signed; then the tag is released in the same run."""
    workflow(consumer, "release.yml", CALLER)
    act.repository(consumer, "https://github.com/octo/demo")
    act.git(consumer, "tag", "v0.1.0")
    (consumer / "README.md").write_text("# weather-mcp\n\nNew words.\n", encoding="utf-8")
    act.git(consumer, "commit", "--quiet", "--all", "--message", "feat: new words")
    server = tmp_path / "act" / "server.git"
    act.git(consumer, "clone", "--quiet", "--bare", str(consumer), str(server))
    known: list[Settings | str] = [Settings(owner="octo", name="demo", git=server), "tagship/tagship"]
    with GithubServer(known, description=openapi_description()) as github:
        runner = Act(consumer, tmp_path / "act", environment(github), secrets, {f"{act.SELF}@v1": tagship_copy})
        inputs = {"bump": "auto"}
        payload = {"ref": "refs/heads/main", "inputs": inputs}
        run = runner.run("workflow_dispatch", RELEASE, payload=payload, inputs=inputs)

        run.assert_succeeded("version-bump", *CHAIN)
        repository = github.repository("octo/demo")
        made = repository.tags["v0.2.0"]
        assert repository.branches["main"] == made
        assert repository.commits[made].signature
        writes = [entry for entry in github.journal.entries if "/releases" in entry.path and entry.method != "GET"]
        writes = [entry for entry in writes if not entry.path.endswith("/generate-notes")]  # the pre-flight
        files = planned("weather-mcp", "0.2.0")
        assert [entry.method for entry in writes] == ["POST"] * (1 + len(files)) + ["PATCH"]
        github.quiesce()
        assert github.violations == []


def test_a_release_pull_request_becomes_a_tag(
    secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path
) -> None:
    """The workflow of docs/versions.md, on two pushes: the pull request opens; merged, it is tagged and released."""
    page = (act.ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n# .github/workflows/version.yml\n")[2].partition("```")[0]
    workflow(consumer, "version.yml", example)
    act.repository(consumer, "https://github.com/octo/demo")
    act.git(consumer, "tag", "v0.1.0")
    (consumer / "README.md").write_text("# weather-mcp\n\nNew words.\n", encoding="utf-8")
    act.git(consumer, "commit", "--quiet", "--all", "--message", "feat: new words")
    server = tmp_path / "act" / "server.git"
    act.git(consumer, "clone", "--quiet", "--bare", str(consumer), str(server))
    known = [Settings(owner="octo", name="demo", git=server, workflows=("release.yml",))]
    with GithubServer(known, description=openapi_description()) as github:
        runner = Act(consumer, tmp_path / "act", environment(github), secrets, {f"{act.SELF}@v1": tagship_copy})
        push = {"ref": "refs/heads/main"}
        runner.run("push", ".github/workflows/version.yml", payload=push).assert_succeeded("version")
        repository = github.repository("octo/demo")
        assert [pull.title for pull in repository.pulls.values()] == ["chore(release): 0.2.0"]

        github.merge(1, "squash", "octo/demo")
        act.git(consumer, "fetch", "--quiet", str(server), "main")
        act.git(consumer, "reset", "--quiet", "--hard", "FETCH_HEAD")
        run = runner.run("push", ".github/workflows/version.yml", payload=push)
        run.assert_succeeded("version")
        assert repository.tags["v0.2.0"] == repository.branches["main"]
        assert [each.ref for each in repository.runs.values()] == ["v0.2.0"]
        assert "/actions/runs/" in run.log
        github.quiesce()
        assert github.violations == []


def test_a_tag_push_in_a_repository_that_uses_our_actions(
    github: GithubServer, secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path
) -> None:
    """The actions one by one release somebody's server; the one at the root does in test_new_user.py."""
    workflow(consumer, "release.yml", STEP_BY_STEP)
    act.repository(consumer, "https://github.com/octo/demo")
    make_known(github, "octo/demo", consumer, "v0.1.0")
    runner = Act(consumer, tmp_path / "act", environment(github), secrets, {f"{act.SELF}@v1": tagship_copy})

    run = runner.run("push", RELEASE, payload=act.push_of_tag("v0.1.0"))

    run.assert_succeeded("release")
    assert_published(github, "octo/demo", "v0.1.0", planned("weather-mcp", "0.1.0"))
    assert "correct horse" not in run.log


def workflow(repository: Path, name: str, text: str) -> None:
    """Write a workflow of the consumer's."""
    path = repository / ".github" / "workflows" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


CALLER = """
on:
  workflow_dispatch:
    inputs:
      tag: {type: string, default: ""}
      bump: {type: string, default: ""}
permissions: {}
jobs:
  release:
    uses: tagship/tagship/.github/workflows/release.yml@v1
    permissions: {contents: write, id-token: write, attestations: write}
    with: {tag: "${{ inputs.tag }}", bump: "${{ inputs.bump }}"}
    secrets: inherit
"""

STEP_BY_STEP = """
on: {push: {tags: ["v*"]}}
permissions: {}
jobs:
  release:
    runs-on: ubuntu-24.04
    permissions: {contents: write}
    steps:
      - uses: actions/checkout@v7
        with: {fetch-depth: 0, persist-credentials: false}
      - uses: tagship/tagship/actions/version-bump@v1
        id: bump
        with: {mode: none}
      - uses: tagship/tagship/actions/build-matrix@v1
        id: plan
      - uses: tagship/tagship/actions/build@v1
        id: build
        with: {plan-digest: "${{ steps.plan.outputs.plan-digest }}"}
      - uses: tagship/tagship/actions/probe@v1
        id: probe
        with:
          plan-digest: ${{ steps.plan.outputs.plan-digest }}
          digests: ${{ steps.build.outputs.digests }}
      - uses: tagship/tagship/actions/sign-and-attest@v1
        id: sign
        with:
          plan-digest: ${{ steps.plan.outputs.plan-digest }}
          digests: ${{ steps.build.outputs.digests }}
          probe-digests: ${{ steps.probe.outputs.digests }}
          key: ${{ secrets.TAGSHIP_KEY }}
          key-password: ${{ secrets.TAGSHIP_KEY_PASSWORD }}
      - uses: tagship/tagship/actions/release-assets@v1
        with:
          plan-digest: ${{ steps.plan.outputs.plan-digest }}
          digests: ${{ steps.sign.outputs.digests }}
      - uses: tagship/tagship/actions/verify@v1
        with: {files: dist/*, key: dist/sign-and-attest/signing-key.pub}
      - env: {BUMPED: "${{ steps.bump.outputs.bumped }}"}
        run: test "$BUMPED" = false
"""
