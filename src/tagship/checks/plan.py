"""Whether a release can be planned at all: the configuration, the manifests, the packages, the channels."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case


class PlanCheck:
    """:class:`tagship.parts.checking.Check` for what planning itself refuses or warns of."""

    name: ClassVar[str] = "plan"
    summary: ClassVar[str] = "A release cannot be planned, or not as it is meant."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Tell it as it would be told then."""
        for each in case.refused:
            yield diagnosis.of(self.name, "error", each)
        for each in case.heard:
            yield diagnosis.of(self.name, "warning", each)
        if case.project.vcs.is_dirty():
            message = "there are uncommitted changes, which are looked at here; a release is made from the commit, without them"
            yield Diagnosis(check=self.name, severity="note", message=message, hint="commit them")


PLUGIN: Final = PlanCheck()
