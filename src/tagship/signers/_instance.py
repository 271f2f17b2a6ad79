"""A Sigstore instance: whose certificates, logs and timestamps count, and where they are asked for. Imported when used.

The public one and GitHub's own tell by TUF, a private one by a file: a client trust configuration
(``application/vnd.dev.sigstore.clienttrustconfig.v0.1+json``) or, enough for verifying, trusted roots, one a line where
there are several, as ``gh attestation trusted-root`` writes them.
"""

import base64
import json
import logging
from functools import lru_cache
from typing import Any, Final

import requests
from cryptography import x509
from requests.adapters import HTTPAdapter
from sigstore.errors import TUFError
from sigstore.models import ClientTrustConfig, TrustedRoot
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel

from tagship.adapters import http
from tagship.domain.proofs import claims
from tagship.domain.proofs.trust import Trust
from tagship.errors import UsageError
from tagship.signers import _github

_TRUSTED_ROOT: Final = "application/vnd.dev.sigstore.trustedroot"
_NO_LOGS: Final[dict[str, Any]] = {"tlogs": [], "ctlogs": []}
_REKOR_V1: Final = 1
_ANSWER: Final = 60.0
"""Seconds: Rekor v2 answers once the entry is in the log, for which clients shall allow 20 (rekor-tiles CLIENTS.md)."""

logging.getLogger("sigstore").setLevel(logging.ERROR)  # what it warns of, we check and tell


def signing(config: str, *, logged: bool = False) -> ClientTrustConfig:
    """Return where to sign: the instance of a client trust configuration, else the public one, with Rekor v1.

    Rekor v1, because objects of PEP 740 and older verifiers know no other kind (ADR 0023). ``logged``: a log is needed.

    Raises:
        UsageError: it is no client trust configuration, or only a part of one.
        Transient: the public instance's trust cannot be fetched.

    """
    if not config:
        found = _public(offline=False)
        found.force_tlog_version = _REKOR_V1
        return found
    found = _read(config.encode())
    where = found._inner.signing_config  # noqa: SLF001  (its own reading wants a log)
    if bool(where.rekor_tlog_urls) != has_logs(found.trusted_root):
        raise _unusable("it names a log to sign in, or logs to trust, but not both")
    if logged and not where.rekor_tlog_urls:
        raise _unusable("it names no log")
    if not where.rekor_tlog_urls and not (where.tsa_urls and where.ca_urls):
        raise _unusable("without a log it must name a certificate authority and a timestamp authority")
    return found


def private(server: str) -> ClientTrustConfig:
    """Return where repositories of a GitHub that are not public sign: at GitHub's own instance.

    Raises:
        UsageError: nobody says whom it trusts.
        Transient: whom it trusts cannot be fetched.

    """
    return _github.signing(server)


def has_logs(root: TrustedRoot) -> bool:
    """Whether an instance has logs, of signatures or of certificates; then nothing holds without an entry in them."""
    return bool(root._inner.tlogs or root._inner.ctlogs)  # noqa: SLF001


def of(trust: Trust, bundle: bytes = b"") -> TrustedRoot:
    """Return whom a trust believes about a bundle: who is named, else GitHub's instance or the public one, as it says.

    Raises:
        UsageError: what is named cannot be used.
        Transient: whom an instance trusts cannot be fetched.

    """
    issuer = _issuer_in(bundle)
    if trust.trust_root:
        roots = _roots(trust.trust_root)
        mine = (root for root in roots if len(roots) > 1 and issuer in _names(root))
        return next(mine, roots[0])
    if issuer and _github.is_own(issuer):
        return _github.trusted_root(claims.server_in(trust.identity), offline=trust.offline)
    return _public_root(trust.offline)


@lru_cache(maxsize=2)
def _public_root(offline: bool) -> TrustedRoot:  # noqa: FBT001  (a cache key)
    return _public(offline=offline).trusted_root


@lru_cache(maxsize=8)
def _roots(given: bytes) -> tuple[TrustedRoot, ...]:
    documents = _documents(given)
    if len(documents) == 1 and _TRUSTED_ROOT not in str(documents[0].get("mediaType")):
        return (_read(given).trusted_root,)
    try:
        return tuple(TrustedRoot(TrustedRootModel.from_json(json.dumps(_NO_LOGS | each))) for each in documents)
    except Exception as error:  # noqa: BLE001  (of whatever kind: the file cannot be used)
        raise _unusable(error) from None


def _names(root: TrustedRoot) -> set[x509.Name]:
    return {each.subject for each in root.get_fulcio_certs()} if root._inner.certificate_authorities else set()  # noqa: SLF001


def _issuer_in(bundle: bytes) -> x509.Name | None:
    """Find who a bundle says certified it, to choose who has to prove it; what cannot be read is refused later."""
    try:
        raw = json.loads(bundle)["verificationMaterial"]["certificate"]["rawBytes"]
        return x509.load_der_x509_certificate(base64.b64decode(raw)).issuer
    except Exception:  # noqa: BLE001  (whatever a hostile certificate brings the libraries to raise)
        return None


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
    try:
        found = ClientTrustConfig.from_json(json.dumps(_with_logs(json.loads(config))))
        assert found.trusted_root  # noqa: S101  (made, and checked, when it is asked for)
    except Exception as error:  # noqa: BLE001  (of whatever kind: the file cannot be used)
        raise _unusable(error) from None
    return found


def _with_logs(config: dict[str, Any]) -> dict[str, Any]:
    """Write the empty lists that JSON of Protocol Buffers may leave out."""
    root = config.get("trustedRoot")
    return {**config, "trustedRoot": _NO_LOGS | root} if isinstance(root, dict) else config


def _documents(data: bytes) -> list[dict[str, Any]]:
    """Read one JSON object, or several, one a line."""
    found, read, at = [], json.JSONDecoder(), 0
    try:
        text = data.decode("utf-8").strip()
        while at < len(text):
            document, end = read.raw_decode(text, at)
            found.append(document)
            at = end + len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError) as error:
        raise _unusable(error) from None
    return found if all(isinstance(each, dict) for each in found) and found else [{}]


def _unusable(reason: Exception | str) -> UsageError:
    said = " ".join(str(reason).split())[:200]
    hint = "give the path of a Sigstore client trust configuration (to verify, a trusted root will do)"
    return UsageError(f"the trust configuration cannot be used: {said}", hint=hint)
