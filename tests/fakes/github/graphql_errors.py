"""GraphQL's errors in GitHub's shapes; they come with status 200.

`STALE_DATA` and its wording: ministryofjustice/modernisation-platform#11985.
"""

import re
from typing import Any, Final

from graphql import GraphQLError

UNDEFINED: Final = re.compile(r"Cannot query field '(?P<field>\w+)' on type '(?P<type>\w+)'")


class GraphqlRefusalError(Exception):
    """A resolver's no, with the type that GitHub gives it."""

    def __init__(self, kind: str, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.kind = kind
        self.extensions = extensions


def not_found(what: str, name: str) -> GraphqlRefusalError:
    return GraphqlRefusalError("NOT_FOUND", f"Could not resolve to a {what} with the name '{name}'.")


def stale(expected: str) -> GraphqlRefusalError:
    message = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
    return GraphqlRefusalError("STALE_DATA", message)


def forbidden() -> GraphqlRefusalError:
    return GraphqlRefusalError("FORBIDDEN", "Resource not accessible by integration", saml_failure=False)


def as_json(error: GraphQLError) -> dict[str, Any]:
    """Give an error's entry: of a resolver with its type and path, of a query that does not fit with a code."""
    locations = [{"line": each.line, "column": each.column} for each in error.locations or []]
    refusal = error.original_error
    if isinstance(refusal, GraphqlRefusalError):
        extra = {"extensions": refusal.extensions} if refusal.extensions else {}
        return {
            "type": refusal.kind,
            "path": list(error.path or []),
            **extra,
            "locations": locations,
            "message": str(refusal),
        }
    undefined = UNDEFINED.match(error.message)
    if undefined is None:
        return {"message": error.message, "locations": locations}
    field, owner = undefined["field"], undefined["type"]
    return {
        "locations": locations,
        "extensions": {"code": "undefinedField", "typeName": owner, "fieldName": field},
        "message": f"Field '{field}' doesn't exist on type '{owner}'",
    }
