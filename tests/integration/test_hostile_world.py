"""A world made to break programs: locales, clocks, answers of the wrong kind, redirects without end, lengths that lie."""

import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Final

import pytest

from tests.integration import projects
from tests.integration.release_run import FILES, program

TEN_GB: Final = 10_000_000_000


@pytest.mark.parametrize(
    "odd",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        {"COLUMNS": "1", "TERM": "dumb", "TZ": "Nowhere/Never", "LINES": "0"},
        {"COLUMNS": "minus", "PYTHONHASHSEED": "7", "TMPDIR": "/nowhere"},
    ],
    ids=lambda odd: next(iter(odd)) + odd.get("LC_ALL", ""),
)
def test_locales_and_terminals(odd: dict[str, str], tmp_path: Path) -> None:
    """Names in letters of all scripts are planned, and shown as far as the terminal can."""
    files = {
        **projects.SHAPES["hatch"],
        "docs/\u4e16\u754c \U0001f600.md": "x",
        "README.md": projects.README + "gr\u00fc\u00dfe",
    }
    project = projects.make(tmp_path, files, tag="")
    done = subprocess.run(
        [sys.executable, "-m", "tagship", "build-matrix", "--explain"],
        cwd=project.root,
        env=project.env(**odd),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("year", ["1970-01-02", "2040-02-03"])
def test_clocks_that_are_wrong(year: str, tmp_path: Path) -> None:
    """What is built has the time of the commit, whatever this machine's clock says; a ZIP file cannot hold 1970 anyway."""
    faketime = shutil.which("faketime")
    if faketime is None:
        if os.environ.get("CI") == "true":
            pytest.fail("faketime is not there: apt-get install faketime")
        pytest.skip("faketime is not there: apt-get install faketime")
    made = []
    for name, before in (("now", []), ("then", [faketime, f"{year} 12:00:00"])):
        files = {
            "package.json": '{"name": "demo", "version": "1.2.0", "license": "MIT", "files": ["main.js"]}',
            "main.js": "",
        }
        project = projects.make(tmp_path / name, files)
        argv = [*before, sys.executable, "-m", "tagship"]
        for command in ("build-matrix", "build"):
            done = subprocess.run(
                [*argv, command], cwd=project.root, env=project.env(), capture_output=True, check=False
            )
            assert done.returncode == 0, done.stderr.decode()
        (packed,) = (project.root / "dist").rglob("*.tgz")
        with tarfile.open(packed) as tar:
            assert {int(member.mtime) for member in tar} == {1772366400}
        made.append(packed.read_bytes())
    assert made[0] == made[1]


class Odd(BaseHTTPRequestHandler):
    """Answers each request the same odd way."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 200
    headers_: ClassVar[dict[str, str]] = {}
    body: ClassVar[bytes] = b""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        for name, value in {"Content-Length": str(len(self.body)), **self.headers_}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)
        self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def odd(status: int = 200, body: bytes = b"", **headers: str) -> type[Odd]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return type("Made", (Odd,), {"status": status, "body": body, "headers_": named})


ANSWERS: Final = {
    "html": (odd(body=b"<html>Sign in to the hotel's network</html>", Content_Type="text/html"), {4, 5}),
    "a list where an object is owed": (odd(body=b'[[1, 2], "x"]', Content_Type="application/json"), {4, 5}),
    "no json": (odd(body=b"{", Content_Type="application/json"), {4, 5}),
    "deep json": (odd(body=b"[" * 100_000, Content_Type="application/json"), {4, 5}),
    "not utf-8": (odd(body=b"\xff\xfe\x00", Content_Type="application/json"), {4, 5}),
    "redirects without end": (odd(302, Location="/again"), {4, 5}),
    "a redirect to a file": (odd(302, Location="file:///etc/passwd"), {4, 5}),
    "ten gigabytes promised": (odd(body=b"[]", Content_Length=str(TEN_GB), Content_Type="application/json"), {5}),
    "a negative length": (odd(body=b"[]", Content_Length="-5"), {4, 5}),
    "gzip that is none": (odd(body=b"[]", Content_Encoding="gzip", Content_Type="application/json"), {4, 5}),
    "a status nobody knows": (odd(799, body=b"?"), {4, 5}),
    "terminal codes": (odd(403, body=b'{"message": "\\u001b[2Jgone \\u202e"}', Content_Type="application/json"), {4}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_the_wrong_kind(name: str, tmp_path: Path) -> None:
    """Whatever sits between us and GitHub: a clear error with a documented code, soon, and no token in it."""
    handler, codes = ANSWERS[name]
    (tmp_path / "files").mkdir()
    for file, data in FILES.items():
        (tmp_path / "files" / file).write_bytes(data)
    with _served(handler) as address:
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GITHUB_API_URL": address, "NO_COLOR": "1"}
        env |= {"GITHUB_REPOSITORY": "octo/demo", "GITHUB_TOKEN": "s3cr3t-token", "GITHUB_SERVER_URL": address}
        argv = program("--files", "files/*", "--tag", "v1.0.0", "--retry-window", "1")
        done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode in codes, done.stderr
    assert "Traceback" not in done.stderr
    assert not {"\x1b", "\u202e"} & set(done.stderr)
    assert "s3cr3t-token" not in done.stdout + done.stderr
    assert done.stderr.strip()


@contextmanager
def _served(handler: type[Odd]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
