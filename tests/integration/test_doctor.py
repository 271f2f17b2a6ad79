"""``tagship doctor`` as people run it: over what is right, over what is wrong in every way, against registries and GitHub."""

import io
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

import tagship
from tagship import plugins
from tagship.adapters.clock import SystemClock
from tagship.errors import CheckFailed, UsageError
from tagship.steps import doctor as step
from tests.fakes.github import READ_TOKEN, Answer, Delay, GithubServer, Settings, Token
from tests.integration import projects
from tests.integration.projects import Project
from tests.integration.release_here import tools_of
from tests.tools import node
from tests.tools.node import openapi_description
from tests.tools.stores import Store

ROOT: Final = Path(__file__).resolve().parents[2]
GOLDEN: Final = ROOT / "tests" / "golden" / "doctor"
EXAMPLES: Final = sorted(path.name for path in (ROOT / "examples").iterdir() if path.is_dir())
SARIF_SCHEMA: Final = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
WORKFLOW: Final = """on:
  push: {tags: ["v*"]}
  pull_request_target:
jobs:
  build:
    runs-on: ubuntu-20.04
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - uses: actions/cache@v4
      - run: echo ${{ github.event.pull_request.title }}
      - uses: tagship/tagship/actions/build-matrix@v1
      - uses: tagship/tagship/actions/build@v1
  release:
    runs-on: [big]
    permissions: {contents: read}
    steps:
      - uses: tagship/tagship/actions/sign-and-attest@v1
      - uses: tagship/tagship/actions/release-assets@v1
  publish:
    permissions: {contents: write, id-token: write, attestations: write}
    uses: tagship/tagship/.github/workflows/release.yml@v1
"""
SERVER: Final = """{
  "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  "name": "io.github.Octo/demo-server",
  "description": "A demonstration that says so much of itself that the registry, which shows one short line, would not take it.",
  "version": "1.1.0",
  "packages": [
    {"registryType": "pypi", "identifier": "demo-server", "version": "1.1.0", "transport": {"type": "stdio"}}
  ]
}
"""
MIT: Final = (
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software\n"
)
CONFIG: Final = "channels: [pypi, npm, mcp-registry, {kind: webhook, address: 'http://127.0.0.1:9/'}]\n"
WRONG: Final = {
    "pyproject.toml": projects.manifest(projects.HATCH).replace('license = "MIT"', 'license = "Apache-2.0"'),
    "README.md": "# Demo\n\n<!-- tagship-install: begin -->\n<!-- tagship-install: end -->\n",
    "LICENSE": MIT,
    "src/demo_server/__init__.py": projects.MODULE.format(version=""),
    "server.json": SERVER,
    "CHANGELOG.md": "# Changes\n\nWe changed \ufffd things.\n",
    "tagship.yaml": CONFIG,
    "Dockerfile.dev": 'FROM scratch\nLABEL io.modelcontextprotocol.server.name="io.github.octo/other"\n',
    ".github/workflows/release.yml": WORKFLOW,
    ".github/workflows/broken.yaml": "on: push\njobs: {a: [}\n",
}
ENV: Final = {"GITHUB_REPOSITORY": "octo/demo"}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a run ended, what it found and mended, and what it said."""

    code: int
    found: list[dict[str, Any]]
    fixed: list[str]
    said: str

    @property
    def serious(self) -> list[dict[str, Any]]:
        """All that is more than a note."""
        return [each for each in self.found if each["severity"] != "note"]

    def of(self, check: str) -> list[tuple[str, str]]:
        """Give severity and message of each finding of a check."""
        return [(each["severity"], each["message"]) for each in self.found if each["check"] == check]


def doctor(project: Project, environment: Mapping[str, str] = ENV, **inputs: Any) -> Ran:
    """Run it inside of the test."""
    stream = io.StringIO()
    tools = tools_of(project.env(**environment), SystemClock(), stream)
    code = 0
    try:
        outputs = step.run(step.Inputs(working_directory=str(project.root), **inputs), tools)
    except CheckFailed as error:
        outputs, code = error.outputs, error.exit_code  # type: ignore[assignment]
    return Ran(code=code, found=json.loads(outputs.findings), fixed=json.loads(outputs.fixed), said=stream.getvalue())


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a repository in which everything is wrong."""
    return projects.make(tmp_path_factory.mktemp("wrong"), WRONG, tag="")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_healthy(name: str, tmp_path: Path) -> None:
    """Zero configuration, and nothing that would make a release fail."""
    folder = ROOT / "examples" / name
    paths = [path for path in folder.rglob("*") if path.is_file() and not {"__pycache__", "dist"} & set(path.parts)]
    files = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    project = projects.make(tmp_path, files, tag="")
    ran = doctor(project, {"GITHUB_REPOSITORY": "tagship/tagship"})
    assert (ran.code, ran.serious) == (0, []), ran.said


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_manifest_that_is_a_link_is_refused_as_build_matrix_does(tmp_path: Path) -> None:
    """A commit has only where it leads: what lies behind it on disk is not what a release is made of."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"], tag="")
    manifest = project.root / "pyproject.toml"
    manifest.rename(project.root / "real.toml")
    manifest.symlink_to("real.toml")
    project.commit("chore: link it")
    ran = doctor(project)
    assert ran.code == 1, ran.said
    (told,) = [each for each in ran.found if each["severity"] == "error"]
    planned = project.tagship("build-matrix")
    assert planned.code == 3
    assert f"pyproject.toml:{told['line']}: {told['message']}\n  → {told['hint']}" in planned.err
    assert "of a link, a commit has only where it leads" in told["hint"]


def test_our_own_repository_is_healthy(tmp_path: Path) -> None:
    """Its workflows, too."""
    ran = doctor(Project(ROOT, tmp_path), {"GITHUB_REPOSITORY": "tagship/tagship"})
    assert (ran.code, ran.serious) == (0, []), ran.said


def test_everything_that_is_wrong_is_found(wrong: Project) -> None:
    """As the golden file has it, word by word: each check offline finds something, and the exit code says no.

    What is printed on standard output is JSON and nothing else all the same.
    """
    done = wrong.tagship("doctor", "--json", **ENV)
    assert done.code == 1
    _golden("everything-wrong.txt", done.err)
    outputs = json.loads(done.out)
    found = json.loads(outputs["findings"])
    offline = {name for name in plugins.names("checks") if not plugins.load("checks", name).online}
    assert {each["check"] for each in found} == offline
    assert (outputs["errors"], outputs["warnings"], outputs["notes"]) == tuple(
        sum(each["severity"] == severity for each in found) for severity in ("error", "warning", "note")
    )


def test_sarif_is_what_its_schema_says(wrong: Project) -> None:
    """Paths are from the top of the repository, each finding has a rule, and fixes say what they replace."""
    found = doctor(wrong, sarif="found.sarif").found
    text = (wrong.root / "found.sarif").read_text(encoding="utf-8")
    (wrong.root / "found.sarif").unlink()
    document = json.loads(text)
    schema = json.loads((node.installed() / SARIF_SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(document)
    (run,) = document["runs"]
    assert [each["ruleId"] for each in run["results"]] == [each["check"] for each in found]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert sum("fixes" in each for each in run["results"]) == sum(each["fixable"] for each in found) > 1
    assert run["tool"]["driver"].pop("version") == tagship.__version__
    _golden("everything-wrong.sarif", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def test_what_is_safe_is_mended_and_nothing_else(wrong: Project, tmp_path: Path) -> None:
    """Versions that follow; a dry run only says so, and a second run has nothing left to mend."""
    shutil.copytree(wrong.root, tmp_path / "project")
    project = wrong.at(tmp_path / "project")
    dry = doctor(project, fix=True, dry_run=True)
    assert "would mend server.json" in dry.said
    assert (project.root / "server.json").read_text(encoding="utf-8") == SERVER

    ran = doctor(project, fix=True)

    assert (ran.code, ran.fixed) == (1, ["README.md", "server.json"]), "the rest is for a person"
    assert (project.root / "server.json").read_text(encoding="utf-8") == SERVER.replace("1.1.0", "1.2.0")
    assert project.git("diff", "--name-only") == "README.md\nserver.json"
    assert ran.of("versions") == []
    assert doctor(project, fix=True).fixed == []


def test_permissions_are_mended_where_that_changes_nothing(tmp_path: Path) -> None:
    """Every job says what it may do already."""
    workflow = WORKFLOW.replace("  build:\n", "  build:\n    permissions: {contents: read}\n")
    project = projects.make(tmp_path, {**projects.SHAPES["hatch"], ".github/workflows/release.yml": workflow})
    doctor(project, fix=True)
    mended = (project.root / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert mended == workflow.replace("jobs:\n", "permissions: {}\n\njobs:\n")


def test_workflows_are_found_above_a_project_in_a_folder(tmp_path: Path) -> None:
    """They lie at the top of the repository, and are named from where the project is; SARIF names them from the top."""
    inner = {f"servers/one/{name}": text for name, text in projects.SHAPES["hatch"].items()}
    project = projects.make(tmp_path, {**inner, ".github/workflows/release.yml": WORKFLOW}, tag="")
    found = doctor(project.at(project.root / "servers" / "one"), sarif="found.sarif").found
    assert {each["file"] for each in found if each["check"] == "pinned-actions"} == {
        "../../.github/workflows/release.yml"
    }
    document = json.loads((project.root / "servers" / "one" / "found.sarif").read_text(encoding="utf-8"))
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in document["runs"][0]["results"]
        if result["ruleId"] == "pinned-actions"
    }
    assert places == {".github/workflows/release.yml"}


def test_what_cannot_be_planned_is_a_finding(tmp_path: Path) -> None:
    """A broken configuration, a broken manifest, and a folder that is none: only the last is a mistake of usage."""
    files = {"pyproject.toml": "[project\n", "tagship.yaml": "chanels: [pypi]\n"}
    ran = doctor(projects.make(tmp_path / "a", files, tag=""))
    assert ran.code == 1
    assert {(each["check"], each["severity"], each["file"]) for each in ran.serious} == {
        ("plan", "error", "tagship.yaml"),
        ("plan", "error", "pyproject.toml"),
    }
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError):
        doctor(Project(tmp_path / "b", tmp_path))


def test_packages_with_versions_of_their_own_are_each_planned(tmp_path: Path) -> None:
    """Nothing is wrong with that."""
    files = {
        f"{name}/{file}": text.replace("demo-server", f"{name}-server").replace("1.2.0", version)
        for name, version in (("one", "1.2.0"), ("two", "3.0.0"))
        for file, text in projects.SHAPES["hatch"].items()
    }
    project = projects.make(tmp_path, files, tag="")
    for tag in ("one-server-v1.2.0", "two-server-v3.0.0"):
        project.git("tag", tag)
    project.commit("feat: go on")
    ran = doctor(project)
    assert (ran.code, ran.serious) == (0, []), ran.said


@pytest.fixture
def github() -> Iterator[GithubServer]:
    """Run a GitHub whose repository has one secret, and a token that may ask for everything."""
    settings = Settings(owner="octo", name="demo", secrets=("OTHER",), environments={"release": ("SIGNING",)})
    with GithubServer([settings], description=openapi_description()) as server:
        server.world.tokens["owner"] = Token(login="octo", administration="read", secrets="read")
        yield server
        assert server.violations == []


STEPS: Final = """on: {push: {tags: [v*]}}
permissions: {}
concurrency: {group: release}
jobs:
  sign:
    runs-on: ubuntu-24.04
    timeout-minutes: 9
    environment: release
    permissions: {contents: read}
    steps:
      - uses: tagship/tagship/actions/sign-and-attest@0123456789012345678901234567890123456789
        with: {key: "${{ secrets.SIGNING }}"}
      - uses: tagship/tagship/actions/publish@0123456789012345678901234567890123456789
        env: {TAGSHIP_STORE_TOKEN: "${{ secrets.STORE }}"}
"""


@pytest.fixture
def online(tmp_path: Path, github: GithubServer) -> Iterator[tuple[Project, Store, Mapping[str, str]]]:
    """Give a project that publishes to a store, where that is, and the variables of somebody who may ask."""
    with Store() as store:
        config = f"channels: [{{kind: artifactory, id: store, address: '{store.address}/servers'}}]\n"
        files = {**projects.SHAPES["hatch"], "tagship.yaml": config, ".github/workflows/release.yml": STEPS}
        project = projects.make(tmp_path, files, tag="")
        yield project, store, github.environment()


def test_github_is_asked_with_a_token(online: tuple[Project, Store, Mapping[str, str]], github: GithubServer) -> None:
    """Secrets that are not stored, releases that can be changed, a tag that may not be made; nothing is written."""
    project, _, job = online
    object.__setattr__(github.repository().settings, "protected_tags", ("v*",))
    ran = doctor(project, job, token="owner")
    assert ran.code == 1
    where = "in octo/demo, nor in its environment 'release'"
    assert ran.of("stored-secrets") == [("error", f"the secret STORE is not stored {where}")]
    assert [each[0] for each in ran.of("immutable-releases")] == ["warning"]
    assert ran.of("tag") == [("error", "the ruleset 'release tags' forbids to make the tag v1.2.0")]
    assert {entry.method for entry in github.journal.entries} == {"GET"}


def test_what_is_right_at_github_is_not_told(
    online: tuple[Project, Store, Mapping[str, str]], github: GithubServer
) -> None:
    """All stored, immutable, and free."""
    project, _, job = online
    settings = github.repository().settings
    object.__setattr__(settings, "secrets", ("STORE",))
    object.__setattr__(settings, "immutable_releases", True)
    ran = doctor(project, job, token="owner")
    assert (ran.code, ran.serious) == (0, []), ran.said


def test_a_token_that_may_not_ask_is_no_reason_to_fail(
    online: tuple[Project, Store, Mapping[str, str]], github: GithubServer
) -> None:
    """That of a workflow may not; and a GitHub that is broken tells nothing either."""
    project, _, job = online
    ran = doctor(project, job, token=READ_TOKEN)
    assert ran.code == 0, ran.said
    for check in ("stored-secrets", "immutable-releases"):
        ((severity, message),) = ran.of(check)
        assert (severity, "it is not known" in message) == ("note", True)
    github.faults.add(Answer(status=502), times=None)
    broken = doctor(project, job, token="owner")
    assert broken.code == 0, broken.said
    assert [each[0] for each in broken.of("tag")] == ["note"]


def test_nobody_is_asked_without_a_token_or_when_told(
    online: tuple[Project, Store, Mapping[str, str]], github: GithubServer
) -> None:
    """And it says so."""
    project, store, job = online
    assert "GitHub and the registries were not asked" in doctor(project, job).said
    doctor(project, job, token="owner", online="false")
    assert (github.journal.entries, store.requests) == ((), [])


def test_a_github_that_hangs_is_not_waited_for(
    online: tuple[Project, Store, Mapping[str, str]], github: GithubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is asked shares some seconds, here one; what did not answer is told."""
    project, _, job = online
    monkeypatch.setattr(step, "_PATIENCE", 1)
    github.faults.add(Delay(seconds=4), times=None)
    ran = doctor(project, job, token="owner")
    for check in ("stored-secrets", "immutable-releases", "tag"):
        assert ran.of(check) == [("warning", f"the check {check} got no answer within 1 s")]


def test_registries_are_asked_all_at_once_and_not_for_long(tmp_path: Path) -> None:
    """One has the version, one is down, one never answers: the first is told, the others are not waited for."""
    enough = threading.Event()
    with Store() as store, Store() as silent:
        store.files["/servers/demo-server/1.2.0/"] = b""
        silent.before = lambda _method, _path: 500 if enough.wait(60) else 503
        places = (("there", store.address), ("down", "http://127.0.0.1:9"), ("hangs", silent.address))
        config = [f"  - {{kind: artifactory, id: {name}, address: '{address}/servers'}}\n" for name, address in places]
        files = {**projects.SHAPES["hatch"], "tagship.yaml": "".join(["channels:\n", *config])}
        ran = doctor(projects.make(tmp_path, files), online="true")
        assert not enough.is_set()
        enough.set()
    assert ran.code == 0, ran.said
    told = {message.partition(":")[0]: (severity, message) for severity, message in ran.of("registries")}
    assert told["there has demo-server 1.2.0 already"][0] == "note"
    assert told["down"][0] == "warning"
    assert told["hangs"] == ("warning", "hangs: it did not answer within 3 s")


def _golden(name: str, text: str) -> None:
    """Compare with the golden file; TAGSHIP_GOLDEN=write makes it anew."""
    path = GOLDEN / name
    if os.environ.get("TAGSHIP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
