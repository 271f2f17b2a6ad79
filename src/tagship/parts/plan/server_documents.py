"""Every ``server.json`` of a project, checked before anything is built: its schema, the registry's rules, who it speaks of.

The registry judges these files after all packages are out; here all that is wrong with them is told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tagship.adapters import packaged_schema
from tagship.domain.manifests.server_json import (
    CURRENT,
    SCHEMAS,
    Finding,
    as_written,
    findings,
    in_todays_keys,
    schema_date,
    shown,
    tables,
)
from tagship.domain.text.json_text import JsonPlaces
from tagship.domain.versions.version_site import line_of
from tagship.errors import Problem, ProjectError
from tagship.parts.plan import ownership
from tagship.parts.plan.servers import REGISTRIES, is_of, texts
from tagship.ports import Found, Reporter, SourceTree

_FILLED_IN: Final = "fileSha256"
"""What a release fills in: it may be a placeholder until then."""
_KEYS: Final = ("name", "type", "identifier", "registryType", "url", "src", "version")
"""Strings that most objects have one of: they tell the line of a value that is no string."""


class Judged(NamedTuple):
    """What the MCP Registry would refuse, and what can stay as it is for now."""

    refused: list[Problem]
    advice: list[Problem]
    unmarked: list[Problem]


def check(tree: SourceTree, found: Sequence[Found], reporter: Reporter) -> None:
    """Check every ``server.json``; tell what can stay as it is for now as warnings.

    Raises:
        ProjectError: with all that the MCP Registry would refuse.

    """
    judged = judge(tree, found)
    for each in [*judged.advice, *judged.unmarked]:
        reporter.warning(each.advice, file=each.file, line=each.line)
    if judged.refused:
        raise ProjectError.of(judged.refused)


def judge(tree: SourceTree, found: Sequence[Found]) -> Judged:
    """Look at every ``server.json``, and at the marks of the packages that they list."""
    judged = Judged([], [], [])
    documents = texts(tree)
    readmes = ownership.readmes(found, tree) if documents else {}
    for path, text in documents.items():
        document = _document(path, text, judged.refused)
        if document is None:
            continue
        if document.get("$schema") is None:
            message = "it has no $schema, and is not checked: the MCP Registry refuses it"
            judged.advice.append(Problem(message=message, file=path, hint=f'add "$schema": "{CURRENT}"'))
            continue
        if advice := _about_schema(document["$schema"], schema_date(document)):
            judged.advice.append(msgspec.structs.replace(advice, file=path))
        places = JsonPlaces(text)
        refused = _refused(document)
        judged.refused.extend(_placed(path, text, places, each) for each in refused)
        told_already = {each.path for each in refused}
        today = in_todays_keys(document)
        strangers, unmarked = _strangers(today, found), _unmarked(today, found, tree, readmes)
        for told, group in ((judged.advice, strangers), (judged.unmarked, unmarked)):
            placed = (each._replace(path=as_written(each.path, document)) for each in group)
            told.extend(_placed(path, text, places, each) for each in placed if each.path not in told_already)
    judged.refused.sort(key=lambda each: (each.file or "", each.line or 0))
    return judged


def _document(path: str, text: str, problems: list[Problem]) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.ValidationError:
        problems.append(Problem(message="it is no JSON object", file=path, hint=f"see {CURRENT}"))
    except (msgspec.DecodeError, RecursionError) as error:
        problems.append(Problem(message=f"it is no JSON: {error}", file=path, hint="mend its syntax"))
    return None


def _about_schema(address: object, date: str) -> Problem | None:
    """Say what to know of a schema that is not the current one: the registry takes it with a warning."""
    hint = f'write "$schema": "{CURRENT}", and mend what is told then'
    if not date:
        message = f"its $schema is {address!r}, which was never published: it is checked by the registry's rules alone"
        return Problem(message=message, hint=hint)
    if date == SCHEMAS[-1]:
        return None
    read = "; the MCP Registry does not read keys like `registry_type` any more" if date == SCHEMAS[0] else ""
    return Problem(message=f"its schema, of {date}, is not the current one{read}", hint=hint)


def _refused(document: Mapping[str, Any]) -> list[Finding]:
    """Find what its own schema and the registry's rules forbid; of both about one value, the rules' plainer words.

    Of several that the schema says of one value the first stands: what is of another type has no right length either. What an
    object lacks are as many things.
    """
    rules = [each._replace(path=as_written(each.path, document)) for each in findings(in_todays_keys(document))]
    told = {each.path for each in rules}
    left: dict[tuple[object, ...], Finding] = {}
    for lacks, each in _schema_findings(document):
        if each.path not in told:
            left.setdefault((each.path, each.message if lacks else ""), each)
    return [*left.values(), *{each[:2]: each for each in reversed(rules)}.values()]


def _schema_findings(document: Mapping[str, Any]) -> list[tuple[bool, Finding]]:
    """Find what the schema forbids, and whether it is that something is lacking."""
    date = schema_date(document)
    errors = packaged_schema.errors(document, "server", date) if date else []
    filled_in = as_written((_FILLED_IN,), document)[0]
    see = f"see {document['$schema']}" + ("" if date == SCHEMAS[-1] else f', or write "$schema": "{CURRENT}"')
    return [each for error in errors for each in _of_error(error, see) if filled_in not in each[1].path]


def _of_error(error: Any, hint: str) -> Iterator[tuple[bool, Finding]]:
    """Turn an error into findings: where one of several shapes is meant, those of the shape that is nearest."""
    branches = [branch for branch in getattr(error.kind, "context", None) or () if branch]
    if branches:
        for each in min(
            branches, key=lambda branch: (any(e.instance_path[-1:] == ["type"] for e in branch), len(branch))
        ):
            yield from _of_error(each, hint)
        return
    path = tuple(error.instance_path)
    yield error.kind.name == "required", Finding(path, f"{shown(path)}: {error.message[:200]}", hint)


def _strangers(document: Mapping[str, Any], found: Sequence[Found]) -> Iterator[Finding]:
    """Find packages that it lists in a registry this project publishes to, but that are none of the project's."""
    for index, package in enumerate(tables(document.get("packages"))):
        name, kind = package.get("identifier"), package.get("registryType")
        ours = [each.name for each in found if kind and REGISTRIES.get(each.ecosystem or "") == kind]
        if isinstance(name, str) and ours and not any(is_of(package, each) for each in found):
            hint = f"name what is published: {', '.join(sorted(ours)[:5])}"
            yield Finding(("packages", index, "identifier"), f"{name!r} is no {kind} package of this project", hint)


def _unmarked(
    document: Mapping[str, Any], found: Sequence[Found], tree: SourceTree, readmes: ownership.Readmes
) -> Iterator[Finding]:
    """Find packages of ours that do not say whose server they are, which the registry asks for as a proof."""
    name = document.get("name")
    if not isinstance(name, str):
        return
    for index, package in enumerate(tables(document.get("packages"))):
        for each in found:
            if is_of(package, each) and (hint := ownership.lacking(each, name, tree, readmes)):
                identifier = package["identifier"]
                message = f"{identifier!r} does not say that it is the server {name}; the MCP Registry would refuse it"
                yield Finding(("packages", index, "identifier"), message, hint)


def _placed(file: str, text: str, places: JsonPlaces, finding: Finding) -> Problem:
    """Place a finding at its value's line; at that of the nearest string of the same part where the value is no string."""
    tries = [finding.path, *((*finding.path[:cut], key) for cut in range(len(finding.path), 0, -1) for key in _KEYS)]
    span = next((found for path in tries if (found := places.span(path))), None)
    line = line_of(text, span.start) if span else None
    return Problem(message=finding.message, file=file, line=line, hint=finding.hint)
