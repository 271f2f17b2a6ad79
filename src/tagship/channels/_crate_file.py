"""A ``.crate`` as registries take it: what its manifest says in JSON, then its bytes, each with its length before it.

https://doc.rust-lang.org/cargo/reference/registry-web-api.html#publish. The manifest is the one that cargo wrote when it packed:
whole, with nothing inherited.
"""

import re
import struct
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters.files import proved
from tagship.domain.plans.channel import Owed
from tagship.errors import IntegrityError

CRATES_IO: Final = "https://github.com/rust-lang/crates.io-index"
"""How crates.io is called where another registry is told of crates there."""
_MOST: Final = 1 << 20
_KINDS: Final = {"dependencies": "normal", "dev-dependencies": "dev", "build-dependencies": "build"}
_TEXTS: Final = ("description", "documentation", "homepage", "license", "repository", "links")
_LISTS: Final = ("authors", "keywords", "categories")


class CrateFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a crate says of itself; ``readme`` is its text, empty where it has none."""

    name: str
    version: str
    manifest: dict[str, Any]
    readme: str


def read(file: Owed) -> CrateFile:
    """Read a crate's manifest and readme.

    Raises:
        IntegrityError: it is no crate.

    """
    try:
        with tarfile.open(file.path, "r:gz") as tar:
            texts = {member.name: _text(tar, member) for member in tar if member.isfile() and member.size <= _MOST}
        root = next(iter(texts), "").partition("/")[0]
        manifest = tomllib.loads(texts[f"{root}/Cargo.toml"].decode())
        name, version = str(manifest["package"]["name"]), str(manifest["package"]["version"])
    except (
        tarfile.TarError,
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        EOFError,
        OSError,
    ) as error:
        raise IntegrityError(f"not a crate: {error}", file=file.path, hint="build it again") from None
    readme = texts.get(f"{root}/{manifest['package'].get('readme')}", b"")
    return CrateFile(name=name, version=version, manifest=manifest, readme=readme.decode("utf-8", "replace"))


def body(file: Owed, crate: CrateFile, index: str) -> bytes:
    """Write what is uploaded to the registry with this index.

    Raises:
        IntegrityError: the file changed after it was proved.

    """
    data = proved(Path(file.path), file.sha256)
    about = msgspec.json.encode(metadata(crate, index))
    return struct.pack("<I", len(about)) + about + struct.pack("<I", len(data)) + data


def metadata(crate: CrateFile, index: str) -> dict[str, Any]:
    """Say what the manifest says in the words of the API."""
    package: Mapping[str, Any] = crate.manifest["package"]
    readme, license_file = package.get("readme"), package.get("license-file")
    return {
        "name": crate.name,
        "vers": crate.version,
        "deps": list(_dependencies(crate.manifest, index)),
        "features": crate.manifest.get("features", {}),
        **{key: package.get(key) for key in _TEXTS},
        **{key: package.get(key, []) for key in _LISTS},
        "readme": crate.readme or None,
        "readme_file": readme if isinstance(readme, str) else None,
        "license_file": license_file if isinstance(license_file, str) else None,
        "badges": crate.manifest.get("badges", {}),
        "rust_version": package.get("rust-version"),
    }


def _dependencies(manifest: Mapping[str, Any], index: str) -> Iterator[dict[str, Any]]:
    places = [(None, manifest), *manifest.get("target", {}).items()]
    for target, tables in places:
        for table, kind in _KINDS.items():
            for key, asked in tables.get(table, {}).items():
                yield _dependency(key, {"version": asked} if isinstance(asked, str) else asked, target, kind, index)


def _dependency(key: str, asked: Mapping[str, Any], target: str | None, kind: str, index: str) -> dict[str, Any]:
    """Say one dependency; one that names no registry is of crates.io, wherever the crate itself is published."""
    registry = asked.get("registry-index") or CRATES_IO
    return {
        "name": asked.get("package", key),
        "version_req": _requirement(str(asked.get("version", "*"))),
        "features": asked.get("features", []),
        "optional": asked.get("optional", False),
        "default_features": asked.get("default-features", True),
        "target": target,
        "kind": kind,
        "registry": None if registry == index else registry,
        "explicit_name_in_toml": key if "package" in asked else None,
    }


def _requirement(written: str) -> str:
    """Write a requirement as cargo hands it on: ``1.2`` means ``^1.2``."""
    parts = (re.sub(r"\s+", "", part) for part in written.split(","))
    return ", ".join(f"^{part}" if part[:1].isdigit() and "*" not in part else part for part in parts)


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return stream.read() if stream else b""
