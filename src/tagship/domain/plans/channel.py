"""What a channel owes and what it has, and the one decision: publish what is missing, or refuse before anything is sent.

Pure data: the same decision serves a dry run, the real run and the run after a crash.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from tagship.domain.plans.artifact import Artifact, FileName, Sha256
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.text.lazy_pattern import lazy
from tagship.errors import RemoteRefused, UsageError

State = Literal["published", "already-there", "proposed", "skipped"]
BESIDE: Final = frozenset({"attestation", "bundle", "sbom"})
"""Kinds of files that are about other files: no channel has them alone."""
EVERY: Final = "*"
"""In ``after``: all other channels of the same server, but for those that say so too."""
_ID: Final = lazy(r"[a-z][a-z0-9-]*")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen and keyword-only."""


class OtherBytes(RemoteRefused):
    """The version is there, and is not what was built: nothing at all may be sent then, to no channel."""


class Wish(_Value, frozen=True, kw_only=True):
    """A channel that somebody asked for: an ``id`` of its own, what kind it is and where, and how it shall publish."""

    id: str
    kind: str
    address: str
    options: dict[str, str] = {}


class Owed(_Value, frozen=True, kw_only=True):
    """A file the channel shall have; ``path`` is where its proved bytes lie.

    ``universal`` files serve every platform: they go last, since what is installed by them may ask for the others.
    ``beside`` are paths of proved documents about it (statements, SBOMs) that the channel can attach.
    """

    name: FileName
    path: str
    size: int
    sha256: Sha256
    universal: bool = True
    beside: tuple[str, ...] = ()


class There(_Value, frozen=True, kw_only=True):
    """What a channel has of exactly this version: file name → SHA-256."""

    files: Mapping[str, str]


class Standing(_Value, frozen=True, kw_only=True):
    """How a channel stands where "published" would not be the truth: its state, and what to tell people about it."""

    state: State
    said: str


class Decision(_Value, frozen=True, kw_only=True):
    """What to publish (nothing: all of it is there already), and what is there that nobody planned."""

    missing: tuple[Owed, ...]
    foreign: tuple[str, ...]


def decide(owed: Iterable[Owed], there: There) -> Decision:
    """Compare by name and digest.

    Raises:
        OtherBytes: the version is there with other bytes under one of the names.

    """
    wanted = {file.name: file for file in owed}
    different = sorted(name for name, digest in there.files.items() if name in wanted and digest != wanted[name].sha256)
    if different:
        raise OtherBytes(
            f"this version is there with other bytes: {', '.join(different)}",
            hint="a published version never changes: release a new version, or publish the files of the first build",
        )
    return Decision(
        missing=tuple(sorted((f for f in wanted.values() if f.name not in there.files), key=_turn)),
        foreign=tuple(sorted(set(there.files) - set(wanted))),
    )


def _turn(file: Owed) -> tuple[bool, str]:
    return file.universal, file.name


def is_id(text: str) -> bool:
    """Say whether a channel of the configuration may be called so: its secrets' variables are named after it."""
    return _ID.fullmatch(text) is not None


def variable(channel_id: str, secret: str) -> str:
    """Name the environment variable of a channel's secret: ``TAGSHIP_PYPI_TOKEN``."""
    return f"TAGSHIP_{entry_of(channel_id)}_{secret}".upper().replace("-", "_")


def entry_for(
    wish: Wish,
    package: Package,
    artifacts: Sequence[Artifact],
    kinds: Collection[str],
    *,
    beside: Collection[str] = (),
    after: tuple[str, ...] = (),
    of_release: Collection[str] = (),
) -> ChannelPlan | None:
    """Plan the files of these kinds of a package for a channel, and documents beside them; ``None`` without files.

    Documents of the kinds ``of_release`` are about all files of the release.
    """
    names = [each.name for each in artifacts if each.package == package.id and each.kind in kinds]
    if not names:
        return None
    about = [each.name for each in artifacts if each.kind in beside and _is_about(each, names, package.id)]
    about += [each.name for each in artifacts if each.kind in of_release and not each.package]
    return ChannelPlan(
        id=wish.id,
        kind=wish.kind,
        package=package.id,
        artifacts=tuple(sorted({*names, *about})),
        address=wish.address,
        after=after,
        options=wish.options,
    )


def group(entry: ChannelPlan, artifacts: Sequence[Artifact], files: Mapping[str, Owed]) -> tuple[Owed, ...]:
    """Tell the files that a channel owes from the documents about them, and lay these beside those."""
    own = [each for each in artifacts if each.name in entry.artifacts and each.kind not in BESIDE]
    about = [each for each in artifacts if each.name in entry.artifacts and each.kind in BESIDE]
    package = next((each.package for each in own), "")
    grouped = []
    for each in own:
        paths = [
            files[other.name].path for other in about if not other.package or _is_about(other, [each.name], package)
        ]
        grouped.append(msgspec.structs.replace(files[each.name], beside=tuple(sorted(paths))))
    return tuple(grouped)


def _is_about(document: Artifact, names: Collection[str], package: str) -> bool:
    """Whether a document is about one of the files: by its name, or an SBOM by its package (id)."""
    by_package = document.kind == "sbom" and document.package == package
    return by_package or any(document.name.startswith(f"{name}.") for name in names)


def entry_of(channel_id: str) -> str:
    """Return the configuration's id of a plan's channel: ``pypi`` of ``pypi/weather-mcp``."""
    return channel_id.partition("/")[0]


def name_each(
    planned: Iterable[ChannelPlan],
    wraps: Mapping[str, str | None] = MappingProxyType({}),
    needs: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> tuple[ChannelPlan, ...]:
    """Give the channels of a plan their ids and order, sorted by id.

    They come with the configuration's id and with kinds in ``after``. An id that serves several packages gets each
    package's name behind it; the kinds become the ids of the channels of the same package and, as ``wraps`` says, of what
    is made around it. Of one id, the packages that another one ``needs`` go first.
    """
    entries = list(planned)
    ids = [entry.id for entry in entries]
    named = [
        msgspec.structs.replace(entry, id=f"{entry.id}/{entry.package}") if ids.count(entry.id) > 1 else entry
        for entry in entries
    ]

    def root(package: str) -> str:
        return wraps.get(package) or package

    def before(entry: ChannelPlan) -> tuple[str, ...]:
        family = [other for other in named if root(other.package) == root(entry.package)]
        if EVERY in entry.after:
            return tuple(sorted(other.id for other in family if EVERY not in other.after))
        needed = [
            other
            for other in named
            if entry_of(other.id) == entry_of(entry.id) and other.package in needs.get(entry.package, ())
        ]
        return tuple(sorted({other.id for other in (*family, *needed) if other in needed or other.kind in entry.after}))

    ordered = (msgspec.structs.replace(entry, after=before(entry)) for entry in named)
    return tuple(sorted(ordered, key=lambda entry: entry.id))


def groups(channels: Iterable[ChannelPlan]) -> list[str]:
    """Put channels that wait for one another together, for jobs that know nothing of each other: ids, comma-separated."""
    together: list[set[str]] = []
    for channel in channels:
        own = {channel.id, *channel.after}
        joined = [group for group in together if group & own]
        together = [group for group in together if not group & own]
        together.append(own.union(*joined))
    return sorted(",".join(sorted(group)) for group in together)


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
