"""JSON Schemas of the files that people and other programs read: configuration, plan, receipt, release manifest."""

from typing import Any, Final

import msgspec

from tagship import config
from tagship.domain.plan import Plan
from tagship.domain.receipt import Manifest, Receipt

KINDS: Final = ("config", "plan", "receipt", "manifest")
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TITLES: Final = {
    "config": "tagship.yaml",
    "plan": "plan.json",
    "receipt": "receipt.json",
    "manifest": "release manifest",
}


def document(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file."""
    types: dict[str, type[msgspec.Struct]] = {
        "config": config.Config,
        "plan": Plan,
        "receipt": Receipt,
        "manifest": Manifest,
    }
    return {"$schema": _DRAFT, "title": _TITLES[kind], **msgspec.json.schema(types[kind])}


def text(kind: str) -> str:
    """Return the schema as it is stored and printed."""
    return msgspec.json.format(msgspec.json.encode(document(kind)), indent=2).decode() + "\n"
