"""Registries of container images: GHCR, Docker Hub, Artifactory and all that speak the OCI's protocol, without any engine.

The tag of the version is put last of all: whoever sees it finds the image of every platform, with what speaks of it. Tags
that move go forward only.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final, Self
from urllib.parse import urlsplit

from tagship.adapters.files import changed, sha256_of
from tagship.channels import _oci_layout, _oci_referrers
from tagship.channels._oci_layout import Descriptor, Layout, Manifest
from tagship.channels._oci_registry import Repository
from tagship.domain.files.image_name import image_name, repository
from tagship.domain.files.oci_tags import moving, newest, tag_of
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.errors import UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

_HOSTS: Final = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
"""Where a registry answers, by the name that people write."""
_NAME: Final = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_AT_ONCE: Final = 4


class Oci:
    """:class:`tagship.ports.Channel` for the image of one package in one registry."""

    kind: ClassVar[str] = "oci"
    address: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ("token", "username")
    options: ClassVar[Mapping[str, str]] = {
        "image": "the image's name below the address; default: the package's, without its scope",
        "moving-tags": "whether final versions take 1, 1.2 and latest with them: true (default) or false",
        "chunk-size": "MiB that travel in one request; default: a layer in one go",
        "mount-from": "a repository of the same registry whose layers need not travel, e.g. that of the base",
    }

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        options, token = self._entry.options, settings.secrets.get("token", "")
        parts = urlsplit(self._entry.address)
        credentials = (settings.secrets.get("username") or "tagship", token) if token else None
        host = _HOSTS.get(parts.netloc, parts.netloc)
        self._shown = repository(self._entry.address, settings.package.name, options)
        path = self._shown.partition("/")[2]
        secret = variable(self._entry.id, "token")
        self._repository = Repository(f"{parts.scheme}://{host}", path, credentials, secret, tools.reporter)
        self._repository.mount_from = options.get("mount-from", "")
        if options.get("chunk-size"):
            self._repository.chunk = int(options["chunk-size"]) << 20
        self._version = tag_of(settings.package.spellings.oci)
        self._moving = moving(self._version) if options.get("moving-tags", "true") == "true" else ()
        self._owed: tuple[Owed, ...] = ()
        self._pushed: set[str] = set()

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the image of a package, and with it what speaks of it.

        Raises:
            UsageError: an option that cannot be meant, or a name that no image can have.

        """
        planned = entry_for(
            wish, package, artifacts, {"image"}, beside={"attestation", "sbom"}, of_release={"attestation"}
        )
        if planned is None:
            return None
        name, chunk = image_name(package.name, wish.options), wish.options.get("chunk-size", "1")
        if not _NAME.fullmatch(name):
            hint = "set the channel's option image: small letters and digits, with . _ - between them"
            raise UsageError(f"{name!r} cannot be the name of an image", hint=hint)
        if not chunk.isdigit() or int(chunk) < 1:
            raise UsageError(f"chunk-size is {chunk!r}", hint="write a number of MiB from 1")
        if wish.options.get("moving-tags", "true") not in {"true", "false"}:
            raise UsageError("moving-tags is neither true nor false", hint="write true or false")
        return planned

    @classmethod
    def subject(cls, entry: ChannelPlan, package: Package, paths: Sequence[Path]) -> tuple[str, str]:
        """Return the name of an image, and the SHA-256 by which a registry will know it: what signatures of it are about."""
        name = repository(entry.address, package.name, entry.options)
        return name, _oci_layout.read(list(paths)).root.descriptor.digest.partition(":")[2]

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """What to pull."""
        return f"{self._shown}:{self._version}"

    def there(self, owed: Sequence[Owed]) -> There:
        """Compare the digest at the version's tag with that of the image at hand; a tag that lags behind is not there yet."""
        self._owed = tuple(owed)
        found, wanted = self._repository.digest(self._version), self._layout.root.descriptor.digest
        if not found:
            return There(files={})
        if found != wanted:
            return There(files={file.name: "" for file in owed})
        late = [tag for tag in self._ours() if self._repository.digest(tag) != wanted]
        return There(files={} if late else {file.name: file.sha256 for file in owed})

    def ahead(self) -> Ahead:
        """Look at the version's tag."""
        there = bool(self._repository.digest(self._version))
        return Ahead(known=there or bool(self._repository.tags()), there=there)

    def way_in(self) -> WayIn:
        """Take a token; there is no trade for an identity."""
        return WayIn(needs="token")

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the version and the tags that are its own lead to the image."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Push one file's layers and manifests by digest; with the last one the image as a whole, and its tags.

        Raises:
            UsageError: the registry wants to know who we are.
            IntegrityError: it is no OCI layout, or changed after it was proved.
            RemoteRefused: the registry said no.
            Transient: no answer, 5xx or a rate limit.

        """
        if sha256_of(Path(file.path)) != file.sha256:
            raise changed(Path(file.path))
        self._push(_oci_layout.read([Path(file.path)]))
        self._pushed.add(file.name)
        if {each.name for each in self._owed} <= self._pushed:
            self._finish()

    @cached_property
    def _layout(self) -> Layout:
        return _oci_layout.read([Path(file.path) for file in self._owed])

    def _push(self, layout: Layout) -> None:
        """Push blobs side by side, then manifests in their order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sent = sum(pool.map(self._repository.put_blob, sorted(layout.blobs, key=lambda blob: -blob.size)))
        self._tools.reporter.info(f"{sent} of {len(layout.blobs)} blobs travelled, the others were there")
        for manifest in layout.manifests:
            self._repository.put_manifest(manifest)

    def _finish(self) -> None:
        """Complete the image, lay documents beside it, and only then give it its names."""
        root = self._layout.root
        self._repository.put_manifest(root)
        paths = {path for file in self._owed for path in file.beside}
        for document in _oci_referrers.documents(paths, root.descriptor.digest):
            _oci_referrers.attach(self._repository, document, root.descriptor)
        self._repository.put_manifest(root, self._version)
        for tag in self._ours():
            self._repository.put_manifest(root, tag)
        self._give_back()

    def _ours(self) -> list[str]:
        """Return the moving tags that belong to this version, given all there are."""
        versions = [*self._repository.tags(), self._version] if self._moving else []
        return [tag for tag in self._moving if newest(tag, versions) == self._version]

    def _give_back(self) -> None:
        """Where a newer version came meanwhile, let the tags that move be its own."""
        versions = self._repository.tags() if self._moving else []
        for tag in self._moving:
            owner = newest(tag, versions)
            if owner and owner != self._version:
                data, media_type = self._repository.manifest(owner)
                descriptor = Descriptor(media_type=media_type, digest=_oci_layout.digest_of(data), size=len(data))
                self._repository.put_manifest(Manifest(descriptor=descriptor, data=data), tag)


PLUGIN: Final = Oci
