"""Archives rewritten so that two builds of one commit give the same bytes: sorted members, one time, plain modes.

Only the container changes, never a member's content; a link becomes the file it means. The time is ``SOURCE_DATE_EPOCH``
(reproducible-builds.org/specs/source-date-epoch); ZIP cannot tell times before 1980.
"""

import gzip
import io
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from tagship.adapters import pack
from tagship.errors import ProjectError


def normalise_zip(path: Path, epoch: int) -> None:
    """Rewrite a ZIP file (a wheel) in place, as a stream; ``epoch`` is in seconds."""
    with _in_place(path) as new_path, zipfile.ZipFile(path) as old:
        members = sorted((info for info in old.infolist() if not info.is_dir()), key=_wheel_order)
        _refuse_unsafe(path, [info.filename for info in members])
        with zipfile.ZipFile(new_path, "w", zipfile.ZIP_DEFLATED) as new:
            for info in members:
                program = bool(info.external_attr >> 16 & stat.S_IXUSR)
                entry = pack.zip_entry(info.filename, info.file_size, epoch, program=program)
                with old.open(info) as content, new.open(entry, "w") as to:
                    shutil.copyfileobj(content, to, pack.PIECE)


def normalise_tar_gz(path: Path, epoch: int, programs: Collection[str] = ()) -> None:
    """Rewrite a gzipped tar file (an sdist) in place, as a stream; ``epoch`` is in seconds.

    ``programs`` may be executed in any case, others if they could before.
    """
    with (
        tempfile.TemporaryFile(dir=path.parent) as unpacked,  # members are taken in another order: that needs seeking
        _in_place(path) as new_path,
    ):
        with gzip.open(path) as packed_before:
            shutil.copyfileobj(packed_before, unpacked, pack.PIECE)
        unpacked.seek(0)
        with tarfile.open(fileobj=unpacked, mode="r:") as old, pack.tar_gz(new_path) as new:
            members = sorted((m for m in old.getmembers() if not m.isdir()), key=lambda m: m.name)
            _refuse_unsafe(path, [member.name for member in members])
            for member in members:
                content = _content(path, old, member)
                size = content.seek(0, io.SEEK_END)
                content.seek(0)
                program = member.name in programs or bool(member.mode & stat.S_IXUSR and member.isfile())
                new.addfile(pack.tar_entry(member.name, size, epoch, program=program), content)


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """Give a file beside this one to write to, which takes its place when all went well."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        new = Path(file.name)
    try:
        yield new
        new.chmod(path.stat().st_mode)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def read_member(path: Path, ending: str) -> str:
    """Read the text member of a wheel or sdist whose path ends so, nearest to the top; empty when there is none."""
    found = sorted(
        ((len(PurePosixPath(name).parts), name, data) for name, data in _members(path, ending)), key=lambda m: m[:2]
    )
    return found[0][2].decode("utf-8", "replace") if found else ""


def unpack(path: Path, to: Path, *, below_top: bool = False, wanted: Callable[[str], bool] = bool) -> None:
    """Unpack a tar file that was built here; ``below_top`` leaves out the folder that all of it lies in.

    ``wanted`` is asked about each name.

    Raises:
        ProjectError: a member would be written elsewhere.

    """
    try:
        with tarfile.open(path) as tar:
            for member in tar.getmembers():
                name = "/".join(PurePosixPath(member.name).parts[1:]) if below_top else member.name
                if name and wanted(name):
                    tar.extract(member.replace(name=name, deep=False), to, filter="data")
    except tarfile.FilterError as error:
        raise ProjectError(f"it cannot be unpacked safely: {error}", file=path.name, hint="mend the build") from None


def _members(path: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(ending):
                    yield name, archive.read(name)
        return
    with tarfile.open(path, "r:gz") as tar:
        for member in tar.getmembers():
            stream = tar.extractfile(member) if member.isfile() and member.name.endswith(ending) else None
            if stream is not None:
                yield member.name, stream.read()


def _content(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Open a file; a link becomes the file of the archive that it means."""
    try:
        stream = tar.extractfile(member)
    except (KeyError, RecursionError):  # a link may mean itself
        stream = None
    if stream is None:
        hint = "ship the file itself: not every system and installer takes links"
        raise ProjectError(f"{member.name} is a link to no file of the archive", file=path.name, hint=hint)
    return stream


def _wheel_order(info: zipfile.ZipInfo) -> tuple[bool, str]:
    """``.dist-info`` last, as the binary distribution format recommends."""
    return ".dist-info/" in info.filename, info.filename


def _refuse_unsafe(path: Path, names: list[str]) -> None:
    for name in names:
        if name.startswith("/") or ".." in PurePosixPath(name).parts or "\\" in name:
            raise ProjectError(f"unsafe member {name!r} in an archive", file=path.name, hint="mend the build")
