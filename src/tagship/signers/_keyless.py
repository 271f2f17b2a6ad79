"""Signing and verifying with sigstore-python: one certificate for many signatures, each proved at once. Imported when used."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import requests
from sigstore.dsse import Statement
from sigstore.errors import Error, VerificationError
from sigstore.hashes import Hashed
from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot
from sigstore.oidc import IdentityError, IdentityToken
from sigstore.sign import Signer, SigningContext
from sigstore.verify import Verifier
from sigstore_models.common.v1 import HashAlgorithm

from tagship.adapters import http
from tagship.domain.proofs.trust import Identity
from tagship.domain.text.strict_json import read_object
from tagship.errors import IntegrityError, RemoteRefused, TagshipError
from tagship.signers import _instance, _strict, _unlogged
from tagship.signers._certificate import Is

_STATEMENT: Final = "application/vnd.in-toto+json"
_REMAINING: Final = timedelta(seconds=60)
"""How long a certificate must still be valid to sign one more file with it."""
_GET_AGAIN: Final = "do not use the file; get it again from where it was released"
_HINTS: Final = {
    400: "Sigstore refuses this job's identity: check `permissions: id-token: write`, and the clock of this machine",
    401: "Sigstore does not accept this job's identity token",
    403: "Sigstore does not accept this job's identity",
}


class Certified:
    """Signs for one identity; the certificate is asked for when the first signature is, and anew before it runs out."""

    def __init__(
        self,
        instance: Callable[[str], ClientTrustConfig],
        token: Callable[[], str],
        expected: Callable[[str], Identity],
    ) -> None:
        """``token`` gets an identity token, ``instance`` says where it signs, ``expected`` whose certificate it leads to."""
        self._instance, self._token, self._expected = instance, token, expected
        self._one_at_a_time = threading.Lock()
        self._current: _Current | None = None
        self._own: tuple[Identity, TrustedRoot] | None = None

    def sign(self, sha256: str) -> bytes:
        """Return a bundle that signs a digest."""
        now = self._ready()
        with told("signature"):
            bundle = now.signer.sign_artifact(_hashed(sha256)).to_json().encode() + b"\n"
        verify(bundle, sha256, now.identity, now.root, file="")
        return bundle

    def attest(self, statement: bytes) -> bytes:
        """Return a bundle that signs an in-toto statement, these very bytes."""
        now = self._ready()
        with told("attestation"):
            bundle = now.signer.sign_dsse(Statement(statement)).to_json().encode() + b"\n"
        if verify_statement(bundle, now.identity, now.root, file="") != statement:
            raise IntegrityError("the attestation made is of another statement", hint="report this bug")
        return bundle

    def holds(self, bundle: bytes, sha256: str) -> bool:
        """Whether a bundle signs this digest for the identity that would sign now."""
        identity, root = self._identity()
        try:
            verify(bundle, sha256, identity, root, file="")
        except IntegrityError:
            return False
        return True

    def stated(self, bundle: bytes) -> bytes | None:
        """Return the statement that a bundle signs for the identity that would sign now."""
        identity, root = self._identity()
        try:
            return verify_statement(bundle, identity, root, file="")
        except IntegrityError:
            return None

    def _identity(self) -> tuple[Identity, TrustedRoot]:
        if self._own is None:
            raw = self._token()
            self._own = self._expected(raw), self._instance(raw).trusted_root
        return self._own

    def _ready(self) -> "_Current":
        """Return a certificate that lasts a while; each thread's connections get their time limits here."""
        with self._one_at_a_time:
            now = self._current
            if now is None or now.expires - datetime.now(UTC) < _REMAINING:
                now = self._current = self._certificate()
        for client in now.clients:
            _instance.limit(client._session)  # noqa: SLF001  (of this thread; there is no other way in)
        return now

    def _certificate(self) -> "_Current":
        raw = self._token()
        config = self._instance(raw)
        root = config.trusted_root
        with told("certificate"):
            if not _instance.has_logs(root):
                fulcio, tsas = _unlogged.services(config)
                _instance.limit(fulcio.session)
                own = _unlogged.Signer(IdentityToken(raw), fulcio, [_Strict(tsa) for tsa in tsas])
                return _Current(own, self._expected(raw), root, tuple(tsas))
            settings = config.signing_config
            fulcio, rekor, tsas = settings.get_fulcio(), settings.get_tlogs()[0], settings.get_tsas()
            _instance.limit(fulcio.session)
            stamps: Any = [_Strict(tsa) for tsa in tsas]
            context = SigningContext(fulcio=fulcio, rekor=rekor, trusted_root=root, tsa_clients=stamps)
            signer = Signer(IdentityToken(raw), context)
        return _Current(signer, self._expected(raw), root, (rekor, *tsas))


class _Current(NamedTuple):
    signer: Signer | _unlogged.Signer
    identity: Identity
    root: TrustedRoot
    clients: tuple[Any, ...]

    @property
    def expires(self) -> datetime:
        """When the certificate runs out."""
        return self.signer._signing_cert().not_valid_after_utc  # noqa: SLF001  (the cached one)


def verify(bundle: bytes, sha256: str, identity: Identity, root: TrustedRoot, *, file: str) -> None:
    """Check that a bundle signs this digest for this identity.

    Raises:
        IntegrityError: it does not.

    """
    with _proving(file):
        if not _instance.has_logs(root):
            _unlogged.verify_artifact(_document(bundle, file), sha256, Is(identity), root)
            return
        verifier = Verifier(trusted_root=root)
        verifier.verify_artifact(_hashed(sha256), _read(bundle, verifier, root, file), Is(identity))


def verify_statement(bundle: bytes, identity: Identity, root: TrustedRoot, *, file: str) -> bytes:
    """Return the statement that a bundle signs for this identity.

    Raises:
        IntegrityError: it does not.

    """
    with _proving(file):
        if _instance.has_logs(root):
            verifier = Verifier(trusted_root=root)
            kind, statement = verifier.verify_dsse(_read(bundle, verifier, root, file), Is(identity))
        else:
            kind, statement = _unlogged.verify_dsse(_document(bundle, file), Is(identity), root)
        if kind != _STATEMENT:
            raise VerificationError(f"it signs {kind}, not an in-toto statement")
        return statement


class _Strict:
    """A timestamp authority whose failure is one: sigstore-python goes on without its timestamp."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.url = inner.url

    def request_timestamp(self, signature: bytes) -> Any:
        """Ask for a timestamp.

        Raises:
            Transient: there is none.

        """
        from sigstore._internal.timestamp import TimestampError

        try:
            return self._inner.request_timestamp(signature)
        except TimestampError as error:
            raise http.Transient(f"timestamp: {error}") from None


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Tell failures of signing apart: those that may pass, and refusals."""
    from sigstore._internal.fulcio import ExpiredCertificate
    from sigstore._internal.fulcio.client import FulcioClientError
    from sigstore._internal.rekor import RekorClientError
    from sigstore.oidc import ExpiredIdentity

    try:
        yield
    except (FulcioClientError, RekorClientError) as error:
        raise _refusal(error, doing) from None
    except (ExpiredCertificate, ExpiredIdentity):
        raise http.Transient(f"{doing}: the identity ran out; asking for a new one") from None
    except requests.RequestException as error:
        raise http.Transient(f"{doing}: Sigstore did not answer ({type(error).__name__})") from None
    except IdentityError as error:
        hint = "check the clock of this machine, and that the token is of this job"
        raise RemoteRefused(f"{doing}: the identity token cannot be used: {error}", hint=hint) from None
    except VerificationError as error:
        hint = "check that `trust-config` is of one instance, all of it"
        raise RemoteRefused(f"{doing}: not of the instance that is trusted: {_reason(error)}", hint=hint) from None
    except (Error, ValueError, KeyError, TypeError) as error:
        raise http.Transient(f"{doing}: Sigstore's answer is broken: {_reason(error)}") from None


def _refusal(error: Exception, doing: str) -> TagshipError:
    """Tell what Fulcio or Rekor answered; an entry that is there already (409) is signed anew, as another entry."""
    cause = error.__cause__ or error.__context__
    answer = cause.response if isinstance(cause, requests.HTTPError) else None
    if answer is None:
        return http.Transient(f"{doing}: {_reason(error)}")
    told = http.refusal(answer.status_code, answer.headers, http.message_of(answer.text), doing, _HINTS)
    return http.Transient(told.problems[0].message) if answer.status_code == requests.codes.conflict else told


@contextmanager
def _proving(file: str) -> Iterator[None]:
    """Refuse whatever does not hold; what a hostile bundle brings the libraries to raise is a refusal too."""
    try:
        yield
    except TagshipError:
        raise
    except VerificationError as error:
        raise IntegrityError(f"the signature does not hold: {_reason(error)}", file=file, hint=_GET_AGAIN) from None
    except Exception as error:  # noqa: BLE001
        raise IntegrityError(f"not a signature bundle: {_reason(error)}", file=file, hint=_GET_AGAIN) from None


def _read(bundle: bytes, verifier: Verifier, root: TrustedRoot, file: str) -> Bundle:
    document = _document(bundle, file)
    _strict.fill_in(document)
    found = Bundle.from_json(json.dumps(document))
    _strict.check(found, document, root, verifier)
    return found


def _document(bundle: bytes, file: str) -> dict[str, Any]:
    return read_object(bundle, file=file, what="the bundle")


def _hashed(sha256: str) -> Hashed:
    return Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
