"""GraphQL at `POST /graphql`: real queries against GitHub's published schema, with what of it is imitated.

The schema is that of npm `@octokit/graphql-schema`. A query that does not fit it gets GitHub's answer (200 with `errors`)
and is noted as a violation, as is a field of the schema that nothing here resolves.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.fakes.github.errors import ApiError
from tests.fakes.github.graphql_errors import GraphqlRefusalError, as_json
from tests.fakes.github.graphql_root import Root
from tests.fakes.github.graphql_scope import Scope
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.state import World
from tests.tools.node import GRAPHQL_SCHEMA, installed

CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")
NO_QUERY: Final = "A query attribute must be specified and must be a string."
Json = dict[str, Any]


def execute(world: World, request: Request) -> Response:
    """Answer a query or mutation; everything but a missing token or query is 200."""
    if request.identity.login is None:
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    content = request.content()
    query, variables = content.get("query"), content.get("variables") or {}
    if not isinstance(query, str):
        raise ApiError(400, NO_QUERY)
    schema = loaded(installed() / GRAPHQL_SCHEMA)
    try:
        document = parse(query)
        problems = validate(schema, document)
    except GraphQLError as error:
        problems = [error]
    if problems:
        return _answer({"errors": [as_json(each) for each in problems]}, _violations(problems))
    scope = Scope(world=world, site=request.site, identity=request.identity, violations=[])
    result = _executed(schema, document, scope, variables, content.get("operationName"))
    return _answered(result, scope)


@functools.cache
def loaded(path: Path) -> GraphQLSchema:
    """Read the schema, which takes a second, once a process."""
    return build_schema(path.read_text(encoding="utf-8"), assume_valid=True)


def _executed(
    schema: GraphQLSchema, document: DocumentNode, scope: Scope, variables: Json, operation: str | None
) -> ExecutionResult:
    return execute_sync(
        schema,
        document,
        root_value=Root(scope),
        context_value=scope,
        variable_values=variables,
        operation_name=operation,
        field_resolver=_resolve,
        type_resolver=lambda value, _info, _type: str(value.typename),
    )


def _resolve(source: Any, info: GraphQLResolveInfo[Scope], **arguments: Any) -> Any:
    name = CAPITAL.sub("_", info.field_name).lower()
    if not hasattr(source, name):
        missing = f"{info.parent_type.name}.{info.field_name} is not imitated"
        info.context.violations.append(f"GraphQL: {missing}")
        raise GraphqlRefusalError("NOT_IMITATED", missing)
    member = getattr(source, name)
    given = {CAPITAL.sub("_", key).lower(): value for key, value in arguments.items()}
    return member(**given) if callable(member) else member


def _answered(result: ExecutionResult, scope: Scope) -> Response:
    errors = result.errors or []
    content: Json = {"errors": [as_json(each) for each in errors]} if errors else {}
    if result.data is not None or any(each.path for each in errors):
        content = {"data": result.data} | content
    for each in errors:
        cause = each.original_error
        if cause is not None and not isinstance(cause, (GraphqlRefusalError, GraphQLError)):
            raise cause  # a mistake of the stand-in's own
    wrong = [each for each in errors if not isinstance(each.original_error, GraphqlRefusalError)]
    return _answer(content, (*scope.violations, *_violations(wrong)))


def _answer(content: Mapping[str, Any], violations: tuple[str, ...]) -> Response:
    return Response(status=200, content=dict(content), violations=violations)


def _violations(errors: list[GraphQLError]) -> tuple[str, ...]:
    return tuple(f"GraphQL: {each.message[:300]}" for each in errors)
