"""Answers that say no, in GitHub's shapes.

Wording: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api, and for the messages about
releases what users of release tools report (named where they are raised).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DOCUMENTATION: Final = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of a 422 answer's `errors`."""

    resource: str
    code: str
    field: str | None = None
    message: str | None = None

    def as_json(self) -> dict[str, str]:
        pairs = {"resource": self.resource, "code": self.code, "field": self.field, "message": self.message}
        return {key: value for key, value in pairs.items() if value is not None}


class ApiError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.problems = problems
        self.headers = dict(headers or {})

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"message": self.message}
        if self.problems:
            content["errors"] = [problem.as_json() for problem in self.problems]
        return content | {"documentation_url": DOCUMENTATION, "status": str(self.status)}


def validation_failed(*problems: Problem) -> ApiError:
    return ApiError(422, "Validation Failed", *problems)


def invalid_request(reason: str) -> ApiError:
    # A body whose JSON does not fit the endpoint's schema is refused before any rule is looked at.
    return ApiError(422, f"Invalid request.\n\n{reason}")


def not_found() -> ApiError:
    return ApiError(404, "Not Found")
