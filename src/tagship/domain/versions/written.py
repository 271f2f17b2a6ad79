"""Versions as they are written: which texts are one, and which parts of a longer text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from tagship.domain.text.json_text import JsonPlaces
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.yaml_text import yaml_node
from tagship.domain.versions.version_site import VERSION, SiteFormat, Spelling, VersionSite, is_placeholder, line_of

Path = tuple[str | int, ...]
_PRERELEASE: Final = r"(?:-(?:alpha|beta|rc)\.[0-9]{1,9}|(?:a|b|rc)[0-9]{1,9})?"
NUMBER: Final = rf"[0-9]{{1,9}}\.[0-9]{{1,9}}\.[0-9]{{1,9}}{_PRERELEASE}"
"""Three numbers, and a prerelease in SemVer or PEP 440."""
EMBEDDED: Final = (
    rf"(?<![A-Za-z0-9.])v?(?P<version>{NUMBER})(?![A-Za-z0-9]|\.[0-9]|[.-](?:alpha|beta|rc|dev|post|pre)(?![A-Za-z]))"
)
"""A version inside a longer text, not a part of a longer number, word or version."""
LONGEST: Final = 1000
"""Longer texts are not looked at."""
_ALONE: Final = lazy(r"(?P<before>[vV]?)(?P<version>[0-9]+(?:\.[0-9]+)*(?:[-+.]?[A-Za-z][0-9A-Za-z.+-]*)?)")
_EMBEDDED: Final = lazy(EMBEDDED)
_STAND_IN: Final = lazy(
    r"\$\{\w*VERSION\w*\}|\$\w*VERSION\w*|\{\{\s*\.?\w*VERSION\w*\s*\}\}|<<\s*VERSION\s*>>", re.IGNORECASE
)


def alone(value: str) -> tuple[str, str] | None:
    """Split a value that is a version, or stands for one, and nothing else, into the version and the template around it."""
    if is_placeholder(value):
        return value, VERSION
    match = _ALONE.fullmatch(value) if len(value) <= LONGEST else None
    return (match["version"], match["before"] + VERSION) if match else None


def inside(value: str) -> tuple[str, str] | None:
    """Find the versions, or what stands for them, in a longer text; several that differ are told together."""
    if len(value) > LONGEST:
        return None
    spans = [match.span("version") for match in _EMBEDDED.finditer(value)]
    spans = spans or [match.span() for match in _STAND_IN.finditer(value)]
    if not spans:
        return None
    template, at = "", 0
    for start, end in spans:
        template += value[at:start] + VERSION
        at = end
    return ", ".join(sorted({value[start:end] for start, end in spans})), template + value[at:]


def json_site(
    file: str, text: str, path: Path, spelling: Spelling = "semver", places: JsonPlaces | None = None
) -> VersionSite | None:
    """Describe the version that is the text at a path of a JSON document that ``json.loads`` accepts, if it is one.

    Whoever asks many times gives the document's ``places``.
    """
    span = (places or JsonPlaces(text)).span(path)
    if span is None:
        return None
    return _site(file, line_of(text, span.start), "json", path, spelling, text[span.start : span.end])


def yaml_site(file: str, text: str, path: Path) -> VersionSite | None:
    """Describe the version that is the scalar at a path of a YAML document, if it is one."""
    node = yaml_node(text, path)
    return _site(file, node.start_mark.line + 1, "yaml", path, "semver", str(node.value)) if node else None


def matched_sites(
    file: str, text: str, pattern: str, wanted: Callable[[re.Match[str]], bool], spelling: Spelling = "semver"
) -> Iterator[VersionSite]:
    """Describe those matches of a pattern in the whole text that are ``wanted``; each is found again by its number."""
    line, at = 1, 0
    for number, match in enumerate(re.finditer(pattern, text, re.MULTILINE)):
        if wanted(match):
            start = match.start("version")
            line, at = line + text.count("\n", at, start), start
            yield VersionSite(
                file=file,
                line=line,
                format="pattern",
                path=(number,),
                pattern=pattern,
                spelling=spelling,
                version=match["version"],
            )


def _site(file: str, line: int, kind: SiteFormat, path: Path, spelling: Spelling, value: str) -> VersionSite | None:
    found = alone(value)
    if found is None:
        return None
    version, template = found
    return VersionSite(
        file=file, line=line, format=kind, path=path, spelling=spelling, version=version, template=template
    )
