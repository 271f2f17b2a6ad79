"""JSON Schemas of the files that people and other programs read: configuration, plan, receipt, release manifest, probe report."""

from typing import Any, Final

import msgspec

from tagship import settings
from tagship.domain.plan import Plan, encode
from tagship.domain.probe_report import Report
from tagship.domain.receipt import Manifest, Receipt

_TYPES: Final[dict[str, tuple[str, type[msgspec.Struct]]]] = {
    "config": ("tagship.yaml", settings.Config),
    "plan": ("plan.json", Plan),
    "receipt": ("receipt.json", Receipt),
    "manifest": ("release manifest", Manifest),
    "probe": ("mcp-probe.json", Report),
}
KINDS: Final = tuple(_TYPES)
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def document(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file."""
    title, value = _TYPES[kind]
    return {"$schema": _DRAFT, "title": title, **msgspec.json.schema(value)}


def text(kind: str) -> str:
    """Return the schema as it is stored and printed."""
    return encode(document(kind)).decode()
