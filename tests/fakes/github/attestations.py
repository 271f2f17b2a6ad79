"""Attestations of immutable releases: https://docs.github.com/en/rest/repos/attestations.

GitHub makes one when such a release is published, about the commit of its tag and its assets; it stays when the release
is deleted. `gh release verify` reads it (cli/cli pkg/cmd/release/shared/attestation.go).
"""

import base64
import json
from typing import Any

from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.state import Repository, World


def list_attestations(world: World, request: Request) -> Response:
    """Answer those about a digest; none is 404."""
    repository = repository_of(world, request)
    if request.query.get("predicate_type", "release") != "release":
        raise not_found()
    about = [each for each in repository.attested if f"sha1:{each[0]}" == request.params["subject_digest"]]
    if not about:
        raise not_found()
    found = [_attestation(repository, *each) for each in about]
    return Response(status=200, content={"attestations": found})


def _attestation(repository: Repository, sha: str, tag: str, release_id: int) -> dict[str, Any]:
    purl = f"pkg:github/{repository.settings.full_name}@{tag}"
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"uri": purl, "digest": {"sha1": sha}}],
        "predicateType": "https://in-toto.io/attestation/release/v0.1",
        "predicate": {"purl": purl, "releaseId": str(release_id), "tag": tag},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {},
        "dsseEnvelope": {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": []},
    }
    return {"bundle": bundle, "repository_id": repository.id, "initiator": "github"}
