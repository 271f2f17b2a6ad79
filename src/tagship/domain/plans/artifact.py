"""Files that a release consists of: what kinds there are, what they are called, how they travel between jobs."""

import re
import unicodedata
from typing import Annotated, Final, Literal

import msgspec

from tagship.domain.plans.target import Target
from tagship.errors import IntegrityError

Kind = Literal[
    "wheel", "sdist", "npm", "crate", "archive", "binary", "deb", "rpm", "apk", "archlinux", "image", "mcpb", "sbom", "checksums",
    "signature", "bundle", "attestation", "installer", "manifest", "notes", "key", "probe",
]  # fmt: skip
BUILT: Final[frozenset[Kind]] = frozenset(
    {
        "wheel", "sdist", "npm", "crate", "archive", "binary", "deb", "rpm", "apk", "archlinux", "image", "mcpb", "installer",
    }
)  # fmt: skip
"""What people install; everything else speaks of these."""

_SHA256: Final = r"^[0-9a-f]{64}(?!\n)$"
_FILE_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._+~@-]*(?!\n)$"
Sha256 = Annotated[str, msgspec.Meta(pattern=_SHA256, description="SHA-256, 64 hexadecimal digits")]
FileName = Annotated[str, msgspec.Meta(pattern=_FILE_NAME, description="a plain file name")]

CHECKSUMS: Final = "checksums.txt"
PUBLIC_KEY: Final = "signing-key.pub"
MEDIA_TYPES: Final[dict[str, str]] = {
    "wheel": "application/zip",
    "sdist": "application/gzip",
    "npm": "application/gzip",
    "crate": "application/gzip",
    "sbom": "application/vnd.cyclonedx+json",
    "checksums": "text/plain",
    "bundle": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "manifest": "application/json",
    "key": "application/x-pem-file",
    "probe": "application/json",
    "attestation": "application/jsonl",
}
ARCHIVE_NAME: Final = "{name}-{version}-{target}"
"""How archives are called; ``cargo binstall`` finds those with ``{triple}`` in place of ``{target}`` by itself."""
ATTESTATIONS_ENDING: Final = ".intoto.jsonl"
MANIFEST_ENDING: Final = ".release.json"
PROBE_ENDING: Final = ".mcp-probe.json"


class Artifact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file the plan owes: ``leg`` is the build leg or the step that makes it."""

    name: FileName
    kind: Kind
    package: str
    target: Target
    media_type: str
    leg: str


class BuiltFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that exists: its size in bytes and its digest."""

    name: FileName
    size: int
    sha256: Sha256


def sbom_name(package: str, version: str) -> str:
    """``<name>-<version>.cdx.json``."""
    return f"{package}-{version}.cdx.json"


def probe_name(name: str, version: str) -> str:
    """``<name>-<version>.mcp-probe.json``."""
    return f"{name}-{version}{PROBE_ENDING}"


def spdx_name(package: str, version: str) -> str:
    """``<name>-<version>.spdx.json``."""
    return f"{package}-{version}.spdx.json"


def bundle_name(file: str) -> str:
    """``<file>.sigstore.json``."""
    return f"{file}.sigstore.json"


def attestations_name(name: str, version: str) -> str:
    """``<name>-<version>.intoto.jsonl``."""
    return f"{name}-{version}{ATTESTATIONS_ENDING}"


def manifest_name(name: str, version: str) -> str:
    """``<name>-<version>.release.json``."""
    return f"{name}-{version}{MANIFEST_ENDING}"


def checksums_text(digests: dict[str, str]) -> str:
    """Write what ``sha256sum -c`` reads: digest, two spaces, name; sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def parse_checksums(text: str, file: str = CHECKSUMS) -> dict[str, str]:
    """Read ``checksums.txt`` back.

    Raises:
        IntegrityError: a line is not ``<sha256>  <name>``, or a name occurs twice.

    """
    digests: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        digest, gap, name = line[:64], line[64:66], line[66:]
        wrong = not re.match(_SHA256, digest) or gap not in {"  ", " *"} or not is_file_name(name)
        if wrong or name in digests:
            hint = "each line is a SHA-256, two spaces and one file name; no name twice"
            raise IntegrityError(f"not a checksum line: {line[:120]!r}", file=file, line=number, hint=hint)
        digests[name] = digest
    return digests


def is_file_name(name: str) -> bool:
    """Say whether a file of a release may be called so: what :data:`FileName` takes."""
    return re.match(_FILE_NAME, name) is not None


def collisions(names: list[str]) -> list[str]:
    """Return the names that occur twice, also when only case or Unicode form differs."""
    seen: set[str] = set()
    twice = []
    for name in names:
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in seen:
            twice.append(name)
        seen.add(folded)
    return sorted(twice)
