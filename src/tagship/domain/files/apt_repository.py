"""An apt repository as static files: what is in ``dists/``, made of nothing but the packages and the time of the newest release.

Sources: https://wiki.debian.org/DebianRepository/Format; apt-secure(8); sources.list(5). There is no ``Valid-Until``: a
place where nobody signs anew every week would go stale by itself; apt refuses a ``Release`` that is older than the one it has.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final, Self

from tagship.domain.files import deb_file
from tagship.domain.install.package_site import COMPONENTS
from tagship.errors import IntegrityError

FOLDER: Final = "apt"
SUITE: Final = "stable"
DISTS: Final = f"{FOLDER}/dists/{SUITE}"
RELEASE: Final = f"{DISTS}/Release"
INDEX: Final = re.compile(rf"{DISTS}/(?P<component>[a-z]+)/binary-(?P<architecture>[a-z0-9]+)/Packages")
_HASHED: Final = re.compile(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", re.MULTILINE)
_DATE: Final = re.compile(r"^Date: (.+)$", re.MULTILINE)
HINT: Final = (
    "find out who changed the branch. To begin anew, also with another key, delete the folders apt and rpm there and publish "
    "each release again with --from-release"
)


def pool_path(package: str, name: str) -> str:
    """Say where a package lies, from the site's root."""
    return f"{FOLDER}/pool/{package}/{name}"


def paragraph(content: bytes, name: str) -> str:
    """Describe a package for the index.

    Raises:
        ValueError: it is no deb package.

    """
    text = deb_file.control(content)
    place = pool_path(deb_file.field(text, "Package"), name).removeprefix(f"{FOLDER}/")
    digest = hashlib.sha256(content).hexdigest()
    return f"{text}\nFilename: {place}\nSize: {len(content)}\nSHA256: {digest}"


def paragraphs(index: bytes) -> tuple[str, ...]:
    """Take an index apart."""
    return tuple(part for part in index.decode("utf-8", "replace").strip("\n").split("\n\n") if part)


def released(index: bytes) -> dict[str, str]:
    """Return the files that an index lists with their SHA-256."""
    listed = paragraphs(index)
    return {deb_file.field(p, "Filename").rpartition("/")[2]: deb_file.field(p, "SHA256") for p in listed}


class AptRepository:
    """The indexes by component and architecture; ``time`` is that of the newest release in it."""

    def __init__(self, name: str, time: datetime, indexes: Mapping[tuple[str, str], Iterable[str]]) -> None:
        self.name, self.time = name, time
        self.indexes = {key: tuple(sorted(set(listed), key=_order)) for key, listed in sorted(indexes.items())}

    @classmethod
    def read(cls, name: str, release: bytes, indexes: Mapping[str, bytes]) -> Self:
        """Read what is there: a ``Release`` whose signature was checked, and the indexes by their paths.

        Raises:
            IntegrityError: the indexes are not those that were signed.

        """
        text = release.decode("utf-8", "replace")
        told = {f"{DISTS}/{path}": digest for digest, path in _HASHED.findall(text)}
        date = _DATE.search(text)
        if not date or {path for path in told if INDEX.fullmatch(path)} != indexes.keys():
            raise IntegrityError(
                "the repository lacks indexes, or has some that nobody signed", file=RELEASE, hint=HINT
            )
        found = {}
        for path, data in indexes.items():
            if told[path] != hashlib.sha256(data).hexdigest():
                raise IntegrityError("the index is not the one that was signed", file=path, hint=HINT)
            match = INDEX.fullmatch(path)
            found[(match["component"], match["architecture"]) if match else ("", "")] = paragraphs(data)
        return cls(name, parsedate_to_datetime(date[1]).replace(tzinfo=UTC), found)

    def joined(self, component: str, added: Iterable[str], time: datetime) -> "AptRepository":
        """Return one with more packages, of a release of that time."""
        indexes = {key: list(listed) for key, listed in self.indexes.items()}
        for each in added:
            architecture = deb_file.field(each, "Architecture")
            for one in COMPONENTS:
                indexes.setdefault((one, architecture), [])
            indexes[component, architecture].append(each)
        return AptRepository(self.name, max(self.time, time), indexes)

    def files(self) -> dict[str, bytes]:
        """Write all but the signatures, with each index under its digest too (``Acquire-By-Hash``)."""
        made: dict[str, bytes] = {}
        for (component, architecture), listed in self.indexes.items():
            plain = "".join(f"{each}\n\n" for each in listed).encode()
            place = f"{component}/binary-{architecture}"
            made |= {f"{place}/Packages": plain, f"{place}/Packages.gz": gzip.compress(plain, mtime=0)}
        hashed = {f"{path.rpartition('/')[0]}/by-hash/SHA256/{_digest(data)}": data for path, data in made.items()}
        files = {f"{DISTS}/{path}": data for path, data in {**made, **hashed}.items()}
        return {**files, RELEASE: self._release(made)}

    def _release(self, indexes: Mapping[str, bytes]) -> bytes:
        architectures = sorted({architecture for _, architecture in self.indexes})
        lines = [
            f"Origin: {self.name}",
            f"Label: {self.name}",
            f"Suite: {SUITE}",
            f"Codename: {SUITE}",
            f"Date: {format_datetime(self.time, usegmt=True).replace('GMT', 'UTC')}",
            f"Architectures: {' '.join(architectures)}",
            f"Components: {' '.join(COMPONENTS)}",
            "Acquire-By-Hash: yes",
            "SHA256:",
        ]
        lines += [f" {_digest(data)} {len(data)} {path}" for path, data in sorted(indexes.items())]
        return "\n".join([*lines, ""]).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _order(paragraph: str) -> tuple[str, str]:
    return deb_file.field(paragraph, "Package"), deb_file.field(paragraph, "Filename")
