"""A TUF repository on loopback, as GitHub's is made: consistent snapshots, root metadata signed by a threshold of keys.

https://theupdateframework.github.io/specification/latest/; the metadata is made with python-tuf's own classes.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

_ONLINE: Final = ("timestamp", "snapshot")
_OFFLINE: Final = ("root", "targets")


class TufRepository:
    """A context manager: ``root`` is the first root metadata, a path; ``asked`` the paths of all requests.

    What is served begins at the second version of the root, which has other keys, so that clients must follow it.
    """

    def __init__(self, folder: Path, targets: Mapping[str, bytes]) -> None:
        self._folder = folder / "tuf"
        (self._folder / "targets").mkdir(parents=True)
        self.root = folder / "first-root.json"
        self.asked: list[str] = []
        first, second, online = ([CryptoSigner.generate_ecdsa() for _ in range(3)] for _ in range(3))
        later = datetime.now(UTC) + timedelta(days=7)
        self.root.write_bytes(_root(1, datetime.now(UTC) - timedelta(days=1), first, online[:1], first))
        self._put("2.root.json", _root(2, later, second, online[:1], [*first, *second]))
        self._put("targets/.keep", b"")
        named = Targets(expires=later)
        for name, data in targets.items():
            info = TargetFile.from_data(name, data, ["sha256"])
            named.targets[name] = info
            self._put(f"targets/{info.hashes['sha256']}.{name}", data)
        self._put("1.targets.json", _signed(named, second))
        self._put("1.snapshot.json", _signed(Snapshot(expires=later), online[:1]))
        self._put("timestamp.json", _signed(Timestamp(expires=later, snapshot_meta=MetaFile(1)), online[:1]))

    def __enter__(self) -> Self:
        handler = partial(_Handler, self.asked, directory=str(self._folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _put(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, asked: list[str], *arguments: Any, **named: Any) -> None:
        self._asked = asked
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        self._asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _root(
    version: int,
    expires: datetime,
    owners: list[CryptoSigner],
    online: list[CryptoSigner],
    signers: list[CryptoSigner],
) -> bytes:
    made = Root(version=version, expires=expires, consistent_snapshot=True)
    for roles, keys in ((_OFFLINE, owners), (_ONLINE, online)):
        for role in roles:
            for each in keys:
                made.add_key(each.public_key, role)
            made.roles[role].threshold = len(keys)
    return _signed(made, signers)


def _signed(content: Any, signers: list[CryptoSigner]) -> bytes:
    made = Metadata(content)
    for each in signers:
        made.sign(each, append=True)
    return made.to_bytes()
