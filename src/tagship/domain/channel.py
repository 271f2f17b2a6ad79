"""What a channel owes and what it has, and the one decision: publish what is missing, or refuse before anything is sent.

Pure data: the same decision serves a dry run, the real run and the run after a crash.
"""

import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final, Literal

import msgspec

from tagship.domain.artifact import FileName, Sha256
from tagship.domain.plan import ChannelPlan
from tagship.errors import RemoteRefused, UsageError

State = Literal["published", "already-there", "skipped"]
ID: Final = re.compile(r"^[a-z][a-z0-9-]*$")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen and keyword-only."""


class Wish(_Value, frozen=True, kw_only=True):
    """A channel that somebody asked for: an ``id`` of its own, what kind it is and where; no address, the kind's own."""

    id: str
    kind: str
    address: str


class Owed(_Value, frozen=True, kw_only=True):
    """A file the channel shall have; ``path`` is where its proved bytes lie."""

    name: FileName
    path: str
    size: int
    sha256: Sha256


class There(_Value, frozen=True, kw_only=True):
    """What a channel has of exactly this version: file name → SHA-256."""

    files: Mapping[str, str]


class Decision(_Value, frozen=True, kw_only=True):
    """What to publish (nothing: all of it is there already), and what is there that nobody planned."""

    missing: tuple[Owed, ...]
    foreign: tuple[str, ...]


def decide(owed: Iterable[Owed], there: There) -> Decision:
    """Compare by name and digest.

    Raises:
        RemoteRefused: the version is there with other bytes under one of the names.

    """
    wanted = {file.name: file for file in owed}
    different = sorted(name for name, digest in there.files.items() if name in wanted and digest != wanted[name].sha256)
    if different:
        raise RemoteRefused(
            f"this version is there with other bytes: {', '.join(different)}",
            hint="a published version never changes: release a new version, or publish the files of the first build",
        )
    return Decision(
        missing=tuple(file for name, file in sorted(wanted.items()) if name not in there.files),
        foreign=tuple(sorted(set(there.files) - set(wanted))),
    )


def entry_of(channel_id: str) -> str:
    """Return the configuration's id of a plan's channel: ``pypi`` of ``pypi/weather-mcp``."""
    return channel_id.partition("/")[0]


def name_each(planned: Iterable[ChannelPlan]) -> tuple[ChannelPlan, ...]:
    """Give the channels of a plan their ids and order, sorted by id.

    They come with the configuration's id and with kinds in ``after``. An id that serves several packages gets each
    package's name behind it; the kinds become the ids of the same package's channels.
    """
    entries = list(planned)
    ids = [entry.id for entry in entries]
    named = [
        msgspec.structs.replace(entry, id=f"{entry.id}/{entry.package}") if ids.count(entry.id) > 1 else entry
        for entry in entries
    ]

    def before(entry: ChannelPlan) -> tuple[str, ...]:
        return tuple(sorted(o.id for o in named if o.kind in entry.after and o.package == entry.package))

    ordered = (msgspec.structs.replace(entry, after=before(entry)) for entry in named)
    return tuple(sorted(ordered, key=lambda entry: entry.id))


def select(channels: Iterable[ChannelPlan], wanted: tuple[str, ...]) -> tuple[ChannelPlan, ...]:
    """Return the wanted channels (ids, or the configuration's id for all its packages), each after those it waits for.

    Raises:
        UsageError: the plan has no such channel, or they wait for each other.

    """
    known = {channel.id: channel for channel in channels}
    for name in wanted:
        if not any(name in {channel_id, entry_of(channel_id)} for channel_id in known):
            hint = f"choose among {', '.join(known)}" if known else "ask for it in tagship.yaml and plan again"
            raise UsageError(f"the plan has no channel {name!r}", hint=hint)
    chosen = {i: c for i, c in sorted(known.items()) if not wanted or i in wanted or entry_of(i) in wanted}
    graph = {i: [other for other in c.after if other in chosen] for i, c in chosen.items()}
    try:
        return tuple(chosen[channel_id] for channel_id in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise UsageError(f"channels wait for each other: {' → '.join(error.args[1])}", hint="plan again") from None


def checked_address(address: str) -> str:
    """Accept the address of a registry.

    Raises:
        UsageError: not http(s), a password in it, or plain http to another machine.

    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UsageError(f"{address!r} is not the address of a registry", hint="write https://host/path")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"the address of {host} has a user or password in it",
            hint="take it out; the token comes by environment only",
        )
    if parts.scheme == "http" and host not in _LOCAL:
        raise UsageError(f"{address} would send the token unencrypted", hint="use https; http is for this machine only")
    return address
