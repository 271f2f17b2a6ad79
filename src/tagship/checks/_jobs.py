"""Which workflows matter to a release: those that use tagship, and those that publish by other means."""

import re
from collections.abc import Iterator
from typing import Final

from tagship.domain.setup.workflow import Job, Step, Workflow
from tagship.parts.checking import Case

WRITERS: Final = frozenset({"version-bump", "sign-and-attest", "release-assets", "publish", "release", "release.yml"})
"""Commands of ours (and our workflow) that change something outside of the job."""
_ACTIONS: Final = frozenset(
    {
        "actions/attest", "actions/attest-build-provenance", "actions/create-release", "changesets/action",
        "goreleaser/goreleaser-action", "googleapis/release-please-action", "jreleaser/release-action", "js-devtools/npm-publish",
        "ncipollo/release-action", "pypa/gh-action-pypi-publish", "python-semantic-release/publish-action",
        "softprops/action-gh-release", "svenstaro/upload-release-action",
    }
)  # fmt: skip
_SCRIPT: Final = re.compile(
    r"\b(?:(?:npm|pnpm|bun|yarn npm|lerna|changeset) publish|twine upload|(?:uv|poetry|hatch|flit|pdm|cargo) publish"
    r"|gh release (?:create|upload|edit)|(?:docker|podman|crane) push|mcp-publisher publish|goreleaser release"
    r"|(?<![\w/-])semantic-release(?![\w/-]))"
)


def publishes(step: Step) -> bool:
    """Whether a step publishes by somebody else's means."""
    return step.action.lower() in _ACTIONS or (step.run is not None and _SCRIPT.search(step.run.value) is not None)


def publishing(case: Case) -> Iterator[Workflow]:
    """Give the workflows that change releases or registries."""
    for workflow in case.workflows:
        own = any(name in WRITERS and _in_earnest(step, name) for _, step, name in workflow.commands(ours=case.ours))
        if own or any(publishes(step) for _, step in workflow.steps):
            yield workflow


def concerned(case: Case) -> Iterator[Workflow]:
    """Give the workflows that use tagship or publish."""
    known = {workflow.file for workflow in publishing(case)}
    for workflow in case.workflows:
        if workflow.file in known or any(workflow.commands(ours=case.ours)):
            yield workflow


def commands(case: Case) -> Iterator[tuple[Workflow, Job, Step | None, str]]:
    """Give every use of tagship with its workflow and job; without a step the job calls our workflow."""
    for workflow in case.workflows:
        for job, step, name in workflow.commands(ours=case.ours):
            yield workflow, job, step, name


def given(step: Step | None, name: str) -> str:
    """Return what a step is given as an input; empty where it is not."""
    return step.given[name].value if step and name in step.given else ""


def line_of(job: Job, step: Step | None) -> int:
    """Return where a use of tagship stands."""
    word = step.uses if step else job.uses
    return word.line if word else job.line


def _in_earnest(step: Step | None, name: str) -> bool:
    """Whether a use changes something: a version that is only computed does not."""
    return not (name == "version-bump" and given(step, "mode") in {"", "none", "files"})
