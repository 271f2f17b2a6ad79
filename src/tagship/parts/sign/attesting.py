"""Statements about the files of a release: where they come from, and what is in them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tagship.adapters import oidc
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import claims, provenance
from tagship.domain.proofs.trust import Identity
from tagship.parts.retry import persist
from tagship.parts.sign import earlier
from tagship.parts.sign.image_subjects import Subjects
from tagship.parts.sign.signing import attest_all
from tagship.ports import Attester, Renewing, Tools

AUDIENCE: Final = "sigstore"
KINDS: Final = ("provenance", "sbom")


def predicate(plan: Plan | None, tools: Tools, *, window: float) -> dict[str, Any]:
    """Return the provenance of this job's files: of GitHub's claims where it has a token, else of what the plan says.

    Raises:
        UsageError: no claims and no plan.

    """
    if not oidc.available(tools.environment):
        return provenance.local(plan)
    return provenance.slsa(claims.of_job(said_of_job(tools, window)), claims.server_of(tools.environment))


def own_identity(tools: Tools, *, window: float) -> Identity | None:
    """Return who this job signs as; nobody where it has no identity."""
    available = oidc.available(tools.environment)
    return claims.identity(said_of_job(tools, window), claims.server_of(tools.environment)) if available else None


def said_of_job(tools: Tools, window: float) -> dict[str, Any]:
    """Return what GitHub says of this job, in a token that is asked for."""
    token = persist(lambda: oidc.identity_token(tools.environment, AUDIENCE), lambda: 0, window=window, tools=tools)
    tools.reporter.mask(token)
    return oidc.claims(token)


def about_sboms(
    plan: Plan, documents: Mapping[str, bytes], digests: Mapping[str, str], images: Subjects
) -> Iterator[bytes]:
    """Write a statement per SBOM: these files and images have these parts; without a package it is about all of them."""
    for name, data in sorted(documents.items()):
        document = msgspec.json.decode(data)
        kind = provenance.sbom_kind(document)
        artifact = plan.artifact(name)
        about = artifact.package if artifact else ""
        subjects = {a.name: digests[a.name] for a in plan.built if not about or a.package == about}
        for package, named in images.items():
            subjects |= named if about in {"", package} else {}
        if kind and subjects:
            yield from provenance.statements(subjects, kind, document)


def for_channels(plan: Plan, digests: Mapping[str, str]) -> Iterator[bytes]:
    """Write what channels ask for: PyPI one statement about each file alone."""
    owed = {name for channel in plan.channels if channel.kind == "pypi" for name in channel.artifacts}
    for artifact in plan.built:
        if artifact.name in owed:
            yield provenance.statement([(artifact.name, digests[artifact.name])], provenance.PYPI, None)


def sign(
    attesters: Sequence[Attester], statements: Sequence[bytes], *, window: float, tools: Tools, found: bytes = b""
) -> list[bytes]:
    """Sign every statement by everyone, except what was ``found`` signed; one bundle a line makes a ``.intoto.jsonl``."""
    made: list[bytes] = []
    for attester in attesters:
        renewing = attester if found and isinstance(attester, Renewing) else None
        kept = earlier.statements(renewing, statements, found, window=window, tools=tools) if renewing else {}
        new = [statement for statement in statements if statement not in kept]
        kept |= dict(zip(new, attest_all(attester, new, window=window, tools=tools), strict=True))
        made += [kept[statement] for statement in statements]
    return made


def lines(bundles: Sequence[bytes]) -> bytes:
    """Join bundles as JSON Lines, the last one ended too: ``gh attestation verify --bundle`` reads to each line end."""
    return b"".join(bundle.rstrip(b"\n") + b"\n" for bundle in bundles)
