"""Images as the OCI says: the configuration, the manifest of a platform, the index over platforms, the layout's own index.

Sources: https://github.com/opencontainers/image-spec (config.md, manifest.md, image-index.md, image-layout.md). ``Healthcheck``
is Docker's extension of the configuration, which the engines that know it obey.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
LAYOUT: Final = {"imageLayoutVersion": "1.0.0"}
REF_NAME: Final = "org.opencontainers.image.ref.name"
_LAYERS: Final = {
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}
_TOP: Final = (
    "created",
    "author",
    "architecture",
    "variant",
    "os",
    "os.version",
    "os.features",
    "config",
    "rootfs",
    "history",
)
_CONFIG: Final = (
    "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal", "Healthcheck", "Shell",
    "OnBuild", "ArgsEscaped",
)  # fmt: skip


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of an image: its media type, digest, size in bytes, and the file that holds it."""

    media_type: str
    digest: str
    size: int
    path: Path


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's image, as a builder left it."""

    config: Mapping[str, Any]
    layers: tuple[Layer, ...]

    @property
    def platform(self) -> str:
        """``linux/amd64``."""
        return f"{self.config.get('os')}/{self.config.get('architecture')}"

    @property
    def user(self) -> str:
        """The user it runs as; empty for root."""
        user = str((self.config.get("config") or {}).get("User") or "")
        return "" if user.partition(":")[0] in {"0", "root"} else user

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return (self.config.get("config") or {}).get("Labels") or {}


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """What a layout holds besides layers: documents by their digests; ``root`` is the digest of the index over platforms."""

    root: str
    index: bytes
    blobs: Mapping[str, bytes]


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what makes an image, and drop what its builder noted of itself: host and container names differ each time."""
    inner = config.get("config") or {}
    kept = {key: config[key] for key in _TOP if config.get(key)}
    return kept | {"config": {key: inner[key] for key in _CONFIG if inner.get(key)}}


def documents(images: Sequence[Image], annotations: Mapping[str, str], name: str) -> Documents:
    """Join the images of all platforms; ``name`` is what the layout calls the result, ``annotations`` describe it."""
    blobs: dict[str, bytes] = {}
    manifests = []
    for image in sorted(images, key=lambda each: each.platform):
        config = plain_config(image.config)
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _put(blobs, config, CONFIG),
            "layers": [
                {
                    "mediaType": _LAYERS.get(layer.media_type, layer.media_type),
                    "digest": layer.digest,
                    "size": layer.size,
                }
                for layer in image.layers
            ],
            "annotations": dict(annotations),
        }
        platform = {key: config[key] for key in ("architecture", "os", "variant") if key in config}
        manifests.append({**_put(blobs, document, MANIFEST), "platform": platform})
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": dict(annotations)}
    root = _put(blobs, index, INDEX)
    layout = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{**root, "annotations": {REF_NAME: name}}],
    }
    return Documents(root=root["digest"], index=msgspec.json.encode(layout), blobs=blobs)


def _put(blobs: dict[str, bytes], document: Mapping[str, Any], media_type: str) -> dict[str, Any]:
    data = msgspec.json.encode(document)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    blobs[digest] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}
