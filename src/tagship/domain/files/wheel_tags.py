"""Names of platform wheels, decided before they are built, and whether what was built may bear them.

A platform tag is a promise: "runs where the C library, or macOS, is at least this". A wheel that needs less may promise more
cautiously than it had to; one that needs more may not. So a planned tag is a floor.
Sources: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/ (PEP 425, 600, 656).
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.target import Target
from tagship.domain.text.lazy_pattern import lazy

GLIBC: Final = "2_28"
"""Of 2018: every distribution that still gets updates has it, and it is what cibuildwheel builds on by default."""
MUSL: Final = "1_2"
PURE: Final = "py3-none-any"
EACH: Final = "each"
"""One wheel per Python: an extension that uses more than the stable ABI."""
ABI3: Final = "abi3"
"""The stable ABI of the oldest Python that is served."""
_LEGACY: Final = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_PLATFORM: Final = lazy(r"(?P<family>manylinux|musllinux|macosx)_(?P<major>\d+)_(?P<minor>\d+)_(?P<arch>\w+)")
_OLD: Final = lazy(r"(?P<family>manylinux(?:1|2010|2014))_(?P<arch>\w+)")
_UNIVERSAL: Final = {"x86_64": ("universal2", "intel"), "arm64": ("universal2",)}


class Tag(NamedTuple):
    """Which Pythons a wheel is for (``cp311-abi3``), and the line of the one that builds it (``3.11``; empty: any)."""

    python: str
    line: str


class WheelName(NamedTuple):
    """The parts of a wheel's file name; ``platforms`` are the tags of its last part, which may be several."""

    distribution: str
    version: str
    build: str
    python: str
    platforms: tuple[str, ...]


def tags(kind: str, lines: Sequence[str], *, older: bool = False) -> tuple[Tag, ...]:
    """Return a tag per wheel that serves the Pythons ``lines`` (ascending) on one platform.

    ``kind`` is :data:`EACH`, :data:`ABI3`, or a tag such as ``cp311-abi3`` or ``py3-none``; ``older``: Pythons that are too
    old for the stable ABI that is asked for get wheels of their own, as scikit-build-core makes them.
    """
    if kind == EACH:
        return tuple(_own(line) for line in lines)
    if kind == ABI3:
        return tuple(Tag(f"cp{line.replace('.', '')}-abi3", line) for line in lines[:1])
    if not kind.startswith("cp"):
        return (Tag(kind, ""),)
    least = _number(kind)
    fitting = [line for line in lines if _minor(line) >= least]
    own = [_own(line) for line in lines if _minor(line) < least] if older else []
    return (*own, *(Tag(kind, line) for line in fitting[:1]))


def lines_of(python: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the Pythons among ``lines`` that install a wheel of a tag such as ``cp311-abi3``."""
    interpreter, _, abi = python.partition("-")
    if not interpreter.startswith("cp"):
        return tuple(lines)
    least = _number(python)
    return tuple(line for line in lines if (_minor(line) >= least if abi == "abi3" else _minor(line) == least))


def platform_of(target: Target, glibc: str = GLIBC) -> str:
    """Return the platform tag that wheels for a target are planned with."""
    tag = target.names.wheel
    return re.sub(r"(?<=manylinux_)\d+_\d+", glibc, tag)


def uv_platform(tag: str) -> str:
    """Return what uv calls the platform of a tag (docs.astral.sh/uv: ``--python-platform``)."""
    match = _PLATFORM.fullmatch(tag)
    if match is None:
        return f"{'aarch64' if tag.endswith('arm64') else 'x86_64'}-pc-windows-msvc"
    machine = {"arm64": "aarch64"}.get(match["arch"], match["arch"])
    if match["family"] == "manylinux":
        minor = int(match["minor"])
        return f"{machine}-manylinux_2_{31 if minor in {29, 30} else max(minor, 28)}"  # those it knows
    return f"{machine}-unknown-linux-musl" if match["family"] == "musllinux" else f"{machine}-apple-darwin"


def musl_of(target: Target, musl: str = MUSL) -> str:
    """Return the platform tag of wheels for Linux with musl."""
    return f"musllinux_{musl}_{target.partition('-')[2]}"


def file_name(name: str, version: str, python: str, platform: str) -> str:
    """Name a wheel."""
    return f"{canonical(name).replace('-', '_')}-{version}-{python}-{platform}.whl"


def parse(file: str) -> WheelName | None:
    """Read a wheel's file name; ``None`` when it is none."""
    parts = file.removesuffix(".whl").split("-")
    if not file.endswith(".whl") or len(parts) not in {5, 6}:
        return None
    return WheelName(
        distribution=parts[0],
        version=parts[1],
        build=parts[2] if len(parts) == 6 else "",  # noqa: PLR2004 - the build tag is the one that may lack
        python="-".join(parts[-3:-1]),
        platforms=tuple(parts[-1].split(".")),
    )


def covers(made: str, planned: str) -> bool:
    """Say whether a wheel with one platform tag runs everywhere where another tag promises it."""
    if made == planned:
        return True
    have, want = _floor(made), _floor(planned)
    if have is None or want is None or have[0] != want[0]:
        return False
    same = have[2] == want[2] or (want[0] == "macosx" and have[2] in _UNIVERSAL.get(want[2], ()))
    return same and have[1] <= want[1]


def misfit(made: WheelName, planned: WheelName) -> str:
    """Say why a wheel that was made cannot bear the planned name; empty when it can."""
    if made.python != planned.python:
        return f"it is for {made.python}, planned is {planned.python}"
    platform = planned.platforms[0]
    if any(covers(each, platform) for each in made.platforms):
        return ""
    return f"it needs {' or '.join(made.platforms)}, planned is {platform}"


def _floor(tag: str) -> tuple[str, tuple[int, int], str] | None:
    old = _OLD.fullmatch(tag)
    if old:
        return "manylinux", _LEGACY[old["family"]], old["arch"]
    match = _PLATFORM.fullmatch(tag)
    return (match["family"], (int(match["major"]), int(match["minor"])), match["arch"]) if match else None


def _own(line: str) -> Tag:
    short = f"cp{line.replace('.', '')}"
    return Tag(f"{short}-{short}", line)


def _number(python: str) -> int:
    """Return 11 for ``cp311-…``."""
    return int(re.sub(r"\D", "", python.partition("-")[0])[1:] or 0)


def _minor(line: str) -> int:
    return int(line.partition(".")[2])
