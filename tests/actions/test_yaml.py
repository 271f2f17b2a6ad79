"""What the YAML of actions and workflows must never be: out of step with the code, unpinned, injectable, over-privileged."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagship import options
from tagship.cli import COMMANDS, ONLY_COMMANDS
from tagship.domain.plans.legs import MOST

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = set(COMMANDS) - ONLY_COMMANDS - {"release"}
ACTIONS = {command: ROOT / "actions" / command / "action.yml" for command in FOLDERS}
ACTIONS["release"] = ROOT / "action.yml"
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def steps_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job.get("steps", [])]


@pytest.fixture(scope="module")
def release_jobs() -> dict[str, Any]:
    """Read the jobs of the release workflow."""
    jobs: dict[str, Any] = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    return jobs


def test_every_action_folder_is_a_command_and_the_reverse() -> None:
    """One name for one thing: folder, command, module."""
    assert {path.parent.name for path in ROOT.glob("actions/*/action.yml")} == FOLDERS
    assert all(options.step_module(command) for command in COMMANDS)


@pytest.mark.parametrize("command", sorted(ACTIONS))
def test_inputs_and_outputs_are_what_the_code_reads_and_writes(command: str) -> None:
    """Each input reaches its variable and no other; each output comes from the step."""
    action, step = load(ACTIONS[command]), options.step_module(command)
    inputs = {
        option.name: option
        for option in options.of(step.Inputs)
        if option.field not in {"generate_key", "key_algorithm"}
    }
    assert set(action["inputs"]) == set(inputs)
    environment = action["runs"]["steps"][0]["env"]
    assert environment == {option.variable: f"${{{{ inputs.{name} }}}}" for name, option in inputs.items()}
    outputs = {option.name for option in options.of(step.Outputs)}
    values = {name: output["value"] for name, output in action["outputs"].items()}
    assert values == {name: f"${{{{ steps.run.outputs.{name} }}}}" for name in outputs}
    assert all(entry["description"] for entry in [*action["inputs"].values(), *action["outputs"].values()])


ICON = re.compile(r"^[a-z]+(?:-[a-z0-9]+)*$")
COLOURS = {"white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"}


@pytest.mark.parametrize("command", sorted(ACTIONS))
def test_descriptions_read_well_on_the_marketplace(command: str) -> None:
    """Sentences, short enough for a listing (125 characters), with an icon and a colour that GitHub has."""
    action = load(ACTIONS[command])
    texts = [entry["description"] for entry in [*action["inputs"].values(), *action["outputs"].values()]]
    assert len(action["description"]) <= 125
    for text in [action["description"], *texts]:
        first = text.split()[0].rstrip(",;")
        assert text.endswith("."), text
        assert not (first.isalpha() and first.islower()), text
    assert action["name"] == ("tagship" if command == "release" else f"tagship {command}")
    assert ICON.match(action["branding"]["icon"])
    assert action["branding"]["color"] in COLOURS


@pytest.mark.parametrize("command", sorted(ACTIONS))
def test_an_action_only_starts_its_command(command: str) -> None:
    """No logic in YAML: one step, run.py, isolated."""
    steps = load(ACTIONS[command])["runs"]["steps"]
    assert len(steps) == 1
    assert re.fullmatch(
        r'"\$\(command -v python3 .*\)" -I -X utf8 "\$GITHUB_ACTION_PATH/(?:actions|\.\.)/run\.py" ' + command,
        steps[0]["run"].strip(),
    )


@pytest.mark.parametrize("path", [*ACTIONS.values(), *WORKFLOWS], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_expanded_into_a_script_and_every_use_is_pinned(path: Path) -> None:
    """Expressions stay out of `run:`; other people's actions are pinned by commit, ours by being in this repository."""
    for step in steps_of(load(path)):
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert step["uses"].startswith("$/actions/") or PINNED.match(step["uses"]), step["uses"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_by_default_and_each_job_ends(path: Path) -> None:
    """`permissions: {}` on top, a time limit per job, no credentials left in a checkout."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "uses" in job or job.get("timeout-minutes"), name
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name


GRANTED = ("version-bump", "plan", "preflight", "build", "sign-and-attest", "release-assets")


def test_each_release_job_has_the_least_permissions(release_jobs: dict[str, Any]) -> None:
    """Exactly these; a new grant must be added here, with a reason in the workflow."""
    granted = {name: job["permissions"] for name, job in release_jobs.items()}
    read, write = {"contents": "read"}, {"contents": "write"}
    assert {name: granted[name] for name in GRANTED} == {
        "version-bump": write,
        "plan": read,
        "preflight": write,
        "build": read,
        "sign-and-attest": {"id-token": "write", "attestations": "write"},
        "release-assets": write,
    }


def test_the_job_that_looks_first_has_nothing_of_the_project(release_jobs: dict[str, Any]) -> None:
    """It has a token that may write, so it checks nothing out and runs our action alone; every build waits for it."""
    uses = [step["uses"].split("@")[0] for step in release_jobs["preflight"]["steps"]]
    assert uses == ["actions/download-artifact", "$/actions/release-assets"]
    assert release_jobs["preflight"]["steps"][1]["with"]["preflight"] is True
    assert "preflight" in release_jobs["build"]["needs"]


def test_only_the_job_that_signs_has_an_identity(release_jobs: dict[str, Any]) -> None:
    """Whoever can ask for an identity token can sign as this repository: not the job that runs project code."""
    identified = {name for name, job in release_jobs.items() if "id-token" in job["permissions"]}
    assert identified - {"publish"} == {"sign-and-attest"}


def test_the_job_that_runs_project_code_sees_no_secret(release_jobs: dict[str, Any]) -> None:
    """Build has no secret and no environment; the job with the key checks nothing out and runs only our action."""
    build, sign = yaml.safe_dump(release_jobs["build"]), release_jobs["sign-and-attest"]
    assert "secrets." not in build
    assert "environment" not in release_jobs["build"]
    uses = [step["uses"].split("@")[0] for step in sign["steps"]]
    assert uses == ["actions/download-artifact", "$/actions/sign-and-attest", "actions/upload-artifact"]


def test_whoever_signs_and_whoever_verifies_trusts_the_same_instance() -> None:
    """Each step that takes the workflow's `trust-config` gets it; those that publish read it only for `from-release`."""
    workflow = load(ROOT / ".github" / "workflows" / "release.yml")
    steps = [step for step in steps_of(workflow) if step.get("uses", "").startswith("$/actions/")]
    taking = [step for step in steps if "trust-config" in load(ROOT / step["uses"][2:] / "action.yml")["inputs"]]
    given = {step["uses"][2:]: step.get("with", {}).get("trust-config") for step in taking}
    ours = "${{ inputs.trust-config }}"
    assert given == {"actions/sign-and-attest": ours, "actions/verify": ours, "actions/publish": None}
    assert not any(step["uses"] == "$/actions/publish" and "from-release" in step["with"] for step in steps)


def test_release_jobs_restore_no_cache(release_jobs: dict[str, Any]) -> None:
    """A poisoned cache must not reach a release."""
    assert "actions/cache" not in yaml.safe_dump(release_jobs)
    assert "cache:" not in yaml.safe_dump(release_jobs)


def test_each_leg_hands_on_its_digests_by_an_output_of_its_own() -> None:
    """As many outputs as a plan may have legs, each filled by its slot only: outputs of a matrix overwrite each other."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["build"]["outputs"] == {
        f"digests-{slot}": f"${{{{ matrix.slot == {slot} && steps.build.outputs.digests || '' }}}}"
        for slot in range(MOST)
    }
