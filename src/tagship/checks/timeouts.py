"""Whether each job of a release ends: without a limit of its own one that hangs goes on for six hours."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case


class TimeoutsCheck:
    """:class:`tagship.parts.checking.Check` for ``timeout-minutes``."""

    name: ClassVar[str] = "timeouts"
    summary: ClassVar[str] = "A job of a release has no time limit."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at those that publish; a called workflow has limits of its own."""
        for workflow in _jobs.publishing(case):
            for job in workflow.jobs:
                if not job.limited and not job.uses:
                    message = f"the job {job.id} has no time limit: if it hangs, it does so for six hours"
                    hint = "set timeout-minutes to twice of what it takes"
                    yield Diagnosis(
                        check=self.name,
                        severity="warning",
                        message=message,
                        file=workflow.file,
                        line=job.line,
                        hint=hint,
                    )


PLUGIN: Final = TimeoutsCheck()
