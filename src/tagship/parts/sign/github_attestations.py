"""Statements kept by GitHub's attestations API, where ``gh attestation verify`` looks for them.

https://docs.github.com/en/rest/repos/attestations. GitHub takes statements that a certificate signed, not those of keys.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tagship.adapters import runner
from tagship.adapters.github_api import GitHubApi
from tagship.domain.proofs import bundle, claims
from tagship.errors import RemoteRefused, UsageError
from tagship.parts.inputs import Switch
from tagship.parts.retry import persist
from tagship.ports import Tools

_NEEDS = "attestations: write"


def keep(
    bundles: Sequence[bytes], *, wish: Switch, repository: str, token: str, window: float, tools: Tools
) -> list[str]:
    """Keep what certificates signed and return the pages; ``auto`` warns where ``true`` fails.

    Raises:
        UsageError: there is nothing to keep, no token or no repository.
        RemoteRefused: GitHub said no.
        RemoteUnreachable: it kept failing.

    """
    signed = [each for each in bundles if bundle.has_certificate(each)]
    if wish == "false" or (wish == "auto" and not (signed and token and _public(tools))):
        return []
    if not signed:
        hint = "let sigstore sign, with `attest: provenance`, or leave `github-attestations` out"
        raise UsageError("there is no statement that GitHub would keep", hint=hint)
    api = GitHubApi.create(repository, token, tools, needs=_NEEDS)
    server = claims.server_of(tools.environment)
    try:
        kept = [_Keeping(api, each).until_kept(window, tools) for each in signed]
    except RemoteRefused as error:
        if wish == "true":
            raise
        tools.reporter.warning(
            f"the statements are not kept at GitHub: {error.problems[0].message} ({_NEEDS} is needed)"
        )
        return []
    return [f"{server}/{repository}/attestations/{number}" for number in kept if number]


def _public(tools: Tools) -> bool:
    return claims.visibility_of_event(runner.event(tools.environment)) == claims.PUBLIC


class _Keeping:
    """One statement on its way: looked for before it is sent, for an answer may have been lost, or a run be the second."""

    def __init__(self, api: GitHubApi, signed: bytes) -> None:
        self._api, self._document = api, msgspec.json.decode(signed)

    def until_kept(self, window: float, tools: Tools) -> int:
        """Return its number; zero when it is there and GitHub does not say which one it is."""
        return persist(self._attempt, lambda: 0, window=window, tools=tools)

    def _attempt(self) -> int:
        if self._there():
            return 0
        answer = self._api.ask("keep a statement", "POST", "/attestations", {"bundle": self._document})
        number = answer.get("id") if isinstance(answer, dict) else None
        return number if isinstance(number, int) else 0

    def _there(self) -> bool:
        try:
            found = self._api.ask("look for a statement", "GET", f"/attestations/sha256:{self._subject()}")
        except RemoteRefused:
            return False
        listed: Any = found.get("attestations", []) if isinstance(found, dict) else []
        return any(each.get("bundle") == self._document for each in listed if isinstance(each, dict))

    def _subject(self) -> str:
        from base64 import b64decode

        statement = msgspec.json.decode(b64decode(self._document["dsseEnvelope"]["payload"]))
        return str(statement["subject"][0]["digest"]["sha256"])
