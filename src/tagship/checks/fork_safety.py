"""Whether code of strangers can run where secrets are: a privileged trigger, and a checkout of what a stranger proposes.

https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case

_PRIVILEGED: Final = ("pull_request_target", "workflow_run", "issue_comment")
_THEIRS: Final = re.compile(
    r"github\.event\.(?:pull_request|workflow_run)\.(?:head|merge_commit|pull_requests|head_\w+|number)"
    r"|github\.event\.(?:issue\.)?number|github\.head_ref|refs/pull/|\bgh pr checkout\b"
)


class ForkSafetyCheck:
    """:class:`tagship.parts.checking.Check` for what is checked out under a privileged trigger."""

    name: ClassVar[str] = "fork-safety"
    summary: ClassVar[str] = "Code of a fork is checked out where secrets and a token that may write are."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at all workflows: one that does not release can still move tags."""
        for workflow in case.workflows:
            trigger = next((name for name in _PRIVILEGED if name in workflow.triggers), None)
            if trigger is None:
                continue
            for _, step in workflow.steps:
                ref = [step.given[name] for name in ("ref", "repository") if name in step.given]
                words = ref if step.action == "actions/checkout" else [step.run] if step.run else []
                if found := next((word for word in words if word and _THEIRS.search(word.value)), None):
                    message = (
                        f"with the trigger {trigger} it checks out what a stranger proposes: that code gets the secrets"
                    )
                    hint = "use the trigger pull_request, or check out nothing of the pull request here"
                    yield Diagnosis(
                        check=self.name,
                        severity="error",
                        message=message,
                        file=workflow.file,
                        line=found.line,
                        column=found.column,
                        hint=hint,
                    )


PLUGIN: Final = ForkSafetyCheck()
