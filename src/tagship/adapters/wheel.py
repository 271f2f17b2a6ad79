"""Wheels as files: another name for the same contents, and what is compiled in them.

Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ (WHEEL, RECORD).
"""

import base64
import csv
import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

from tagship.domain.files.executable import HEAD
from tagship.domain.text.json_text import read_json

_SBOMS: Final = re.compile(r"^[^/]+\.dist-info/sboms/[^/]+\.json$")
_TAGS: Final = ("Tag:", "Build:")
_COMPILED: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")


def retag(wheel: Path, to: Path, python: str, platform: str, built_in: Path | None = None) -> None:
    """Write a wheel under another tag (``cp311-abi3``, ``manylinux_2_28_x86_64``): its name, WHEEL and RECORD say so.

    Component lists inside (PEP 770) name the folder that it was built in, which is another one each time: they are told
    ``/source`` instead.
    """
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        about = _member(old, ".dist-info/WHEEL")
        record = _member(old, ".dist-info/RECORD")
        changed = {about: _tagged(old.read(about), python, platform)}
        for name in old.namelist() if built_in else ():
            if _SBOMS.search(name):
                changed[name] = old.read(name).replace(str(built_in).encode(), b"/source")
        for info in old.infolist():
            if info.filename in changed or info.filename == record or info.is_dir():
                continue
            with old.open(info) as content, new.open(info, "w") as member:
                shutil.copyfileobj(content, member)
        for name, content_of in changed.items():
            new.writestr(name, content_of)
        new.writestr(record, _record(old.read(record).decode(), changed))


def component_lists(wheel: Path) -> list[dict[str, Any]]:
    """Read the CycloneDX documents that a wheel carries (PEP 770): what was compiled into it."""
    found = []
    with zipfile.ZipFile(wheel) as packed:
        for name in sorted(packed.namelist()):
            if _SBOMS.search(name):
                document = read_json(packed.read(name).decode("utf-8", "replace"))
                found += [document] if isinstance(document, dict) and document.get("bomFormat") == "CycloneDX" else []
    return found


def _tagged(about: bytes, python: str, platform: str) -> bytes:
    interpreter, abi = (part.split(".") for part in python.split("-"))
    tags = "".join(f"Tag: {p}-{a}-{platform}\n" for p, a in product(interpreter, abi))
    kept = [line for line in about.decode().splitlines() if line.strip() and not line.startswith(_TAGS)]
    return ("\n".join(kept) + "\n" + tags).encode()


def compiled(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and beginning of every member that is machine code."""
    with zipfile.ZipFile(wheel) as packed:
        for info in packed.infolist():
            with packed.open(info) as stream:
                head = stream.read(HEAD)
            if head.startswith(_COMPILED):
                yield info.filename, head


def _record(text: str, changed: Mapping[str, bytes]) -> bytes:
    """Return RECORD with new digests of some members, in the order of the names: some tools list as the disk does."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row and row[0] not in changed]
    for name, content in changed.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append([name, f"sha256={digest}", str(len(content))])
    written = io.StringIO()
    rows.sort(key=lambda row: (row[0].endswith("/RECORD"), row[0]))
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _member(packed: zipfile.ZipFile, ending: str) -> str:
    return next(name for name in packed.namelist() if name.endswith(ending) and name.count("/") == 1)
