"""Whether there are runners with the labels that jobs wait for: a label that nobody has lets a job wait for a day.

https://docs.github.com/en/actions/reference/runners/github-hosted-runners.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis, Severity
from tagship.domain.setup.workflow import Job, Word
from tagship.parts.checking import Case

_HOSTED: Final = re.compile(
    r"(?P<system>ubuntu|macos|windows)-(?P<number>\d\d(?:\.\d\d)?|20\d\d)"
    r"(?P<kind>-arm|-intel|-large|-xlarge|-vs20\d\d)?(?:-preview)?"
)
_NAMED: Final = frozenset({"ubuntu-latest", "ubuntu-slim", "macos-latest", "macos-latest-large", "macos-latest-xlarge",
                           "windows-latest", "windows-11-arm"})  # fmt: skip
_OLDEST: Final = {"ubuntu": 22.04, "macos": 14, "windows": 2022}
"""Older ones are gone: https://github.com/actions/runner-images#available-images."""
_SELF: Final = "self-hosted"
_MATRIX: Final = re.compile(r"\$\{\{\s*matrix\.(?P<name>[\w.-]+)\s*\}\}")


class RunnersCheck:
    """:class:`tagship.parts.checking.Check` for the labels of runners."""

    name: ClassVar[str] = "runners"
    summary: ClassVar[str] = "A job waits for a runner that there is not."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at the labels in workflows that matter, also through a matrix, and at those of the plan."""
        for workflow in _jobs.concerned(case):
            for job in workflow.jobs:
                labels = list(_labels(job))
                if any(word.value.lower() == _SELF for word in labels):
                    continue
                for word in labels:
                    yield from self._told(word.value, workflow.file, word.line)
        for label in sorted({leg.runner for plan in case.plans for leg in plan.legs}):
            found = self._told(label, None, None)  # what the configuration calls otherwise are runners of one's own
            yield from (each for each in found if each.severity == "error")

    def _told(self, label: str, file: str | None, line: int | None) -> Iterator[Diagnosis]:
        severity, what, hint = _judge(label)
        if severity:
            message = f"{label!r} {what}"
            yield Diagnosis(check=self.name, severity=severity, message=message, file=file, line=line, hint=hint)


def _labels(job: Job) -> Iterator[Word]:
    for word in job.runners:
        if match := _MATRIX.fullmatch(word.value):
            yield from job.matrix.get(match["name"], ())
        elif "${{" not in word.value:
            yield word


def _judge(label: str) -> tuple[Severity | None, str, str]:
    if label in _NAMED or "${{" in label:
        return None, "", ""
    match = _HOSTED.fullmatch(label)
    if match is None:
        return "warning", "is no runner of GitHub", "mend the label; or, if it is a runner of yours, add self-hosted"
    if float(match["number"]) < _OLDEST[match["system"]]:
        return "error", "is gone: GitHub took these runners away", f"use {match['system']}-latest, or a newer number"
    return None, "", ""


PLUGIN: Final = RunnersCheck()
