"""Which commit of tagship a workflow is pinned to: the one that is installed, or a given one."""

import re
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

import tagship
from tagship.domain.proofs import claims
from tagship.domain.text import structs
from tagship.errors import ProjectError, RemoteUnreachable, UsageError
from tagship.parts.init.own_workflow import Pin
from tagship.ports import Tools

REPOSITORY: Final = "tagship/tagship"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_NAME: Final = re.compile(r"[A-Za-z0-9][\w./-]{0,99}")
_PATIENCE: Final = 30
_HINT: Final = "give the commit with --ref"


class _Vcs(msgspec.Struct, frozen=True, kw_only=True):
    commit_id: str = ""


class _DirectUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Where a package was installed from, if not from an index (https://packaging.python.org/specifications/direct-url/)."""

    vcs_info: _Vcs = _Vcs()


def own_commit(ref: str, tools: Tools) -> Pin:
    """Find it: a commit as given, else the one that was installed, else the one that a tag or a branch is on.

    Raises:
        UsageError: there is no such tag or branch.
        RemoteUnreachable: the server of tagship's repository did not answer.

    """
    version = f"v{tagship.__version__}"
    if _COMMIT.fullmatch(ref):
        return Pin(commit=ref, version=version)
    if ref and not _NAME.fullmatch(ref):
        raise UsageError(f"{ref[:80]!r} is no commit, tag or branch", hint=_HINT)
    installed = "" if ref else _installed_from()
    if installed:
        return Pin(commit=installed, version=version)
    return Pin(commit=_looked_up(ref or version, tools), version=ref or version)


def _installed_from() -> str:
    try:
        text = metadata.distribution("tagship").read_text("direct_url.json") or "{}"
        commit = structs.decode(text, _DirectUrl).vcs_info.commit_id
    except (metadata.PackageNotFoundError, msgspec.DecodeError):
        return ""
    return commit if _COMMIT.fullmatch(commit) else ""


def _looked_up(name: str, tools: Tools) -> str:
    """Ask the server, as ``git ls-remote`` does: of an annotated tag the commit is what it is peeled to."""
    server = claims.server_of(tools.environment)
    address = f"{server.rstrip('/')}/{REPOSITORY}"
    wanted = [f"refs/tags/{name}^{{}}", f"refs/tags/{name}", f"refs/heads/{name}"]
    environment = {**tools.environment, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    argv = ["git", "ls-remote", "--end-of-options", address, *wanted]
    try:
        done = tools.shell.run(argv, cwd=Path.cwd(), env=environment, timeout=_PATIENCE)
    except ProjectError as error:
        raise RemoteUnreachable(f"{address}: {error.problems[0].message}", hint=_HINT) from None
    if done.code:
        raise RemoteUnreachable(f"cannot ask {address} which commit {name} is: {done.last_lines(1)}", hint=_HINT)
    found = {reference: commit for commit, _, reference in (line.partition("\t") for line in done.stdout.splitlines())}
    commit = next((found[reference] for reference in wanted if reference in found), "")
    if not _COMMIT.fullmatch(commit):
        raise UsageError(f"{address} has neither a tag nor a branch {name}", hint=_HINT)
    return commit
