"""Tags as versions: which of them are releases of a package, in whichever of the usual styles.

A style is what stands before the version: ``v``, nothing, ``name-v``, ``name@``, ``name/v`` (Go modules below the
root: go.dev/ref/mod#vcs-version), and others that a template of the configuration spells.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VERSION
from tagship.errors import UsageError

SHARED: Final = ("v", "", "V")
"""Styles that name no package; they are one family: repositories move from ``v1.2.3`` to ``1.2.3``."""
OWN: Final = ("{name}-v", "{name}@", "{name}@v", "{name}/v", "{name}/", "{name}-", "{name}_v", "{name}_")
"""Styles that name the package; the first is what a repository without tags gets."""
_SPLIT: Final = lazy(r"(?P<before>(?:.*[^0-9.])?)(?P<version>\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)", re.ASCII)


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that ends with a version: its name, what stands before the version, and the commit it is on."""

    name: str
    before: str
    version: Version
    commit: str


def read(name: str, commit: str) -> Tag | None:
    """Read a tag; ``None`` when it does not end with a version."""
    match = _SPLIT.fullmatch(name)
    if match is None:
        return None
    try:
        return Tag(name=name, before=match["before"], version=Version.parse(match["version"]), commit=commit)
    except UsageError:
        return None


def by_style(tags: Iterable[Tag]) -> Mapping[str, tuple[Tag, ...]]:
    """Sort tags into styles, the highest version first in each."""
    styles: dict[str, list[Tag]] = {}
    for tag in tags:
        styles.setdefault(tag.before, []).append(tag)
    return {
        before: tuple(sorted(found, key=lambda tag: (tag.version, tag.name), reverse=True))
        for before, found in styles.items()
    }


def labels(name: str, path: str) -> tuple[str, ...]:
    """Return the names by which tags may call a package: its own, without its scope, its folder, the folder's last part;
    empty where there is none.
    """
    folder = "" if path in {"", "."} else path
    return name, name.rpartition("/")[2], folder, folder.rpartition("/")[2]


def own_styles(name: str, path: str) -> Mapping[str, int]:
    """List every style that would name this package, the likeliest first, with the rank of the label that it uses."""
    found: dict[str, int] = {}
    for rank, label in enumerate(labels(name, path)):
        for template in OWN if label else ():
            found.setdefault(template.format(name=label), rank)
    return found


def from_template(template: str, name: str) -> str:
    """Turn ``{name}-v{version}`` of the configuration into a package's style.

    Raises:
        UsageError: the version is not at its end, or git would refuse such a tag.

    """
    hint = "write e.g. 'v{version}', '{name}-v{version}' or '{name}@{version}'"
    before, found, after = template.partition(VERSION)
    if not found or after:
        raise UsageError(f"a tag must end with {VERSION}: {template!r}", hint=hint)
    style = before.replace("{name}", name)
    if not is_legal(f"{style}1.0.0"):
        raise UsageError(f"git allows no such tag: {style}1.0.0", hint=hint)
    return style


def is_legal(tag: str) -> bool:
    """Say whether git takes this as a tag's name (git-check-ref-format) and no program takes it for an option."""
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)", tag)
    return (
        bool(tag)
        and bad is None
        and not tag.startswith(("-", "/", "."))
        and not tag.endswith(("/", "."))
        and tag != "@"
    )
