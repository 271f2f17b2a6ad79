"""GitHub's own Sigstore instance, for repositories that are not public: Fulcio and a timestamp authority, no logs.

Where it is: ``buildGitHubEndpoints`` of @actions/attest (actions/toolkit, ``packages/attest/src/endpoints.ts``). Whom it
trusts: GitHub's TUF repository, beginning at ``_github_root.json``, which is its root metadata of version 3 as ``gh`` has it
built in (cli/cli, ``pkg/cmd/attestation/verification/embed/tuf-repo.github.com/root.json``). Imported when used.
"""

import base64
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from sigstore._internal.tuf import TrustUpdater
from sigstore.errors import TUFError
from sigstore.models import ClientTrustConfig, TrustedRoot
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel
from tuf.api.exceptions import DownloadError, RepositoryError

from tagship.adapters import http
from tagship.errors import UsageError

ORGANISATION: Final = "GitHub, Inc."
"""Who certifies, as its certificates say; ``gh`` tells the instances apart by it (cli/cli, ``verification/sigstore.go``)."""
_TUF: Final = "https://tuf-repo.github.com"
_ROOT: Final = Path(__file__).with_name("_github_root.json")
_TARGET: Final = "trusted_root.json"
_TENANTS: Final = ".ghe.com"
_SINCE: Final = "2023-01-01T00:00:00Z"
_FULCIO, _TIMESTAMPS = "https://fulcio.{}", "https://timestamp.{}/api/v1/timestamp"


def signing(server: str) -> ClientTrustConfig:
    """Return where jobs of a GitHub sign, and whom to believe there.

    Raises:
        UsageError: nobody says whom this GitHub's instance trusts.
        Transient: whom it trusts cannot be fetched.

    """
    host = _tenant(server) or "githubapp.com"
    services = {"caUrls": _FULCIO, "tsaUrls": _TIMESTAMPS}
    whole = {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": json.loads(trusted_root(server, offline=False)._inner.to_json()),  # noqa: SLF001
        "signingConfig": {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            **{name: [_service(url.format(host))] for name, url in services.items()},
            "tsaConfig": {"selector": "ALL"},
        },
    }
    return ClientTrustConfig.from_json(json.dumps(whole))


@lru_cache(maxsize=8)
def trusted_root(server: str, *, offline: bool) -> TrustedRoot:
    """Return whom the instance of a GitHub trusts: its own authorities and nobody's logs; ``offline`` as last fetched.

    Raises:
        UsageError: it was never fetched, or GitHub publishes none for this server.
        Transient: it cannot be fetched.

    """
    tenant = _tenant(server).removesuffix(_TENANTS)
    name = f"{tenant}.{_TARGET}" if tenant else _TARGET
    try:
        updater = TrustUpdater(_TUF, offline, bootstrap_root=_ROOT)
        found = _target(updater, name).read_bytes()
    except (TUFError, DownloadError, RepositoryError) as error:
        reason = type(error.__cause__ or error).__name__
        raise http.Transient(f"whom GitHub's own Sigstore instance trusts cannot be fetched ({reason})") from None
    except OSError:
        hint = "verify once without `offline` on this machine, or give its trusted root in `trust-config`"
        raise UsageError("whom GitHub's own Sigstore instance trusts is not known here", hint=hint) from None
    return _without_logs(json.loads(found))


def is_own(issuer: x509.Name) -> bool:
    """Whether an issuer calls itself GitHub's; a chain has to prove it."""
    return _organisations(issuer) == [ORGANISATION]


def _target(updater: TrustUpdater, name: str) -> Path:
    """Find a target as ``TrustUpdater`` finds the one trusted root that it knows of."""
    metadata, folder = updater._updater, updater._targets_dir  # noqa: SLF001  (it takes no names)
    if metadata is None:
        return folder / name
    told = metadata.get_targetinfo(name)
    if told is None:
        hint = "give a client trust configuration of your GitHub's instance in `trust-config`"
        raise UsageError(f"GitHub tells no {name}", hint=hint)
    return Path(metadata.find_cached_target(told) or metadata.download_target(told))


def _without_logs(document: dict[str, Any]) -> TrustedRoot:
    """Take GitHub's authorities alone: rules without logs are for their certificates, and for nobody else's."""
    own = [each for each in document.get("certificateAuthorities", []) if _is_githubs(each)]
    kept = {**document, "tlogs": [], "ctlogs": [], "certificateAuthorities": own}
    return TrustedRoot(TrustedRootModel.from_json(json.dumps(kept)))


def _is_githubs(authority: dict[str, Any]) -> bool:
    chain = [base64.b64decode(each["rawBytes"]) for each in authority["certChain"]["certificates"]]
    return all(_organisations(x509.load_der_x509_certificate(each).subject) == [ORGANISATION] for each in chain)


def _organisations(name: x509.Name) -> list[str]:
    return [str(each.value) for each in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]


def _tenant(server: str) -> str:
    """Return the host of an enterprise whose data resides apart (``<tenant>.ghe.com``); empty for github.com."""
    host = urlsplit(server).hostname or ""
    return host if host.endswith(_TENANTS) else ""


def _service(url: str) -> dict[str, Any]:
    return {"url": url, "majorApiVersion": 1, "validFor": {"start": _SINCE}, "operator": "github.com"}
