"""Big histories made in seconds by ``git fast-import``: conventional commits, with a release every few of them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MESSAGES: Final = (
    "feat(tools): answer question {n}",
    "fix: number {n} was wrong",
    "docs: say what {n} means",
    "perf(cache): keep {n} for longer\n\nIt was asked for a thousand times.",
    "chore: tidy {n}",
    "fix(http): close connection {n}\n\nRefs: #{n}",
    "refactor: part {n}",
    "test: case {n}",
)
_START: Final = 1_600_000_000
MANIFEST: Final = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "big-server"
version = "{version}"

[tool.semantic_release]
version_toml = ["pyproject.toml:project.version"]
allow_zero_version = true

[tool.semantic_release.branches.main]
match = "main"
"""


def make(folder: Path, commits: int, releases: int, since: int = 13) -> str:
    """Make a repository of so many commits and releases, with ``since`` commits after the last; return its tag."""
    folder.mkdir(parents=True)
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], check=True)
    stream = "".join(_stream(commits, releases, since)).encode()
    subprocess.run([*git, "fast-import", "--quiet"], input=stream, check=True)
    subprocess.run([*git, "reset", "--quiet", "--hard", "main"], check=True)
    subprocess.run([*git, "remote", "add", "origin", "https://github.com/octo/big-server.git"], check=True)
    return f"v0.{releases}.0" if releases else ""


def _stream(commits: int, releases: int, since: int) -> Iterator[str]:
    every = max(1, (commits - since) // releases) if releases else 0
    made = 0
    for number in range(1, commits + 1):
        who = f"Dev {number % 7} <dev{number % 7}@example.invalid> {_START + number * 60} +0000"
        message = _MESSAGES[number % len(_MESSAGES)].format(n=number)
        text = f"line {number}\n"
        yield f"commit refs/heads/main\nmark :{number}\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}\n"
        yield f"M 100644 inline src/big_server/part{number % 50}.py\ndata {len(text)}\n{text}\n"
        if number == 1:
            manifest = MANIFEST.format(version=f"0.{releases}.0")
            yield f"M 100644 inline pyproject.toml\ndata {len(manifest)}\n{manifest}\n"
            yield "M 100644 inline src/big_server/__init__.py\ndata 0\n\n"
        due = releases and made < releases and (number >= commits - since or number % every == 0)
        if due and (made < releases - 1 or number >= commits - since):
            made += 1
            yield f"reset refs/tags/v0.{made}.0\nfrom :{number}\n\n"
