"""Whether all places of a version say the same; those that follow are mended."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis, Edit
from tagship.domain.versions import version_site
from tagship.errors import ProjectError
from tagship.parts.bump.check_versions import Disagreement, disagreements
from tagship.parts.checking import Case


class VersionsCheck:
    """:class:`tagship.parts.checking.Check` for versions out of step."""

    name: ClassVar[str] = "versions"
    summary: ClassVar[str] = "Places of one version disagree."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Compare every place with the version that its package declares."""
        try:
            _, wrong = disagreements(case.project)
        except ProjectError as error:
            yield from (diagnosis.of(self.name, "error", problem) for problem in error.problems)
            return
        deciding = {each.sites[0] for each in case.project.found if each.version and each.sites}
        for each in wrong:
            edits = () if each.site in deciding else _mended(each, case)
            yield diagnosis.of(self.name, "error", each.problem, edits)


def _mended(wrong: Disagreement, case: Case) -> tuple[Edit, ...]:
    """Write the wanted version, where it is sure; a place that cannot be written to is left to a person."""
    if wrong.wanted is None:
        return ()
    file = wrong.site.file
    text = case.project.tree.read([file]).get(file, "")
    try:
        new = version_site.replace(text, wrong.site, wrong.wanted)
    except ProjectError:
        return ()
    return (diagnosis.change(file, text, new),)


PLUGIN: Final = VersionsCheck()
