"""Manifests as text: read strictly, and what is wrong is told with its place."""

import json
import re
from typing import Any, Final

from tagship.errors import ProjectError

_LINE_COLUMN: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_LINK: Final = re.compile(r"[\w./-]*\w\.(?:toml|json)")
"""What a commit has of a link to another manifest."""


def json_object(text: str, file: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ProjectError: no JSON, or something else than an object.

    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg}"
        raise ProjectError(message, file=file, line=error.lineno, column=error.colno, hint=_remedy(text)) from None
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"not JSON: {error}", file=file, hint=_remedy(text)) from None
    if not isinstance(data, dict):
        raise ProjectError("not a JSON object", file=file, line=1, hint="mend the file")
    return data


def _remedy(text: str) -> str:
    """Say what to do: often it is not what stands there that is wrong, but how it was saved."""
    if text.startswith("\ufeff"):
        return "save it as UTF-8 without a byte order mark"
    if _LINK.fullmatch(text):
        return "put the file itself there: of a link, a commit has only where it leads"
    return "save it as UTF-8" if "\ufffd" in text or "\0" in text else "mend the file"


def toml_table(text: str, file: str) -> dict[str, Any]:
    """Read a TOML document.

    Raises:
        ProjectError: no TOML, with line and column.

    """
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = _LINE_COLUMN.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        if "end of document" in str(error):
            line = text.rstrip().count("\n") + 1
        message = f"not TOML: {_LINE_COLUMN.sub('', str(error)).strip()}"
        raise ProjectError(message, file=file, line=line, column=column, hint=_remedy(text)) from None
