"""Packages for Linux distributions as nfpm makes them, from one description: deb, rpm, apk, Arch.

Sources: nfpm.goreleaser.com/docs/configuration; Debian policy 5.6.12 and 12.5, copyright-format 1.0, deb-changelog(5);
fedoraproject.org/wiki/Packaging:Versioning (``~``); wiki.alpinelinux.org/wiki/APKBUILD_Reference#pkgver (``_rc1``); vercmp(8).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from tagship.domain.install.synopsis import synopsis
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, bare
from tagship.domain.plans.target import Target
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import Version

Format = Literal["deb", "rpm", "apk", "archlinux"]
FORMATS: Final[tuple[Format, ...]] = ("deb", "rpm", "apk", "archlinux")
_FILES: Final[Mapping[Format, str]] = {
    "deb": "{name}_{version}_{deb}.deb",
    "rpm": "{name}-{version}-1.{rpm}.rpm",
    "apk": "{name}_{version}_{rpm}.apk",
    "archlinux": "{name}-{version}-1-{rpm}.pkg.tar.zst",
}
"""As each system names its files, but that a prerelease is written as SemVer has it: GitHub makes a dot of ``~``."""
_MEDIA: Final[Mapping[Format, str]] = {
    "deb": "application/vnd.debian.binary-package",
    "rpm": "application/x-rpm",
    "apk": "application/gzip",
    "archlinux": "application/zstd",
}
_COMMON: Final = {
    "Apache-2.0": "Apache-2.0", "GPL-2.0-only": "GPL-2", "GPL-2.0-or-later": "GPL-2", "GPL-3.0-only": "GPL-3",
    "GPL-3.0-or-later": "GPL-3", "LGPL-2.1-only": "LGPL-2.1", "LGPL-2.1-or-later": "LGPL-2.1", "LGPL-3.0-only": "LGPL-3",
    "LGPL-3.0-or-later": "LGPL-3", "MPL-2.0": "MPL-2.0", "CC0-1.0": "CC0-1.0",
}  # fmt: skip
"""Texts that every Debian has in /usr/share/common-licenses, which is then to be named instead (policy 12.5)."""
_HOLDER: Final = lazy(r"^[ \t]*(?:copyright|\(c\)|©)[^\n\[\]<>{}]*\d{4}[^\n\[\]<>{}]*$", re.IGNORECASE | re.MULTILINE)
_SUMMARY: Final = 60
"""Characters of a synopsis, a little under what dselect shows (developers-reference 6.2.2)."""
_MOST: Final = 50
"""Changes of a version that a package's changelog repeats."""


class About(NamedTuple):
    """What all packages of a program say; ``maintainer`` as ``Name <address>``, ``changes`` a line each;
    ``note`` is a sentence after the description.
    """

    name: str
    version: Version
    license: str | None
    description: str
    homepage: str
    maintainer: str
    changes: Sequence[str]
    depends: Sequence[str]
    note: str


class Member(NamedTuple):
    """A file of a package: where it comes from, where it goes."""

    source: str
    place: str
    program: bool = False


def package_name(name: str) -> str:
    """Spell a name so that all four take it: small letters, digits, ``+``, ``-``, ``.``."""
    return re.sub(r"[^a-z0-9+.-]+", "-", bare(name).lower()).strip("-+.")


def artifact(package: Package, kind: Format, target: Target, leg: str) -> Artifact:
    """Name the package of a format for a target."""
    names = target.names
    name = _FILES[kind].format(name=package_name(package.name), version=package.version, deb=names.deb, rpm=names.rpm)
    return Artifact(name=name, kind=kind, package=package.id, target=target, media_type=_MEDIA[kind], leg=leg)


def spelled(version: Version, kind: Format) -> str:
    """Write a version so that the system sorts a prerelease before its final version."""
    if kind == "apk":
        core = ".".join(map(str, version.core))
        return f"{core}_{version.channel}{version.number}" if version.channel else core
    return {"deb": version.spellings.deb, "rpm": version.spellings.rpm}.get(kind, str(version).replace("-", ""))


def described(about: About, kind: Format, target: Target, members: Sequence[Member], time: str) -> dict[str, Any]:
    """Write the description of one package, as nfpm reads it; ``time`` is RFC 3339."""
    made: dict[str, Any] = {
        "name": about.name,
        "arch": target.names.deb,
        "platform": "linux",
        "version": spelled(about.version, kind),
        "version_schema": "none",
        "release": "1" if kind in {"rpm", "archlinux"} else "",
        "maintainer": about.maintainer,
        "description": _words(about, kind),
        "mtime": time,
        "depends": list(about.depends),
        "contents": [_content(member, time) for member in members],
        "deb": {"compression": "gzip"},  # nfpm takes ten times as long for xz, and saves a tenth
        "rpm": {"buildhost": "localhost", "compression": "zstd"},  # else the name of the machine that builds
    }
    made |= {"homepage": about.homepage} if about.homepage else {}
    made |= {"license": about.license} if about.license else {}
    made |= {"section": "utils", "priority": "optional"} if kind == "deb" else {}
    return made | ({"changelog": "changelog.json"} if kind == "rpm" else {})


def rpm_changelog(about: About, time: str) -> list[dict[str, Any]]:
    """Write what nfpm makes the changelog of an rpm of."""
    notes = [{"note": change} for change in about.changes]
    return [{"semver": str(about.version), "date": time, "packager": about.maintainer, "changes": notes}]


def debian_changelog(about: About, date: str) -> str:
    """Write ``changelog`` of a native package; ``date`` is RFC 5322."""
    changes = "".join(f"  * {change}\n" for change in about.changes)
    head = f"{about.name} ({spelled(about.version, 'deb')}) stable; urgency=medium"
    return f"{head}\n\n{changes}\n -- {about.maintainer}  {date}\n"


def copyright_text(about: About, licences: Sequence[str]) -> str:
    """Write Debian's ``copyright``: whose it is, and the licence, or where every Debian has it."""
    holders = [line.strip() for text in licences for line in _HOLDER.findall(text)]
    lines = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        f"Upstream-Name: {about.name}",
    ]
    lines += [f"Source: {about.homepage}"] if about.homepage else []
    whose = "\n ".join(dict.fromkeys(holders)) or f"the authors of {about.name}"
    lines += ["", "Files: *", f"Copyright: {whose}", f"License: {about.license or 'unknown'}"]
    if about.license in _COMMON:
        text = f"On Debian systems, the text is in /usr/share/common-licenses/{_COMMON[about.license]}."
    else:
        text = "\n\n".join(licences) or "See the project's page."
    lines += [f" {line}" if line.strip() else " ." for line in text.rstrip().splitlines()]
    return "\n".join([*lines, ""])


def changes(section: str, version: Version) -> tuple[str, ...]:
    """Take the entries of a changelog's section, as plain lines."""
    found = re.findall(r"^[ \t]{0,3}[-*+][ \t]+(.+)$", section, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*_]{1,2}(?=\S)|(?<=\S)[`*_]{1,2}", r"\1", line).strip() for line in found]
    lines = [line for line in plain if line.isprintable() and line]
    return tuple(lines[:_MOST]) or (f"Release {version}.",)


def _words(about: About, kind: Format) -> str:
    """Write synopsis and description. ``$`` would be a variable of the environment to nfpm."""
    said = about.description.replace("$", "").strip() or f"Program {about.name}"
    first = synopsis(said, about.name, _SUMMARY)
    if kind in {"apk", "archlinux"}:
        return first
    return f"{first}\n{said if said.endswith('.') else said + '.'}\n{about.note}"


def _content(member: Member, time: str) -> dict[str, Any]:
    mode = 0o755 if member.program else 0o644
    return {"src": member.source, "dst": member.place, "file_info": {"mode": mode, "mtime": time}}
