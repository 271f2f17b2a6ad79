"""Uploads to the GitHub stand-in of the tests: many files within the limits, large ones as fast as they go, nothing twice.

The stand-in counts GitHub's secondary limits and answers after 50 ms. Peers run in the same run: ``curl -T`` for the bytes,
PyGithub's ``upload_asset`` as tools call it, one after the other.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from clock import ROOT, Add, clean

sys.path.insert(0, str(ROOT))

from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.fakes.github.client import Client
from tests.fakes.github.limits import SecondaryLimits

LATENCY: Final = 0.05
FILES: Final = 200
LARGE, LARGE_SIZE = 20, 100_000_000
A_MINUTE: Final = 80
_MEASURED: Final = """
import json, resource, sys, time
from tagship.cli import main
began = time.perf_counter()
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import github, requests, rich.progress
from tagship.steps import release_assets
loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
code = main(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sys.stderr.write("\\n" + json.dumps({"seconds": time.perf_counter() - began, "grown": (peak - loaded) / 1024}))
sys.exit(code)
"""
_PEER: Final = """
import os, pathlib, sys
from github import Auth, Github
from github.Requester import Requester
Requester._Requester__assertUrlAllowed = lambda self, url: None  # its uploads know only hosts named as GitHub's are
client = Github(auth=Auth.Token(os.environ["GITHUB_TOKEN"]), base_url=os.environ["GITHUB_API_URL"])
release = client.get_repo("octo/demo").create_git_release("v9.9.9", "peer", "", draft=True)
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    release.upload_asset(str(path), name=path.name)
release.update_release("peer", "", draft=False)
"""


def measure(add: Add, place: Path) -> None:
    """Add a row per figure."""
    many, large = place / "many", place / "large"
    _mixed(many)
    _many(add, many)
    _big(large)
    _throughput(add, large)
    shutil.rmtree(large)


def _many(add: Add, folder: Path) -> None:
    """Release 200 files within the limits, and again when they are there."""
    limits = SecondaryLimits()
    with GithubServer(description=None, secondary=limits, latency=LATENCY) as server:
        first = _release(server, folder)
        writes = len([entry for entry in server.journal.entries if entry.method in {"POST", "PATCH"}])
        optimum = 60.0 * ((writes - 1) // A_MINUTE) + LATENCY * 2
        add(
            f"{FILES} files, 100 MB, 50 ms away ({limits.refused} limits met, {first['grown']:.0f} MB more memory)",
            first["seconds"],
            {"the paced optimum": optimum},
            "≤ 1.1 × the optimum, no limit, ≤ 60 MB",
        )
        before = len(server.journal.entries)
        again = _release(server, folder)
        asked = len(server.journal.entries) - before
        add(f"the same again ({asked} requests)", again["seconds"], {}, f"≤ 1 s, {3 + FILES // 100} requests")
    limits = SecondaryLimits()
    with GithubServer(description=None, secondary=limits, latency=LATENCY) as server:
        seconds, done = _peer(server, folder)
        there = len(server.repository().assets)
        state = "published" if done else "left a draft"
        add(
            f"PyGithub, upload_asset in a loop ({there} of {FILES} there, {limits.refused} limits met, {state})",
            seconds,
            {},
            "–",
        )


def _throughput(add: Add, folder: Path) -> None:
    """Release 20 files of 100 MB, and send the same with curl."""
    with GithubServer(description=None) as server:
        ours = _release(server, folder)
    with GithubServer(description=None) as server, _draft(server) as address:
        began = time.perf_counter()
        for path in sorted(folder.iterdir()):
            headers = [
                "-H",
                f"Authorization: Bearer {WRITE_TOKEN}",
                "-H",
                "Content-Type: application/zip",
                "-A",
                "bench",
            ]
            argv = ["curl", "-sS", "--fail", "-o", os.devnull, "-X", "POST", "-H", "Expect:", *headers, "-T", str(path)]
            subprocess.run([*argv, f"{address}?name={path.name}"], check=True)
        curl = time.perf_counter() - began
    speed = LARGE * LARGE_SIZE / 1e6
    what = f"{LARGE} files of 100 MB: {speed / ours['seconds']:.0f} MB/s ({ours['grown']:.0f} MB more memory)"
    add(what, ours["seconds"], {"curl -T": curl}, "≥ 0.8 × curl")


@contextmanager
def _draft(server: GithubServer) -> Iterator[str]:
    yield Client(server).create("v1.0.0")["upload_url"].partition("{")[0]


def _release(server: GithubServer, folder: Path) -> dict[str, float]:
    """Run release-assets as a process; say how long it took and how much more memory it held than when it began."""
    arguments = [
        "release-assets",
        "--working-directory",
        str(folder),
        "--files",
        "*",
        "--tag",
        "v1.0.0",
        "--body",
        "notes",
    ]
    argv = [sys.executable, "-c", _MEASURED, *arguments]
    began = time.perf_counter()
    done = subprocess.run(argv, env={**clean(), **server.environment()}, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"release-assets ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: Mapping[str, float] = json.loads(done.stderr.splitlines()[-1])
    return {**found, "seconds": seconds}


def _peer(server: GithubServer, folder: Path) -> tuple[float, bool]:
    began = time.perf_counter()
    argv = [sys.executable, "-c", _PEER, str(folder)]
    try:
        done = subprocess.run(
            argv, env={**clean(), **server.environment()}, capture_output=True, check=False, timeout=600
        )
    except subprocess.TimeoutExpired:
        return time.perf_counter() - began, False
    return time.perf_counter() - began, done.returncode == 0


def _mixed(folder: Path) -> None:
    """Write 200 files, together about 100 MB: most small, a few large."""
    folder.mkdir()
    chance = random.Random(1)  # noqa: S311 (sizes of test files)
    for number in range(FILES):
        size = 4_000_000 if number % 10 == 0 else chance.randrange(1_000, 220_000)
        (folder / f"file-{number:03}.bin").write_bytes(os.urandom(size))


def _big(folder: Path) -> None:
    folder.mkdir()
    piece = os.urandom(1_000_000)
    for number in range(LARGE):
        with (folder / f"large-{number:02}.bin").open("wb") as stream:
            stream.write(b"%03d" % number)
            for _ in range(LARGE_SIZE // len(piece)):
                stream.write(piece)


def main() -> None:
    """Print the figures alone."""
    import tempfile

    def show(what: str, seconds: float, peers: Mapping[str, float], limit: str) -> None:
        beside = ", ".join(f"{name} {value:.2f} s ({value / seconds:.2f} ×)" for name, value in peers.items())
        print(f"{what:<90} {seconds:8.2f} s   {beside}   wanted {limit}", flush=True)

    with tempfile.TemporaryDirectory(prefix="tagship-bench-") as place:
        measure(show, Path(place))


if __name__ == "__main__":
    main()
