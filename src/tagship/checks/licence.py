"""Whether the licence of each package is known, and its text agrees with its manifest."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case
from tagship.parts.plan import licences


class LicenceCheck:
    """:class:`tagship.parts.checking.Check` for licences."""

    name: ClassVar[str] = "licence"
    summary: ClassVar[str] = "A licence is not known, or its text is another one."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Judge the packages that are published."""
        published = [found for found in case.project.found if not found.private and found.ecosystem]
        for _, problem in licences.judge(published, case.project.tree):
            if problem:
                yield diagnosis.of(self.name, "warning", problem)


PLUGIN: Final = LicenceCheck()
