"""What to enter in each registry's form so that it trusts this workflow, and which workflow it can never trust.

https://docs.pypi.org/trusted-publishers/, https://docs.npmjs.com/trusted-publishers. PyPI compares the workflow that was
called, which is another repository's where a job calls one (``job_workflow_ref``, pypi/warehouse#11096); npm compares the
one that was started.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from tagship.checks import _jobs, _ways_in
from tagship.checks._ways_in import Way
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Job, Step, Workflow
from tagship.parts.checking import Case


class TrustedPublishersCheck:
    """:class:`tagship.parts.checking.Check` for who publishes without a token."""

    name: ClassVar[str] = "trusted-publishers"
    summary: ClassVar[str] = (
        "What a registry must be told so that it trusts the workflow, or a workflow that it cannot trust."
    )
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Give the exact values for each channel that a job publishes to by its identity."""
        for workflow, job, step, name in _jobs.commands(case):
            if name not in _ways_in.PUBLISHING:
                continue
            for way in _ways_in.by_identity(case, job, step, name):
                called = _ways_in.is_called(job, name) and not case.ours
                if called and not way.way.called:
                    yield self._refused(workflow, job, step, way)
                elif way.way.fields:
                    yield self._told(workflow, job, step, way, _values(case, workflow, job, name))

    def _told(self, workflow: Workflow, job: Job, step: Step | None, way: Way, values: Mapping[str, str]) -> Diagnosis:
        told = ", ".join(f"{name}: {value}" for name, value in {**way.way.fields, **values}.items())
        return Diagnosis(
            check=self.name,
            severity="note",
            message=f"{way.entry.id} must know its trusted publisher, as exactly this: {told}",
            file=workflow.file,
            line=_jobs.line_of(job, step),
            hint=f"enter it at {way.way.form or way.entry.address}, or hand over {way.variable}",
        )

    def _refused(self, workflow: Workflow, job: Job, step: Step | None, way: Way) -> Diagnosis:
        hint = f"publish in a job of your own workflow, with our action publish; or hand over {way.variable}"
        return Diagnosis(
            check=self.name,
            severity="error",
            message=f"{way.entry.id} trusts no workflow that is called from another repository, and the job {job.id} calls one",
            file=workflow.file,
            line=_jobs.line_of(job, step),
            hint=hint,
        )


def _values(case: Case, workflow: Workflow, job: Job, name: str) -> dict[str, str]:
    owner, _, repository = case.repository.partition("/")
    return {
        "owner": owner or "(the repository's owner)",
        "repository": repository or "(the repository's name)",
        "workflow": workflow.name,
        "environment": _ways_in.environment_of(job, name) or "(none)",
    }


PLUGIN: Final = TrustedPublishersCheck()
