"""Whether two releases can run at once, or one can be broken off by the next."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case


class ConcurrencyCheck:
    """:class:`tagship.parts.checking.Check` for the key ``concurrency`` of workflows that publish."""

    name: ClassVar[str] = "concurrency"
    summary: ClassVar[str] = "Two releases can run at once, or one can be broken off."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at those that publish; one that is only called leaves it to its caller."""
        for workflow in _jobs.publishing(case):
            if set(workflow.triggers) == {"workflow_call"}:
                continue
            if not workflow.groups:
                message = "two releases can run at once: it has no `concurrency`"
                hint = "add `concurrency: {group: release-${{ github.ref }}, cancel-in-progress: false}`"
                yield Diagnosis(
                    check=self.name, severity="warning", message=message, file=workflow.file, line=1, hint=hint
                )
            elif workflow.cancels and workflow.cancels.value.lower() == "true":
                message = "a release is broken off when the next one starts"
                yield Diagnosis(
                    check=self.name,
                    severity="warning",
                    message=message,
                    file=workflow.file,
                    line=workflow.cancels.line,
                    column=workflow.cancels.column,
                    hint="set cancel-in-progress to false",
                )


PLUGIN: Final = ConcurrencyCheck()
