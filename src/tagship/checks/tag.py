"""Whether the tag of the next release can be made and released: rules, a used-up name, where it is already."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _github
from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.errors import TagshipError
from tagship.parts.checking import Case
from tagship.parts.release.forge import forge_at


class TagCheck:
    """:class:`tagship.parts.checking.Check` for the pre-flight of releases."""

    name: ClassVar[str] = "tag"
    summary: ClassVar[str] = "The tag of the release cannot be made, or cannot be released."
    online: ClassVar[bool] = True

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Ask what a release asks first; of a tag that is still to be made its commit need not be pushed yet."""
        if not case.token or not case.repository:
            return
        for plan in case.plans:
            try:
                forge = forge_at("github", case.project.root, ".", case.token, case.tools, case.repository)
                ready = forge.readiness(plan.tag, "" if plan.snapshot else plan.commit, may_write=False)
            except TagshipError as error:
                yield from _github.unknown(self.name, f"whether {plan.tag} can be released", error.problems[0].message)
                continue
            yield from (diagnosis.of(self.name, "error", problem) for problem in ready.problems)
            for each in ready.unknown:
                yield from _github.unknown(self.name, f"all about {plan.tag}", each)


PLUGIN: Final = TagCheck()
