"""Whether each step of tagship is given what it needs by its job."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs, _ways_in
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import WORKFLOW, Job, Step
from tagship.parts.checking import Case
from tagship.parts.inputs import split_list

_CONTENTS: Final = ("contents", "write")
_IDENTITY: Final = ("id-token", "write")
_STATEMENTS: Final = ("attestations", "write")
Needs = list[tuple[str, str]]


class NeededPermissionsCheck:
    """:class:`tagship.parts.checking.Check` for permissions that a step will lack."""

    name: ClassVar[str] = "needed-permissions"
    summary: ClassVar[str] = "A job lacks a permission that its step needs."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Compare; where nothing says what a job may do, only the repository's settings know."""
        for workflow, job, step, name in _jobs.commands(case):
            granted = workflow.permissions_of(job)
            lacking = [need for need in _needs(case, job, step, name) if granted and not granted.gives(*need)]
            if granted and lacking:
                told = ", ".join(f"{scope}: {access}" for scope, access in lacking)
                what = "our workflow" if name == WORKFLOW else f"tagship {name}"
                yield Diagnosis(
                    check=self.name,
                    severity="error",
                    message=f"{what} needs {told}, which the job {job.id} does not have",
                    file=workflow.file,
                    line=_jobs.line_of(job, step),
                    hint=f"add `{told}` to the job's permissions",
                )


def _needs(case: Case, job: Job, step: Step | None, name: str) -> Needs:
    if name == WORKFLOW:
        return [_CONTENTS, _IDENTITY, _STATEMENTS]
    if name == "version-bump":
        return _of_bump(step)
    if name == "publish":
        return [_IDENTITY] if any(_ways_in.by_identity(case, job, step, name)) else []
    needs = _of_signing(case, step) if name in {"sign-and-attest", "release"} else []
    elsewhere = _jobs.given(step, "forge") == "directory" or _jobs.given(step, "repository")
    return needs if elsewhere or name not in {"release-assets", "release"} else [_CONTENTS, *needs]


def _of_bump(step: Step | None) -> Needs:
    mode, pushes = _jobs.given(step, "mode"), _jobs.given(step, "push") == "true"
    if mode == "pull-request":
        return [_CONTENTS, ("pull-requests", "write")]
    return [_CONTENTS] if mode == "commit" and pushes else []


def _of_signing(case: Case, step: Step | None) -> Needs:
    asked = split_list(_jobs.given(step, "signers"))
    signers = set(asked) if asked else set(case.signers)
    return [_IDENTITY] if "sigstore" in signers else []


PLUGIN: Final = NeededPermissionsCheck()
