"""Archives unpacked as their users unpack them, and never outside of the folder that is given."""

import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from tagship.errors import CheckFailed

_HINT: Final = "unpack it by hand: that is what every new user does"


def unpack(file: Path, to: Path) -> None:
    """Unpack a ``.zip`` or a tar file, with the modes that its members have.

    Raises:
        CheckFailed: a member would be written elsewhere, or it is no such file.

    """
    try:
        if file.suffix in {".zip", ".mcpb"}:
            with zipfile.ZipFile(file) as packed:
                for info in packed.infolist():
                    if PurePosixPath(info.filename).is_absolute() or ".." in PurePosixPath(info.filename).parts:
                        raise CheckFailed(f"unsafe member {info.filename!r}", file=file.name, hint=_HINT)
                    written = Path(packed.extract(info, to))
                    if not info.is_dir() and info.external_attr >> 16:
                        written.chmod(info.external_attr >> 16 & 0o777)
        else:
            with tarfile.open(file) as tar:
                tar.extractall(to, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise CheckFailed(f"it cannot be unpacked: {error}", file=file.name, hint=_HINT) from None
