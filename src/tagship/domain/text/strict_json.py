"""JSON of unknown origin: one reading only, of bounded size and depth."""

import json
from typing import Any, Final

from tagship.errors import IntegrityError

_LARGEST: Final = 32 * 1024 * 1024
"""Bytes: GitHub takes attestations up to 16 MB, which Base64 makes larger."""


def read_object(data: bytes, *, file: str, what: str) -> dict[str, Any]:
    """Read an object without duplicate keys: with them two readers could see two documents.

    Raises:
        IntegrityError: it is none, too large, too deep, or has a key twice.

    """
    hint = f"do not use it; get {what} again from where it was released"
    if len(data) > _LARGEST:
        raise IntegrityError(f"{what} is larger than {_LARGEST} bytes", file=file, hint=hint)
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{what} cannot be read: {_reason(error)}", file=file, hint=hint) from None
    if not isinstance(found, dict):
        raise IntegrityError(f"{what} cannot be read: not a JSON object", file=file, hint=hint)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
