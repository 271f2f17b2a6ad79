"""Where files come from: SLSA v1 provenance in in-toto statements, byte for byte as ``@actions/attest`` makes them.

https://slsa.dev/spec/v1.0/provenance, https://actions.github.io/buildtypes/workflow/v1,
https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tagship.domain.plans.plan import Plan
from tagship.domain.proofs.claims import GITHUB, Claims
from tagship.errors import IntegrityError, UsageError

STATEMENT: Final = "https://in-toto.io/Statement/v1"
SLSA: Final = "https://slsa.dev/provenance/v1"
PYPI: Final = "https://docs.pypi.org/attestations/publish/v1"
"""What PyPI wants to be told of each file that is uploaded to it, with nothing more (PEP 740)."""
CYCLONEDX: Final = "https://cyclonedx.org/bom"
SPDX: Final = "https://spdx.dev/Document"
IMAGE_SIGNATURE: Final = "https://sigstore.dev/cosign/sign/v1"
"""What cosign signs of an image (github.com/sigstore/cosign specs/BUNDLE_SPEC.md)."""
SBOMS: Final = (CYCLONEDX, SPDX)
BUILD_TYPE: Final = "https://actions.github.io/buildtypes/workflow/v1"
LOCAL_BUILDER: Final = "https://github.com/tagship/tagship/blob/main/docs/signing.md#a-machine-of-ones-own"
LOCAL_BUILD_TYPE: Final = "https://github.com/tagship/tagship/blob/main/docs/signing.md#local-builds"
MOST_SUBJECTS: Final = 1024
"""Subjects that GitHub takes in one attestation (github.com/actions/attest)."""


def slsa(claims: Claims, server: str = GITHUB) -> dict[str, Any]:
    """Return the predicate of a job's files; the builder is the workflow whose job this is, the reusable one if there is one."""
    repository = f"{server}/{claims.repository}"
    path = claims.workflow_ref.replace(f"{claims.repository}/", "", 1).partition("@")[0]
    run = f"{repository}/actions/runs/{claims.run_id}/attempts/{claims.run_attempt}"
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"workflow": {"ref": claims.ref, "repository": repository, "path": path}},
            "internalParameters": {
                "github": {
                    "event_name": claims.event_name,
                    "repository_id": claims.repository_id,
                    "repository_owner_id": claims.repository_owner_id,
                    "runner_environment": claims.runner_environment,
                }
            },
            "resolvedDependencies": [
                {"uri": f"git+{repository}@{claims.ref}", "digest": {"gitCommit": claims.sha}},
            ],
        },
        "runDetails": {
            "builder": {"id": f"{server}/{claims.job_workflow_ref}"},
            "metadata": {"invocationId": run},
        },
    }


def local(plan: Plan | None) -> dict[str, Any]:
    """Return the predicate of files that were made where GitHub says nothing of the job: what the plan says, unproved.

    Raises:
        UsageError: there is no plan either.

    """
    if plan is None:
        hint = "sign in a job of GitHub Actions with `id-token: write`, or leave `provenance` out of `attest`"
        raise UsageError("nobody says where these files come from", hint=hint)
    place = f"{GITHUB}/{plan.repository}" if plan.repository else ""
    source = {"uri": f"git+{place}@refs/tags/{plan.tag}" if place else f"git+file:{plan.name}"}
    return {
        "buildDefinition": {
            "buildType": LOCAL_BUILD_TYPE,
            "externalParameters": {"repository": place, "tag": plan.tag, "version": plan.version},
            "internalParameters": {},
            "resolvedDependencies": [{**source, "digest": {"gitCommit": plan.commit}}],
        },
        "runDetails": {
            "builder": {"id": LOCAL_BUILDER, "version": {plan.tool.name: plan.tool.version}},
            "metadata": {},
        },
    }


def statements(subjects: Mapping[str, str], kind: str, predicate: Mapping[str, Any]) -> Iterator[bytes]:
    """Write statements about files (name → SHA-256), as few as their number allows."""
    listed = sorted(subjects.items())
    for start in range(0, len(listed), MOST_SUBJECTS):
        yield statement(listed[start : start + MOST_SUBJECTS], kind, predicate)


def statement(subjects: Sequence[tuple[str, str]], kind: str, predicate: Mapping[str, Any] | None) -> bytes:
    """Write one statement, as ``JSON.stringify`` would."""
    named = [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in subjects]
    document = {"_type": STATEMENT, "subject": named, "predicateType": kind, "predicate": predicate}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def sbom_kind(document: Mapping[str, Any]) -> str:
    """Return the predicate type of an SBOM, as ``actions/attest`` names it; empty when it is none."""
    if document.get("bomFormat") == "CycloneDX":
        return CYCLONEDX
    version = str(document.get("spdxVersion", ""))
    return f"{SPDX}/v{version.removeprefix('SPDX-')}" if version.startswith("SPDX-") else ""


def subjects_of(document: Mapping[str, Any], *, file: str) -> dict[str, str]:
    """Read which files (name → SHA-256) a statement is about.

    Raises:
        IntegrityError: it is no in-toto statement, or one about something else than files.

    """
    hint = "do not use this attestation; get it again from where it was released"
    listed = document.get("subject")
    if document.get("_type") != STATEMENT or not isinstance(listed, list) or not listed:
        raise IntegrityError("not an in-toto statement about files", file=file, hint=hint)
    found: dict[str, str] = {}
    for subject in listed:
        name, sha256 = _subject(subject)
        if not sha256 or found.setdefault(name, sha256) != sha256:
            raise IntegrityError(f"a subject without one SHA-256: {name[:120]!r}", file=file, hint=hint)
    return found


def _subject(subject: object) -> tuple[str, str]:
    given = subject if isinstance(subject, dict) else {}
    digest = given.get("digest")
    sha256 = digest.get("sha256") if isinstance(digest, dict) else None
    return str(given.get("name", "")), sha256 if isinstance(sha256, str) else ""


def source_and_builder(document: Mapping[str, Any]) -> tuple[str, str]:
    """Read the source repository and the builder of provenance, as far as it says: of a workflow, or of a local build."""
    given = ("predicate", "buildDefinition", "externalParameters")
    source = _text_at(document, *given, "workflow", "repository") or _text_at(document, *given, "repository")
    return source, _text_at(document, "predicate", "runDetails", "builder", "id")


def _text_at(document: Any, *path: str) -> str:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""
