"""What GitHub says of a job, in an identity token, and whose certificate that must lead to.

https://docs.github.com/en/actions/reference/security/oidc lists the claims; Fulcio writes them into the certificate
(https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md). ``sub`` is never taken apart: its form is up to the owner.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tagship.domain.proofs.trust import GITHUB_ISSUER, Identity
from tagship.domain.text import structs
from tagship.errors import UsageError

GITHUB: Final = "https://github.com"
PUBLIC: Final = "public"
NOT_PUBLIC: Final = frozenset({"private", "internal"})
_OWN_INSTANCES: Final = re.compile(r"https://(github\.com|[a-z0-9-]+\.ghe\.com)", re.ASCII)
"""Servers with a Sigstore instance of their own for repositories that are not public; GitHub Enterprise Server has none."""
_PRIVATE: Final = (
    "sign with a key, with a private Sigstore instance (`trust-config`), or accept it with `allow-public-log: true`"
)


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims that provenance is made of, all of them required, as ``@actions/attest`` requires them."""

    iss: str
    ref: str
    sha: str
    repository: str
    event_name: str
    job_workflow_ref: str
    workflow_ref: str
    repository_id: str
    repository_owner_id: str
    runner_environment: str
    run_id: str
    run_attempt: str


def server_of(environment: Mapping[str, str]) -> str:
    """Return the address of the GitHub that a job runs on; elsewhere the public one."""
    return environment.get("GITHUB_SERVER_URL") or GITHUB


def issuer_of(server: str) -> str:
    """Return who vouches for the jobs of a GitHub, where its enterprise has not chosen an issuer of its own.

    https://docs.github.com/en/enterprise-server@latest/actions/reference/security/oidc
    """
    return GITHUB_ISSUER if _OWN_INSTANCES.fullmatch(server) else f"{server}/_services/token"


def of_job(said: Mapping[str, Any]) -> Claims:
    """Read the claims of a GitHub job.

    Raises:
        UsageError: the token is not one of a GitHub job.

    """
    try:
        return structs.convert(said, Claims)
    except msgspec.ValidationError as error:
        hint = "make provenance in a job of GitHub Actions, or leave `provenance` out of `attest`"
        raise UsageError(f"the identity token is not of a GitHub job: {error}", hint=hint) from None


def identity(said: Mapping[str, Any], server: str = GITHUB) -> Identity:
    """Return whose certificate a token leads to: of a GitHub job this repository, commit and workflow, of others the issuer."""
    if not {"repository", "job_workflow_ref", "ref", "sha"} <= said.keys():
        return Identity(issuer=str(said.get("iss", "")))
    return Identity(
        name=f"{server}/{said['job_workflow_ref']}",
        issuer=str(said.get("iss", "")),
        repository=f"{server}/{said['repository']}",
        ref=str(said["ref"]),
        commit=str(said["sha"]),
    )


def visibility_of_event(event: Mapping[str, Any]) -> str:
    """Return ``public``, ``private`` or ``internal`` as the event that started the job says; empty when it does not."""
    repository = event.get("repository")
    if not isinstance(repository, dict):
        return ""
    said = repository.get("visibility")
    return said if isinstance(said, str) else "private" if repository.get("private") else ""


def has_own_instance(server: str) -> bool:
    """Whether a GitHub signs for its private repositories without a public log."""
    return _OWN_INSTANCES.fullmatch(server.rstrip("/")) is not None


def server_in(wanted: Identity | None) -> str:
    """Return the GitHub that an identity is of: of its repository, else its name; github.com where neither says."""
    said = (wanted.repository or wanted.name) if wanted else ""
    found = _OWN_INSTANCES.match(said)
    return found.group() if found else GITHUB


def refuse_unless_public(visibility: str) -> None:
    """Keep names of repositories that are not public out of public logs.

    Raises:
        UsageError: the repository is not public, or nobody says that it is.

    """
    if visibility != PUBLIC:
        state = f"is {visibility}" if visibility else "is not known to be public"
        raise UsageError(f"the repository {state}, and keyless signatures are logged in public", hint=_PRIVATE)
