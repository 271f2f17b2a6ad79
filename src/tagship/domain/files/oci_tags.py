"""Tags of an image that move: ``1``, ``1.2`` and ``latest`` are on the newest final version of their line, and never go back."""

import re
from collections.abc import Iterable

from semver import Version

LATEST = "latest"


def moving(version: str) -> tuple[str, ...]:
    """Return the tags that a version may take: none for a prerelease; below 1.0.0 a major number promises nothing."""
    parsed = _parsed(version)
    if parsed is None or parsed.prerelease:
        return ()
    lines = (f"{parsed.major}.{parsed.minor}", LATEST)
    return (str(parsed.major), *lines) if parsed.major else lines


def newest(tag: str, versions: Iterable[str]) -> str:
    """Return which of these tags a moving tag belongs to; those that are no final version are passed over."""
    final = {each: parsed for each in versions if (parsed := _parsed(each)) and not parsed.prerelease}
    of_line = [each for each in final if tag == LATEST or re.match(rf"{re.escape(tag)}\.", each)]
    return max(sorted(of_line), key=final.__getitem__, default="")


def tag_of(version: str) -> str:
    """Spell a version as a tag, which knows no ``+`` (https://github.com/opencontainers/distribution-spec: pulling manifests)."""
    return version.replace("+", "_")


def _parsed(tag: str) -> Version | None:
    spelled = tag.replace("_", "+")
    return Version.parse(spelled) if Version.is_valid(spelled) else None
