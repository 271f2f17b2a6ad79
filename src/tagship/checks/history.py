"""Whether jobs have the history and the tags that they decide by: ``actions/checkout`` fetches one commit unless told."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Job, Step
from tagship.parts.checking import Case

_NEEDS: Final = {
    "version-bump": "the next version is made of the commits since the last tag",
    "build-matrix": "the release before this one is found among the tags",
    "release": "the release before this one is found among the tags",
    "build": "versions that come from tags are made of the history",
}


class HistoryCheck:
    """:class:`tagship.parts.checking.Check` for ``fetch-depth``."""

    name: ClassVar[str] = "history"
    summary: ClassVar[str] = "A job has only a part of the history that it decides by."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at the checkout before each use of tagship that reads history."""
        for workflow, job, step, name in _jobs.commands(case):
            if step is None or name not in _NEEDS or _jobs.given(step, "deepen") == "true":
                continue
            checkout = _before(job, step)
            if checkout and checkout.uses and _jobs.given(checkout, "fetch-depth") != "0":
                message = f"tagship {name} gets one commit, without tags: {_NEEDS[name]}"
                hint = "give actions/checkout `fetch-depth: 0`"
                yield Diagnosis(
                    check=self.name,
                    severity="error" if name == "version-bump" else "warning",
                    message=message,
                    file=workflow.file,
                    line=checkout.uses.line,
                    hint=hint,
                )


def _before(job: Job, step: Step) -> Step | None:
    earlier = [each for each in job.steps if each.line < step.line and each.action == "actions/checkout"]
    return earlier[-1] if earlier else None


PLUGIN: Final = HistoryCheck()
