"""A dnf repository as static files: ``repodata/``, made of nothing but the packages and the time of the newest release.

Sources: https://github.com/rpm-software-management/createrepo_c (what it writes, and dnf, zypper and libsolv read);
``rpmtag.h``. Why not by createrepo_c: docs/adr/0031-repositories-are-functions-of-releases.md.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Self
from xml.sax.saxutils import escape, quoteattr, unescape

from tagship.domain.files.rpm_file import RpmFile
from tagship.domain.install.package_site import COMPONENTS
from tagship.errors import IntegrityError

FOLDER: Final = "rpm"
REPOMD: Final = {component: f"{FOLDER}/{component}/repodata/repomd.xml" for component in COMPONENTS}
KINDS: Final = ("primary", "filelists", "other")
_SPACES: Final = {
    "primary": 'metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"',
    "filelists": 'filelists xmlns="http://linux.duke.edu/metadata/filelists"',
    "other": 'otherdata xmlns="http://linux.duke.edu/metadata/other"',
}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CHUNK: Final = re.compile(r"<package .*?</package>\n", re.DOTALL)
_IDS: Final = {"primary": re.compile(r'pkgid="YES">([0-9a-f]{64})<')} | dict.fromkeys(
    ("filelists", "other"), re.compile(r'pkgid="([0-9a-f]{64})"')
)
_PLACE: Final = re.compile(r'<location href="([^"]+)"/>')
_NAME: Final = re.compile(r"<name>([^<]+)</name>")
_HREF: Final = re.compile(
    r'<data type="([a-z]+)">.*?<checksum type="sha256">([0-9a-f]{64})<.*?href="([^"]+)"', re.DOTALL
)
_REVISION: Final = re.compile(r"<revision>(\d+)</revision>")
_RELEASED: Final = re.compile(r"Packages/([0-9a-f]{64})/(\S+)")
_RELATIONS: Final = {2: "LT", 4: "GT", 8: "EQ", 10: "LE", 12: "GE"}
_FROM_RPM: Final = "rpmlib("
_DEPENDENCIES: Final = {
    "provides": (1047, 1112, 1113),
    "requires": (1049, 1048, 1050),
    "conflicts": (1054, 1053, 1055),
    "obsoletes": (1090, 1114, 1115),
}
_MAIN_FILES: Final = re.compile(r"^/etc/|bin/|^/usr/lib/sendmail$")
"""Files that are in the first index too, since packages ask for them by path."""
_FOLDER_MODE: Final = 0o040000
_GHOST: Final = 64


class Entry(NamedTuple):
    """A package in the three indexes."""

    place: str
    primary: str
    filelists: str
    other: str


def name_of(entry: Entry) -> str:
    """Return the name of a package."""
    return unescape(_NAME.findall(entry.primary)[0])


def place_of(name: str, released: str) -> str:
    """Say where a package lies below its component: by the digest it was released with, before the repository's signature."""
    return f"Packages/{released}/{name}"


def released(primary: bytes) -> dict[str, str]:
    """Return the files that an index lists, with the SHA-256 that they were released with."""
    found = (_RELEASED.fullmatch(place) for place in _PLACE.findall(_unpacked(primary)))
    return {match[2]: match[1] for match in found if match}


def located(repomd: bytes) -> dict[str, tuple[str, str]]:
    """Return path and SHA-256 of each index."""
    found = _HREF.findall(repomd.decode("utf-8", "replace"))
    return {kind: (path, digest) for kind, digest, path in found if kind in KINDS}


class DnfRepository:
    """The packages of one component; ``revision`` is the time of the newest release in it, in seconds."""

    def __init__(self, component: str, revision: int, entries: Iterable[Entry] = ()) -> None:
        self.component, self.revision = component, revision
        self.entries = tuple(sorted(set(entries), key=lambda entry: entry.place.split("/")[::-1]))

    @classmethod
    def read(cls, component: str, repomd: bytes, indexes: Mapping[str, bytes]) -> Self:
        """Read what is there: a ``repomd.xml`` whose signature was checked, and the indexes by their kinds.

        Raises:
            IntegrityError: the indexes are not those that were signed.

        """
        told, revision = located(repomd), _REVISION.search(repomd.decode("utf-8", "replace"))
        right = {kind for kind, data in indexes.items() if told.get(kind, ("", ""))[1] == _digest(data)}
        if not revision or right != set(KINDS):
            from tagship.domain.files.apt_repository import HINT

            raise IntegrityError("the indexes are not those that were signed", file=REPOMD[component], hint=HINT)
        chunks = {kind: dict(_chunks(kind, _unpacked(data))) for kind, data in indexes.items()}
        entries = [
            Entry(_PLACE.findall(text)[0], text, chunks["filelists"][key], chunks["other"][key])
            for key, text in chunks["primary"].items()
        ]
        return cls(component, int(revision[1]), entries)

    def joined(self, added: Iterable[Entry], time: int) -> "DnfRepository":
        """Return one with more packages, of a release of that time."""
        return DnfRepository(self.component, max(self.revision, time), [*self.entries, *added])

    def files(self) -> dict[str, bytes]:
        """Write all but the signature; the indexes carry their digest in their names."""
        files, records = {}, []
        for kind in KINDS:
            plain = f'{_HEAD}<{_SPACES[kind]} packages="{len(self.entries)}">\n'
            plain += "".join(getattr(entry, kind) for entry in self.entries) + f"</{_SPACES[kind].partition(' ')[0]}>\n"
            packed = gzip.compress(plain.encode(), mtime=0)
            path = f"repodata/{_digest(packed)}-{kind}.xml.gz"
            files[f"{FOLDER}/{self.component}/{path}"] = packed
            records.append(_record(kind, path, packed, plain.encode(), self.revision))
        spaces = 'repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
        text = f"{_HEAD}<{spaces}>\n<revision>{self.revision}</revision>\n{''.join(records)}</repomd>\n"
        return {**files, REPOMD[self.component]: text.encode()}


def entry(content: bytes, place: str, time: int) -> Entry:
    """Describe a package; ``time`` is that of its release.

    Raises:
        ValueError: it is no rpm package.

    """
    rpm, pkgid = RpmFile(content), _digest(content)
    epoch = (rpm.numbers(1003) or (0,))[0]
    version = f'<version epoch="{epoch}" ver={_quoted(rpm.text(1001))} rel={_quoted(rpm.text(1002))}/>\n'
    named = f"<package pkgid={_quoted(pkgid)} name={_quoted(rpm.text(1000))} arch={_quoted(rpm.text(1022))}>\n{version}"
    listed = "".join(_file(path, kind) for path, kind in _listed(rpm))
    changes = "".join(_changes(rpm))
    primary = _primary(rpm, pkgid, place, time, version)
    return Entry(place, primary, f"{named}{listed}</package>\n", f"{named}{changes}</package>\n")


def _primary(rpm: RpmFile, pkgid: str, place: str, time: int, version: str) -> str:
    start, end = rpm.header_range
    built = (rpm.numbers(1006) or (time,))[0]
    installed = (rpm.numbers(5009) or rpm.numbers(1009) or (0,))[0]
    said = {"license": 1014, "vendor": 1011, "group": 1016, "buildhost": 1007, "sourcerpm": 1044}
    return "".join(
        [
            f'<package type="rpm">\n<name>{_text(rpm.text(1000))}</name>\n<arch>{_text(rpm.text(1022))}</arch>\n{version}',
            f'<checksum type="sha256" pkgid="YES">{pkgid}</checksum>\n',
            f"<summary>{_text(rpm.text(1004))}</summary>\n<description>{_text(rpm.text(1005))}</description>\n",
            f"<packager>{_text(rpm.text(1015))}</packager>\n<url>{_text(rpm.text(1020))}</url>\n",
            f'<time file="{time}" build="{built}"/>\n',
            f'<size package="{len(rpm.content)}" installed="{installed}" archive="{rpm.payload_size}"/>\n',
            f"<location href={_quoted(place)}/>\n<format>\n",
            *(f"<rpm:{name}>{_text(rpm.text(tag))}</rpm:{name}>\n" for name, tag in said.items()),
            f'<rpm:header-range start="{start}" end="{end}"/>\n',
            *(_dependencies(rpm, kind) for kind in _DEPENDENCIES),
            *(_file(path, kind) for path, kind in _listed(rpm) if _MAIN_FILES.search(path)),
            "</format>\n</package>\n",
        ]
    )


def _dependencies(rpm: RpmFile, kind: str) -> str:
    names, flags, versions = _DEPENDENCIES[kind]
    found = zip(rpm.texts(names), rpm.numbers(flags), rpm.texts(versions), strict=False)
    lines = [_relation(name, flag, version) for name, flag, version in found if not name.startswith(_FROM_RPM)]
    return f"<rpm:{kind}>\n{''.join(dict.fromkeys(lines))}</rpm:{kind}>\n" if lines else ""


def _relation(name: str, flags: int, evr: str) -> str:
    relation = _RELATIONS.get(flags & 14)
    if not relation or not evr:
        return f"<rpm:entry name={_quoted(name)}/>\n"
    epoch, _, rest = evr.rpartition(":")
    version, _, release = rest.partition("-")
    made = f'<rpm:entry name={_quoted(name)} flags="{relation}" epoch={_quoted(epoch or "0")} ver={_quoted(version)}'
    return f"{made} rel={_quoted(release)}/>\n" if release else f"{made}/>\n"


def _listed(rpm: RpmFile) -> Iterator[tuple[str, str]]:
    """Give the package's files with their type."""
    folders, modes, flags = rpm.texts(1118), rpm.numbers(1030), rpm.numbers(1037)
    for number, (name, index) in enumerate(zip(rpm.texts(1117), rpm.numbers(1116), strict=True)):
        is_folder = modes[number] & 0o170000 == _FOLDER_MODE
        is_ghost = number < len(flags) and flags[number] & _GHOST
        yield folders[index] + name, "dir" if is_folder else "ghost" if is_ghost else ""


def _file(path: str, kind: str) -> str:
    return f'<file type="{kind}">{_text(path)}</file>\n' if kind else f"<file>{_text(path)}</file>\n"


def _changes(rpm: RpmFile) -> Iterator[str]:
    for author, time, text in zip(rpm.texts(1081), rpm.numbers(1080), rpm.texts(1082), strict=False):
        yield f'<changelog author={_quoted(author)} date="{time}">{_text(text)}</changelog>\n'


def _record(kind: str, path: str, packed: bytes, plain: bytes, time: int) -> str:
    return (
        f'<data type="{kind}">\n<checksum type="sha256">{_digest(packed)}</checksum>\n'
        f'<open-checksum type="sha256">{_digest(plain)}</open-checksum>\n<location href="{path}"/>\n'
        f"<timestamp>{time}</timestamp>\n<size>{len(packed)}</size>\n<open-size>{len(plain)}</open-size>\n</data>\n"
    )


def _chunks(kind: str, text: str) -> Iterator[tuple[str, str]]:
    for chunk in _CHUNK.findall(text):
        yield _IDS[kind].findall(chunk)[0], chunk


def _unpacked(data: bytes) -> str:
    return gzip.decompress(data).decode("utf-8", "replace")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(value: str) -> str:
    return escape("".join(each for each in value if each.isprintable() or each in "\n\t"))


def _quoted(value: str) -> str:
    return quoteattr("".join(each for each in value if each.isprintable()))
