"""Places in files where a version is written, and how to change one without touching anything else."""

import itertools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from tagship.domain.text.json_text import JsonPlaces, Span, read_json
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.yaml_text import replace_scalar, yaml_node
from tagship.domain.versions.version import Version
from tagship.errors import ProjectError, UsageError

SiteFormat = Literal["toml", "ini", "json", "yaml", "pattern", "text"]
Spelling = Literal["semver", "pep440"]
VERSION: Final = "{version}"
"""Where the version stands in a site's template."""
BYTE_ORDER_MARK: Final = "\ufeff"
_LONGEST: Final = 100
_UNDECIDED: Final = (
    r"v?0\.0\.0(?:[-.+]?(?:dev|semantic|placeholder|managed|unreleased|snapshot|source|local|stub|repla|auto|ci\b|git\b"
    r"|set-|unknown|template|tag\b|to-be|tbd|will-be)[\w.+-]*)?"
)
_PLACEHOLDER: Final = lazy(
    rf"{_UNDECIDED}|v?(?:"
    r"\$?\{\{?\{?\s*[$.\w-]+(?:[.:][\w.-]+)*\s*\}?\}?\}|#\{\s*[\w.-]+\s*\}#?|\$\(\s*[\w.-]+\s*\)"
    r"|\$\w*VERSION\w*|<<?\s*[\w.-]*VERSION[\w.-]*\s*>?>|_{2,}\w*VERSION\w*_{2,}|@[\w.-]*VERSION[\w.-]*@"
    r"|%{1,2}\w*VERSION\w*%{1,2}|#\w*VERSION\w*#|\[\[\s*\w*VERSION\w*\s*\]\])",
    re.IGNORECASE,
)
"""What repositories keep where the version comes from the tag: ``0.0.0``, ``{{VERSION}}``, ``$VERSION`` and the like."""


class VersionSite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place: ``file`` from the project's root, ``line`` from 1.

    It is found by ``path`` (keys and numbers, in TOML, INI, JSON and YAML) or by ``pattern`` (a regular expression with
    a group named ``version``; a number in ``path`` says which match, from 0, and the first is meant without); format
    ``text`` is a file that holds nothing else. ``version`` is what is written there, inside the value that ``template``
    describes (``ghcr.io/o/x:v{version}``, ``^{version}``). ``package`` names whose version it is where that is not the
    package that the site was found for.
    """

    file: str
    line: int
    format: SiteFormat
    spelling: Spelling
    version: str
    path: tuple[str | int, ...] = ()
    pattern: str = ""
    template: str = VERSION
    package: str = ""

    @property
    def placeholder(self) -> bool:
        """Whether something stands there that is to be replaced when the package is built, and never in the tree."""
        return is_placeholder(self.version)

    def read(self) -> Version | None:
        """Read what is written there, in either spelling; ``None`` when it is no version."""
        try:
            return Version.from_declared(self.version)
        except UsageError:
            return None

    def says(self, version: Version) -> bool:
        """Whether it is this version that is written there."""
        return self.read() == version

    def spell(self, version: Version) -> str:
        """Write a version the way this place wants it, with what stands around it."""
        spelled = str(version) if self.spelling == "semver" else version.spellings.pep440
        return self.template.replace(VERSION, spelled)


def is_placeholder(text: str) -> bool:
    """Say whether a text stands for a version that only the tag knows."""
    word = text.strip()
    return len(word) <= _LONGEST and _PLACEHOLDER.fullmatch(word) is not None


def replace(text: str, site: VersionSite, version: Version) -> str:
    """Write ``version`` at the site; comments, order, indentation and line ends stay.

    Raises:
        ProjectError: the site is not in the text any more.

    """
    return replace_all(text, [(site, version)])


def replace_all(text: str, changes: Sequence[tuple[VersionSite, Version]]) -> str:
    """Write versions at several sites of one text, which is read as few times as can be: a lock may have hundreds.

    Raises:
        ProjectError: a site is not in the text any more.

    """
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    for kind, group in itertools.groupby(changes, key=lambda change: change[0].format):
        spelled = [(site, site.spell(version)) for site, version in group]
        if kind == "json":
            text = _replace_json(text, spelled)
        elif kind == "toml":
            text = _replace_toml(text, spelled)
        else:
            for site, value in spelled:
                text = _WRITERS[kind](text, site, value)
    return mark + text


def python_pattern(attribute: str = "") -> str:
    """Match an assignment of a version at module level, to ``attribute`` or to one of the usual names."""
    names = re.escape(attribute) if attribute else "__version__|VERSION|version"
    return rf"^(?:{names})\s*(?::\s*[\w.\[\]]+\s*)?=\s*(?:\w+\s*=\s*)*[\"'](?P<version>[^\"'\n]+)[\"']"


def find(pattern: str, text: str, number: int = 0) -> re.Match[str] | None:
    """Search as sites do, ``^`` and ``$`` at each line; ``number`` says which match.

    Raises:
        re.error: no regular expression.
        IndexError: no group named ``version`` in it.

    """
    expression = re.compile(pattern, re.MULTILINE)
    if "version" not in expression.groupindex:
        raise IndexError("no such group")
    return next(itertools.islice(expression.finditer(text), number, None), None)


def toml_line(text: str, path: tuple[str | int, ...]) -> int:
    """Return the line of a key (TOML or INI), for messages; 1 where the file writes it in an unusual form.

    It may stand in its table, be dotted (``core.version = …``), or be in an inline table or array that begins there.
    """
    names = [rf"[\"']?{re.escape(str(name))}[\"']?" for name in path]
    for cut in range(len(names) - 1, -1, -1):
        inside = _toml_table(text, names[:cut])
        for end in range(len(names), cut, -1) if inside else ():
            key = re.compile(rf"^\s*{_dotted(names[cut:end])}\s*[.=:]", re.MULTILINE)
            if inside and (match := key.search(text, *inside)):
                return line_of(text, match.end())
    return 1


def _toml_table(text: str, names: list[str]) -> tuple[int, int] | None:
    """Return where the keys of a table are; those before all headers without names."""
    start = 0
    if names:
        header = re.compile(rf"^\s*\[\s*{_dotted(names)}\s*\]", re.MULTILINE).search(text)
        if header is None:
            return None
        start = header.end()
    following = re.compile(r"^\s*\[", re.MULTILINE).search(text, start)
    return start, following.start() if following else len(text)


def _dotted(names: list[str]) -> str:
    return r"\s*\.\s*".join(names)


def line_of(text: str, position: int) -> int:
    """Return the line, from 1, of a position in the text."""
    return text.count("\n", 0, position) + 1


def _replace_toml(text: str, changes: Sequence[tuple[VersionSite, str]]) -> str:
    import tomlkit

    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError:
        raise _gone(changes[0][0]) from None
    for site, value in changes:
        *tables, key = site.path
        try:
            table: Any = document
            for name in tables:
                table = table[name]
            quotes = table[key].as_string()[:3]
        except (LookupError, TypeError, AttributeError, tomlkit.exceptions.TOMLKitError):
            raise _gone(site) from None
        table[key] = tomlkit.string(value, literal=quotes[0] == "'", multiline=quotes in {'"""', "'''"})
    return tomlkit.dumps(document)


def _replace_match(text: str, site: VersionSite, value: str) -> str:
    match = find(site.pattern, text, int(site.path[0]) if site.path else 0)
    if match is None:
        raise _gone(site)
    return text[: match.start("version")] + value + text[match.end("version") :]


def _replace_ini(text: str, site: VersionSite, value: str) -> str:
    section, key = map(str, site.path)
    inside = r"(?:(?!^\[)[\s\S])*?"
    line = rf"^{re.escape(key)}[ \t]*[=:]\s*(?P<version>[^\s#;]\S*)[ \t]*\r?$"
    match = re.search(rf"^\[{re.escape(section)}\]{inside}{line}", text, re.MULTILINE | re.IGNORECASE)
    if match is None:
        raise _gone(site)
    return text[: match.start("version")] + value + text[match.end("version") :]


def _replace_text(text: str, _site: VersionSite, value: str) -> str:
    """Write the only word of a file; what surrounds it stays."""
    word = text.strip()
    return text.replace(word, value, 1) if word else value + "\n"


def _replace_json(text: str, changes: Sequence[tuple[VersionSite, str]]) -> str:
    known = JsonPlaces(text, [site.path for site, _ in changes]) if read_json(text) is not None else None
    written: dict[Span, str] = {}
    for site, value in changes:
        span = known.span(site.path) if known else None
        if span is None:
            raise _gone(site)
        written[span] = json.dumps(value, ensure_ascii=False)[1:-1]
    parts, at = [], 0
    for span, value in sorted(written.items()):
        parts += [text[at : span.start], value]
        at = span.end
    return "".join([*parts, text[at:]])


def _replace_yaml(text: str, site: VersionSite, value: str) -> str:
    node = yaml_node(text, site.path)
    if node is None:
        raise _gone(site)
    return replace_scalar(text, node, value)


_WRITERS: Final[dict[SiteFormat, Callable[[str, VersionSite, str], str]]] = {
    "ini": _replace_ini,
    "yaml": _replace_yaml,
    "pattern": _replace_match,
    "text": _replace_text,
}


def _gone(site: VersionSite) -> ProjectError:
    what = f"no version at {'.'.join(map(str, site.path))} any more" if site.path else "no version here any more"
    hint = "commit or undo the changes of this file: the version is looked up in the last commit"
    return ProjectError(what, file=site.file, line=site.line, hint=hint)
