"""What a server lists, as the report keeps it; schemas are checked with a real validator."""

from collections.abc import Sequence
from typing import Any, Final

from tagship.domain.text.invisible import escaped
from tagship.domain.tools import probe_report as report

DIALECTS: Final = frozenset(
    {
        "https://json-schema.org/draft/2020-12/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "http://json-schema.org/draft-07/schema",
        "http://json-schema.org/draft-06/schema",
        "http://json-schema.org/draft-04/schema",
    }
)
"""Dialects whose meta-schemas the validator carries: it is never asked about another, which it would fetch."""


def load_checks() -> None:
    """Load the library that checks schemas: a server takes its time to start, and this can be done meanwhile."""
    import jsonschema_rs  # noqa: F401


def tools(listed: Sequence[dict[str, Any]]) -> tuple[report.Tool, ...]:
    """Return the tools in the order of the server."""
    return tuple(_tool(entry) for entry in listed)


def _tool(entry: dict[str, Any]) -> report.Tool:
    takes, gives = entry.get("inputSchema"), entry.get("outputSchema")
    required = takes.get("required") if isinstance(takes, dict) else None
    annotations = entry.get("annotations")
    return report.Tool(
        name=entry["name"],
        title=_text(entry.get("title")) or _text(annotations.get("title") if isinstance(annotations, dict) else ""),
        description=_text(entry.get("description")),
        input_schema=takes,
        input_schema_sha256=report.schema_sha256(takes),
        output_schema=gives,
        output_schema_sha256=None if gives is None else report.schema_sha256(gives),
        annotations=annotations if isinstance(annotations, dict) else {},
        required=_texts(required),
    )


def prompts(listed: Sequence[dict[str, Any]]) -> tuple[report.Prompt, ...]:
    """Return the prompts in the order of the server."""
    found = []
    for entry in listed:
        given = entry.get("arguments")
        arguments = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
        found.append(
            report.Prompt(
                name=entry["name"],
                title=_text(entry.get("title")),
                description=_text(entry.get("description")),
                arguments=_texts([each.get("name") for each in arguments]),
                required=_texts([each.get("name") for each in arguments if each.get("required") is True]),
            )
        )
    return tuple(found)


def resources(listed: Sequence[dict[str, Any]]) -> tuple[report.Resource, ...]:
    """Return the resources in the order of the server."""
    return tuple(
        report.Resource(
            uri=entry["uri"],
            name=_text(entry.get("name")),
            description=_text(entry.get("description")),
            mime_type=_text(entry.get("mimeType")),
        )
        for entry in listed
    )


def wrong_schemas(found: Sequence[report.Tool], *, modern: bool) -> dict[str, str]:
    """Say what is wrong with the schemas of tools, by tool.

    https://modelcontextprotocol.io/specification/2026-07-28/basic#json-schema-usage: a schema must be valid in its dialect,
    2020-12 unless it names one; an input schema describes an object, and up to 2025-11-25 an output schema, too.
    """
    wrong = {}
    for tool in found:
        problem = wrong_schema(tool.input_schema, "inputSchema", an_object=True)
        if not problem and tool.output_schema is not None:
            problem = wrong_schema(tool.output_schema, "outputSchema", an_object=not modern)
        if problem:
            wrong[tool.name] = problem
    return wrong


def wrong_schema(schema: Any, what: str, *, an_object: bool) -> str:
    """Say what is wrong with one schema; empty when nothing is."""
    if not isinstance(schema, dict):
        return f"{what} is no JSON object" if schema is not None else f"{what} is missing"
    if an_object and schema.get("type") != "object":
        return f'{what} must have "type": "object"'
    dialect = schema.get("$schema")
    if dialect is not None and (not isinstance(dialect, str) or dialect.rstrip("#") not in DIALECTS):
        return f"{what} is in the dialect {escaped(str(dialect), 80)}, which is no JSON Schema that clients know"
    return f"{what} is no valid JSON Schema: {problem}" if (problem := _invalid(schema)) else ""


def _invalid(schema: dict[str, Any]) -> str:
    import jsonschema_rs

    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as error:
        where = "/".join(str(step) for step in error.instance_path) or "the whole"
        return f"at {escaped(where, 100)}, {escaped(error.message, 200)}"
    except (jsonschema_rs.ReferencingError, ValueError, RecursionError) as error:
        return escaped(str(error), 200)
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
