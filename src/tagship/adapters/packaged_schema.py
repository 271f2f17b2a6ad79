"""Documents of other people's formats checked against the schemas of theirs that tagship carries."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec


def errors(document: Mapping[str, Any], folder: str, version: str) -> list[Any]:
    """Check a document against ``schema/<folder>/<version>.schema.json``; return jsonschema-rs's errors."""
    return list(_validator(folder, version).iter_errors(dict(document)))


@cache
def _validator(folder: str, version: str) -> Any:
    from importlib import resources

    import jsonschema_rs

    schema = (resources.files("tagship") / "schema" / folder / f"{version}.schema.json").read_bytes()
    return jsonschema_rs.validator_for(msgspec.json.decode(schema))
