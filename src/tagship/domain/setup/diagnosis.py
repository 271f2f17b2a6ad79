"""What a check of ``doctor`` found: how bad, where, what to do, and, where nobody can be hurt by it, the edit that mends it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from tagship.errors import Problem

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""An error makes a release fail, a warning makes it worse than it could be, a note is good to know."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """The characters from ``start`` to ``end`` of a file, from the project's root, become ``text``."""

    file: str
    start: int
    end: int
    text: str


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of the check ``check``; ``line`` and ``column`` count from 1."""

    check: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""
    edits: tuple[Edit, ...] = ()

    @property
    def problem(self) -> Problem:
        """The same as an error of a step tells it."""
        return Problem(message=self.message, file=self.file, line=self.line, column=self.column, hint=self.hint)


def of(check: str, severity: Severity, problem: Problem, edits: tuple[Edit, ...] = ()) -> Diagnosis:
    """Make a diagnosis of what a step would refuse or warn of."""
    return Diagnosis(
        check=check,
        severity=severity,
        message=problem.message,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        hint=problem.hint,
        edits=edits,
    )


def sort(found: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Order them by severity, then by place; of one that several checks came upon, the gravest is kept, or what mends it."""
    told: dict[tuple[str, str, int], Diagnosis] = {}
    for each in sorted(found, key=lambda one: (SEVERITIES.index(one.severity), not one.edits)):
        told.setdefault((each.message, each.file or "", each.line or 0), each)
    return tuple(sorted(told.values(), key=_order))


def count(found: Iterable[Diagnosis]) -> Mapping[Severity, int]:
    """Count them by severity."""
    severities = [each.severity for each in found]
    return {severity: severities.count(severity) for severity in SEVERITIES}


def change(file: str, before: str, after: str) -> Edit:
    """Describe how a text was changed, by the one stretch that differs."""
    start = next(
        (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    most = min(len(before), len(after)) - start
    same = 0
    while same < most and before[len(before) - 1 - same] == after[len(after) - 1 - same]:
        same += 1
    return Edit(file=file, start=start, end=len(before) - same, text=after[start : len(after) - same])


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Carry out edits of one text; one that overlaps an earlier one is left for the next run."""
    made = sorted({(edit.start, edit.end, edit.text) for edit in edits})
    last, pieces = 0, []
    for start, end, new in made:
        if start < last:
            continue
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])


def _order(each: Diagnosis) -> tuple[int, str, int, str, str]:
    return SEVERITIES.index(each.severity), each.file or "", each.line or 0, each.check, each.message
