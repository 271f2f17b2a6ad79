"""What a project tells cibuildwheel to build: identifiers such as ``cp312-manylinux_x86_64``, as it would choose them.

Sources: https://cibuildwheel.pypa.io/en/stable/options/ (``build``, ``skip``, images, ``environment-pass``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from tagship.domain.files.wheel_tags import GLIBC, MUSL
from tagship.domain.plans.target import Target

_PLATFORMS: Final = {
    Target.LINUX_X86_64: ("manylinux_x86_64", "musllinux_x86_64"),
    Target.LINUX_AARCH64: ("manylinux_aarch64", "musllinux_aarch64"),
    Target.MACOS_X86_64: ("macosx_x86_64",),
    Target.MACOS_AARCH64: ("macosx_arm64",),
    Target.WINDOWS_X86_64: ("win_amd64",),
    Target.WINDOWS_AARCH64: ("win_arm64",),
}
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_OLD_IMAGES: Final = {"manylinux2014": "2_17"}


def identifiers(table: Mapping[str, Any], lines: Sequence[str]) -> tuple[str, ...]:
    """Return what is built for the Pythons ``lines``, platform by platform, the oldest Python first."""
    build, skip = _patterns(table, "build") or ["*"], _patterns(table, "skip")
    every = (
        f"cp{line.replace('.', '')}-{platform}" for names in _PLATFORMS.values() for platform in names for line in lines
    )
    return tuple(each for each in every if _any(each, build) and not _any(each, skip))


def target_of(identifier: str) -> Target:
    """Return the platform of an identifier that :func:`identifiers` returned."""
    platform = identifier.partition("-")[2]
    return next(target for target, names in _PLATFORMS.items() if platform in names)


def glibc(table: Mapping[str, Any], machine: str) -> str:
    """Return the C library of the image that Linux wheels are built in: ``2_28`` of ``manylinux_2_28``."""
    return _image(table, "manylinux", machine) or GLIBC


def musl(table: Mapping[str, Any], machine: str) -> str:
    """Return the version of musl of the image that wheels for musl are built in."""
    return _image(table, "musllinux", machine) or MUSL


def passed_on(table: Mapping[str, Any]) -> list[str]:
    """Return the variables that the project lets into the containers."""
    linux = table.get("linux")
    own = linux.get("environment-pass") if isinstance(linux, Mapping) else None
    return _words(own if own is not None else table.get("environment-pass"))


def _image(table: Mapping[str, Any], family: str, machine: str) -> str:
    linux = table.get("linux")
    key = f"{family}-{machine}-image"
    named = (linux.get(key) if isinstance(linux, Mapping) else None) or table.get(key)
    text = _OLD_IMAGES.get(str(named), str(named))
    match = re.search(rf"(?:{family}_)?(\d+_\d+)", text)
    return match[1] if match else ""


def _patterns(table: Mapping[str, Any], key: str) -> list[str]:
    return [one for word in _words(table.get(key)) for one in _expanded(word)]


def _words(written: Any) -> list[str]:
    if isinstance(written, str):
        return written.split()
    return [word for word in written if isinstance(word, str)] if isinstance(written, list) else []


def _expanded(pattern: str) -> Iterator[str]:
    """Expand ``cp3{11,12}-*`` as bracex does for cibuildwheel."""
    match = _BRACES.search(pattern)
    if match is None:
        yield pattern
        return
    for choice in match[1].split(","):
        yield from _expanded(pattern[: match.start()] + choice + pattern[match.end() :])


def _any(identifier: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(identifier, pattern) for pattern in patterns)
