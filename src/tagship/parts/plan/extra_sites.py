"""Places of versions that the configuration adds: by a regular expression, or by a path in JSON, TOML or YAML."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from tagship.domain.text.json_text import json_string_span, read_json
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.safe_pattern import LONGEST_TEXT, reason_to_refuse
from tagship.domain.text.yaml_text import yaml_node
from tagship.domain.versions.version_site import BYTE_ORDER_MARK, SiteFormat, VersionSite, line_of, toml_line
from tagship.errors import Problem, UsageError
from tagship.ports import Mentioned, SourceTree
from tagship.settings import Config, SiteConfig

_FORMATS: Final[dict[str, SiteFormat]] = {"json": "json", "toml": "toml", "yaml": "yaml", "yml": "yaml", "cff": "yaml"}
_MOST: Final = 1000
"""Matches of one pattern in one file; more is a pattern that means something else."""
_ANOTHER: Final = "98765.43.21"
_PART: Final = lazy(r"(?:\\.|[^.\\])+", re.DOTALL)
_ESCAPE: Final = lazy(r"\\(.)", re.DOTALL)
Path = tuple[str | int, ...]


def extra_sites(tree: SourceTree, settings: Config) -> list[Mentioned]:
    """Find all places of ``version.sites``.

    Raises:
        UsageError: with every entry that finds nothing, and why; each names its key in the configuration.

    """
    wanted = settings.version.sites
    texts = tree.read(sorted({site.file for site in wanted})) if wanted else {}
    problems: list[Problem] = []
    found: list[Mentioned] = []
    for number, entry in enumerate(wanted):
        text = texts.get(entry.file)
        try:
            sites = list(_sites(entry, text.removeprefix(BYTE_ORDER_MARK) if text is not None else None))
        except _Useless as error:
            message = f"version.sites[{number}]: {error.args[0]}"
            problems.append(Problem(message=message, file=entry.file, hint=error.args[1]))
            continue
        found += [Mentioned(site=site, identifier=entry.package or "") for site in sites]
    if problems:
        raise UsageError.of(problems)
    return found


class _Useless(Exception):  # noqa: N818  (named as the fact it states)
    """An entry finds nothing: why, and what to do."""


def _sites(entry: SiteConfig, text: str | None) -> Iterator[VersionSite]:
    if (entry.pattern is None) == (entry.path is None):
        raise _Useless("it needs `pattern` or `path`, one of them", "write one of them in the configuration")
    if text is None:
        raise _Useless("the file is not committed", "mend `file` in the configuration, or commit the file")
    return _by_pattern(entry, entry.pattern, text) if entry.pattern is not None else _by_path(entry, text)


def _by_pattern(entry: SiteConfig, pattern: str, text: str) -> Iterator[VersionSite]:
    expression = _compiled(pattern)
    if len(text) > LONGEST_TEXT:
        raise _Useless(f"the file has more than {LONGEST_TEXT} characters", "keep the version in a smaller file")
    matches = [(number, match) for number, match in enumerate(expression.finditer(text)) if match["version"]]
    if not matches or len(matches) > _MOST:
        what = "matches nothing" if not matches else f"matches more than {_MOST} times"
        raise _Useless(f"the pattern {pattern!r} {what}", "write a pattern that matches in this file")
    if not _lasts(expression, text):
        hint = 'let it match whatever stands around the version, and any version: [^"]+ instead of 1.2.0'
        raise _Useless(f"the pattern {pattern!r} would not match another version", hint)
    for number, match in matches:
        yield VersionSite(
            file=entry.file,
            line=line_of(text, match.start("version")),
            format="pattern",
            path=(number,),
            pattern=pattern,
            spelling=entry.spelling,
            version=match["version"],
        )


def _lasts(expression: re.Pattern[str], text: str) -> bool:
    """Whether a pattern finds every place again when another version stands there."""
    made, at, versions = "", 0, []
    for match in expression.finditer(text):
        start, end = match.span("version")
        made += text[at:start] + (_ANOTHER if start < end else "") if start >= at else ""
        versions.append(_ANOTHER if start < end else match["version"])
        at = max(at, end)
    return [match["version"] for match in expression.finditer(made + text[at:])] == versions


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError) as error:
        hint = "mend it: it is a regular expression of Python's `re`"
        raise _Useless(f"the pattern {pattern!r} is broken: {error}", hint) from None
    if "version" not in expression.groupindex:
        hint = "put (?P<version>…) around the version"
        raise _Useless(f"the pattern {pattern!r} has no group named version", hint)
    reason = reason_to_refuse(pattern)
    if reason:
        hint = "write it without a repeated group: it could take for ever"
        raise _Useless(f"the pattern {pattern[:80]!r} {reason}", hint)
    return expression


def _by_path(entry: SiteConfig, text: str) -> Iterator[VersionSite]:
    kind = _FORMATS.get(entry.file.rpartition(".")[2].lower())
    if kind is None:
        raise _Useless("only .json, .toml, .yaml, .yml and .cff files have paths", "give a `pattern` instead")
    value, line, path = _look_up(kind, text, split_path(entry.path or ""))
    if not isinstance(value, str) or not value.strip():
        hint = r"a path is keys and numbers joined by dots (a dot in a key is \.), and leads to a text"
        raise _Useless(f"there is no text at {entry.path!r}", hint)
    yield VersionSite(file=entry.file, line=line, format=kind, path=path, spelling=entry.spelling, version=value)


def split_path(path: str) -> tuple[str, ...]:
    r"""Take a path apart at its dots; ``\.`` is a dot in a key, and ``\\`` a backslash."""
    return tuple(_ESCAPE.sub(r"\1", part) for part in _PART.findall(path))


def _look_up(kind: SiteFormat, text: str, keys: tuple[str, ...]) -> tuple[Any, int, Path]:
    """Return the value at a path, its line, and the path with numbers where lists are; ``None`` where there is none."""
    if kind == "yaml":
        node = yaml_node(text, keys)
        return (node.value, node.start_mark.line + 1, keys) if node is not None else (None, 1, keys)
    value, path = _walk(_read(kind, text), keys)
    if not isinstance(value, str):
        return None, 1, path
    if kind == "toml":
        return value, toml_line(text, path), path
    span = json_string_span(text, path)
    return value, line_of(text, span[0]) if span else 1, path


def _read(kind: SiteFormat, text: str) -> Any:
    if kind == "json":
        return read_json(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _walk(value: Any, keys: tuple[str, ...]) -> tuple[Any, Path]:
    path: list[str | int] = []
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
            path.append(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
            path.append(int(key))
        else:
            return None, ()
    return value, tuple(path)
