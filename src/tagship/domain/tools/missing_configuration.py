"""What a server lacks, when what it says before it gives up is that it lacks something.

Wordings of real servers and their libraries: argparse, click, pydantic-settings, zod, yargs, commander, cobra, clap, and what
people write by hand. A name counts only beside a word of lacking, and a failing import after it is no configuration.
Databases that a server wants to find on its machine count, too.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

_FATAL: Final = re.compile(
    r"\b(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|AttributeError|NameError|ReferenceError"
    r"|ERR_MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_REQUIRE_ESM|MODULE_NOT_FOUND|cannot open shared object file"
    r"|Segmentation fault|version `GLIBC_)"
)
_LACKS: Final = re.compile(
    r"\b(?:required?s?|missing|must (?:be )?\w+|unset|undefined|empty|needs?|please (?:set|provide|specify|define|configure)"
    r"|(?:not|n't) (?:been )?(?:set|found|provided|configured|defined|specified|given|present|exist|available|supplied)"
    r"|set (?:the|your)|provide|specify|invalid_type|KeyError|NotPresent|no (?:such )?(?:environment|api|value)|could not find)",
    re.IGNORECASE,
)
_HARMLESS: Final = re.compile(
    r"\b(?:default(?:s|ing)?|optional(?:ly)?|falling back|fallback|warn(?:ing)?|deprecat\w+)\b", re.IGNORECASE
)
_VARIABLE: Final = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w-])")
_NO_VARIABLE: Final = re.compile(
    r"ERR_.*|.*_(?:ERROR|EXCEPTION|NOT_FOUND|FAILED|INVALID)|(?:NOT|INVALID|UNABLE|EXIT|CONFIG|MISSING)_.*|UTF_8|HTTP_\d+"
)
_FLAG: Final = re.compile(r"(?<![\w-])--[A-Za-z][\w-]+")
_ALONE: Final = re.compile(r"\s*[\"'][A-Z][A-Z0-9_]+[\"'],?\s*")
_KEY_ERROR: Final = re.compile(r"^KeyError: ['\"](?P<name>[A-Z][A-Z0-9_]+)['\"]$")
_PYDANTIC: Final = re.compile(r"validation errors? for (?P<model>\w+)")
_SETTINGS: Final = re.compile(r"settings|config|env|options|param", re.IGNORECASE)
_FIELD: Final = re.compile(r"^\s{2,}(?:Field required|field required)")
_LISTS: Final = re.compile(
    r"the following arguments are required:|following required arguments were not provided:|[Mm]issing required arguments?:?"
    r"|[Mm]issing (?:option|argument|parameter)|required (?:option|flag)(?:\(s\))?|[Mm]issing mandatory arguments?:?"
)
_LISTED: Final = re.compile(r"(?:--?)?[A-Za-z][\w/-]*|<[A-Za-z][\w.-]*>")
_NO_ARGUMENT: Final = frozenset({"and", "or", "error", "not", "set", "specified", "env", "var", "usage", "try", "for"})
_USAGE: Final = re.compile(r"^\s*usage:\s+(?P<rest>\S[^\n]*)", re.IGNORECASE)
_WANTED: Final = re.compile(r"(?<![\[\w=-])<[a-z][\w .-]*>", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"ECONNREFUSED|connection refused|connect call failed|connection (?:failed|error)|connect error"
    r"|(?:could ?n[o']t|can ?not|unable to|failed to) (?:connect|establish|reach)",
    re.IGNORECASE,
)
_HERE: Final = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|::1)\]?['\"]?(?::|, ?| port )(\d{2,5})\b")
_NEAR: Final = 4
_MOST: Final = 10


class Lack(NamedTuple):
    """Names of variables, arguments or services on this machine, and the line that says so."""

    names: tuple[str, ...]
    line: str


def lacking(lines: Sequence[str], known: Collection[str] = ()) -> Lack | None:
    """Find what a server says it lacks; ``known`` are names of variables that its project documents."""
    last_fatal = max((index for index, line in enumerate(lines) if _FATAL.search(line)), default=-1)
    found: dict[str, int] = {}
    for index, names in _all(lines, known):
        if index > last_fatal:
            found.update({name: index for name in names if name not in found})
    if not found:
        return None
    return Lack(tuple(sorted(found))[:_MOST], lines[min(found.values())].strip())


def fatal(lines: Sequence[str]) -> bool:
    """Whether what was said is a failure that nothing mends but another release: an import, a syntax, a library."""
    return any(_FATAL.search(line) for line in lines)


def _all(lines: Sequence[str], known: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield names with the line that they are in, surest wording first; the first kind that finds any is enough."""
    for way in (_listed, _fields, _said, _services):
        found = [(index, names) for index, names in way(lines, known) if names]
        if found:
            yield from found
            return
    for index, line in enumerate(lines):
        usage = _USAGE.match(line)
        if usage and index + 1 >= len(lines) - _NEAR:
            yield index, _WANTED.findall(usage["rest"])


def _listed(lines: Sequence[str], _: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Parsers of arguments list what is missing, on the same line or indented below."""
    for index, line in enumerate(lines):
        match = _LISTS.search(line)
        if not match or _HARMLESS.search(line):
            continue
        rest = line[match.end() :].strip(" .:")
        below = [each.strip() for each in lines[index + 1 : index + 1 + _NEAR] if re.match(r"\s+[-<]", each)]
        texts = [rest] if rest else below
        names = [name for text in texts for name in _arguments(text)]
        yield index, [name for name in names if name.lower() not in _NO_ARGUMENT]


def _arguments(text: str) -> list[str]:
    """Return the first word of each part between commas: the name, before its placeholder or the rest of the sentence."""
    words = [part.split()[0].strip("'\"`.:;") for part in text.split(",") if part.strip()]
    return [word for word in words if _LISTED.fullmatch(word)]


def _services(lines: Sequence[str], _: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Find databases and services on this machine that it connects to before it answers: its users have them, a probe has not."""
    for index, line in enumerate(lines):
        if _REFUSED.search(line):
            yield index, [f"localhost:{port}" for port in _HERE.findall(line)]


def _fields(lines: Sequence[str], known: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """pydantic-settings names fields; the variable is the field in capitals, perhaps behind a prefix."""
    model = ""
    for index, line in enumerate(lines):
        if match := _PYDANTIC.search(line):
            model = match["model"]
        if _FIELD.match(line) and index and model:
            field = lines[index - 1].strip().partition(".")[0].upper()
            named = [name for name in known if name == field or name.endswith(f"_{field}")]
            yield index, named or ([field] if _SETTINGS.search(model) and field.isidentifier() else [])


def _said(lines: Sequence[str], known: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Everything else: a name in capitals or a flag, in a sentence of lacking."""
    for index, line in enumerate(lines):
        if key := _KEY_ERROR.match(line.strip()):
            yield index, [key["name"]]
            continue
        names = [name for name in _VARIABLE.findall(line) if not _NO_VARIABLE.fullmatch(name)]
        names += [name for name in known if name not in names and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)]
        alone = _ALONE.fullmatch(line) is not None
        around = " ".join(lines[max(index - _NEAR, 0) : index + _NEAR + 1]) if alone else line
        if _LACKS.search(around) and not _HARMLESS.search(line):
            yield index, names or _FLAG.findall(line)
