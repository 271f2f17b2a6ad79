"""Whether the project's pages say how to install it as a release would now; a section that does not is written anew."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.install import install_section
from tagship.domain.proofs import claims
from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.bump import install_sections
from tagship.parts.checking import Case


class InstallSectionCheck:
    """:class:`tagship.parts.checking.Check` for what stands between the markers ``tagship-install``."""

    name: ClassVar[str] = "install-section"
    summary: ClassVar[str] = "A README says how to install the project, and not as it is released."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Compare each section with the plans, where these are of all packages that it is about."""
        planned = {package.name for plan in case.plans for package in plan.packages}
        paths = [package.path for plan in case.plans for package in plan.packages]
        for file, text in install_sections.pages(case.project.tree, case.project.settings.exclude).items():
            scope = install_section.folder_around(file, paths)
            mine = [each for each in case.project.found if install_section.within(scope, each.path)]
            if not planned or not {each.name for each in mine if not each.private and not each.not_built} <= planned:
                continue
            made = install_section.section(case.plans, file, claims.server_of(case.tools.environment))
            new = install_section.filled(text, made)
            if new != text:
                edit = diagnosis.change(file, text, new)
                yield Diagnosis(
                    check=self.name,
                    severity="warning",
                    message="how to install it is not what a release would offer now",
                    file=file,
                    line=text.count("\n", 0, edit.start) + 1,
                    hint="`tagship doctor --fix` writes it anew, and so does version-bump",
                    edits=(edit,),
                )


PLUGIN: Final = InstallSectionCheck()
