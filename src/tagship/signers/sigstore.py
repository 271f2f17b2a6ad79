"""Keyless signatures: a certificate of Sigstore for the identity of this job, as bundles that cosign and ``gh`` accept.

There is no key to keep: GitHub says who the job is, Fulcio certifies it for ten minutes, and Rekor logs each signature
in public. So repositories that are not public sign with GitHub's own instance, which has no log, unless somebody says
otherwise (:mod:`tagship.signers._choice`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Self

from tagship.adapters import oidc
from tagship.domain.plans.artifact import Artifact, bundle_name
from tagship.domain.plans.planning import signing_artifact
from tagship.domain.proofs import bundle, claims
from tagship.domain.proofs.trust import Identity, Trust
from tagship.errors import UsageError
from tagship.ports import FileToSign, Tools
from tagship.signers._choice import Choice
from tagship.signers._config import read_config

if TYPE_CHECKING:
    from tagship.signers._keyless import Certified

_WHO: Final = "say who must have signed: `repository` (and `workflow`), or `identity` and `issuer`; see docs/signing.md"


class SigstoreSigner:
    """:class:`tagship.ports.Attester` with certificates of a Sigstore instance."""

    name: ClassVar[str] = "sigstore"
    key_file: ClassVar[str] = ""
    key_mark: ClassVar[bytes] = b""
    parallel: ClassVar[int] = 32
    """Rekor v2 answers when the next checkpoint is made: waiting, not work."""

    def __init__(self, certified: "Certified", choice: Choice) -> None:
        self._certified, self._choice = certified, choice

    @property
    def public(self) -> bool:
        """Whether the instance is the one that every verifier trusts."""
        return self._choice.public()

    @property
    def logged(self) -> bool:
        """Whether signatures have a place in a log, without which PyPI and npm take no statements."""
        return self._choice.logged()

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> Self:
        """Take the identity of this job; ``trust-config`` is the client trust configuration of a private instance, or its path.

        No request is made here: whether a repository is public is known from the event; where that does not say, from the
        identity token, before the certificate is asked for.

        Raises:
            UsageError: the job has no identity, the configuration cannot be used, or the name would be published.

        """
        config = read_config(secrets.get("trust-config", ""))
        choice = Choice(config, tools, allowed=secrets.get("allow-public-log") == "true")
        choice.refuse_early()
        oidc.require(tools.environment)
        from tagship.signers import _instance, _keyless

        if config:
            _instance.signing(config)
        return cls(_keyless.Certified(choice.instance, choice.ask, _expected(tools.environment)), choice)

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name a bundle per file."""
        return tuple(signing_artifact(bundle_name(file), "bundle") for file in files)

    @classmethod
    def signature_name(cls, file: str) -> str:
        """``<file>.sigstore.json``."""
        return bundle_name(file)

    @classmethod
    def recognises(cls, signature: bytes) -> bool:
        """Whether it is a bundle of a certificate."""
        return bundle.has_certificate(signature)

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: Trust) -> None:
        """Check a bundle: certificate, log, time, signature, and who signed.

        Raises:
            IntegrityError: it does not hold, is for another file, or somebody else signed.
            UsageError: nobody said who must have signed.
            Transient: whom the public instance, or GitHub's, trusts cannot be fetched.

        """
        if trust.identity is None:
            raise UsageError("it is signed with a certificate, and anybody has one", file=file.name, hint=_WHO)
        from tagship.signers import _instance, _keyless

        root = _instance.of(trust, signature)
        _keyless.verify(signature, file.sha256, trust.identity, root, file=bundle_name(file.name))

    @classmethod
    def check_statement(cls, bundle: bytes, trust: Trust) -> bytes:
        """Return the statement in a bundle, as :meth:`check` checks signatures."""
        if trust.identity is None:
            raise UsageError("the attestation is signed with a certificate, and anybody has one", hint=_WHO)
        from tagship.signers import _instance, _keyless

        return _keyless.verify_statement(bundle, trust.identity, _instance.of(trust, bundle), file="attestation")

    def companions(self) -> Mapping[str, bytes]:
        """Ship nothing: there is no key."""
        return {}

    def sign(self, file: FileToSign) -> bytes:
        """Sign the file's digest, log it, and prove the bundle."""
        return self._certified.sign(file.sha256)

    def attest(self, statement: bytes) -> bytes:
        """Sign a statement, log it, and prove the bundle."""
        return self._certified.attest(statement)

    def still_holds(self, file: FileToSign, signature: bytes) -> bool:
        """Whether an earlier bundle is of this repository, workflow and commit; no certificate is asked for."""
        return self._certified.holds(signature, file.sha256)

    def still_stated(self, bundle: bytes) -> bytes | None:
        """Return what an earlier bundle of this repository, workflow and commit states."""
        return self._certified.stated(bundle)


def _expected(environment: Mapping[str, str]) -> Callable[[str], Identity]:
    server = claims.server_of(environment)
    return lambda token: claims.identity(oidc.claims(token), server)


PLUGIN: Final = SigstoreSigner
