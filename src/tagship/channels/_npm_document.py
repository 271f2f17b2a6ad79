"""An npm tarball as the registry takes it: one JSON document with the manifest, its digests and the bytes.

The shape is that of npm's own client: https://github.com/npm/cli/blob/latest/workspaces/libnpmpublish/lib/publish.js.
"""

import base64
import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from tagship.channels import _statements
from tagship.domain.files.npm_tarball import programs
from tagship.domain.plans.channel import Owed
from tagship.domain.proofs.npm_provenance import package_url, source_of
from tagship.domain.proofs.provenance import SLSA
from tagship.errors import IntegrityError

_MOST: Final = 1 << 20
"""Bytes of a manifest or readme that are read; the public registry takes less."""


class Tarball(msgspec.Struct, frozen=True, kw_only=True):
    """What a tarball says of itself."""

    name: str
    version: str
    manifest: dict[str, Any]

    @property
    def escaped(self) -> str:
        """Its name in addresses: ``@scope%2fname``."""
        return escaped(self.name)

    def setting(self, key: str) -> str:
        """Return what its author wants of a registry (``publishConfig``)."""
        wanted = self.manifest.get("publishConfig")
        return str(wanted.get(key) or "") if isinstance(wanted, dict) else ""

    def access(self, options: Mapping[str, str]) -> str:
        """Return who may install it: as the channel says, else its author."""
        return options.get("access") or self.setting("access") or "public"


def escaped(name: str) -> str:
    """Write a package's name for an address."""
    return quote(name, safe="@")


def read(file: Owed) -> Tarball:
    """Read the manifest, and the readme that registries show.

    Raises:
        IntegrityError: it is no npm package.

    """
    try:
        with tarfile.open(file.path, "r:*") as tar:
            texts = dict(_texts(tar))
        manifest = msgspec.json.decode(texts.get("package.json", b""), type=dict[str, Any])
        name, version = str(manifest["name"]), str(manifest["version"])
    except (tarfile.TarError, msgspec.DecodeError, KeyError, EOFError, OSError) as error:
        raise IntegrityError(f"not an npm package: {error}", file=file.path, hint="build it again") from None
    readme = next((each for each in sorted(texts) if each.lower().startswith("readme")), None)
    if readme and "readme" not in manifest:
        manifest |= {"readme": texts[readme].decode("utf-8", "replace"), "readmeFilename": readme}
    return Tarball(name=name, version=version, manifest=manifest)


def integrity(path: str) -> str:
    """Return the digest that npm compares: SHA-512 in base64."""
    with Path(path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def body(file: Owed, tarball: Tarball, registry: str, tag: str, access: str) -> bytes:
    """Write the document.

    Raises:
        IntegrityError: the file changed after it was proved.

    """
    data = Path(file.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        hint = "something writes to dist/: build again and let nothing else touch it"
        raise IntegrityError("it changed after it was proved", file=file.path, hint=hint)
    sha512 = hashlib.sha512(data).digest()
    packed = f"{tarball.name}-{tarball.version}.tgz"
    manifest = dict(tarball.manifest)
    if isinstance(manifest.get("bin"), str | dict):
        manifest["bin"] = programs(manifest)
    manifest |= _repository(manifest)
    manifest["_id"] = f"{tarball.name}@{tarball.version}"
    manifest["dist"] = {
        "integrity": f"sha512-{base64.b64encode(sha512).decode()}",
        "shasum": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "tarball": f"{registry}/{tarball.name}/-/{packed}".replace("https://", "http://", 1),
    }
    attachments = {
        packed: {
            "content_type": "application/octet-stream",
            "data": base64.b64encode(data).decode(),
            "length": len(data),
        }
    }
    attachments |= _provenance(file, tarball, sha512.hex())
    document = {
        "_id": tarball.name,
        "name": tarball.name,
        "description": manifest.get("description", ""),
        "dist-tags": {tag: tarball.version},
        "versions": {tarball.version: manifest},
        "access": access,
        "_attachments": attachments,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _repository(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Write out what names a repository in short, as npm's client does: the registry compares it with provenance."""
    written, source = manifest.get("repository"), source_of(manifest)
    given = written if isinstance(written, dict) else {"type": "git"}
    if not source or "://" in str(given.get("url", "")):
        return {}
    return {"repository": {**given, "url": f"git+https://github.com/{source}.git"}}


def _provenance(file: Owed, tarball: Tarball, sha512: str) -> dict[str, Any]:
    """Attach the statement of where it was built, if one of those beside the file is about exactly this package."""
    subject = [{"name": package_url(tarball.name, tarball.version), "digest": {"sha512": sha512}}]
    for bundle, statement in _statements.beside(file):
        if statement.get("subject") == subject and statement.get("predicateType") == SLSA:
            text = json.dumps(bundle, separators=(",", ":"))  # ASCII: its length is the same in letters and bytes
            name = f"{tarball.name}-{tarball.version}.sigstore"
            return {name: {"content_type": bundle["mediaType"], "data": text, "length": len(text)}}
    return {}


def _texts(tar: tarfile.TarFile) -> Mapping[str, bytes]:
    """Read what lies directly in the tarball's one folder, whatever that is called."""
    texts: dict[str, bytes] = {}
    for member in tar:
        folder, _, name = member.name.removeprefix("./").partition("/")
        wanted = name == "package.json" or name.lower().startswith("readme")
        if folder and wanted and "/" not in name and member.isfile() and member.size <= _MOST:
            stream = tar.extractfile(member)
            texts[name] = stream.read() if stream else b""
    return texts
