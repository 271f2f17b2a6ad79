"""Who may publish to the MCP Registry: a GitHub job by its identity, or whoever holds a domain's key.

https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/api/official-registry-api.md (authentication). What
comes of it lives for five minutes: it is asked for right before it is used.
"""

from collections.abc import Callable
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlsplit

from tagship.adapters import http, oidc
from tagship.errors import UsageError
from tagship.ports import Tools

METHODS: Final = ("github-oidc", "dns", "http", "none")


def registry_token(address: str, method: str, domain: str, key: str, variable: str, tools: Tools) -> str:
    """Log in and return the registry's token.

    Raises:
        UsageError: there is neither an identity nor a key.
        RemoteRefused: the registry does not believe it.
        Transient: no answer, or one that may pass.

    """
    body: dict[str, str] = {}
    if method == "github-oidc":
        if not oidc.available(tools.environment):
            hint = f"let the job have `id-token: write`; or set the option login to dns or http, and {variable}"
            raise UsageError("there is no identity to log in to the MCP Registry with", hint=hint)
        parts = urlsplit(address)
        body = {"oidc_token": oidc.identity(f"{parts.scheme}://{parts.netloc}", tools)}
    elif method in {"dns", "http"}:
        moment = tools.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = _signer(key, variable)(moment.encode()).hex()
        body = {"domain": domain, "timestamp": moment, "signed_timestamp": signed}
    doing = f"log in to the MCP Registry by {method}"
    url = f"{address}/v0/auth/{method}"
    return oidc.exchange(url, doing, "registry_token", tools, _HINTS, json=body, auth=http.keep_headers)


def _signer(key: str, variable: str) -> Callable[[bytes], bytes]:
    """Sign as the registry checks it: Ed25519 as it is, P-384 over SHA-384 as R and S side by side."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

    hint = f"set {variable} to the PEM of an Ed25519 or P-384 key whose public half is in the domain's record"
    if not key:
        raise UsageError("there is no key to log in to the MCP Registry with", hint=hint)
    try:
        private: Any = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):
        raise UsageError("the key for the MCP Registry cannot be read", hint=hint) from None
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP384R1):
        raise UsageError("the key for the MCP Registry is neither Ed25519 nor P-384", hint=hint)

    def sign(data: bytes) -> bytes:
        both = utils.decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA384())))
        return b"".join(number.to_bytes(48, "big") for number in both)

    return sign


_HINTS: Final[dict[int, str]] = {
    400: "check the domain's record: v=MCPv1; k=ed25519; p=<public key>, at its apex and nothing older beside it",
    401: "the registry does not believe it: for a job, its audience is the registry's address; for a key, the domain's record",
    403: "the registry does not let this login publish",
}
