"""Identity tokens of GitHub Actions: who this job is, said by GitHub to one audience.

https://docs.github.com/en/actions/reference/security/oidc: the runner gives an address and a bearer token to jobs with
``id-token: write``. One attempt per call, as everywhere; whoever calls tries again.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tagship.adapters import http
from tagship.errors import RemoteRefused, UsageError
from tagship.ports import Tools

_ADDRESS, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_PERMIT = "give the job `permissions: id-token: write`"


def available(environment: Mapping[str, str]) -> bool:
    """Whether this job may ask for identity tokens."""
    return bool(environment.get(_ADDRESS) and environment.get(_TOKEN))


def require(environment: Mapping[str, str]) -> None:
    """Find out without a request whether this job may ask.

    Raises:
        UsageError: it may not.

    """
    if not available(environment):
        raise UsageError("there is no identity to sign with: this job can get no identity token", hint=_PERMIT)


def identity_token(environment: Mapping[str, str], audience: str) -> str:
    """Ask GitHub for a token of this job; the caller masks it.

    Raises:
        UsageError: the job may not have one.
        Transient: no answer, 5xx, a rate limit, or an answer without a token.
        RemoteRefused: any other refusal.

    """
    require(environment)
    doing = "identity token"
    headers = {"Authorization": f"Bearer {environment[_TOKEN]}", "Accept": "application/json"}
    answer = http.send(
        "GET",
        environment[_ADDRESS],
        doing=doing,
        headers=headers,
        params={"audience": audience},
        auth=http.keep_headers,
    )
    http.require_success(answer, doing, {401: _PERMIT, 403: _PERMIT})
    token = (http.object_or_none(answer) or {}).get("value")
    if not isinstance(token, str) or not token:
        raise http.Transient(f"{doing}: GitHub's answer has no token")
    return token


def identity(audience: str, tools: Tools) -> str:
    """Ask for a token of this job, which is masked at once.

    Raises:
        UsageError, Transient, RemoteRefused: as :func:`identity_token`.

    """
    token = identity_token(tools.environment, audience)
    tools.reporter.mask(token)
    return token


def exchange(url: str, doing: str, key: str, tools: Tools, hints: Mapping[int, str], **options: Any) -> str:
    """Trade an identity for a registry's short-lived token, which is masked at once.

    Raises:
        RemoteRefused: the registry does not know this job.
        Transient: no answer, or one that may pass.

    """
    answer = http.send("POST", url, doing=doing, **options)
    http.require_success(answer, doing, hints)
    return http.secret_of(answer, key, doing, tools)


def claims(token: str) -> dict[str, Any]:
    """Read what a token says, unverified: whoever is shown the token verifies it.

    Raises:
        RemoteRefused: it is no token.

    """
    try:
        body = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RemoteRefused("the identity token is no JSON web token", hint="check ACTIONS_ID_TOKEN_REQUEST_URL")
    return found
