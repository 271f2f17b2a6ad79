"""Whether the actions beside a release are pinned by commit: a tag can be moved to code of somebody else.

https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Word
from tagship.parts.checking import Case

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DIGEST: Final = re.compile(r"docker://.+@sha256:[0-9a-f]{64}")


class PinnedActionsCheck:
    """:class:`tagship.parts.checking.Check` for references that can be moved."""

    name: ClassVar[str] = "pinned-actions"
    summary: ClassVar[str] = "An action or workflow of others is not pinned by commit."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at every ``uses`` of the workflows that use tagship or publish."""
        for workflow in _jobs.concerned(case):
            words = [job.uses for job in workflow.jobs] + [step.uses for _, step in workflow.steps]
            for word in words:
                if word and not _is_pinned(word):
                    name, _, revision = word.value.partition("@")
                    what = f"pinned to {revision!r}, which can be moved" if revision else "not pinned at all"
                    hint = f"write the commit's 40 digits, and the version behind it: {name}@… # {revision or 'v1.2.3'}"
                    yield Diagnosis(
                        check=self.name,
                        severity="warning",
                        message=f"{name} is {what}",
                        file=workflow.file,
                        line=word.line,
                        column=word.column,
                        hint=hint,
                    )


def _is_pinned(word: Word) -> bool:
    """Siblings (``./``, ``$/``) are of the same commit as the workflow."""
    if word.value.startswith(("./", "$/")) or _DIGEST.fullmatch(word.value):
        return True
    return _COMMIT.fullmatch(word.value.rpartition("@")[2]) is not None


PLUGIN: Final = PinnedActionsCheck()
