"""Files on disk: digests by streaming, writes that are whole or not there."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tagship.errors import IntegrityError, UsageError

_ASIDE: Final = ".tagship-"
"""How temporary names begin; ``tempfile`` adds eight random characters."""
_RANDOM: Final = 8
_DOCUMENTS: Final = ("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*", "README*")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal, reading it as a stream."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha512_of(path: Path) -> str:
    """Return the SHA-512 of a file, in hexadecimal, reading it as a stream."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()


def proved(path: Path, sha256: str) -> bytes:
    """Read a file whose digest was checked before: what is returned are those bytes, whatever lies there now.

    Raises:
        IntegrityError: it changed.

    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise changed(path)
    return data


def changed(path: Path) -> IntegrityError:
    """Say that a file is not what was proved any more."""
    hint = "something writes to it: build again, and let nothing else touch it"
    return IntegrityError("it changed since its digest was taken", file=path.name, hint=hint)


def documents(root: Path, folder: str) -> dict[str, Path]:
    """Find licence, notice and readme, by their names: a package's own, else its project's."""
    found: dict[str, Path] = {}
    for place in (root, root / folder):
        for pattern in _DOCUMENTS:
            found |= {path.name: path for path in sorted(place.glob(pattern)) if path.is_file()}
    return found


def files_below(root: Path) -> list[str]:
    """List the files below a folder by their paths from it, but for what git keeps there and for links."""
    found = []
    for folder, inside, names in os.walk(root):
        inside[:] = [name for name in inside if name != ".git"]
        place = Path(folder).relative_to(root)
        found += [(place / name).as_posix() for name in names if not Path(folder, name).is_symlink()]
    return sorted(found)


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a temporary name and put it in place by one rename.

    Raises:
        UsageError: the folder cannot be written.

    """
    write_all({path: (data, mode)})


def write_all(files: Mapping[Path, tuple[bytes, int]]) -> None:
    """Write files with their modes, all under temporary names before the first is put in place: where there is no room
    for all of them, none changes.

    Raises:
        UsageError: a folder cannot be written.

    """
    written: dict[Path, Path] = {}
    try:
        for path, (data, mode) in files.items():
            with _told(path):
                written[path] = _aside(path)
                written[path].write_bytes(data)
                written[path].chmod(mode)
        for path, temporary in written.items():
            with _told(path):
                temporary.replace(path)
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a killed run was writing here; whoever writes here at the same time is told that it failed."""
    for left in folder.glob(f"{_ASIDE}{'?' * _RANDOM}"):
        left.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_ASIDE)
    os.close(handle)
    return Path(temporary)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "make room, or choose another folder"
        raise UsageError(f"cannot write it: {error.strerror}", file=str(path), hint=hint) from None
