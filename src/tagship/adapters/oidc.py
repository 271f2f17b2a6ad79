"""Who this job is, said by GitHub: an OpenID Connect token for one audience, asked for right before it is used.

https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token. A job has it with
``id-token: write`` only.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tagship.adapters import http
from tagship.ports import Tools


def offered(environment: Mapping[str, str]) -> bool:
    """Whether this job can prove who it is."""
    return bool(environment.get("ACTIONS_ID_TOKEN_REQUEST_URL") and environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))


def identity(audience: str, tools: Tools) -> str:
    """Ask for a token, which is masked at once.

    Raises:
        RemoteRefused: the job may not have one.
        Transient: no answer, or one that may pass.

    """
    url, asked_with = (tools.environment[f"ACTIONS_ID_TOKEN_REQUEST_{name}"] for name in ("URL", "TOKEN"))
    doing = f"ask GitHub for an identity towards {audience}"
    headers = {"Authorization": f"bearer {asked_with}", "Accept": "application/json", "User-Agent": "tagship"}
    answer = http.send("GET", url, doing=doing, params={"audience": audience}, headers=headers, auth=http.keep_headers)
    hints = dict.fromkeys((401, 403), "give the job `permissions: id-token: write`")
    if answer.status_code != HTTPStatus.OK:
        raise http.refusal(answer.status_code, answer.headers, http.message_of(answer.text), doing, hints)
    return http.secret_of(answer, "value", doing, tools)


def exchange(url: str, doing: str, key: str, tools: Tools, hints: Mapping[int, str], **options: Any) -> str:
    """Trade an identity for a registry's short-lived token, which is masked at once.

    Raises:
        RemoteRefused: the registry does not know this job.
        Transient: no answer, or one that may pass.

    """
    answer = http.send("POST", url, doing=doing, **options)
    if not answer.ok or answer.is_redirect:
        raise http.refusal(answer.status_code, answer.headers, http.message_of(answer.text), doing, hints)
    return http.secret_of(answer, key, doing, tools)
