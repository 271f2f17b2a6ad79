"""Whether workflows hand over the secrets that the plan's signers and channels need."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs, _ways_in
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Job, Step, Workflow
from tagship.parts.checking import Case


class SecretsCheck:
    """:class:`tagship.parts.checking.Check` for secrets that never arrive."""

    name: ClassVar[str] = "secrets"
    summary: ClassVar[str] = "A workflow does not hand over a secret that signing or publishing needs."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at each use of tagship that signs or publishes."""
        for workflow, job, step, name in _jobs.commands(case):
            for signer in _ways_in.signers(case, job, step, name):
                variable = _ways_in.SIGNERS[signer]
                if not _ways_in.hands_over(job, step, variable):
                    yield self._told(workflow, job, step, variable, f"the signer {signer} needs")
            for way in _ways_in.served(case, step, name) if name in _ways_in.PUBLISHING else ():
                if way.variable and not way.way.identity and not _ways_in.hands_over(job, step, way.variable):
                    yield self._told(workflow, job, step, way.variable, f"the channel {way.entry.id} needs")

    def _told(self, workflow: Workflow, job: Job, step: Step | None, variable: str, who: str) -> Diagnosis:
        carried = step is None and variable in _ways_in.CARRIED
        if carried:
            hint = f"add `secrets: inherit` to the job, or keep {variable} in the environment `release`"
        elif step is None:
            hint = "our workflow does not take it: publish there in a job of your own, with our action publish"
        else:
            hint = f"add `env: {{{variable}: ${{{{ secrets.{variable} }}}}}}` to the step"
        return Diagnosis(
            check=self.name,
            severity="warning" if carried else "error",
            message=f"{who} {variable}, which the job {job.id} does not hand over",
            file=workflow.file,
            line=_jobs.line_of(job, step),
            hint=hint,
        )


PLUGIN: Final = SecretsCheck()
