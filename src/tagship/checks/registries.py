"""Whether every channel can be reached, the names are ours or free, and the version is still to be published."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs, _ways_in
from tagship.domain.plans.plan import ChannelPlan
from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.errors import TagshipError
from tagship.parts.checking import Case
from tagship.parts.publish import ahead


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
            if answer.known is False:
                yield from self._new(case, entry)
            if answer.there:
                package = plan.package(entry.package)
                message = f"{entry.id} has {package.name} {package.version} already"
                hint = "`tagship version-bump` makes the next one; equal bytes are left alone, other ones are refused"
                yield Diagnosis(check=self.name, severity="note", message=message, hint=hint)

    def _new(self, case: Case, entry: ChannelPlan) -> Iterator[Diagnosis]:
        """Find a job that would publish a new name by its identity, where that is only possible later."""
        for workflow, job, step, name in _jobs.commands(case):
            ways = _ways_in.by_identity(case, job, step, name) if name in _ways_in.PUBLISHING else ()
            if any(way.entry == entry and not way.way.new for way in ways):
                variable = next(way.variable for way in _ways_in.ways(case) if way.entry == entry)
                yield Diagnosis(
                    check=self.name,
                    severity="error",
                    message=f"{entry.id} does not know the package yet, and trusts no job with a new one",
                    file=workflow.file,
                    line=_jobs.line_of(job, step),
                    hint=f"hand over {variable} for the first release; then name the workflow as trusted publisher",
                )


PLUGIN: Final = RegistriesCheck()
