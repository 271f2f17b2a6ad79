"""Places of versions that the configuration adds: by a regular expression, or by a path in JSON, TOML or YAML."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from tagship.domain.json_text import json_string_span
from tagship.domain.version_site import SiteFormat, VersionSite, line_of, toml_line
from tagship.domain.yaml_text import yaml_node
from tagship.errors import Problem, UsageError
from tagship.ports import Mentioned, SourceTree
from tagship.settings import Config, SiteConfig

_FORMATS: Final[dict[str, SiteFormat]] = {"json": "json", "toml": "toml", "yaml": "yaml", "yml": "yaml"}
_MOST: Final = 1000
"""Matches of one pattern in one file; more is a pattern that means something else."""


def extra_sites(tree: SourceTree, settings: Config) -> list[Mentioned]:
    """Find all places of ``version.sites``.

    Raises:
        UsageError: with every entry that finds nothing, and why.

    """
    wanted = settings.version.sites
    texts = tree.read(sorted({site.file for site in wanted})) if wanted else {}
    problems: list[Problem] = []
    found: list[Mentioned] = []
    for entry in wanted:
        try:
            sites = list(_sites(entry, texts.get(entry.file)))
        except UsageError as error:
            problems += error.problems
            continue
        found += [Mentioned(site=site, identifier=entry.package or "") for site in sites]
    if problems:
        raise UsageError.of(problems)
    return found


def _sites(entry: SiteConfig, text: str | None) -> Iterator[VersionSite]:
    if text is None:
        raise UsageError("version.sites names a file that is not committed", file=entry.file, hint="mend `file`")
    if (entry.pattern is None) == (entry.path is None):
        raise UsageError("a site needs `pattern` or `path`, one of them", file=entry.file, hint="mend version.sites")
    return _by_pattern(entry, entry.pattern, text) if entry.pattern is not None else _by_path(entry, text)


def _by_pattern(entry: SiteConfig, pattern: str, text: str) -> Iterator[VersionSite]:
    hint = "write a regular expression with a group (?P<version>…) that matches in this file"
    try:
        expression = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise UsageError(f"the pattern {pattern!r} is broken: {error}", file=entry.file, hint=hint) from None
    if "version" not in expression.groupindex:
        raise UsageError(f"the pattern {pattern!r} has no group named version", file=entry.file, hint=hint)
    matches = [match for match in expression.finditer(text) if match["version"]]
    if not matches or len(matches) > _MOST:
        what = "matches nothing" if not matches else f"matches more than {_MOST} times"
        raise UsageError(f"the pattern {pattern!r} {what}", file=entry.file, hint=hint)
    for number, match in enumerate(matches):
        yield VersionSite(
            file=entry.file,
            line=line_of(text, match.start("version")),
            format="pattern",
            path=(number,),
            pattern=pattern,
            spelling=entry.spelling,
            version=match["version"],
        )


def _by_path(entry: SiteConfig, text: str) -> Iterator[VersionSite]:
    kind = _FORMATS.get(entry.file.rpartition(".")[2].lower())
    if kind is None:
        hint = "give a `pattern` instead"
        raise UsageError("only .json, .toml, .yaml and .yml files have paths", file=entry.file, hint=hint)
    path = tuple(int(part) if part.isdigit() else part for part in (entry.path or "").split("."))
    value, line = _look_up(kind, text, path)
    if not isinstance(value, str):
        hint = "a path is keys and numbers joined by dots, and leads to a text"
        raise UsageError(f"there is no text at {entry.path}", file=entry.file, hint=hint)
    yield VersionSite(file=entry.file, line=line, format=kind, path=path, spelling=entry.spelling, version=value)


def _look_up(kind: SiteFormat, text: str, path: tuple[str | int, ...]) -> tuple[Any, int]:
    """Return the value at a path and its line; ``None`` where there is none."""
    if kind == "yaml":
        node = yaml_node(text, path)
        return (node.value, node.start_mark.line + 1) if node is not None else (None, 1)
    try:
        value: Any = json.loads(text) if kind == "json" else tomllib.loads(text)
        for key in path:
            value = value[key]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None, 1
    if kind == "toml":
        return value, toml_line(text, path)
    span = json_string_span(text, path)
    return value, line_of(text, span[0]) if span else 1
