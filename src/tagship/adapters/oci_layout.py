"""Images on disk: read as builders leave them, written as an OCI layout in a tar file that is the same each time.

Source: https://github.com/opencontainers/image-spec/blob/main/image-layout.md.
"""

import io
import posixpath
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec

from tagship.adapters.files import sha256_of
from tagship.domain.files import oci_image
from tagship.domain.files.oci_image import Image, Layer
from tagship.errors import ProjectError

T = TypeVar("T")
_HINT: Final = "build the image by hand to see what the builder makes; report it if that is an image"
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_LONGEST: Final = 256 << 20
_LARGEST_PROGRAM: Final = 512 << 20
_ELF: Final = b"\x7fELF"
_MOST: Final = 10000
"""Members of a layout that are looked at; images have at most 127 layers."""


def read_folder(folder: Path) -> Image:
    """Read what ``push IMAGE dir:FOLDER`` of buildah and podman wrote: a manifest, and blobs by their digests.

    Raises:
        ProjectError: it is no image, or a blob is not what its name says.

    """
    manifest = _decode((folder / "manifest.json").read_bytes(), folder)
    return _image(manifest, {path.name: path for path in folder.iterdir()}, folder)


def read_layout(tar: Path, to: Path) -> Image:
    """Unpack a layout that BuildKit wrote (``type=oci``), and read its only image.

    Raises:
        ProjectError: it is no layout of one image.

    """
    with tarfile.open(tar) as packed:
        for member in packed.getmembers()[:_MOST]:
            packed.extract(member, to, filter="data")
    blobs = {path.name: path for path in (to / "blobs" / "sha256").glob("*")}
    found = _decode((to / "index.json").read_bytes(), tar)
    while found.get("manifests"):
        wanted = [each for each in found["manifests"] if (each.get("platform") or {}).get("os") != "unknown"]
        if len(wanted) != 1:
            raise ProjectError(f"the builder made {len(wanted)} images, not one", file=tar.name, hint=_HINT)
        found = _decode(blobs[wanted[0]["digest"].rpartition(":")[2]].read_bytes(), tar)
    return _image(found, blobs, tar)


def write(to: Path, images: Sequence[Image], annotations: Mapping[str, str], name: str, epoch: int) -> str:
    """Write one layout of all platforms' images; return the digest of the index, which registries will know it by."""
    made = oci_image.documents(images, annotations, name)
    layers = {layer.digest: layer.path for image in images for layer in image.layers}
    with tarfile.open(to, "w", format=tarfile.PAX_FORMAT) as tar:
        # what tells readers what this is comes first; blobs follow in the order of their names
        _add(tar, "oci-layout", msgspec.json.encode(oci_image.LAYOUT), epoch)
        _add(tar, "index.json", made.index, epoch)
        for digest in sorted({*made.blobs, *layers}):
            path = f"blobs/{digest.replace(':', '/')}"
            _add(tar, path, made.blobs.get(digest) or layers[digest], epoch)
    return made.root


def root_digest(layout: Path) -> str:
    """Return the digest by which registries will know the image of a layout."""
    with tarfile.open(layout) as packed:
        stream = packed.extractfile("index.json")
        index = _decode(stream.read() if stream else b"", layout)
    return str(index["manifests"][0]["digest"])


def members(image: Image) -> Iterator[tuple[str, bytes]]:
    """Give the files of an image's layers, the lowest first; of large ones nothing is read."""
    for layer in image.layers:
        with tarfile.open(layer.path, "r|*") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield member.name, stream.read() if member.size <= 1 << 20 else b""


def files(image: Image, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read the files that a container would see under some names."""
    return _seen(image, lambda member: wanted(member[0]), lambda stream: stream.read(_LONGEST))


def programs(image: Image, read: Callable[[bytes], T]) -> dict[str, T]:
    """Read what a container could run, one program at a time, and keep what ``read`` says of it."""

    def whole(stream: IO[bytes]) -> T | None:
        head = stream.read(4)
        return read(head + stream.read(_LARGEST_PROGRAM)) if head == _ELF else None

    found = _seen(image, lambda member: bool(member[1] & 0o111), whole)
    return {path: said for path, said in found.items() if said is not None}


def _seen(image: Image, wanted: Callable[[tuple[str, int]], bool], read: Callable[[IO[bytes]], T]) -> dict[str, T]:
    """Read files by name and mode: later layers replace and remove those of earlier ones.

    Removal: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts.
    """
    found: dict[str, T] = {}
    for layer in image.layers:
        fresh: dict[str, T] = {}
        with tarfile.open(layer.path, "r|*") as tar:
            for member in tar:
                name = posixpath.normpath(member.name).lstrip("/")
                folder, _, last = name.rpartition("/")
                if last.startswith(_WHITEOUT):
                    gone = folder if last == _OPAQUE else posixpath.join(folder, last.removeprefix(_WHITEOUT))
                    found = {path: data for path, data in found.items() if not f"{path}/".startswith(f"{gone}/")}
                    continue
                found.pop(name, None)
                if wanted((name, member.mode)) and (stream := tar.extractfile(member) if member.isfile() else None):
                    fresh[name] = read(stream)
        found |= fresh
    return found


def _add(tar: tarfile.TarFile, name: str, content: bytes | Path, epoch: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.mode = epoch, 0o644
    if isinstance(content, bytes):
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        return
    entry.size = content.stat().st_size
    with content.open("rb") as stream:
        tar.addfile(entry, stream)


def _image(manifest: Mapping[str, Any], blobs: Mapping[str, Path], shown: Path) -> Image:
    try:
        config = _decode(_checked(manifest["config"]["digest"], blobs).read_bytes(), shown)
        layers = tuple(
            Layer(
                media_type=each["mediaType"],
                digest=each["digest"],
                size=each["size"],
                path=_checked(each["digest"], blobs),
            )
            for each in manifest["layers"]
        )
    except (KeyError, TypeError) as error:
        raise ProjectError(f"the builder made no image: {error} is missing", file=shown.name, hint=_HINT) from None
    return Image(config=config, layers=layers)


def _checked(digest: str, blobs: Mapping[str, Path]) -> Path:
    path = blobs[digest.rpartition(":")[2]]
    if sha256_of(path) != digest.rpartition(":")[2]:
        raise ProjectError(f"a blob is not {digest}", file=path.name, hint=_HINT)
    return path


def _decode(data: bytes, shown: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ProjectError(f"the builder made no image: {error}", file=shown.name, hint=_HINT) from None
    return document
