"""Whether the changelog is there and can be read: release notes come out of it, new sections go in."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.changes import changelog
from tagship.domain.manifests.layout import join
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.versions.version import Version
from tagship.parts.checking import Case

_BROKEN: Final = "\ufffd"


class ChangelogCheck:
    """:class:`tagship.parts.checking.Check` for ``CHANGELOG.md``."""

    name: ClassVar[str] = "changelog"
    summary: ClassVar[str] = "The changelog is missing, or cannot be read."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Read the changelogs of the packages that are released, and the template of new sections."""
        template = case.project.settings.changelog.template
        if template and not (case.project.root / template).is_file():
            message, hint = f"the template {template} of the changelog is not there", "mend changelog.template"
            yield Diagnosis(check=self.name, severity="error", message=message, file="tagship.yaml", hint=hint)
        folders = dict.fromkeys([*(package.path for plan in case.plans for package in plan.packages), "."])
        texts = case.project.tree.read([join(folder, changelog.FILE) for folder in folders])
        if not texts:
            message = f"there is no {changelog.FILE}: the notes of a release will say nothing of what changed"
            yield self._note(message, None, "version-bump begins one")
        for file, text in texts.items():
            yield from self._unreadable(file, text)
        for plan in (each for each in case.plans if texts and not each.snapshot):
            version = Version.parse(plan.version)
            if not any(changelog.extract(text, version) for text in texts.values()):
                message = f"no changelog has a section {plan.version}, which is tagged: its notes will be empty"
                hint = "write the section, and make the tag on that commit"
                yield Diagnosis(
                    check=self.name, severity="warning", message=message, file=next(iter(texts)), line=1, hint=hint
                )

    def _unreadable(self, file: str, text: str) -> Iterator[Diagnosis]:
        hint = "write it as UTF-8"
        if _BROKEN in text:
            line = text.count("\n", 0, text.index(_BROKEN)) + 1
            message = "it has bytes that are no UTF-8"
            yield Diagnosis(check=self.name, severity="warning", message=message, file=file, line=line, hint=hint)
        if text.strip() and not changelog.has_sections(text):
            message = "it has no heading that is a version, or Unreleased: nothing is found in it"
            hint = "write headings like `## [1.2.0] - 2026-03-01` (https://keepachangelog.com)"
            yield Diagnosis(check=self.name, severity="warning", message=message, file=file, line=1, hint=hint)

    def _note(self, message: str, file: str | None, hint: str) -> Diagnosis:
        return Diagnosis(check=self.name, severity="note", message=message, file=file, hint=hint)


PLUGIN: Final = ChangelogCheck()
