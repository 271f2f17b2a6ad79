"""deb packages as files: what their control file says.

Source: deb(5) and ar(5): ``debian-binary``, ``control.tar.*``, ``data.tar.*``.
"""

import io
import tarfile
from typing import Final

_MAGIC: Final = b"!<arch>\n"
_HEAD: Final = 60
_CONTROL: Final = frozenset({"control.tar", "control.tar.gz", "control.tar.xz"})
_MOST: Final = 1 << 20


def control(content: bytes) -> str:
    """Return the control file of a package, without an empty line at its end.

    Raises:
        ValueError: it is no deb package, or one without a control file of one paragraph.

    """
    try:
        with tarfile.open(fileobj=io.BytesIO(_member(content))) as tar:
            found = next(member for member in tar if member.name.removeprefix("./") == "control")
            stream = tar.extractfile(found)
            text = stream.read(_MOST).decode() if stream else ""
    except (tarfile.TarError, EOFError, StopIteration, UnicodeDecodeError) as error:
        raise ValueError("its control file cannot be read") from error
    lines = text.rstrip("\n").split("\n")
    if not all(line.strip() for line in lines):
        raise ValueError("its control file is not one paragraph")
    return "\n".join(lines)


def field(paragraph: str, name: str) -> str:
    """Return the first line of a field, empty when there is none."""
    found = (line for line in paragraph.split("\n") if line.lower().startswith(f"{name.lower()}:"))
    return next(found, ":").partition(":")[2].strip()


def _member(content: bytes) -> bytes:
    """Find the archive of the control files."""
    if not content.startswith(_MAGIC):
        raise ValueError("it is no deb package")
    at = len(_MAGIC)
    while at + _HEAD <= len(content):
        head = content[at : at + _HEAD]
        name, size = head[:16].decode("ascii", "replace").strip().rstrip("/"), head[48:58].strip()
        if not size.isdigit():
            break
        if name in _CONTROL:
            return content[at + _HEAD : at + _HEAD + int(size)]
        at += _HEAD + int(size) + int(size) % 2
    raise ValueError("it has no control files")
