"""Attestations of immutable releases: https://docs.github.com/en/rest/repos/attestations.

GitHub makes one when such a release is published, about the commit of its tag and its assets; it stays when the release
is deleted. `gh release verify` reads it (cli/cli pkg/cmd/release/shared/attestation.go).
"""

import base64
import json
from typing import Any

from tests.fakes.github.state import Repository


def about(repository: Repository, digest: str) -> list[dict[str, Any]]:
    """Return those about a commit, ``sha1:…``."""
    return [_attestation(repository, *each) for each in repository.attested if f"sha1:{each[0]}" == digest]


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
