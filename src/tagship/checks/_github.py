"""What checks ask GitHub: nothing is asked without a token, and what the token may not ask is told as unknown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagship.domain.setup.diagnosis import Diagnosis
from tagship.parts.checking import Case

if TYPE_CHECKING:
    from tagship.adapters.github_api import GitHubApi


def api_of(case: Case) -> "GitHubApi | None":
    """Connect lazily; ``None`` without a token or a repository."""
    if not case.token or not case.repository:
        return None
    from tagship.adapters.github_api import GitHubApi

    return GitHubApi.create(case.repository, case.token, case.tools, needs="administration: read")


def unknown(check: str, what: str, why: str) -> Iterator[Diagnosis]:
    """Say that something could not be found out."""
    yield Diagnosis(check=check, severity="note", message=f"it is not known {what}: {why}")
