"""Archives of a release, packed so that the same files give the same bytes: sorted, one time, plain modes, as a stream."""

import gzip
import shutil
import stat
import tarfile
import time
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

_ZIP_BEGINS: Final = 315532800
"""1980-01-01T00:00:00Z, the first moment a ZIP member can carry."""
_PIECE: Final = 1 << 20
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


def _zip(to: Path, members: Mapping[str, Path], epoch: int, programs: Collection[str]) -> None:
    moment = time.gmtime(max(epoch, _ZIP_BEGINS))[:6]
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(members.items()):
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_PROGRAM if name in programs else _FILE) << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as content, archive.open(entry, "w") as member:
                shutil.copyfileobj(content, member, _PIECE)


def _tar_gz(to: Path, members: Mapping[str, Path], epoch: int, programs: Collection[str]) -> None:
    with (
        to.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in sorted(members.items()):
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            entry.mtime = epoch
            entry.mode = (_PROGRAM if name in programs else _FILE) & 0o777
            with path.open("rb") as content:
                archive.addfile(entry, content)
