"""Which wheel of a lock was installed, and its digest: the one whose tags are those that the installed metadata names.

Sources: packaging.python.org/en/latest/specifications/pylock-toml (``packages.wheels``), …/binary-distribution-format
(``WHEEL``, whose ``Tag`` lines are the file name's compressed tags, spelled out).
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from tagship.domain.manifests.python_metadata import canonical


def digests(lock: str, installed: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Return the SHA-256 of each installed wheel by its project's name; ``installed`` are the tags of each.

    Where the tags fit no one wheel alone, nothing is said.
    """
    found: dict[str, str] = {}
    for package in tomllib.loads(lock).get("packages", []):
        name = canonical(str(package["name"]))
        tags = installed.get(name, frozenset())
        wheels = {_name(each): each.get("hashes", {}).get("sha256", "") for each in package.get("wheels", [])}
        same = [digest for wheel, digest in wheels.items() if _tags(wheel) == tags]
        fits = same or [digest for wheel, digest in wheels.items() if _tags(wheel) & tags]
        if len(fits) == 1 and fits[0]:
            found[name] = fits[0]
    return found


def tags(wheel_file: str) -> frozenset[str]:
    """Read the tags of an installed distribution's ``WHEEL``."""
    lines = (line.partition(":") for line in wheel_file.splitlines())
    return frozenset(value.strip() for key, _, value in lines if key.strip().lower() == "tag")


def with_digests(document: dict[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
    """Add digests to the components of a CycloneDX document."""

    def known(component: dict[str, Any]) -> dict[str, Any]:
        digest = found.get(canonical(str(component.get("name", ""))))
        return {**component, "hashes": [{"alg": "SHA-256", "content": digest}]} if digest else component

    return {**document, "components": [known(each) for each in document.get("components", [])]}


def _name(wheel: Mapping[str, Any]) -> str:
    place = str(wheel.get("name") or wheel.get("url") or wheel.get("path") or "")
    return place.partition("#")[0].rpartition("/")[2].replace("%2B", "+")


def _tags(wheel: str) -> frozenset[str]:
    try:
        return frozenset(map(str, parse_wheel_filename(wheel)[3]))
    except InvalidWheelFilename:
        return frozenset()
