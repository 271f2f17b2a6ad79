"""Archives of a release, packed so that the same files give the same bytes: sorted, one time, plain modes, as a stream."""

import gzip
import shutil
import stat
import tarfile
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ZIP_BEGINS: Final = 315532800
"""1980-01-01T00:00:00Z, the first moment a ZIP member can carry."""
PIECE: Final = 1 << 20
"""Bytes that are copied at once."""
_FILE: Final = 0o100644
_PROGRAM: Final = 0o100755


def pack(to: Path, members: Mapping[str, Path], epoch: int, programs: Collection[str]) -> None:
    """Write a ``.zip`` (by its name) or a ``.tar.gz`` of files, member name → file; ``programs`` may be executed.

    ``epoch`` (seconds) is the time of every member (reproducible-builds.org/specs/source-date-epoch).
    """
    if to.suffix == ".zip":
        _zip(to, members, epoch, programs)
    else:
        _tar_gz(to, members, epoch, programs)


def modes(packed: Path) -> dict[str, int]:
    """Return the mode of each member of an archive that was packed here."""
    if packed.suffix == ".zip":
        with zipfile.ZipFile(packed) as archive:
            return {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    with tarfile.open(packed) as tar:
        return {member.name: member.mode for member in tar}


def program_names(packed: Path) -> list[str]:
    """Return what may be executed in an archive that was packed here, sorted."""
    return sorted(name for name, mode in modes(packed).items() if mode & stat.S_IXUSR)


def zip_entry(name: str, size: int, epoch: int, *, program: bool) -> zipfile.ZipInfo:
    """Describe a member of a ZIP file; ``epoch`` is in seconds."""
    entry = zipfile.ZipInfo(name, time.gmtime(max(epoch, _ZIP_BEGINS))[:6])
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (_PROGRAM if program else _FILE) << 16
    entry.file_size = size
    return entry


def tar_entry(name: str, size: int, epoch: int, *, program: bool) -> tarfile.TarInfo:
    """Describe a member of a tar file; ``epoch`` is in seconds."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mtime = epoch
    entry.mode = (_PROGRAM if program else _FILE) & 0o777
    return entry


@contextmanager
def tar_gz(to: Path) -> Iterator[tarfile.TarFile]:
    """Open a gzipped tar file to write to, which names neither itself nor the time."""
    with (
        to.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive


def _zip(to: Path, members: Mapping[str, Path], epoch: int, programs: Collection[str]) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(members.items()):
            entry = zip_entry(name, path.stat().st_size, epoch, program=name in programs)
            with path.open("rb") as content, archive.open(entry, "w") as member:
                shutil.copyfileobj(content, member, PIECE)


def _tar_gz(to: Path, members: Mapping[str, Path], epoch: int, programs: Collection[str]) -> None:
    with tar_gz(to) as archive:
        for name, path in sorted(members.items()):
            with path.open("rb") as content:
                archive.addfile(tar_entry(name, path.stat().st_size, epoch, program=name in programs), content)
