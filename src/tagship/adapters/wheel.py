"""Wheels as files: another name for the same contents, and what is compiled in them.

Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ (WHEEL, RECORD).
"""

import base64
import csv
import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

from tagship.domain.executable import HEAD

_TAGS: Final = ("Tag:", "Build:")
_COMPILED: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")


def retag(wheel: Path, to: Path, python: str, platform: str) -> None:
    """Write a wheel under another tag (``cp311-abi3``, ``manylinux_2_28_x86_64``): its name, WHEEL and RECORD say so."""
    interpreter, abi = (part.split(".") for part in python.split("-"))
    tags = "".join(f"Tag: {p}-{a}-{platform}\n" for p, a in product(interpreter, abi))
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        about = _member(old, ".dist-info/WHEEL")
        record = _member(old, ".dist-info/RECORD")
        kept = [line for line in old.read(about).decode().splitlines() if line.strip() and not line.startswith(_TAGS)]
        text = ("\n".join(kept) + "\n" + tags).encode()
        for info in old.infolist():
            if info.filename in {about, record} or info.is_dir():
                continue
            with old.open(info) as content, new.open(info, "w") as member:
                shutil.copyfileobj(content, member)
        new.writestr(about, text)
        new.writestr(record, _record(old.read(record).decode(), about, text))


def compiled(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and beginning of every member that is machine code."""
    with zipfile.ZipFile(wheel) as packed:
        for info in packed.infolist():
            with packed.open(info) as stream:
                head = stream.read(HEAD)
            if head.startswith(_COMPILED):
                yield info.filename, head


def _record(text: str, changed: str, content: bytes) -> bytes:
    """Return RECORD with the new digest of one member, in the order of the names: some tools list as the disk does."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows = [row for row in csv.reader(io.StringIO(text)) if row and row[0] != changed]
    rows.append([changed, f"sha256={digest}", str(len(content))])
    written = io.StringIO()
    rows.sort(key=lambda row: (row[0].endswith("/RECORD"), row[0]))
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _member(packed: zipfile.ZipFile, ending: str) -> str:
    return next(name for name in packed.namelist() if name.endswith(ending) and name.count("/") == 1)
