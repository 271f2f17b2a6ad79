"""One server probed that no plan knows: any command, or any address."""

import os
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters import isolation
from tagship.adapters.shell import scrubbed
from tagship.domain.tools.probe_report import ProbeResult
from tagship.errors import ProjectError, UsageError
from tagship.mcp.probe import probe_command, probe_url
from tagship.ports import Launch, ToolCall, Tools, Wanted

_HOMES: Final = ("HOME", "USERPROFILE")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be probed: a command line or an address, and what is expected of it."""

    command: str
    url: str
    wanted: Wanted
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    network: bool = True


def probe(asked: Asked, root: Path, tools: Tools) -> ProbeResult:
    """Probe it: a command in an empty folder, with an empty home, but the caches of this machine.

    Raises:
        UsageError: both, or neither, or a command that cannot be read.
        ProjectError: the network cannot be taken away here.

    """
    if asked.command and asked.url:
        raise UsageError("command and url are both given", hint="give one of them")
    if asked.url:
        return probe_url(asked.url, asked.wanted, tools)
    words = split(asked.command)
    with tempfile.TemporaryDirectory(prefix="tagship-probe-", ignore_cleanup_errors=True) as folder:
        launch = Launch(
            argv=words, env=_environment(asked, Path(folder), tools), cwd=_folder(words, root, Path(folder))
        )
        if not asked.network:
            if reason := isolation.hindrance(tools.environment):
                raise ProjectError(reason, hint="leave `network` as it is, or do it on Linux")
            launch = isolation.without_network(launch)
        return probe_command(launch, asked.wanted, tools)


def split(command: str) -> tuple[str, ...]:
    """Read a command line as a shell would, without one: words and quotes, nothing that expands.

    Raises:
        UsageError: a quote is not closed, or there is nothing.

    """
    try:
        words = tuple(shlex.split(command, posix=os.name == "posix"))
    except ValueError as error:
        raise UsageError(f"command cannot be read: {error}", hint="close each quote") from None
    if not words:
        raise UsageError("command is empty", hint="give the command that starts the server")
    return words


def variables(text: str) -> dict[str, str]:
    """Read ``NAME=value`` lines.

    Raises:
        UsageError: a line is none.

    """
    read: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"env has a line that is not NAME=value: {name[:60]!r}", hint="write one variable a line")
        read[name.strip()] = value
    return read


def calls(text: str) -> tuple[ToolCall, ...]:
    """Read the tools to call, ``{"tool": {…arguments…}}``.

    Raises:
        UsageError: it is no such JSON.

    """
    try:
        read = msgspec.json.decode(text, type=dict[str, dict[str, Any]]) if text.strip() else {}
    except msgspec.DecodeError as error:
        hint = 'write it as {"add": {"a": 1, "b": 2}}'
        raise UsageError(f"call is not a JSON object of tools and arguments: {error}", hint=hint) from None
    return tuple(ToolCall(tool=tool, arguments=arguments) for tool, arguments in read.items())


def _folder(words: Sequence[str], root: Path, empty: Path) -> Path:
    """Start what names a file of the project from the project's root, anything else from an empty folder.

    There npx and uvx find nothing of the project, as at their users.
    """
    return root if any((root / word).is_file() and not Path(word).is_absolute() for word in words) else empty


def _environment(asked: Asked, folder: Path, tools: Tools) -> dict[str, str]:
    """Scrub the environment; what installers cached stays where it is, so that ``uvx`` and ``npx`` need not fetch it again."""
    seen = scrubbed(tools.environment)
    user = Path(seen.get("HOME") or seen.get("USERPROFILE") or "~").expanduser()
    caches = {
        "UV_CACHE_DIR": seen.get("UV_CACHE_DIR") or str(Path(seen.get("XDG_CACHE_HOME") or user / ".cache", "uv")),
        "NPM_CONFIG_CACHE": str(user / ".npm"),
        "UV_TOOL_DIR": str(folder / "tools"),
    }
    return {**seen, **caches, **dict.fromkeys(_HOMES, str(folder)), "NO_COLOR": "1", **asked.environment}
