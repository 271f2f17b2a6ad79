"""The program that draws the Mermaid diagrams of the site, from npm by its hash: a reader's browser asks nobody else for it."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "mermaid@11.17.2"
INTEGRITY: Final = "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg=="
MEMBER: Final = "package/dist/mermaid.min.js"


def put(place: Path) -> bool:
    """Write the program to a path; ``False`` where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory(prefix="tagship-mermaid-") as folder:
        argv = [npm, "pack", "--silent", "--pack-destination", folder, PACKAGE]
        subprocess.run(argv, check=True, capture_output=True, timeout=300)
        (packed,) = Path(folder).iterdir()
        data = packed.read_bytes()
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise SystemExit(f"{PACKAGE} is not the one that was looked at: sha512-{digest}")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{PACKAGE} has no {MEMBER}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(member.read())
    return True
