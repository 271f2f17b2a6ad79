"""What rules of a repository refuse: changes of protected branches and tags.

Wording of rulesets: satisfactory-factories/application#67 (REST), DefangLabs/defang#2280 and renovatebot/renovate#44819
(git). A ruleset's refusal and that of classic branch protection differ in GraphQL's type (Thinkmill/keystatic#1598).
"""

from fnmatch import fnmatchcase
from typing import Final

from tests.fakes.github.errors import ApiError
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Protection

THROUGH_A_PULL_REQUEST: Final = "Changes must be made through a pull request."
SIGNATURES: Final = "Commits must have verified signatures."


class RuleViolationError(ApiError):
    """A rule of the repository forbids it."""

    def __init__(self, reason: str, *, classic: bool = False) -> None:
        super().__init__(422, reason if classic else f"Repository rule violations found\n\n{reason}\n\n")
        self.classic = classic


def check_branch(repository: Repository, branch: str, *, new: str | None, old: str | None) -> None:
    """Refuse to move a protected branch (`new` is None to delete it); creating one is free, as its first push is."""
    rules = _protection(repository, branch)
    if rules is None or old is None or old == new:
        return
    if new is None:
        raise RuleViolationError("Cannot delete this branch", classic=rules.classic)
    if rules.pull_request:
        raise RuleViolationError(THROUGH_A_PULL_REQUEST, classic=rules.classic)
    unsigned = [sha for sha in repository.objects.between(old, new) if not repository.commits[sha].signature]
    if rules.signed and unsigned:
        raise RuleViolationError(SIGNATURES, classic=rules.classic)


def check_commit_by_api(repository: Repository, branch: str) -> None:
    """Refuse a commit that GitHub makes and signs, where only a pull request may bring one."""
    rules = _protection(repository, branch)
    if rules is not None and rules.pull_request:
        raise RuleViolationError(THROUGH_A_PULL_REQUEST, classic=rules.classic)


def check_tag(repository: Repository, tag: str, *, new: str | None, old: str | None) -> None:
    """Refuse to make, move or delete a tag of a protected pattern."""
    if not any(fnmatchcase(tag, pattern) for pattern in repository.settings.protected_tags):
        return
    if old is None:
        raise RuleViolationError("Cannot create ref due to creations being restricted.")
    raise RuleViolationError("Cannot update this protected ref." if new else "Cannot delete this protected ref.")


def _protection(repository: Repository, branch: str) -> Protection | None:
    protected = repository.settings.protected
    return next((rules for pattern, rules in protected.items() if fnmatchcase(branch, pattern)), None)
