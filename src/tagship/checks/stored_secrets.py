"""Whether the secrets that workflows hand over are stored: in the repository, its environments or its organisation.

https://docs.github.com/en/rest/actions/secrets: names are told, values never.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote

from tagship.adapters import http
from tagship.checks import _github, _jobs, _ways_in
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Job, Step
from tagship.errors import RemoteRefused, TagshipError
from tagship.parts.checking import Case

if TYPE_CHECKING:
    from tagship.adapters.github_api import GitHubApi

_SECRET: Final = re.compile(r"\bsecrets\.(?P<name>\w+)")
_GIVEN: Final = "GITHUB_TOKEN"
_PAGE: Final = 100


class StoredSecretsCheck:
    """:class:`tagship.parts.checking.Check` for secrets that are handed over and are empty."""

    name: ClassVar[str] = "stored-secrets"
    summary: ClassVar[str] = "A secret that a release needs is not stored at GitHub."
    online: ClassVar[bool] = True

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Compare what the plan needs with the names that GitHub lists."""
        api, needed = _github.api_of(case), list(_needed(case))
        if api is None or not needed:
            return
        try:
            everywhere = set(_names(api, "/actions/secrets")) | set(_names(api, "/actions/organization-secrets"))
            for file, line, environment, name in needed:
                there = everywhere | (_of_environment(api, environment) if environment else set())
                if name.upper() not in there:
                    where = f", nor in its environment {environment!r}" if environment else ""
                    message = f"the secret {name} is not stored in {case.repository}{where}"
                    hint = f"gh secret set {name}{f' --env {environment}' if environment else ''}"
                    yield Diagnosis(check=self.name, severity="error", message=message, file=file, line=line, hint=hint)
        except TagshipError as error:
            yield from _github.unknown(self.name, "which secrets are stored", error.problems[0].message)


def _needed(case: Case) -> Iterator[tuple[str, int, str, str]]:
    """Give file, line, environment and name of each stored secret that a use of tagship gets and the plan needs."""
    for workflow, job, step, name in _jobs.commands(case):
        variables = [_ways_in.SIGNERS[each] for each in _ways_in.signers(case, job, step, name)]
        variables += [way.variable for way in _ways_in.served(case, step, name) if _must(name, way)]
        environment = _ways_in.environment_of(job, name)
        for variable in variables:
            stored = _stored(job, step, variable)
            if stored and stored != _GIVEN:
                yield workflow.file, _jobs.line_of(job, step), environment, stored


def _must(name: str, way: _ways_in.Way) -> bool:
    return name in _ways_in.PUBLISHING and bool(way.variable) and not way.way.identity


def _stored(job: Job, step: Step | None, variable: str) -> str:
    """Return under which name the secret is stored that arrives as a variable; empty where that cannot be seen."""
    if step is None:
        word = job.secrets.get(variable)
        return variable if job.inherits and word is None else _name_in(word.value if word else "")
    words = [step.given.get(_ways_in.input_of(variable)), step.environment.get(variable), job.variables.get(variable)]
    return next((found for word in words if word and (found := _name_in(word.value))), "")


def _name_in(value: str) -> str:
    match = _SECRET.search(value)
    return match["name"] if match else ""


def _of_environment(api: "GitHubApi", name: str) -> set[str]:
    """List an environment's; one that is not there yet has none."""
    try:
        return set(_names(api, f"/environments/{quote(name, safe='')}/secrets"))
    except http.Conflict:
        return set()


def _names(api: "GitHubApi", path: str) -> Iterator[str]:
    for page in range(1, _PAGE):
        asked = {"per_page": _PAGE, "page": page}
        answer = api.ask("look which secrets are stored", "GET", path, parameters=asked)
        found = answer.get("secrets") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise RemoteRefused(
                "look which secrets are stored: the answer is no list", hint="look at GitHub's status page"
            )
        yield from (str(each.get("name", "")).upper() for each in found if isinstance(each, dict))
        if len(found) < _PAGE:
            return


PLUGIN: Final = StoredSecretsCheck()
