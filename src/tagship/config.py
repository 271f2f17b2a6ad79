"""``tagship.yaml``: what differs from what tagship finds out by itself.

Decoding is strict: an unknown key is an error with a suggestion, and all problems of the file are told at once, each
with line and column.
"""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from tagship import plugins
from tagship.domain.text import structs
from tagship.errors import Problem, UsageError
from tagship.settings import Config, plug_ins_of

if TYPE_CHECKING:
    import yaml

FILES: Final = ("tagship.yaml", ".github/tagship.yaml")
_KINDS: Final = {
    "array": "a list",
    "object": "a mapping",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
_ANY: Final = "|".join(_KINDS)
_KIND: Final = re.compile(rf"`((?:{_ANY})(?: \| (?:{_ANY}))*)(?=[` ])`?")
_UNQUOTED: Final = re.compile("it must be a text( or nothing)?, not (a whole number|a number|true or false)$")


def find(folder: Path, given: str = "") -> Path | None:
    """Return the configuration file: the given one, else the first of the usual places.

    Raises:
        UsageError: the given file is not there.

    """
    if given:
        path = folder / given
        if not path.is_file():
            raise UsageError("no such configuration file", file=given, hint="mend `config`, or leave it out")
        return path
    return next((folder / name for name in FILES if (folder / name).is_file()), None)


def load(folder: Path, given: str = "") -> Config:
    """Read the configuration of a project; defaults when there is no file.

    Raises:
        UsageError: it is not there, cannot be read, or is broken.

    """
    path = find(folder, given)
    if path is None:
        return Config()
    shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else given
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read it: {error.strerror}", file=shown, hint="mend its permissions") from None
    return decode(data.decode("utf-8-sig", "replace"), shown)


def decode(text: str, file: str) -> Config:
    """Decode YAML text strictly.

    Raises:
        UsageError: with one problem per mistake.

    """
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise UsageError(
            f"not YAML: {error.problem}", file=file, line=line, column=column, hint="mend the file"
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:  # PyYAML lets the last three through
        raise UsageError(f"not YAML: {' '.join(str(error).split())}", file=file, hint="mend the file") from None
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return Config()
    problems = list(_check(node, Config, file, ""))
    if problems:
        raise UsageError.of(problems)
    return structs.convert(yaml.safe_load(text), Config)


def _check(node: "yaml.Node", kind: Any, file: str, key: str) -> Iterator[Problem]:
    """Walk the YAML nodes beside the types, so that each problem knows its place."""
    folder, asked = plug_ins_of(kind), kind
    if isinstance(node.value, str) and "\0" in node.value:
        yield _problem(node, file, f"{key}: no value may have a NUL character", "take it out")
        return
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    kind = _struct_of(kind) if _is_mapping(node) and _struct_of(kind) else kind
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _check_struct(node, kind, file, key)
    elif get_origin(kind) is dict:
        yield from _check_dict(node, get_args(kind), file, key)
    elif _struct_item(kind) and getattr(node, "id", "") == "sequence":
        for number, item in enumerate(node.value):
            of_item = _struct_item(kind) if _is_mapping(item) else get_args(kind)[0]
            yield from _check(item, of_item, file, f"{key}[{number}]")
    else:
        yield from _check_value(node, asked, file, key)
        if folder and getattr(node, "id", "") == "sequence":
            yield from _check_plugins(node, folder, file, key)


def _check_plugins(node: "yaml.Node", folder: str, file: str, key: str) -> Iterator[Problem]:
    """Compare the words of a list with the plug-ins there are."""
    known = plugins.names(folder)
    for item in node.value:
        if _is_text(item) and item.value not in known:
            yield _problem(item, file, f"{key}: unknown name {item.value!r}", f"choose among {', '.join(known)}")


def _check_dict(node: "yaml.Node", kinds: tuple[Any, ...], file: str, key: str) -> Iterator[Problem]:
    if not _is_mapping(node):
        yield _problem(node, file, f"{key} must be a mapping")
        return
    seen: set[str] = set()
    for name, value in node.value:
        if not _is_text(name):
            yield _no_text(name, file, key)
            continue
        if name.value in seen:
            yield _problem(name, file, f"the key {name.value!r} occurs twice", "keep one of them")
        seen.add(name.value)
        yield from _check_value(name, kinds[0], file, f"{key}, as a key")
        yield from _check(value, kinds[1], file, f"{key}.{name.value}")


def _check_struct(node: "yaml.Node", kind: type[msgspec.Struct], file: str, key: str) -> Iterator[Problem]:
    if not _is_mapping(node):
        yield _problem(node, file, f"{key or 'the file'} must be a mapping of keys to values")
        return
    hints = get_type_hints(kind, include_extras=True)
    fields = {f.encode_name: hints[f.name] for f in msgspec.structs.fields(kind)}
    seen: set[str] = set()
    problems: list[Problem] = []
    for name, value in node.value:
        if getattr(name, "id", "") != "scalar":
            problems.append(_no_text(name, file, key))
            continue
        known = name.value
        if known in seen:
            problems.append(_problem(name, file, f"the key {known!r} occurs twice", "keep one of them"))
        elif known in fields:
            problems += _check(value, fields[known], file, f"{key}.{known}" if key else known)
        else:
            import difflib

            close = difflib.get_close_matches(known, fields, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(fields)}"
            problems.append(_problem(name, file, f"unknown key {known!r}", hint))
        seen.add(known)
    yield from problems
    lacking = [f.encode_name for f in msgspec.structs.fields(kind) if f.required and f.encode_name not in seen]
    if lacking:
        yield _problem(node, file, f"{key} lacks {', '.join(lacking)}")
    elif hasattr(kind, "__post_init__") and not problems:
        yield from _check_value(node, kind, file, key)


def _check_value(node: "yaml.Node", kind: Any, file: str, key: str) -> Iterator[Problem]:
    import yaml

    plain = yaml.SafeLoader("")
    try:
        value = plain.construct_document(node)
        structs.convert(value, kind)
    except (msgspec.ValidationError, yaml.YAMLError, ValueError, RecursionError) as error:
        where, what = _plainly(str(getattr(error, "problem", None) or error))
        yield _problem(node, file, f"{key}{where}: {what}", _remedy(what, kind))
    finally:
        plain.dispose()


def _plainly(message: str) -> tuple[str, str]:
    """Take msgspec's message apart: where below the key, and what is wrong, in the words of YAML."""
    what, _, path = message.partition(" - at ")
    what = _KIND.sub(lambda kinds: " or ".join(_KINDS[kind] for kind in kinds[1].split(" | ")), what)
    what = what.replace("Expected ", "it must be ").replace(", got ", ", not ").replace("Invalid enum value", "unknown")
    return path.strip("`").removeprefix("$"), what


def _remedy(what: str, kind: Any) -> str:
    allowed = ", ".join(_allowed(kind))
    if allowed:
        return f"choose among {allowed}"
    if _UNQUOTED.match(what):
        return "put it in quotes"
    return "see docs/configuration.md, or `tagship schema config`"


def _allowed(kind: Any) -> Iterator[str]:
    """List the words that a value may be, where it is a choice."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(each.value) for each in kind)
    elif get_origin(kind) is Literal:
        yield from (str(each) for each in get_args(kind))
    else:
        for part in get_args(kind):
            yield from _allowed(part)


def _struct_item(kind: Any) -> Any:
    """Return the struct that a tuple has as items, beside plain words; ``None`` when it has none."""
    item = get_args(kind)[0] if get_origin(kind) is tuple else None
    items = get_args(item) or (item,)
    return next((item for item in items if isinstance(item, type) and issubclass(item, msgspec.Struct)), None)


def _struct_of(kind: Any) -> Any:
    """Return the struct among the kinds a value may have; ``None`` when there is none."""
    kinds = get_args(kind) if get_origin(kind) in {Union, UnionType} else ()
    return next((each for each in kinds if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)


def _is_mapping(node: "yaml.Node") -> bool:
    return getattr(node, "id", "") == "mapping" and node.tag == "tag:yaml.org,2002:map"


def _is_text(node: "yaml.Node") -> bool:
    return getattr(node, "id", "") == "scalar" and node.tag == "tag:yaml.org,2002:str"


def _no_text(node: "yaml.Node", file: str, key: str) -> Problem:
    return _problem(node, file, f"{key or 'the file'}: a key must be a text", "put it in quotes")


def _problem(node: "yaml.Node", file: str, message: str, hint: str = "") -> Problem:
    mark = node.start_mark
    return Problem(message=message, file=file, line=mark.line + 1, column=mark.column + 1, hint=hint)
