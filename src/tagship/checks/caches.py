"""Whether a release restores a cache: any job of the default branch can have filled it (cache poisoning).

https://docs.zizmor.sh/audits/#cache-poisoning.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Final

from tagship.checks import _jobs
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Step
from tagship.parts.checking import Case

Rule = Callable[[Step], bool]


def _always(step: Step) -> bool:
    del step
    return True


def _asked(step: Step) -> bool:
    return _jobs.given(step, "cache").lower() not in {"", "false"}


def _unless_told(name: str) -> Rule:
    return lambda step: _jobs.given(step, name).lower() != "false"


_RESTORES: Final[Mapping[str, Rule]] = {
    "actions/cache": _always,
    "actions/cache/restore": _always,
    "actions/setup-go": _unless_told("cache"),
    "actions/setup-java": _asked,
    "actions/setup-node": _asked,
    "actions/setup-python": _asked,
    "astral-sh/setup-uv": _unless_told("enable-cache"),
    "docker/build-push-action": lambda step: "type=gha" in _jobs.given(step, "cache-from"),
    "gradle/actions/setup-gradle": lambda step: _jobs.given(step, "cache-disabled").lower() != "true",
    "mozilla-actions/sccache-action": _always,
    "ruby/setup-ruby": lambda step: _jobs.given(step, "bundler-cache").lower() == "true",
    "swatinem/rust-cache": _always,
}


class CachesCheck:
    """:class:`tagship.parts.checking.Check` for caches in workflows that publish."""

    name: ClassVar[str] = "caches"
    summary: ClassVar[str] = "A release restores a cache that other jobs can have filled."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at actions that restore, by what they are given, else by their defaults."""
        for workflow in _jobs.publishing(case):
            for _, step in workflow.steps:
                rule = _RESTORES.get(step.action.lower())
                if step.uses and rule and rule(step):
                    message = f"{step.action} restores a cache that any job of the default branch may have filled"
                    hint = "release from scratch: leave the step out, or switch its cache off"
                    yield Diagnosis(
                        check=self.name,
                        severity="warning",
                        message=message,
                        file=workflow.file,
                        line=step.uses.line,
                        hint=hint,
                    )


PLUGIN: Final = CachesCheck()
