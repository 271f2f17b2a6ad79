"""Places in files where a version is written, and how to change one without touching anything else."""

import json
import re
from typing import Any, Final, Literal

import msgspec

from tagship.errors import ProjectError

SiteFormat = Literal["toml", "ini", "python", "pattern", "json", "text"]
Spelling = Literal["semver", "pep440"]


class VersionSite(msgspec.Struct, frozen=True, kw_only=True):
    """One place: ``file`` from the project's root, ``path`` inside it (dotted for TOML and JSON), ``line`` from 1."""

    file: str
    line: int
    format: SiteFormat
    path: str
    spelling: Spelling
    version: str


def replace(text: str, site: VersionSite, version: str) -> str:
    """Write ``version`` at the site; comments, order, indentation and line ends stay.

    Raises:
        ProjectError: the site is not in the text any more.

    """
    writers = {
        "toml": _replace_toml,
        "ini": _replace_ini,
        "python": _replace_match,
        "pattern": _replace_match,
        "json": _replace_json,
        "text": _replace_text,
    }
    return writers[site.format](text, site, version)


def python_pattern(attribute: str = "") -> re.Pattern[str]:
    """Match an assignment of a version at module level, to ``attribute`` or to one of the usual names."""
    names = re.escape(attribute) if attribute else "__version__|VERSION|version"
    return re.compile(
        rf"^(?:{names})\s*(?::\s*[\w.\[\]]+\s*)?=\s*(?:\w+\s*=\s*)*[\"'](?P<version>[^\"'\n]+)[\"']", re.MULTILINE
    )


def site_pattern(kind: SiteFormat, key: str) -> re.Pattern[str]:
    """Match what a site of a Python module is found by: an attribute, or a project's own expression with ``version``."""
    return re.compile(key, re.MULTILINE) if kind == "pattern" else python_pattern(key)


def toml_line(text: str, path: str) -> int:
    """Return the line of a key in its table (TOML or INI), for messages; 1 where the file writes it in an unusual form."""
    table, _, key = path.rpartition(".")
    header = re.compile(rf"^\s*\[\s*{re.escape(table)}\s*\]", re.MULTILINE).search(text)
    if header is None:
        return 1
    following = re.compile(r"^\s*\[", re.MULTILINE).search(text, header.end())
    end = following.start() if following else len(text)
    match = re.compile(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=:]", re.MULTILINE).search(text, header.end(), end)
    return line_of(text, match.end()) if match else 1


def json_string_span(text: str, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Find the characters between the quotes of the string at ``path`` of a JSON document.

    Works on positions of the original text, so that an edit keeps every other byte.
    """
    return _Walker(text).find(path)


def line_of(text: str, position: int) -> int:
    """Return the line, from 1, of a position in the text."""
    return text.count("\n", 0, position) + 1


def _replace_toml(text: str, site: VersionSite, version: str) -> str:
    import tomlkit

    *tables, key = site.path.split(".")
    try:
        document = tomlkit.parse(text)
        table: Any = document
        for name in tables:
            table = table[name]
        quotes = table[key].as_string()[:3]
    except (tomlkit.exceptions.TOMLKitError, KeyError, TypeError, AttributeError):
        raise _gone(site) from None
    table[key] = tomlkit.string(version, literal=quotes[0] == "'", multiline=quotes in {'"""', "'''"})
    return tomlkit.dumps(document)


def _replace_match(text: str, site: VersionSite, version: str) -> str:
    match = site_pattern(site.format, site.path).search(text)
    if match is None:
        raise _gone(site)
    return text[: match.start("version")] + version + text[match.end("version") :]


def _replace_ini(text: str, site: VersionSite, version: str) -> str:
    section, _, key = site.path.rpartition(".")
    inside = r"(?:(?!^\[)[\s\S])*?"
    value = rf"^{re.escape(key)}[ \t]*[=:]\s*(?P<version>{re.escape(site.version)})[ \t]*\r?$"
    match = re.search(rf"^\[{re.escape(section)}\]{inside}{value}", text, re.MULTILINE | re.IGNORECASE)
    if match is None:
        raise _gone(site)
    return text[: match.start("version")] + version + text[match.end("version") :]


def _replace_text(text: str, _site: VersionSite, version: str) -> str:
    """Write the only word of a file; what surrounds it stays."""
    word = text.strip()
    return text.replace(word, version, 1) if word else version + "\n"


def _replace_json(text: str, site: VersionSite, version: str) -> str:
    path = tuple(int(part) if part.isdigit() else part for part in site.path.split("."))
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise _gone(site) from None
    span = json_string_span(text, path)
    if span is None:
        raise _gone(site)
    return text[: span[0]] + json.dumps(version)[1:-1] + text[span[1] :]


def _gone(site: VersionSite) -> ProjectError:
    what = f"no version at {site.path} any more" if site.path else "no version assignment any more"
    hint = "commit or undo the changes of this file: the version is looked up in the last commit"
    return ProjectError(what, file=site.file, line=site.line, hint=hint)


class _Walker:
    """Steps through a JSON text that ``json.loads`` accepts, remembering positions."""

    _SPACE: Final = re.compile(r"[ \t\r\n]*")
    _STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
    _SCALAR: Final = re.compile(r"[^\s,\]}]+")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def find(self, path: tuple[str | int, ...]) -> tuple[int, int] | None:
        """Return the span of the last string at the path: of a key that occurs twice, JSON readers take the last."""
        self._skip()
        opening = self.text[self.at]
        if not path and opening == '"':
            return self._string_span()
        if not path or opening not in "{[":
            self._pass_value()
            return None
        self.at += 1
        index, found = 0, None
        while self._more():
            key: str | int = self._key() if opening == "{" else index
            if key == path[0]:
                found = self.find(path[1:])
            else:
                self._pass_value()
            index += 1
        self.at += 1
        return found

    def _string_span(self) -> tuple[int, int]:
        match = self._STRING.match(self.text, self.at)
        if match is None:
            raise ProjectError("broken JSON string", line=line_of(self.text, self.at), hint="mend the file")
        self.at = match.end()
        return match.start() + 1, match.end() - 1

    def _key(self) -> str:
        start, end = self._string_span()
        self._skip()
        self.at += 1
        return str(json.loads(f'"{self.text[start:end]}"', strict=False))

    def _more(self) -> bool:
        self._skip()
        if self.text[self.at] == ",":
            self.at += 1
            self._skip()
        return self.text[self.at] not in "]}"

    def _pass_value(self) -> None:
        self._skip()
        opening = self.text[self.at]
        if opening == '"':
            self._string_span()
        elif opening in "{[":
            self.at += 1
            while self._more():
                if opening == "{":
                    self._key()
                self._pass_value()
            self.at += 1
        else:
            match = self._SCALAR.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1

    def _skip(self) -> None:
        match = self._SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
