"""Whose signature counts, as inputs name it: the workflow of a repository, or a name that somebody vouched for."""

from typing import Final

from tagship.domain.plans.planning import is_repository
from tagship.domain.proofs import claims
from tagship.domain.proofs.trust import Identity
from tagship.errors import UsageError
from tagship.ports import Tools

_WORKFLOWS: Final = ".github/workflows/"


def of_repository(
    repository: str, workflow: str, issuer: str, tools: Tools, *, name: str = "", ref: str = ""
) -> Identity:
    """Ask for a workflow of ``owner/name``: any, or that of a file name.

    Where no ``issuer`` is given, the GitHub that this runs on vouches for its jobs.

    Raises:
        UsageError: it is no ``owner/name``.

    """
    if not is_repository(repository):
        raise UsageError(f"{repository!r} is no repository", hint="write `repository` as owner/name")
    path = workflow if "/" in workflow or not workflow else f"{_WORKFLOWS}{workflow}"
    server = claims.server_of(tools.environment).rstrip("/")
    issuer = issuer or claims.issuer_of(server)
    return Identity(name=name, issuer=issuer, repository=f"{server}/{repository}", workflow=path, ref=ref)
