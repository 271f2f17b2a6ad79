"""Which Sigstore instance signs for this job: the one that is configured, else by the repository's visibility.

A public log shows names for ever, so only public repositories go there by themselves; the others have GitHub's own instance,
as with @actions/attest (``packages/attest/src/endpoints.ts``). Read before anything heavy is imported.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from tagship.adapters import oidc, runner
from tagship.domain.proofs import claims
from tagship.ports import Tools

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig

AUDIENCE: Final = "sigstore"
_PUBLIC_INSTANCE: Final = "sigstore.dev"


class Choice:
    """``config`` is the text of a client trust configuration, or empty; ``allowed``: the name may be logged in public."""

    def __init__(self, config: str, tools: Tools, *, allowed: bool) -> None:
        self._config, self._tools = config, tools
        self._server = tools.environment.get("GITHUB_SERVER_URL") or claims.GITHUB
        self._anywhere = allowed or (bool(config) and _PUBLIC_INSTANCE not in config)
        self._said = claims.visibility_of_event(runner.event(tools.environment))
        self._seen = ""

    def refuse_early(self) -> None:
        """Say no before the first request, where the event tells enough.

        Raises:
            UsageError: the name would be published.

        """
        if self._said and not self._anywhere and not self._own(self._said):
            claims.refuse_unless_public(self._said)

    def ask(self) -> str:
        """Return an identity token of this job.

        Raises:
            UsageError: the job may not have one, or the name would be published.
            Transient, RemoteRefused: GitHub does not give one.

        """
        token = oidc.identity(AUDIENCE, self._tools)
        visibility = self._visibility(token)
        if not self._anywhere and not self._own(visibility):
            claims.refuse_unless_public(visibility)
        self._seen = visibility
        return token

    def instance(self, token: str) -> "ClientTrustConfig":
        """Return where the job with this token signs.

        Raises:
            UsageError: a configuration that cannot be used.
            Transient: whom the instance trusts cannot be fetched.

        """
        from tagship.signers import _instance

        own = not self._anywhere and self._own(self._visibility(token))
        return _instance.private(self._server) if own else _instance.signing(self._config)

    def public(self) -> bool:
        """Whether it is the public instance; the token is asked where the event does not say."""
        if self._config or self._anywhere:
            return not self._config or _PUBLIC_INSTANCE in self._config
        return (self._seen or self._said or self._visibility(self.ask())) == claims.PUBLIC

    def logged(self) -> bool:
        """Whether it has a log."""
        return bool(json.loads(self._config)["signingConfig"].get("rekorTlogUrls")) if self._config else self.public()

    def _own(self, visibility: str) -> bool:
        """Whether GitHub's own instance is the one to sign with."""
        return not self._config and visibility in claims.NOT_PUBLIC and claims.has_own_instance(self._server)

    def _visibility(self, token: str) -> str:
        """Return what the event and GitHub's own word say; where one of them is not public, that."""
        said: Any = oidc.claims(token).get("repository_visibility", "")
        return self._said if self._said in claims.NOT_PUBLIC else str(said)
