"""Workflows of GitHub Actions as values: as much of them as decides whether a release works and who can meddle with it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

_OWN: Final = re.compile(
    r"tagship/tagship(?:/actions/(?P<command>[\w-]+)|/(?P<workflow>\.github/workflows/release\.yml))?"
)
_SIBLING: Final = re.compile(
    r"(?:\$|\.)/(?:actions/(?P<command>[\w-]+)|(?P<workflow>\.github/workflows/release\.yml))/?"
)
WORKFLOW: Final = "release.yml"
"""Stands for our reusable workflow where a command's name is asked for."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A scalar and where it begins."""

    value: str
    line: int
    column: int


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """What a token may do: ``every`` (``read-all``, ``write-all``) or ``grants`` by scope."""

    line: int
    every: str = ""
    grants: Mapping[str, str] = msgspec.field(default_factory=dict)

    def gives(self, scope: str, access: str) -> bool:
        """Whether it contains an access, ``read`` or ``write``."""
        given = self.every.removesuffix("-all") if self.every else self.grants.get(scope, "none")
        return given in {"write", access}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: an action with what it is given, or a script."""

    line: int
    uses: Word | None
    run: Word | None
    given: Mapping[str, Word]
    environment: Mapping[str, Word]

    @property
    def action(self) -> str:
        """The action without its revision."""
        return self.uses.value.partition("@")[0] if self.uses else ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job; ``uses`` is the workflow it calls, ``inherits`` whether that gets all secrets, ``limited`` whether it has a time
    limit, ``matrix`` the values of each name in its matrix.
    """

    id: str
    line: int
    permissions: Permissions | None
    runners: tuple[Word, ...]
    matrix: Mapping[str, tuple[Word, ...]]
    limited: bool
    environment: str
    uses: Word | None
    given: Mapping[str, Word]
    inherits: bool
    secrets: Mapping[str, Word]
    variables: Mapping[str, Word]
    steps: tuple[Step, ...]


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow file, its path from the project's root; ``groups`` whether it says what may run beside it; ``insert`` where
    its key ``jobs`` begins.
    """

    file: str
    triggers: Mapping[str, Word]
    permissions: Permissions | None
    groups: bool
    cancels: Word | None
    variables: Mapping[str, Word]
    jobs: tuple[Job, ...]
    jobs_line: int
    insert: int

    @property
    def name(self) -> str:
        """Its file's name, as registries ask for it."""
        return self.file.rpartition("/")[2]

    def permissions_of(self, job: Job) -> Permissions | None:
        """Return what a job's token may do; ``None`` where the repository's setting decides."""
        return job.permissions or self.permissions

    @property
    def steps(self) -> Iterator[tuple[Job, Step]]:
        """All steps with their jobs."""
        return ((job, step) for job in self.jobs for step in job.steps)

    def commands(self, *, ours: bool) -> Iterator[tuple[Job, Step | None, str]]:
        """Give each use of ours with its command's name; siblings (``$/actions/…``) count where ``ours`` is this repository."""
        for job in self.jobs:
            if job.uses and (name := command_of(job.uses.value, ours=ours)):
                yield job, None, name
            for step in job.steps:
                if step.uses and (name := command_of(step.uses.value, ours=ours)):
                    yield job, step, name


def command_of(uses: str, *, ours: bool) -> str:
    """Return which command a ``uses`` starts, :data:`WORKFLOW` for our workflow, empty for what others made."""
    target = uses.partition("@")[0]
    found = _OWN.fullmatch(target) or (_SIBLING.fullmatch(target) if ours else None)
    if found is None:
        return ""
    return WORKFLOW if found["workflow"] else found["command"] or "release"
