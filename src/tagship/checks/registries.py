"""Whether every channel can be reached, the names are ours or free, and the version is still to be published."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain import diagnosis
from tagship.domain.diagnosis import Diagnosis
from tagship.errors import TagshipError
from tagship.parts import ahead
from tagship.parts.checking import Case


class RegistriesCheck:
    """:class:`tagship.parts.checking.Check` for what registries say before anything is built."""

    name: ClassVar[str] = "registries"
    summary: ClassVar[str] = "A registry is not reached, a name is somebody else's, or a version is there already."
    online: ClassVar[bool] = True

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Ask all of them at once, within seconds."""
        for (plan, entry), answer in ahead.look(case.plans, case.tools):
            if isinstance(answer, TagshipError):
                problem = answer.problems[0]
                message = f"{entry.id}: {problem.message}"
                yield Diagnosis(check=self.name, severity="warning", message=message, hint=problem.hint)
                continue
            if theirs := ahead.of_others(plan, entry, answer):
                yield diagnosis.of(self.name, "warning" if plan.previous else "error", theirs)
            if answer.there:
                package = plan.package(entry.package)
                message = f"{entry.id} has {package.name} {package.version} already"
                hint = "`tagship version-bump` makes the next one; equal bytes are left alone, other ones are refused"
                yield Diagnosis(check=self.name, severity="note", message=message, hint=hint)


PLUGIN: Final = RegistriesCheck()
