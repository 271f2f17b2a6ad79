"""Which results the official Python SDK takes: cases as JSON on stdin, true or false for each on stdout."""

import json
import sys

from mcp_types.methods import validate_server_result
from pydantic import ValidationError


def takes(method: str, result: dict[str, object], version: str) -> bool:
    try:
        validate_server_result(method, version, result)
    except ValidationError:
        return False
    return True


sys.stdout.write(json.dumps([takes(*case) for case in json.load(sys.stdin)]))
