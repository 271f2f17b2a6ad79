"""The harness itself: what GitHub would do happens, and what would go wrong is seen."""

from pathlib import Path

import pytest

from tests.e2e.act import Act, push_of_tag, repository

pytestmark = pytest.mark.e2e
WORKFLOW = ".github/workflows/demo.yml"


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """Give a harness for a repository that has no commit yet."""
    return Act(tmp_path / "demo", tmp_path / "act")


def commit(folder: Path, files: dict[str, str], origin: str = "https://github.com/octo/demo") -> None:
    """Make a repository of these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    repository(folder, origin)


def test_a_tag_push_is_seen_as_one(act: Act) -> None:
    """The ref, the repository's name and its files are there; nothing of this machine's user is."""
    workflow = """
on: {push: {tags: ["v*"]}}
jobs:
  tell:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - id: all
        run: |
          { echo "ref=$GITHUB_REF"; echo "name=$GITHUB_REF_NAME"; echo "type=$GITHUB_REF_TYPE"
            echo "repository=$GITHUB_REPOSITORY"; echo "home=$HOME"; echo "here=$(cat file.txt)"; } >> "$GITHUB_OUTPUT"
"""
    commit(act.repository, {WORKFLOW: workflow, "file.txt": "content"})

    run = act.run("push", WORKFLOW, payload=push_of_tag("v1.2.3"))

    run.assert_succeeded("tell")
    assert run.step("tell", "all").outputs == {
        "ref": "refs/tags/v1.2.3",
        "name": "v1.2.3",
        "type": "tag",
        "repository": "octo/demo",
        "home": str(act.folder / "home"),
        "here": "content",
    }


def test_inputs_of_a_manual_run_arrive(act: Act) -> None:
    """Given ones, typed, and defaults."""
    workflow = """
on:
  workflow_dispatch:
    inputs:
      version: {type: string, required: true}
      draft: {type: boolean, default: false}
      channel: {type: choice, options: [stable, beta], default: beta}
jobs:
  tell:
    runs-on: ubuntu-24.04
    steps:
      - id: all
        env: {V: "${{ inputs.version }}", D: "${{ inputs.draft && 'yes' || 'no' }}", C: "${{ inputs.channel }}"}
        run: echo "all=$V $D $C" >> "$GITHUB_OUTPUT"
"""
    commit(act.repository, {WORKFLOW: workflow})

    run = act.run("workflow_dispatch", WORKFLOW, inputs={"version": "1.2.3", "draft": "true"})

    run.assert_succeeded("tell")
    assert run.step("tell", "all").outputs == {"all": "1.2.3 yes beta"}


MATRIX = """
on: push
jobs:
  plan:
    runs-on: ubuntu-24.04
    outputs: {matrix: "${{ steps.plan.outputs.matrix }}"}
    steps:
      - id: plan
        run: echo 'matrix={"include":[{"leg":"one","runner":"macos-15"},{"leg":"two","runner":"SECOND"}]}' >> "$GITHUB_OUTPUT"
  build:
    needs: plan
    runs-on: ${{ matrix.runner }}
    strategy: {fail-fast: false, matrix: "${{ fromJSON(needs.plan.outputs.matrix) }}"}
    steps:
      - env: {LEG: "${{ matrix.leg }}"}
        run: COMMAND
  after:
    needs: build
    runs-on: ubuntu-24.04
    steps: [{run: "true"}]
"""


def test_a_matrix_made_by_a_job_fans_out(act: Act) -> None:
    """Each leg runs once, on whichever system it asks for."""
    commit(act.repository, {WORKFLOW: MATRIX.replace("SECOND", "windows-2025").replace("COMMAND", 'test -n "$LEG"')})

    run = act.run("push", WORKFLOW)

    run.assert_succeeded("plan", "build", "after")
    legs = sorted((leg.matrix["leg"], leg.result) for leg in run.legs if leg.job == "build")
    assert legs == [("one", "success"), ("two", "success")]


def test_one_failed_leg_is_a_failed_job(act: Act) -> None:
    """The other leg ends later and well, which does not hide the failure; what needs the job does not run."""
    command = 'if [ "$LEG" = one ]; then exit 3; else sleep 1; fi'
    commit(act.repository, {WORKFLOW: MATRIX.replace("SECOND", "macos-15").replace("COMMAND", command)})

    run = act.run("push", WORKFLOW)

    assert run.jobs == {"plan": "success", "build": "failure"}
    assert run.code == 1
    with pytest.raises(AssertionError, match="exit status 3"):
        run.assert_succeeded("plan", "build", "after")


def test_a_job_without_a_runner_is_no_success(act: Act) -> None:
    """Act skips it and exits 0; the harness says so."""
    workflow = """
on: push
jobs:
  here: {runs-on: ubuntu-24.04, steps: [{run: "true"}]}
  nowhere: {runs-on: solaris-11, steps: [{run: "true"}]}
"""
    commit(act.repository, {WORKFLOW: workflow})

    run = act.run("push", WORKFLOW)

    assert (run.code, run.jobs) == (0, {"here": "success", "nowhere": "skipped"})
    with pytest.raises(AssertionError, match="solaris-11"):
        run.assert_succeeded("here", "nowhere")


def test_a_job_that_was_not_planned_is_seen(act: Act) -> None:
    """Exactly the named jobs succeed: one too many or one whose condition was false fails."""
    workflow = """
on: push
jobs:
  one: {runs-on: ubuntu-24.04, steps: [{run: "true"}]}
  two: {if: false, runs-on: ubuntu-24.04, steps: [{run: "true"}]}
"""
    commit(act.repository, {WORKFLOW: workflow})

    run = act.run("push", WORKFLOW)

    run.assert_succeeded("one")
    for jobs in [(), ("one", "two")]:
        with pytest.raises(AssertionError):
            run.assert_succeeded(*jobs)


def test_a_broken_workflow_is_no_success(act: Act) -> None:
    """Act checks it against GitHub's schema and runs nothing; where the mistake is can be read."""
    workflow = "on: push\njobs: {a: {runs-on: ubuntu-24.04, stepz: [{run: 'true'}]}}\n"
    commit(act.repository, {WORKFLOW: workflow})

    run = act.run("push", WORKFLOW)

    assert (run.code, run.jobs) == (1, {})
    assert "stepz" in run.log


def test_annotations_summaries_and_steps_are_read(act: Act) -> None:
    """What a person would see on the run's page; a step that may fail is told apart from one that did not run."""
    workflow = """
on: push
jobs:
  tell:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - id: told
        uses: ./part
      - {id: fails, run: exit 1, continue-on-error: true}
      - {id: never, run: "true", if: false}
"""
    part = """
name: part
description: A composite action.
outputs: {word: {description: A word., value: "${{ steps.inner.outputs.word }}"}}
runs:
  using: composite
  steps:
    - id: inner
      shell: bash
      run: |
        echo "word=hello" >> "$GITHUB_OUTPUT"
        echo "::warning file=a.py,line=3::beware"
        echo "## Heading" >> "$GITHUB_STEP_SUMMARY"
    - {shell: bash, run: 'echo "text" >> "$GITHUB_STEP_SUMMARY"'}
"""
    commit(act.repository, {WORKFLOW: workflow, "part/action.yml": part})

    run = act.run("push", WORKFLOW)

    run.assert_succeeded("tell")
    assert run.step("tell", "told").outputs["word"] == "hello"
    assert run.step("tell", "told/inner").result == "success"
    assert run.step("tell", "fails").result == "failure"
    assert "never" not in {step.id for step in run.steps if step.result == "success"}
    assert [(each.level, each.message, dict(each.properties)) for each in run.annotations] == [
        ("warning", "beware", {"file": "a.py", "line": "3"})
    ]
    assert run.summaries == {"tell": "## Heading\ntext\n"}


def test_secrets_reach_the_steps_that_ask_and_no_log(act: Act) -> None:
    """A value is masked, and is in no argument of act's."""
    workflow = """
on: push
jobs:
  tell:
    runs-on: ubuntu-24.04
    steps:
      - env: {WORD: "${{ secrets.WORD }}"}
        run: test "$WORD" = "correct horse" && echo "it is $WORD"
      - run: test -z "${SECRET_WORD:-}"
"""
    commit(act.repository, {WORKFLOW: workflow})

    run = Act(act.repository, act.folder, secrets={"WORD": "correct horse"}).run("push", WORKFLOW)

    run.assert_succeeded("tell")
    assert "it is ***" in run.log
    assert "correct horse" not in run.log


def test_only_the_environment_that_a_test_gives_is_there(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that runs on GitHub itself does not leak its own run into the one it starts."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/else")
    monkeypatch.setenv("TAGSHIP_KEY", "somebody's")
    workflow = """
on: push
jobs:
  tell:
    runs-on: ubuntu-24.04
    steps: [{run: 'test "$GITHUB_REPOSITORY $GITHUB_API_URL ${TAGSHIP_KEY:-none}" = "octo/demo http://127.0.0.1:9 none"'}]
"""
    commit(act.repository, {WORKFLOW: workflow})

    run = Act(act.repository, act.folder, {"GITHUB_API_URL": "http://127.0.0.1:9"}).run("push", WORKFLOW)

    run.assert_succeeded("tell")


def test_a_consumer_uses_actions_and_workflows_of_another_repository(act: Act, tmp_path: Path) -> None:
    """`uses: owner/name/path@v1` finds siblings by its own place; a called workflow gives its outputs back."""
    caller = """
on: push
jobs:
  direct:
    runs-on: ubuntu-24.04
    steps:
      - {id: tool, uses: acme/tool/actions/greet@v1, with: {name: Ada}}
  called:
    uses: acme/tool/.github/workflows/greet.yml@v1
    with: {name: Grace}
    secrets: inherit
  after:
    needs: called
    runs-on: ubuntu-24.04
    steps: [{env: {GREETING: "${{ needs.called.outputs.greeting }}"}, run: 'test "$GREETING" = "hello, Grace"'}]
"""
    action = """
name: greet
description: Says hello.
inputs: {name: {description: Whom., required: true}}
outputs: {greeting: {description: The words., value: "${{ steps.greet.outputs.greeting }}"}}
runs:
  using: composite
  steps: [{id: greet, shell: bash, env: {NAME: "${{ inputs.name }}"}, run: 'sh "$GITHUB_ACTION_PATH/../greet.sh"'}]
"""
    called = """
on:
  workflow_call:
    inputs: {name: {type: string, required: true}}
    outputs: {greeting: {value: "${{ jobs.greet.outputs.greeting }}"}}
jobs:
  greet:
    runs-on: ubuntu-24.04
    outputs: {greeting: "${{ steps.tool.outputs.greeting }}"}
    steps: [{id: tool, uses: acme/tool/actions/greet@v1, with: {name: "${{ inputs.name }}"}}]
"""
    tool = {
        "actions/greet/action.yml": action,
        "actions/greet.sh": 'echo "greeting=hello, $NAME" >> "$GITHUB_OUTPUT"\n',
        ".github/workflows/greet.yml": called,
    }
    commit(tmp_path / "tool", tool, "https://github.com/acme/tool")
    commit(act.repository, {WORKFLOW: caller})

    run = Act(act.repository, act.folder, actions={"acme/tool@v1": tmp_path / "tool"}).run("push", WORKFLOW)

    run.assert_succeeded("direct", "greet", "after")
    assert run.step("direct", "tool").outputs["greeting"] == "hello, Ada"
