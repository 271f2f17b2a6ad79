"""Files on disk: digests by streaming, writes that are whole or not there."""

import hashlib
import os
import tempfile
from pathlib import Path

from tagship.errors import UsageError


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal, reading it as a stream."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a temporary name and put it in place by one rename.

    Raises:
        UsageError: the folder cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"cannot write it: {error.strerror}", file=str(path), hint="make room, or choose another folder"
        ) from None
