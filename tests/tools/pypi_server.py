"""A real package index on loopback: pypiserver with a password, behind a door that notes every request and can misbehave."""

import base64
import hashlib
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.tools import require
from tests.tools.door import Door, stop, wait_until_listening

USER: Final = "publisher"
TOKEN: Final = "pypi-AgEIcHlwaS5vcmc-secret-of-the-tests"


class PypiServer(Door):
    """``address`` takes uploads and has ``simple/``; ``packages`` is the folder the files lie in."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__()
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        self._passwords = folder / "htpasswd"
        users = (USER, "__token__")
        self._passwords.write_text("".join(f"{user}:{_hashed(TOKEN)}\n" for user in users), encoding="utf-8")
        self._options = options or ("-a", "update", "--disable-fallback")

    @property
    def address(self) -> str:
        return f"http://{self.host}/"

    @property
    def uploads(self) -> int:
        return self.count("POST")

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.packages.iterdir()}

    def __enter__(self) -> Self:
        program = [str(require("pypi-server")), "run", "-i", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            [*program, "-P", str(self._passwords), *self._options, str(self.packages)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self.port, self._process)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        stop(self._process)


def _hashed(password: str) -> str:
    """Hash for an htpasswd file, as Apache's {SHA}: nothing here outlives a test."""
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
