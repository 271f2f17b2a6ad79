"""Folders that are made once and kept: whole or not there, however many ask at once and whoever is killed meanwhile."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_to_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return the folder; unless it is there, let ``make`` fill a new one, which then appears by one rename."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f".{folder.name}.lock")):
        if not folder.is_dir():
            _make(folder, make)
    return folder


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    prefix = f".{folder.name}.part-"
    for left_over in folder.parent.glob(f"{prefix}*"):  # of a maker that was killed: we hold the lock
        shutil.rmtree(left_over, ignore_errors=True)
    # A new name each time: what a killed maker started may still be writing to the old one.
    fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        make(fresh)
        fresh.chmod(0o755)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait for the lock of the operating system, which falls with its holder: nothing has to be cleaned up after a kill."""
    with lock.open("ab") as file:
        while not _try_to_lock(file):
            time.sleep(0.05)
        yield
