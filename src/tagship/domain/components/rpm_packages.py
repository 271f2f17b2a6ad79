"""What an RPM database says is installed: the headers of packages (rpm.org: RPM V4 package format, "Header structure")."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

_NAME, _VERSION, _RELEASE, _EPOCH, _SUMMARY, _VENDOR, _LICENSE, _URL, _ARCH = (
    1000, 1001, 1002, 1003, 1004, 1011, 1014, 1020, 1022,
)  # fmt: skip
_PROVIDES, _REQUIRES, _INDEXES, _BASES, _FOLDERS = 1047, 1049, 1116, 1117, 1118
_INT32, _STRING, _STRINGS, _TRANSLATED = 4, 6, 8, 9
_LARGEST: Final = 32 << 20
_KEYS: Final = "gpg-pubkey"
"""Keys that packages are checked with are kept as if they were packages."""


class Rpm(NamedTuple):
    """One package: texts by name, and what it needs and gives."""

    name: str
    version: str
    epoch: int | None
    arch: str
    license: str
    summary: str
    vendor: str
    url: str
    requires: tuple[str, ...]
    provides: tuple[str, ...]


def read(headers: Iterable[bytes]) -> Iterator[Rpm]:
    """Read the packages of a database; what is no header is none of them."""
    for header in headers:
        try:
            tags = dict(_tags(header))
        except (struct.error, ValueError):
            continue
        if _NAME in tags and tags[_NAME][0] != _KEYS:
            yield _package(tags)


def _package(tags: Mapping[int, list[Any]]) -> Rpm:
    def one(tag: int) -> str:
        return str(tags.get(tag, [""])[0])

    folders, bases, indexes = (tags.get(tag, []) for tag in (_FOLDERS, _BASES, _INDEXES))
    files = [
        f"{folders[index]}{base}" for base, index in zip(bases, indexes, strict=False) if 0 <= index < len(folders)
    ]
    return Rpm(
        name=one(_NAME),
        version=f"{one(_VERSION)}-{one(_RELEASE)}",
        epoch=tags[_EPOCH][0] if tags.get(_EPOCH) else None,
        arch=one(_ARCH),
        license=one(_LICENSE),
        summary=one(_SUMMARY),
        vendor=one(_VENDOR),
        url=one(_URL),
        requires=tuple(each for each in tags.get(_REQUIRES, []) if not each.startswith("rpmlib(")),
        provides=(*tags.get(_PROVIDES, []), *files),
    )


def _tags(header: bytes) -> Iterator[tuple[int, list[Any]]]:
    count, length = struct.unpack_from(">II", header)
    start = 8 + 16 * count
    if len(header) > _LARGEST or start + length > len(header):
        raise ValueError("not the size that it says")
    data = header[start : start + length]
    for number in range(count):
        tag, kind, offset, many = struct.unpack_from(">iIiI", header, 8 + 16 * number)
        if kind in {_STRING, _STRINGS, _TRANSLATED} and 0 <= offset < length:
            texts = data[offset:].split(b"\0", 1 if kind == _STRING else many)
            yield tag, [text.decode("utf-8", "replace") for text in texts[: 1 if kind == _STRING else many]]
        elif kind == _INT32 and many <= length // 4:
            yield tag, list(struct.unpack_from(f">{many}i", data, offset))
