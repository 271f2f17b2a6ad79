"""Whether words of strangers become part of a script: an expression inside of ``run`` is pasted in before the shell reads it.

https://docs.github.com/en/actions/concepts/security/script-injections.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis, Severity
from tagship.domain.setup.workflow import Step, Word
from tagship.parts.checking import Case

_EXPRESSION: Final = re.compile(r"\$\{\{(?P<inside>.{0,500}?)\}\}", re.DOTALL)
_STRANGERS: Final = re.compile(
    r"github\.event\.(?:issue|pull_request|discussion|release|milestone)\.(?:title|body|description|name|tag_name)"
    r"|github\.event\.pull_request\.head\.(?:ref|label|repo\.\w+)|github\.head_ref"
    r"|github\.event\.(?:comment|review|review_comment)\.body|github\.event\.pages\b"
    r"|github\.event\.(?:commits\b.*|head_commit)\.(?:message|author\.\w+)"
    r"|github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\.\w+|head_repository\.\w+)"
    r"|github\.event\.(?:client_payload|inputs)\b|github\.event\.changes\b"
)
_FREE: Final = re.compile(r"github\.ref(?:_name)?\b|\binputs\.|github\.base_ref|github\.event\.ref\b")
"""What only those with write access choose, and which is text all the same."""


class InjectionCheck:
    """:class:`tagship.parts.checking.Check` for expressions in scripts."""

    name: ClassVar[str] = "injection"
    summary: ClassVar[str] = "Text that others choose is pasted into a script."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Strangers' words in any workflow are errors; names of branches and inputs matter where something is published."""
        publishing = {workflow.file for workflow in _jobs.publishing(case)}
        for workflow in case.workflows:
            for word in (word for _, step in workflow.steps if (word := _script(step))):
                for match in _EXPRESSION.finditer(word.value):
                    severity = _severity(match["inside"], workflow.file in publishing)
                    if severity:
                        inside = " ".join(match["inside"].split())[:80]
                        message = (
                            f"${{{{ {inside} }}}} is pasted into a script: whoever chooses that text runs commands"
                        )
                        hint = 'hand it over by `env`, and write it as "$NAME" in the script'
                        line = word.line + word.value.count("\n", 0, match.start()) + _block(word)
                        yield Diagnosis(
                            check=self.name,
                            severity=severity,
                            message=message,
                            file=workflow.file,
                            line=line,
                            hint=hint,
                        )


def _script(step: Step) -> Word | None:
    return step.given.get("script") if step.action == "actions/github-script" else step.run


def _severity(inside: str, publishes: bool) -> Severity | None:  # noqa: FBT001
    if _STRANGERS.search(inside):
        return "error"
    return "warning" if publishes and _FREE.search(inside) else None


def _block(word: Word) -> int:
    """Count the line of ``|`` or ``>``, where a script of several lines begins behind it."""
    return 1 if "\n" in word.value else 0


PLUGIN: Final = InjectionCheck()
