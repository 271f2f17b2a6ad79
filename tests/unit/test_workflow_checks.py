"""Each check of workflows, on a workflow that is wrong and on one that is right."""

from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagship import plugins
from tagship.checks import _jobs, _ways_in
from tagship.domain.setup.workflow import command_of
from tests.unit.workflow_case import CALL, FILE, PIN, RIGHT, case, look

OFFLINE: Final = (
    "caches", "concurrency", "fork-safety", "history", "injection", "needed-permissions", "permissions",
    "pinned-actions", "runners", "secrets", "timeouts", "trusted-publishers", "workflows",
)  # fmt: skip


@pytest.mark.parametrize("check", OFFLINE)
def test_a_workflow_that_is_right_is_left_alone(check: str) -> None:
    """What registries must be told is a note."""
    assert [each for each in look(check, RIGHT) if each.severity != "note"] == []


def changed(old: str, new: str) -> str:
    assert old in RIGHT
    return RIGHT.replace(old, new, 1)


def step(text: str) -> str:
    """Add a step."""
    return f"{RIGHT}      - {text}\n"


def before(text: str, trigger: str = "pull_request_target") -> str:
    """Make a workflow of one step that has nothing to do with releases."""
    return f"on: {trigger}\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - {text}\n"


WRONG: Final = [
    ("workflows", "on: push\njobs: [\n", "error", 3, "not YAML"),
    ("workflows", "- 1\n- 2\n", "error", 1, "it is no workflow"),
    ("pinned-actions", changed(f"actions/checkout@{PIN}", "actions/checkout@v7"), "warning", 11, "'v7', which can be moved"),
    ("pinned-actions", step("uses: docker://alpine:3"), "warning", 21, "not pinned at all"),
    ("pinned-actions", CALL.replace(PIN, "v1"), "warning", 6, "'v1', which can be moved"),
    ("concurrency", changed("concurrency: {group: release}\n", ""), "warning", 1, "two releases can run at once"),
    ("concurrency", changed("{group: release}", "{group: a, cancel-in-progress: true}"), "warning", 3, "broken off"),
    ("timeouts", changed("    timeout-minutes: 10\n", ""), "warning", 5, "the job publish has no time limit"),
    ("caches", step(f"uses: actions/cache@{PIN}"), "warning", 21, "actions/cache restores a cache"),
    ("caches", step(f"uses: actions/setup-go@{PIN}"), "warning", 21, "actions/setup-go restores a cache"),
    ("caches", step(f"{{uses: actions/setup-node@{PIN}, with: {{cache: npm}}}}"), "warning", 21, "setup-node restores"),
    ("caches", step(f"uses: gradle/actions/setup-gradle@{PIN}"), "warning", 21, "setup-gradle restores"),
    ("history", changed("fetch-depth: 0, ", ""), "warning", 11, "tagship build-matrix gets one commit"),
    ("runners", changed("ubuntu-24.04", "ubuntu-20.04"), "error", 6, "'ubuntu-20.04' is gone"),
    ("runners", changed("ubuntu-24.04", "ubunto-latest"), "warning", 6, "'ubunto-latest' is no runner of GitHub"),
    (
        "runners",
        changed("runs-on: ubuntu-24.04", "runs-on: ${{ matrix.os }}\n    strategy: {matrix: {os: [macos-12]}}"),
        "error", 7, "'macos-12' is gone",
    ),
    ("permissions", changed("permissions: {}\n", "permissions: write-all\n"), "warning", 2, "every job may do everything"),
    (
        "permissions",
        changed("permissions: {}\n", "").replace("    permissions: {id-token: write, contents: write}\n", ""),
        "warning", 4, "nothing says what the job publish may do",
    ),
    ("permissions", changed("permissions: {}\n", ""), "note", 3, "every job says what it may do"),
    ("permissions", step(f"uses: tagship/tagship/actions/build@{PIN}"), "warning", 9, "runs code of the project"),
    ("needed-permissions", changed("contents: write", "contents: read"), "error", 16, "release-assets needs contents: write"),
    ("needed-permissions", changed("id-token: write, ", ""), "error", 17, "tagship publish needs id-token: write"),
    (
        "needed-permissions",
        step(f"{{uses: tagship/tagship/actions/version-bump@{PIN}, with: {{mode: pull-request}}}}"),
        "error", 21, "version-bump needs pull-requests: write",
    ),
    ("needed-permissions", CALL.replace(", attestations: write", ""), "error", 6, "our workflow needs attestations: write"),
    ("secrets", changed('        with: {key: "${{ secrets.SIGNING }}"}\n', ""), "error", 14, "TAGSHIP_KEY"),
    ("secrets", changed('        env: {TAGSHIP_OCI_TOKEN: "${{ secrets.OCI }}"}\n', ""), "error", 17, "TAGSHIP_OCI_TOKEN"),
    ("secrets", CALL, "warning", 6, "TAGSHIP_KEY"),
    ("secrets", CALL, "warning", 6, "TAGSHIP_OCI_TOKEN"),
    (
        "trusted-publishers", RIGHT, "note", 17,
        "PyPI project name: demo, owner: octo, repository: demo, workflow: release.yml, environment: release",
    ),
    ("trusted-publishers", CALL, "error", 6, "pypi trusts no workflow that is called from another repository"),
    ("injection", step("run: echo ${{ github.event.issue.title }}"), "error", 21, "${{ github.event.issue.title }}"),
    ("injection", step("run: |\n          true\n          echo ${{ github.ref_name }}"), "warning", 23, "github.ref_name"),
    ("injection", before("run: echo ${{ github.head_ref }}", "pull_request"), "error", 7, "github.head_ref"),
    (
        "injection",
        before(f"{{uses: actions/github-script@{PIN}, with: {{script: '${{{{ github.event.comment.body }}}}'}}}}"),
        "error", 7, "github.event.comment.body",
    ),
    (
        "fork-safety",
        before(f"{{uses: actions/checkout@{PIN}, with: {{ref: '${{{{ github.event.pull_request.head.sha }}}}'}}}}"),
        "error", 7, "with the trigger pull_request_target",
    ),
    ("fork-safety", before("run: gh pr checkout 1", "[push, workflow_run]"), "error", 7, "with the trigger workflow_run"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "text", "severity", "line", "said"),
    WRONG,
    ids=[f"{each[0]}-{each[3]}-{n}" for n, each in enumerate(WRONG)],
)
def test_what_is_wrong_is_found_at_its_line(check: str, text: str, severity: str, line: int, said: str) -> None:
    """With its severity, and with what to do."""
    found = look(check, text)
    assert [(each.severity, each.file, each.line) for each in found if said in each.message] == [
        (severity, FILE, line)
    ], found
    assert all(each.hint for each in found)


@pytest.mark.parametrize("check", OFFLINE)
def test_other_workflows_are_none_of_our_business(check: str) -> None:
    """One that neither uses tagship nor publishes may be pinned, timed and cached as its owner likes."""
    text = before("uses: actions/cache@v4", "push").replace("permissions: {}\n", "")
    assert look(check, text) == []


@pytest.mark.parametrize(
    "off",
    ["actions/setup-go@{}, with: {{cache: false}}", "gradle/actions/setup-gradle@{}, with: {{cache-disabled: true}}"],
)
def test_a_cache_that_is_switched_off_is_none(off: str) -> None:
    """Each action has its own word for that."""
    assert look("caches", step(f"{{uses: {off.format(PIN)}}}")) == []


def test_runners_of_ones_own_may_be_called_as_one_likes() -> None:
    """As long as the job says so; and a matrix that only the run knows is not guessed at."""
    for labels in ("[self-hosted, big]", "${{ fromJSON(needs.plan.outputs.matrix) }}", "${{ matrix.runner }}"):
        assert look("runners", changed("runs-on: ubuntu-24.04", f"runs-on: {labels}")) == []


@pytest.mark.parametrize(("told", "needs"), [("", {"TAGSHIP_KEY"}), (', signers: "sigstore"', set())])
def test_secrets_of_signers_that_a_step_does_not_ask_for_are_not_looked_for(told: str, needs: set[str]) -> None:
    """Neither whether they are handed over, nor whether they are stored."""
    text = changed('{key: "${{ secrets.SIGNING }}"}', f'{{key: "${{{{ secrets.SIGNING }}}}"{told}}}')
    seen = case(text, channels=())
    (planned,) = seen.plans
    signed = msgspec.structs.replace(seen, plans=(msgspec.structs.replace(planned, signatures=("key",)),))
    uses = [(job, step, name) for _, job, step, name in _jobs.commands(signed)]
    stored = {_ways_in.SIGNERS[each] for use in uses for each in _ways_in.signers(signed, *use)}
    assert stored == needs


def test_our_workflow_takes_what_it_is_said_to_take() -> None:
    """A secret that it does not declare never arrives, whatever its caller does."""
    text = (Path(__file__).parents[2] / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    declared = yaml.safe_load(text)[True]["workflow_call"]["secrets"]  # YAML 1.1 reads the key `on` as true
    assert set(declared) == _ways_in.CARRIED
    (found,) = (
        each
        for each in look("secrets", CALL, channels=(("webhook", "https://a.example/"),))
        if "webhook" in each.message
    )
    assert (found.severity, "does not take it" in found.hint) == ("error", True)


def test_a_called_workflow_of_ones_own_is_trusted() -> None:
    """PyPI compares the called workflow: in tagship's own repository, or a fork of it, it is the same repository's."""
    found = look("trusted-publishers", CALL, ours=True)
    assert [each.severity for each in found] == ["note"]


def test_a_token_needs_no_identity() -> None:
    """Then nobody has to be told whom to trust, and the job needs no id-token."""
    text = changed("id-token: write, ", "").replace("env: {", 'env: {TAGSHIP_PYPI_TOKEN: "${{ secrets.PYPI }}", ')
    assert look("needed-permissions", text) == []
    assert look("trusted-publishers", text) == []


def test_the_mended_permissions_are_read_again_as_right() -> None:
    """The edit is on top, and the file stays the same otherwise."""
    text = changed("permissions: {}\n", "")
    (found,) = look("permissions", text)
    (edit,) = found.edits
    mended = text[: edit.start] + edit.text + text[edit.end :]
    assert look("permissions", mended) == []
    assert yaml.safe_load(mended) == {**yaml.safe_load(text), "permissions": {}}


@pytest.mark.parametrize(
    ("uses", "ours", "command"),
    [
        ("tagship/tagship@v1", False, "release"),
        ("tagship/tagship/actions/publish@v1", False, "publish"),
        ("tagship/tagship/.github/workflows/release.yml@v1", False, "release.yml"),
        ("$/actions/publish", True, "publish"),
        ("./.github/workflows/release.yml", True, "release.yml"),
        ("./actions/publish", False, ""),
        ("somebody/tagship/actions/publish@v1", False, ""),
        ("tagship/tagship-other@v1", False, ""),
    ],
)
def test_our_actions_are_known_by_their_names(uses: str, ours: bool, command: str) -> None:  # noqa: FBT001
    """Siblings are ours only in our repository."""
    assert command_of(uses, ours=ours) == command


def _bomb() -> str:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    return "\n".join([*lines, "on: push", "jobs: {a: {steps: *a39, strategy: {matrix: {x: *a39}}}}"])


HOSTILE: Final = {
    "aliases": _bomb(),
    "itself": "on: push\njobs: &j\n  a: *j\n",
    "deep": "on: push\njobs: " + "[" * 500,
    "shapes": "on: {push: [1, {2: 3}]}\njobs: {a: 1, b: [1], c: {steps: {x: y}, runs-on: [[a], {b: c}], permissions: [x]}}\n",
    "keys": "on: push\n? [a, b]\n: c\njobs: {? {x: y} : z, 1: {steps: [null, 1, [2], {uses: {a: b}, run: [c], with: d}]}}\n",
    "tags": "on: !!python/object/apply:os.system [echo]\njobs: !x {a: !!binary zz}\n",
    "bytes": "on: push\x00\njobs: {}\n",
    "number": f"on: push\njobs: {{a: {{timeout-minutes: {'9' * 5000}, steps: [{{run: 2026-99-99}}]}}}}\n",
    "nothing": "",
    "long": "on: push\njobs: {}\n#" + "x" * (1 << 20),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_workflows_are_told_or_read_and_never_more(name: str) -> None:
    """Each check ends, with findings or without; what is no workflow is one finding."""
    looked = case(HOSTILE[name])
    found = [each for check in OFFLINE for each in plugins.load("checks", check).look(looked)]
    assert len(found) < 200
    assert bool(looked.unreadable) == (name not in {"aliases", "itself", "shapes", "keys", "tags", "number"})


@given(st.text(alphabet=st.sampled_from("on: jobs\n  -{}[]&*!|>'\"#?,aè\x00\u202e\ufeff"), max_size=80))
def test_no_text_makes_a_check_stumble(text: str) -> None:
    """Whatever people commit as a workflow, and some that hold the keys of one."""
    for tried in (text, f"on: push\njobs:\n  a:\n    {text}\n"):
        looked = case(tried)
        for check in OFFLINE:
            list(plugins.load("checks", check).look(looked))
