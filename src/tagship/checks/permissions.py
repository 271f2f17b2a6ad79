"""Whether jobs may do more than they need: what a job may do, so may every action and program that runs in it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis, Edit, Severity
from tagship.domain.setup.workflow import Permissions, Workflow
from tagship.parts.checking import Case

_PROJECT_CODE: Final = frozenset({"build", "probe"})
_ALL: Final = "write-all"


class PermissionsCheck:
    """:class:`tagship.parts.checking.Check` for permissions that are too wide, or left to the repository's settings."""

    name: ClassVar[str] = "permissions"
    summary: ClassVar[str] = "A job may do more than it needs, or nothing says what it may do."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at the workflows that use tagship or publish."""
        for workflow in _jobs.concerned(case):
            yield from self._on_top(workflow)
            for job in workflow.jobs:
                if job.permissions and job.permissions.every == _ALL:
                    yield self._told(workflow, job.permissions.line, f"the job {job.id} may do everything", _GRANT)
        for workflow, job, step, name in _jobs.commands(case):
            granted = workflow.permissions_of(job)
            wide = _writes(granted) if granted and step and name in _PROJECT_CODE else []
            if granted and wide:
                message = f"the job {job.id} runs code of the project (tagship {name}), and has {', '.join(wide)}"
                hint = "let it have `contents: read` at most; sign and release in jobs of their own"
                yield self._told(workflow, granted.line, message, hint)

    def _on_top(self, workflow: Workflow) -> Iterator[Diagnosis]:
        granted, silent = workflow.permissions, [job for job in workflow.jobs if job.permissions is None]
        if granted is None and silent:
            message = f"nothing says what the job {silent[0].id} may do: the repository's settings decide"
            yield self._told(
                workflow, silent[0].line, message, "write `permissions: {}` on top, and in each job what it needs"
            )
        elif granted is None:
            message = "every job says what it may do, but a new one would get what the repository's settings say"
            edit = Edit(file=workflow.file, start=workflow.insert, end=workflow.insert, text="permissions: {}\n\n")
            hint = "write `permissions: {}` on top, which changes nothing for the jobs there are"
            yield self._told(workflow, workflow.jobs_line, message, hint, severity="note", edits=(edit,))
        elif granted.every == _ALL:
            yield self._told(workflow, granted.line, "every job may do everything", _GRANT)
        elif (wide := _writes(granted)) and len(silent) > 1:
            message = f"{len(silent)} jobs have {', '.join(wide)}, needed or not"
            hint = "write `permissions: {}` on top, and grant it to the job that needs it"
            yield self._told(workflow, granted.line, message, hint)

    def _told(
        self,
        workflow: Workflow,
        line: int,
        message: str,
        hint: str,
        *,
        severity: Severity = "warning",
        edits: tuple[Edit, ...] = (),
    ) -> Diagnosis:
        return Diagnosis(
            check=self.name, severity=severity, message=message, file=workflow.file, line=line, hint=hint, edits=edits
        )


def _writes(granted: Permissions) -> list[str]:
    if granted.every:
        return [granted.every] if granted.every == _ALL else []
    return [f"{scope}: write" for scope, access in granted.grants.items() if access == "write"]


_GRANT: Final = "write `permissions: {}` on top, and in each job only what it needs"

PLUGIN: Final = PermissionsCheck()
