"""Whether the workflows can be read."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case


class WorkflowsCheck:
    """:class:`tagship.parts.checking.Check` for broken workflow files."""

    name: ClassVar[str] = "workflows"
    summary: ClassVar[str] = "A workflow file cannot be read."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Tell why."""
        for each in case.unreadable:
            yield diagnosis.of(self.name, "error", each)


PLUGIN: Final = WorkflowsCheck()
