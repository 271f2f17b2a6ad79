"""Every ``server.json`` of a project, checked before anything is built: its schema, the registry's rules, who it speaks of.

The registry judges these files after all packages are out; here all that is wrong with them is told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from tagship.domain.json_text import JsonPlaces
from tagship.domain.layout import file_name, reason_to_skip
from tagship.domain.server_json import CURRENT, Finding, Path, findings
from tagship.domain.version_site import line_of
from tagship.errors import Problem, ProjectError
from tagship.parts import ownership
from tagship.parts.detect import same_name
from tagship.parts.servers import REGISTRIES, SERVER
from tagship.ports import Found, Reporter, SourceTree

_FILLED_IN = frozenset({"fileSha256"})
"""What a release fills in: it may be a placeholder until then."""


def check(tree: SourceTree, found: Sequence[Found], reporter: Reporter) -> None:
    """Check every ``server.json``; tell what can stay as it is for now as warnings.

    Raises:
        ProjectError: with all that the MCP Registry would refuse.

    """
    paths = [path for path in tree.paths if file_name(path) == SERVER and not reason_to_skip(path)]
    problems: list[Problem] = []
    for path, text in (tree.read(paths) if paths else {}).items():
        document = _document(path, text, problems)
        if document is None:
            continue
        if document.get("$schema") is None:
            hint = f'add "$schema": "{CURRENT}"'
            reporter.warning(
                f"it has no $schema, and is not checked: the MCP Registry refuses it\n  → {hint}", file=path
            )
            continue
        if document["$schema"] != CURRENT:
            reporter.warning(f"its schema is not the current one; the MCP Registry's is {CURRENT}", file=path)
        schema = _schema_findings(document) if document["$schema"] == CURRENT else []
        places = JsonPlaces(text)
        rules = findings(document)
        told = {each.path for each in rules}  # in plainer words than the schema's
        schema = [each for each in schema if each.path not in told]
        problems += [_placed(path, text, places, each) for each in [*schema, *rules]]
        for each in [*_strangers(document, found), *_unmarked(document, found, tree)]:
            placed = _placed(path, text, places, each)
            reporter.warning(f"{placed.message}\n  → {placed.hint}", file=path, line=placed.line)
    if problems:
        raise ProjectError.of(sorted(problems, key=lambda each: (each.file or "", each.line or 0)))


def _document(path: str, text: str, problems: list[Problem]) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.ValidationError:
        problems.append(Problem(message="it is no JSON object", file=path, hint=f"see {CURRENT}"))
    except (msgspec.DecodeError, RecursionError) as error:
        problems.append(Problem(message=f"it is no JSON: {error}", file=path, hint="mend its syntax"))
    return None


def _schema_findings(document: Mapping[str, Any]) -> list[Finding]:
    from importlib import resources

    import jsonschema_rs

    schema = (resources.files("tagship") / "schema" / "server" / "2025-12-11.schema.json").read_bytes()
    validator = jsonschema_rs.validator_for(msgspec.json.decode(schema))
    made: list[Finding] = []
    for error in validator.iter_errors(dict(document)):
        made += _of_error(error)
    return [each for each in made if not _FILLED_IN & set(each.path)]


def _of_error(error: Any) -> Iterator[Finding]:
    """Turn an error into findings: where one of several shapes is meant, those of the shape that is nearest."""
    branches = [branch for branch in getattr(error.kind, "context", None) or () if branch]
    if branches:
        for each in min(
            branches, key=lambda branch: (any(e.instance_path[-1:] == ["type"] for e in branch), len(branch))
        ):
            yield from _of_error(each)
        return
    path = tuple(error.instance_path)
    yield Finding(path, f"{_shown(path)}: {error.message[:200]}", f"see {CURRENT}")


def _strangers(document: Mapping[str, Any], found: Sequence[Found]) -> Iterator[Finding]:
    """Find packages that it lists in a registry this project publishes to, but that are none of the project's."""
    packages = document.get("packages")
    for index, package in enumerate(packages if isinstance(packages, list) else []):
        name = package.get("identifier") if isinstance(package, dict) else None
        kind = package.get("registryType") if isinstance(package, dict) else None
        ours = [each.name for each in found if REGISTRIES.get(each.ecosystem or "") == kind]
        if isinstance(name, str) and ours and not any(same_name(name, each) for each in ours):
            hint = f"name what is published: {', '.join(sorted(ours)[:5])}"
            yield Finding(("packages", index, "identifier"), f"{name!r} is no {kind} package of this project", hint)


def _unmarked(document: Mapping[str, Any], found: Sequence[Found], tree: SourceTree) -> Iterator[Finding]:
    """Find packages of ours that do not say whose server they are, which the registry asks for as a proof."""
    packages, name = document.get("packages"), document.get("name")
    for index, package in enumerate(packages if isinstance(packages, list) and isinstance(name, str) else []):
        identifier = package.get("identifier") if isinstance(package, dict) else None
        for each in found:
            kind = REGISTRIES.get(each.ecosystem or "")
            if (
                not isinstance(identifier, str)
                or package.get("registryType") != kind
                or not same_name(identifier, each.name)
            ):
                continue
            if hint := ownership.lacking(each, str(name), tree):
                message = f"{identifier!r} does not say that it is the server {name}; the MCP Registry would refuse it"
                yield Finding(("packages", index, "identifier"), message, hint)


def _placed(file: str, text: str, places: JsonPlaces, finding: Finding) -> Problem:
    """Place a finding at its value's line; at that of the nearest string of the same part where the value is no string."""
    tries = [finding.path, *((*finding.path[:cut], key) for cut in range(len(finding.path), 0, -1) for key in _KEYS)]
    span = next((found for path in tries if (found := places.span(path))), None)
    line = line_of(text, span.start) if span else None
    return Problem(message=finding.message, file=file, line=line, hint=finding.hint)


_KEYS = ("name", "type", "identifier", "registryType", "url", "src", "version")


def _shown(path: Path) -> str:
    return PurePosixPath(*map(str, path)).as_posix().replace("/", ".") if path else "the document"
