"""An OCI layout in a tar file as a registry is to get it: blobs where they lie, manifests from the leaves to the root."""

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from tagship.domain.files.oci_image import INDEX, MANIFEST
from tagship.domain.text import structs
from tagship.errors import IntegrityError

_BLOBS: Final = "blobs/sha256/"
_INDEXES: Final = frozenset({INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"})
_MOST: Final = 4 << 20
"""Bytes of a manifest; registries take no larger ones."""
_PIECE: Final = 1 << 20
_HINT: Final = "build the image again"


class Descriptor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something by its digest, as manifests name it."""

    media_type: str = msgspec.field(name="mediaType")
    digest: str
    size: int
    platform: dict[str, Any] | None = None
    annotations: dict[str, str] | None = None
    artifact_type: str | None = msgspec.field(name="artifactType", default=None)


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes by their digest: of a file, from ``offset`` on, or at hand."""

    digest: str
    size: int
    path: Path | None = None
    offset: int = 0
    data: bytes = b""

    @property
    def whole(self) -> bytes:
        """Its bytes, where they are few."""
        part = self.open()
        try:
            return b"".join(part)
        finally:
            part.close()

    def open(self, begin: int = 0, end: int | None = None) -> "Slice":
        """Read it from ``begin`` to before ``end``."""
        stream = self.path.open("rb") if self.path else io.BytesIO(self.data)
        stream.seek((self.offset if self.path else 0) + begin)
        return Slice(stream, (self.size if end is None else end) - begin)


class Slice:
    """A part of a file that knows its length, so that it is sent in one go without being in memory.

    It has no ``read``: what is iterated travels in large pieces, what is read in pieces of 16 KiB (urllib3's ``body_to_chunks``).
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        left = self._size
        while left and (data := self._stream.read(min(left, _PIECE))):
            left -= len(data)
            yield data

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest or index with its exact bytes."""

    descriptor: Descriptor
    data: bytes


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What is pushed: blobs, then ``manifests`` in their order, the last of which is the image itself."""

    blobs: tuple[Blob, ...]
    manifests: tuple[Manifest, ...]

    @property
    def root(self) -> Manifest:
        """The image: an index over platforms, or the manifest of the only one."""
        return self.manifests[-1]


def read(paths: Sequence[Path]) -> Layout:
    """Read one layout, or one per platform, which are then joined under an index of all.

    Raises:
        IntegrityError: a file is no OCI layout, or a blob is missing.

    """
    layouts = [_read(path) for path in sorted(paths)]
    if len(layouts) == 1:
        return layouts[0]
    leaves = {m.descriptor.digest: m for each in layouts for m in each.manifests if m.descriptor.media_type == MANIFEST}
    described = [d for each in layouts for d in _children(each.root)]
    ordered = sorted(described, key=lambda each: (str(each.platform), each.digest))
    annotations = msgspec.json.decode(layouts[0].root.data).get("annotations") or {}
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": ordered, "annotations": annotations}
    blobs = {blob.digest: blob for each in layouts for blob in each.blobs}
    joined = manifest_of(document, INDEX)
    return Layout(blobs=tuple(blobs.values()), manifests=(*leaves.values(), joined))


def manifest_of(document: Mapping[str, Any], media_type: str, artifact_type: str | None = None) -> Manifest:
    """Write a manifest of our own."""
    data = msgspec.json.encode(document)
    digest = digest_of(data)
    annotations = document.get("annotations") if artifact_type else None
    descriptor = Descriptor(
        media_type=media_type, digest=digest, size=len(data), artifact_type=artifact_type, annotations=annotations
    )
    return Manifest(descriptor=descriptor, data=data)


def digest_of(data: bytes) -> str:
    """``sha256:<hex>``."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _read(path: Path) -> Layout:
    try:
        with tarfile.open(path, "r:") as tar:
            found = {m.name.removeprefix("./"): m for m in tar if m.isfile()}
            files = {name: Blob(digest="", size=m.size, path=path, offset=m.offset_data) for name, m in found.items()}
        index = msgspec.json.decode(_bytes(files, "index.json"))
        (described,) = index["manifests"]
        root = structs.convert(described, Descriptor)
        manifests: dict[str, Manifest] = {}
        blobs: dict[str, Blob] = {}
        _walk(msgspec.structs.replace(root, annotations=None), files, manifests, blobs)
    except (tarfile.TarError, msgspec.MsgspecError, KeyError, TypeError, ValueError, OSError) as error:
        raise IntegrityError(f"not an OCI layout of one image: {error}", file=path.name, hint=_HINT) from None
    return Layout(blobs=tuple(blobs.values()), manifests=tuple(manifests.values()))


def _walk(at: Descriptor, files: Mapping[str, Blob], manifests: dict[str, Manifest], blobs: dict[str, Blob]) -> None:
    """Collect what a manifest needs before itself: a registry refuses one whose parts it does not have."""
    data = _bytes(files, _name(at.digest))
    if digest_of(data) != at.digest:
        raise ValueError(f"{at.digest} is not what it says")
    found = Manifest(descriptor=at, data=data)
    if at.media_type in _INDEXES:
        for child in _children(found):
            _walk(child, files, manifests, blobs)
    else:
        document = msgspec.json.decode(data)
        for part in (document["config"], *document["layers"]):
            each = structs.convert(part, Descriptor)
            blobs[each.digest] = msgspec.structs.replace(files[_name(each.digest)], digest=each.digest)
    manifests[at.digest] = found


def _children(manifest: Manifest) -> list[Descriptor]:
    document = msgspec.json.decode(manifest.data)
    if manifest.descriptor.media_type not in _INDEXES:
        return [manifest.descriptor]
    return [structs.convert(each, Descriptor) for each in document["manifests"]]


def _bytes(files: Mapping[str, Blob], name: str) -> bytes:
    if files[name].size > _MOST:
        raise ValueError(f"{name} is too large")
    return files[name].whole


def _name(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256":
        raise ValueError(f"{digest} is no SHA-256")
    return f"{_BLOBS}{value}"
