"""Find now what would fail later: project, workflows, registries, repository. Nothing is changed unless told."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

import tagship
from tagship import plugins
from tagship.adapters.files import write_all, write_whole
from tagship.domain.plans import plan
from tagship.domain.plans.plan import Plan
from tagship.domain.setup import diagnosis, sarif
from tagship.domain.setup.diagnosis import SEVERITIES, Diagnosis, Edit
from tagship.errors import CheckFailed
from tagship.parts import diagnoses, side_by_side
from tagship.parts.checking import Case, Check, Planner, open_case
from tagship.parts.inputs import ConfiguredInputs, PlannedTag, Switch, as_json, text
from tagship.parts.plan.project import Project
from tagship.ports import Tools
from tagship.steps import build_matrix

_TRIES: Final = 3
"""How often edits are looked at again: one that waited for another's place is made then."""

_PATIENCE: Final = 10
"""Seconds for all that is asked, side by side; registries share three of them."""
_MEND: Final = "`tagship doctor --fix` mends what is safe to mend"


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of doctor."""

    tag: PlannedTag = ""
    channels: Annotated[str, text("where it will be published, ids comma-separated; default: the configuration's")] = ""
    signers: Annotated[str, text("who will sign, comma-separated; default: the configuration's, else key")] = ""
    online: Annotated[
        Switch, text("ask GitHub and the registries, too; auto: where there is a token; nothing is changed there")
    ] = "auto"
    fix: Annotated[bool, text("mend what can be mended without a doubt; with dry-run only say what")] = False
    sarif: Annotated[str, text("write the findings to this file, too, as SARIF 2.1.0 for code scanning")] = ""
    token: Annotated[
        str,
        text(
            "GitHub token with contents: read; with administration and secrets: read it can ask for more", secret=True
        ),
    ] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of doctor."""

    errors: Annotated[int, text("how many findings would make a release fail")]
    warnings: Annotated[int, text("how many make it worse than it could be")]
    notes: Annotated[int, text("how many are good to know")]
    fixed: Annotated[str, text("files that were mended (JSON)")]
    findings: Annotated[str, text("all findings (JSON: check, severity, message, file, line, column, hint, fixable)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Examine the project, tell everything that is found, and say no when a release would fail.

    Raises:
        CheckFailed: there are errors; the outputs are told all the same.
        UsageError: it is no repository, or has no commit.

    """
    online = inputs.online == "true" or (inputs.online == "auto" and bool(inputs.token))
    checks = _checks(online=online)
    found, case = _examine(inputs, checks, tools)
    fixed: dict[str, None] = {}
    for _ in range(_TRIES if inputs.fix else 0):
        edits = [edit for each in found for edit in each.edits]
        if not edits:
            break
        fixed |= dict.fromkeys(_mend(case, edits, tools, dry_run=inputs.dry_run))
        if inputs.dry_run:
            break
        found, case = _examine(inputs, checks, tools)
    if inputs.sarif:
        rules = {check.name: check.summary for check in _checks(online=True)}
        written = sarif.document(found, rules, tagship.__version__, case.project.folder)
        write_whole(inputs.root / inputs.sarif, plan.encode(written))
    diagnoses.show(found, tools.reporter, online=online)
    outputs = _outputs(found, list(fixed))
    if outputs.errors:
        told = "1 error" if outputs.errors == 1 else f"{outputs.errors} errors"
        mendable = any(each.edits for each in found if each.severity == "error") and not inputs.fix
        error = CheckFailed(f"{told}: a release would fail", hint=_MEND if mendable else "mend them, and look again")
        error.outputs = outputs
        raise error
    return outputs


def _checks(*, online: bool) -> list[Check]:
    every: list[Check] = [plugins.load("checks", name) for name in plugins.names("checks")]
    return [check for check in every if online or not check.online]


def _examine(inputs: Inputs, checks: Sequence[Check], tools: Tools) -> tuple[tuple[Diagnosis, ...], Case]:
    case = open_case(inputs, inputs.token, _planner(inputs), tools)
    found = [each for check in checks if not check.online for each in check.look(case)]
    asking = [check for check in checks if check.online]
    answers = side_by_side.within(_PATIENCE, [partial(_look, check, case) for check in asking], tools.clock)
    for check, answer in zip(asking, answers, strict=True):
        message = f"the check {check.name} got no answer within {_PATIENCE} s"
        found += [Diagnosis(check=check.name, severity="warning", message=message)] if answer is None else answer
    return diagnosis.sort(found), case


def _look(check: Check, case: Case) -> list[Diagnosis]:
    return list(check.look(case))


def _planner(inputs: Inputs) -> Planner:
    """Plan as build-matrix would, from the project as it lies on disk, for each release that could be made now."""
    same = ("working_directory", "config", "tag", "channels", "signers")
    common: dict[str, Any] = {name: getattr(inputs, name) for name in same}

    def plan(project: Project, tools: Tools) -> Iterator[Callable[[], Plan]]:
        return build_matrix.supposed_plans(project, build_matrix.Inputs(**common), tools)

    return plan


def _mend(case: Case, edits: Sequence[Edit], tools: Tools, *, dry_run: bool) -> list[str]:
    """Carry the edits out, file by file, on the bytes that were looked at."""
    mended = []
    for file in sorted({edit.file for edit in edits}):
        path: Path = case.project.root / file
        own = [edit for edit in edits if edit.file == file]
        data = path.read_bytes()
        before = data.decode("utf-8", "replace")
        after = diagnosis.apply(before, own)
        if before.encode() != data or after == before:
            continue
        tools.reporter.info(f"{'would mend' if dry_run else 'mended'} {file}")
        if not dry_run:
            write_all({path: (after.encode(), path.stat().st_mode & 0o777)})
        mended.append(file)
    return mended


def _outputs(found: Sequence[Diagnosis], fixed: Sequence[str]) -> Outputs:
    counts = diagnosis.count(found)
    errors, warnings, notes = (counts[severity] for severity in SEVERITIES)
    told = [
        {
            "check": each.check,
            "severity": each.severity,
            "message": each.message,
            "file": each.file,
            "line": each.line,
            "column": each.column,
            "hint": each.hint,
            "fixable": bool(each.edits),
        }
        for each in found
    ]
    return Outputs(errors=errors, warnings=warnings, notes=notes, fixed=as_json(fixed), findings=as_json(told))
