"""GitHub's OpenAPI description, cut to the operations that are imitated and turned into JSON Schema.

Reading 13 MB for every test would be slow, so the cut is kept beside the installed package under a name made of what
went into it.
"""

import functools
import hashlib
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

REVISION: Final = 4  # of the cut's own shape
NOT_READ: Final = ("example", "examples", "externalDocs", "x-github", "x-octokit", "summary", "tags")
BOTS_HAVE_NONE: Final = ("format", "email")  # `41898282+github-actions[bot]@…` is none by the RFC
SEALED: Final = tuple(
    """
    commit-comparison content-file git-ref pull-request pull-request-simple release release-asset workflow-dispatch-response
    workflow-run
    """.split()  # noqa: SIM905 (a list would be a page)
)


@functools.cache
def load(path: Path, operations: tuple[tuple[str, str], ...]) -> Json:
    """Load the cut for these (method, template) pairs, making it when it is new."""
    identity = json.dumps([REVISION, path.stat().st_size, operations]).encode()
    kept = path.with_name(f"cut-{hashlib.sha256(identity).hexdigest()[:16]}.json")
    if not kept.exists():
        cut = _cut(json.loads(path.read_bytes()), operations)
        with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="utf-8") as scratch:
            json.dump(cut, scratch)
        Path(scratch.name).replace(kept)
    loaded: Json = json.loads(kept.read_bytes())
    return loaded


def _cut(whole: Json, operations: Iterable[tuple[str, str]]) -> Json:
    paths: Json = {}
    for method, template in operations:
        paths.setdefault(template, {})[method.lower()] = _as_json_schema(whole["paths"][template][method.lower()])
    components = _referenced(paths, whole)
    for name in SEALED:
        components["schemas"][name]["additionalProperties"] = False
    _apply_known_deviations(components)
    return {"paths": paths, "components": components}


def _apply_known_deviations(components: Json) -> None:
    # The schema lists `uploaded` and `open`, but the upload endpoint's own text tells of the state `starter`.
    components["schemas"]["release-asset"]["properties"]["state"]["enum"].append("starter")
    # A date and time says the format, "the search syntax", hence a range, says the text.
    del components["parameters"]["created"]["schema"]["format"]


def _referenced(paths: Json, whole: Json) -> Json:
    components: Json = {"schemas": {}}
    waiting = ["basic-error", "validation-error"]
    pending = [f"#/components/schemas/{name}" for name in waiting] + _references(paths)
    while pending:
        _, _, kind, name = pending.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _as_json_schema(whole["components"][kind][name])
            pending += _references(components[kind][name])
    return components


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for value in node.values() for found in _references(value)]


def _as_json_schema(node: Any, *, names: bool = False) -> Any:
    """Drop what validation does not read, and spell OpenAPI 3.0's `nullable` as JSON Schema does.

    `names` tells that the keys are property names, which may look like keywords.
    """
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _as_json_schema(value, names=not names and key == "properties")
        for key, value in node.items()
        if names or (key not in (*NOT_READ, "nullable") and (key, value) != BOTS_HAVE_NONE)
    }
    is_nullable = not names and node.get("nullable") is True
    return {"anyOf": [kept, {"type": "null"}]} if is_nullable else kept
