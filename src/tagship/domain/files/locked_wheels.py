"""Which wheel of a lock an installer takes on one platform, for manifests that name every file by address and digest.

Sources: packaging.python.org/en/latest/specifications/pylock-toml (``packages.wheels``),
…/platform-compatibility-tags (PEP 425, 600).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.text.lazy_pattern import lazy
from tagship.errors import ProjectError

MACOS: Final = (14, 0)
"""The oldest macOS that is served."""
GLIBC: Final = 35
"""The minor number of the oldest glibc 2 that is served."""
_LEGACY: Final = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_PUBLIC: Final = lazy(r"https://[^\s@]+")


class Wheel(NamedTuple):
    """A wheel of a lock: whose it is, its address and its digest."""

    name: str
    url: str
    sha256: str


def chosen(lock: str, own: str, tags: Sequence[str]) -> tuple[Wheel, ...]:
    """Choose one wheel for each project in a ``pylock.toml`` but our ``own``; ``tags`` come best first.

    Raises:
        ProjectError: a project has no wheel with a digest at a public address.

    """
    packages = [each for each in tomllib.loads(lock).get("packages", []) if canonical(each["name"]) != canonical(own)]
    return tuple(sorted(_wheel(each, tags) for each in packages))


def best(files: Iterable[str], tags: Sequence[str]) -> str:
    """Return the name of the wheel that comes first by its tags; empty where none fits."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    places = {tag: place for place, tag in enumerate(tags)}
    found: list[tuple[int, str]] = []
    for file in files:
        try:
            own = parse_wheel_filename(file)[3]
        except InvalidWheelFilename:
            continue
        found += [(places[str(tag)], file) for tag in own if str(tag) in places]
    return min(found, default=(0, ""))[1]


def tags(python: str, target: str) -> tuple[str, ...]:
    """Return what wheels may be tagged with for a Python (``3.14``) on a target (``macos-aarch64``), best first."""
    from packaging.tags import compatible_tags, cpython_tags, mac_platforms

    system, _, machine = target.partition("-")
    arch = {"aarch64": "arm64"}.get(machine, machine)
    platforms = list(mac_platforms(MACOS, arch)) if system == "macos" else _linux(machine)
    major, minor = (int(part) for part in python.split("."))
    own = cpython_tags((major, minor), platforms=platforms)
    others = compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return tuple(str(tag) for tag in (*own, *others))


def _linux(machine: str) -> list[str]:
    found = []
    for minor in range(GLIBC, 4, -1):
        found.append(f"manylinux_2_{minor}_{machine}")
        found += [f"{_LEGACY[minor]}_{machine}"] if minor in _LEGACY else []
    return [*found, f"linux_{machine}"]


def _wheel(package: Mapping[str, Any], tags: Sequence[str]) -> Wheel:
    by_name = {_file(each): each for each in package.get("wheels", ())}
    wheel = by_name.get(best(by_name, tags), {})
    url, digest = str(wheel.get("url", "")), str(wheel.get("hashes", {}).get("sha256", ""))
    if not (digest and _PUBLIC.fullmatch(url)):
        hint = "a formula names each dependency by address and SHA-256: it must have a wheel in a public index"
        raise ProjectError(f"no wheel of {package['name']} {package.get('version', '')} can be named", hint=hint)
    return Wheel(canonical(str(package["name"])), url, digest)


def _file(wheel: Mapping[str, Any]) -> str:
    place = str(wheel.get("name") or wheel.get("url") or "")
    return place.partition("#")[0].rpartition("/")[2].replace("%2B", "+")
