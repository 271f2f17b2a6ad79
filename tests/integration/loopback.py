"""Serves a folder on loopback, and fails where it is told to: files that are missing, cut short, or others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit


@dataclass
class Served:
    """A folder at an address; ``faults`` by the end of a path: ``missing``, ``short``, ``other``; ``asked`` are paths."""

    address: str
    faults: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """Serve until the block ends."""
    served = Served("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def do_GET(self) -> None:
            name = unquote(urlsplit(self.path).path).lstrip("/")
            served.asked.append(name)
            fault = next((kind for end, kind in served.faults.items() if name.endswith(end)), "")
            path = folder / name
            if fault == "missing" or not path.is_file() or ".." in path.parts:
                self.send_error(404)
                return
            data = path.read_bytes() if fault != "other" else b"something else"
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if fault == "short" else data)
            self.close_connection = True

        def do_HEAD(self) -> None:
            self.send_error(405)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
