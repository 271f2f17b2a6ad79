"""Check every request and answer against GitHub's own OpenAPI description.

Two things are wider than the description, because GitHub's answers are: the general errors that it does not list at
every operation (401, 403, 404, 422), and an upload's media type, which is that of the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from tests.fakes.github import description
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.routes import DESCRIBED, Route

GENERAL_ERRORS: Final = (400, 401, 403, 404, 422)
Json = dict[str, Any]


class Validation:
    """The description and what was found to violate it."""

    def __init__(self, path: Path) -> None:
        operations = tuple((route.method, route.template) for route in DESCRIBED)
        self._description = description.load(path, operations)
        self._compiled: dict[str, jsonschema_rs.Draft4Validator] = {}
        self.violations: list[str] = []

    def check_request(self, route: Route, request: Request) -> None:
        """Check path and query parameters and a JSON body."""
        where = f"request {route.method} {route.template}"
        operation = self._operation(route)
        described = [self._resolved(each) for each in operation.get("parameters", [])]
        self._check_parameters(where, "path", described, request.params)
        self._check_parameters(where, "query", described, request.query)
        schema = self._body_schema(operation)
        if schema is not None and request.body:
            self._check(f"{where}: body", schema | {"additionalProperties": False}, _parsed(request.body))

    def check_response(self, route: Route, response: Response) -> None:
        where = f"answer {response.status} of {route.method} {route.template}"
        responses = self._operation(route)["responses"]
        described = responses.get(str(response.status))
        if described is None and response.status not in GENERAL_ERRORS:
            self.violations.append(f"{where}: GitHub does not describe this status")
            return
        schema = self._response_schema(described)
        if schema is None and response.status >= 400:
            schema = {"$ref": "#/components/schemas/validation-error"}
        if schema is not None:
            self._check(where, schema, response.content)
        elif response.content is not None:
            self.violations.append(f"{where}: has a body that GitHub does not send")

    def _check_parameters(self, where: str, place: str, described: list[Json], given: Mapping[str, str]) -> None:
        schemas = {each["name"]: each for each in described if each["in"] == place}
        for name, each in schemas.items():
            if each.get("required") and name not in given:
                self.violations.append(f"{where}: {place} parameter {name} is missing")
        for name, text in given.items():
            if name not in schemas:
                self.violations.append(f"{where}: {place} parameter {name} is unknown")
                continue
            self._check(f"{where}: {place} parameter {name}", schemas[name]["schema"], _coerced(text, schemas[name]))

    def _check(self, where: str, schema: Json, value: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._compiled:
            root = {"allOf": [schema], "components": self._description["components"]}
            self._compiled[key] = jsonschema_rs.Draft4Validator(root, validate_formats=True)
        for error in self._compiled[key].iter_errors(value):
            place = "/".join(str(part) for part in error.instance_path)
            self.violations.append(f"{where}: at /{place}: {error.message[:300]}")

    def _operation(self, route: Route) -> Json:
        operation: Json = self._description["paths"][route.template][route.method.lower()]
        return operation

    def _resolved(self, node: Json) -> Json:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        found: Json = self._description["components"][kind][name]
        return found

    def _body_schema(self, operation: Json) -> Json | None:
        content = operation.get("requestBody", {}).get("content", {})
        schema: Json | None = content.get("application/json", {}).get("schema")
        return schema

    def _response_schema(self, described: Json | None) -> Json | None:
        content = self._resolved(described or {}).get("content", {})
        schema: Json | None = content.get("application/json", {}).get("schema")
        return schema


def _coerced(text: str, parameter: Json) -> Any:
    if parameter["schema"].get("type") == "integer":
        return int(text) if text.isdigit() else text
    return text


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
