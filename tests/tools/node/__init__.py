"""Node packages that the tests only read, hash-locked by package-lock.json and kept outside the checkout.

``npm ci --ignore-scripts`` runs once per lock file: the folder is named after the lock's sha256 and appears by one
rename, so tests that run side by side share it.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NoReturn

import pytest

HERE: Final = Path(__file__).parent
MANIFESTS: Final = ("package.json", "package-lock.json")
OPENAPI: Final = Path("node_modules/@octokit/openapi/generated")
GRAPHQL_SCHEMA: Final = Path("node_modules/@octokit/graphql-schema/schema.graphql")
API_DESCRIPTION: Final = "api.github.com.json"


class ToolMissingError(Exception):
    """A tool that the tests need is not there or did not install."""


def openapi_description() -> Path:
    """Find GitHub's published OpenAPI description; without npm skip on a laptop and fail in CI."""
    try:
        return installed() / OPENAPI / API_DESCRIPTION
    except ToolMissingError as error:
        refuse(str(error))


def installed(locked: Path = HERE) -> Path:
    """Install the packages that a folder locks unless that was done before; answer their folder."""
    lock = (locked / "package-lock.json").read_bytes()
    target = tools_folder() / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not target.is_dir():
        _install(target, locked)
    return target


def tools_folder() -> Path:
    """Name the folder for test tools: ``TAGSHIP_TOOLS``, else one in the user's cache."""
    configured = os.environ.get("TAGSHIP_TOOLS")
    return Path(configured) if configured else Path.home() / ".cache" / "tagship" / "tools"


def _install(target: Path, locked: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ToolMissingError("npm is not installed: Node packages that the tests need cannot be had")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".node-", dir=target.parent) as scratch:
        fresh = Path(scratch) / "packages"
        fresh.mkdir()
        for name in MANIFESTS:
            shutil.copyfile(locked / name, fresh / name)
        _npm_ci(npm, fresh)
        _keep_only_what_is_read(fresh / OPENAPI)
        _appear(fresh, target)


def _npm_ci(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise ToolMissingError(f"npm ci failed with {done.returncode}: {done.stderr[-2000:]}")


def _keep_only_what_is_read(folder: Path) -> None:
    # The package holds about 400 MB of descriptions for GitHub Enterprise; npm has checked its hash by now.
    for file in folder.glob("*.json"):
        if file.name != API_DESCRIPTION:
            file.unlink()


def _appear(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:
        if not target.is_dir():  # else another test run was faster, with the same bytes
            raise


def refuse(reason: str) -> NoReturn:
    """Skip a test on a laptop and fail it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
