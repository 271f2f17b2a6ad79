"""Documents about an image, kept beside it: SBOMs and signed statements as manifests that name it as their subject.

https://github.com/opencontainers/image-spec/blob/main/manifest.md (``subject``, ``artifactType``); how cosign finds bundles:
https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md.
"""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.channels._oci_layout import Blob, Descriptor, Manifest, digest_of, manifest_of
from tagship.channels._oci_registry import Repository
from tagship.domain.files.oci_image import INDEX, MANIFEST

_EMPTY: Final = Blob(digest=digest_of(b"{}"), size=2, data=b"{}")
_EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_SBOMS: Final = {".cdx.json": "application/vnd.cyclonedx+json", ".spdx.json": "application/spdx+json"}
_TITLE: Final = "org.opencontainers.image.title"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside an image."""

    media_type: str
    data: bytes
    annotations: dict[str, str]


def documents(paths: Iterable[str], image: str) -> Iterator[Document]:
    """Choose what is about this image: SBOMs, and statements whose subject has its digest."""
    for path in map(Path, sorted(paths)):
        data = path.read_bytes()
        kind = next((media_type for ending, media_type in _SBOMS.items() if path.name.endswith(ending)), "")
        if kind:
            yield Document(media_type=kind, data=data, annotations={_TITLE: path.name})
            continue
        for line in _bundles(data):
            bundle = msgspec.json.decode(line)
            predicate = _predicate(bundle, image)
            if predicate:
                about = {
                    "dev.sigstore.bundle.content": "dsse-envelope",
                    "dev.sigstore.bundle.predicateType": predicate,
                }
                yield Document(media_type=str(bundle["mediaType"]), data=line, annotations=about)


def attach(repository: Repository, document: Document, subject: Descriptor) -> None:
    """Put a document beside an image; where the registry keeps no list of such, keep it under the fallback tag."""
    content = Blob(digest=digest_of(document.data), size=len(document.data), data=document.data)
    for blob in (_EMPTY, content):
        repository.put_blob(blob)
    manifest = _manifest(document, content, subject)
    if not repository.put_manifest(manifest):
        _note(repository, manifest, subject.digest.replace(":", "-"))


def _manifest(document: Document, content: Blob, subject: Descriptor) -> Manifest:
    described = Descriptor(media_type=document.media_type, digest=content.digest, size=content.size)
    made = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": document.media_type,
        "config": Descriptor(media_type=_EMPTY_TYPE, digest=_EMPTY.digest, size=_EMPTY.size),
        "layers": [described],
        "subject": Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size),
        "annotations": document.annotations,
    }
    return manifest_of(made, MANIFEST, document.media_type)


def _note(repository: Repository, manifest: Manifest, tag: str) -> None:
    """Add to the list under the fallback tag (distribution-spec: unavailable referrers API), unless it is in it."""
    data, _ = repository.manifest(tag)
    listed: list[dict[str, Any]] = msgspec.json.decode(data).get("manifests") or [] if data else []
    if any(each.get("digest") == manifest.descriptor.digest for each in listed):
        return
    entries = [*listed, msgspec.to_builtins(manifest.descriptor)]
    index = manifest_of({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, INDEX)
    repository.put_manifest(index, tag)


def _bundles(data: bytes) -> list[bytes]:
    """Return the Sigstore bundles of a file: one, or one a line."""
    try:
        msgspec.json.decode(data)
    except msgspec.DecodeError:
        return [line for line in data.splitlines() if line.strip()]
    return [data]


def _predicate(bundle: Any, image: str) -> str:
    """Return what kind of statement a bundle makes about the image; empty when it is about something else."""
    if not isinstance(bundle, dict) or not str(bundle.get("mediaType")).startswith(_BUNDLE):
        return ""
    payload = base64.b64decode((bundle.get("dsseEnvelope") or {}).get("payload", ""))
    statement = msgspec.json.decode(payload) if payload else {}
    digests = [(each.get("digest") or {}).get("sha256") for each in statement.get("subject") or ()]
    return str(statement.get("predicateType", "")) if image.partition(":")[2] in digests else ""
