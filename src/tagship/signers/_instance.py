"""A Sigstore instance: whose certificates, logs and timestamps count, and where they are asked for. Imported when used.

The public one tells by TUF, a private one by a file: a client trust configuration
(``application/vnd.dev.sigstore.clienttrustconfig.v0.1+json``) or, enough for verifying, a trusted root.
"""

import json
import logging
from functools import lru_cache
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from sigstore.errors import TUFError
from sigstore.models import ClientTrustConfig, TrustedRoot
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel

from tagship.adapters import http
from tagship.domain.trust import Trust
from tagship.errors import UsageError

_TRUSTED_ROOT: Final = "application/vnd.dev.sigstore.trustedroot"
_REKOR_V1: Final = 1
_ANSWER: Final = 60.0
"""Seconds: Rekor v2 answers once the entry is in the log, for which clients shall allow 20 (rekor-tiles CLIENTS.md)."""

logging.getLogger("sigstore").setLevel(logging.ERROR)  # what it warns of, we check and tell


def signing(config: str) -> ClientTrustConfig:
    """Return where to sign: the instance of a client trust configuration, else the public one, with Rekor v1.

    Rekor v1, because objects of PEP 740 and older verifiers know no other kind (ADR 0023).

    Raises:
        UsageError: it is no client trust configuration.
        Transient: the public instance's trust cannot be fetched.

    """
    if config:
        return _read(config.encode())
    found = _public(offline=False)
    found.force_tlog_version = _REKOR_V1
    return found


@lru_cache(maxsize=8)
def trusted_root(trust_root: bytes, offline: bool) -> TrustedRoot:  # noqa: FBT001  (a cache key)
    """Return whom to believe, for :class:`~tagship.domain.trust.Trust`.

    Raises:
        UsageError: it is neither a trusted root nor a client trust configuration.
        Transient: the public instance's trust cannot be fetched.

    """
    if not trust_root:
        return _public(offline=offline).trusted_root
    if _TRUSTED_ROOT not in str(_document(trust_root).get("mediaType")):
        return _read(trust_root).trusted_root
    try:
        return TrustedRoot(TrustedRootModel.from_json(trust_root))
    except Exception as error:  # noqa: BLE001  (of whatever kind: the file cannot be used)
        raise _unusable(error) from None


def of(trust: Trust) -> TrustedRoot:
    """Return whom a trust believes."""
    return trusted_root(trust.trust_root, trust.offline)


def limit(session: requests.Session) -> None:
    """Give a session of sigstore-python, which sets none, a time limit; and no secrets of ``~/.netrc``."""
    if not isinstance(session.adapters.get("https://"), _Limited):
        session.mount("https://", _Limited())
        session.mount("http://", _Limited())
        session.auth = http.keep_headers


class _Limited(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send with a time limit, ours where the caller has none."""
        options["timeout"] = options.get("timeout") or (http.CONNECT_TIMEOUT, _ANSWER)
        return super().send(request, *args, **options)


def _public(*, offline: bool) -> ClientTrustConfig:
    try:
        return ClientTrustConfig.production(offline=offline)
    except TUFError as error:
        reason = type(error.__cause__ or error).__name__
        raise http.Transient(f"whom Sigstore's public instance trusts cannot be fetched ({reason})") from None


def _read(config: bytes) -> ClientTrustConfig:
    _document(config)
    try:
        found = ClientTrustConfig.from_json(config.decode())
        assert found.trusted_root  # noqa: S101  (made, and checked, when it is asked for)
    except Exception as error:  # noqa: BLE001  (of whatever kind: the file cannot be used)
        raise _unusable(error) from None
    return found


def _document(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _unusable(error) from None
    return found if isinstance(found, dict) else {}


def _unusable(error: Exception) -> UsageError:
    reason = " ".join(str(error).split())[:200]
    hint = "give the path of a Sigstore client trust configuration (to verify, a trusted root will do)"
    return UsageError(f"the trust configuration cannot be used: {reason}", hint=hint)
