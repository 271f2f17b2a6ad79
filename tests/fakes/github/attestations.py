"""Attestations: https://docs.github.com/en/rest/repos/attestations, as ``@actions/attest`` uses them.

What GitHub takes: a Sigstore bundle of a certificate with a DSSE envelope about at most 1,024 subjects (the limit is
told by github.com/actions/attest); it finds them by the subjects' digests.
"""

import base64
import json
from typing import Any, Final

from tests.fakes.github import release_attestations
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.rules import check_fields
from tests.fakes.github.state import World

_MOST: Final = 1024


def create(world: World, request: Request) -> Response:
    """Keep a bundle under the digests of its subjects."""
    repository = repository_of(world, request)
    content = request.content()
    check_fields(content, {"bundle": "object"}, required=("bundle",))
    bundle = content["bundle"]
    subjects = _subjects(bundle)
    if not bundle.get("verificationMaterial", {}).get("certificate") or not 0 < len(subjects) <= _MOST:
        raise ApiError(422, "Invalid bundle")
    number = world.next_id()
    repository.attestations[number] = (frozenset(subjects), bundle)
    return Response(status=201, content={"id": number})


def of_subject(world: World, request: Request) -> Response:
    """List what is kept about a digest; none is an empty list, and of releases, which GitHub attests itself, 404."""
    repository = repository_of(world, request)
    wanted = request.params["subject_digest"]
    if request.query.get("predicate_type") == "release":
        made = release_attestations.about(repository, wanted)
        if not made:
            raise not_found()
        return Response(status=200, content={"attestations": made})
    found = [
        {"bundle": bundle, "repository_id": repository.id, "bundle_url": f"https://objects.invalid/{number}"}
        for number, (digests, bundle) in sorted(repository.attestations.items(), reverse=True)
        if wanted in digests
    ]
    return Response(status=200, content={"attestations": found})


def _subjects(bundle: dict[str, Any]) -> list[str]:
    try:
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        return [f"sha256:{subject['digest']['sha256']}" for subject in statement["subject"]]
    except (KeyError, TypeError, ValueError):
        return []
