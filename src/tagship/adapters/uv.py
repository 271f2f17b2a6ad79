"""uv, as it is locked with this command."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tagship.adapters.shell import scrubbed
from tagship.errors import ProjectError
from tagship.ports import Tools

_LOOKING: Final = threading.Lock()
"""It asks sysconfig, which several threads at once find half made."""


def uv() -> str:
    """Return the path of the uv that is locked with this command.

    Raises:
        ProjectError: it is not installed.

    """
    try:
        from uv import find_uv_bin

        with _LOOKING:
            return find_uv_bin()
    except (ImportError, FileNotFoundError):
        raise ProjectError("uv is not installed", hint="install tagship[build], or tagship[all]") from None


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where uv keeps what it has fetched (docs.astral.sh/uv/concepts/cache/#cache-directory)."""
    if named := environment.get("UV_CACHE_DIR"):
        return Path(named)
    if windows := environment.get("LOCALAPPDATA"):
        return Path(windows, "uv", "cache")
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or "~").expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache", "uv")


def uv_version(cwd: Path, tools: Tools) -> str:
    """Return the version of that uv; empty when it does not say."""
    said = tools.shell.run([uv(), "--version"], cwd=cwd, env=scrubbed(tools.environment)).stdout.split()
    return said[1] if len(said) > 1 else ""
