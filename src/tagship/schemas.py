"""JSON Schemas of the files that people and other programs read: configuration, plan, receipt, release manifest, probe report.

That of ``tagship.yaml`` serves editors, too: an address of its own, a description and examples at every key, the names that
lists may have (https://github.com/SchemaStore/schemastore/blob/master/CONTRIBUTING.md).
"""

from typing import Any, Final

import msgspec

from tagship import plugins, settings
from tagship.domain.plans.plan import Plan, encode
from tagship.domain.plans.receipt import Manifest, Receipt
from tagship.domain.tools.probe_report import Report

_TYPES: Final[dict[str, tuple[str, type[msgspec.Struct]]]] = {
    "config": ("tagship.yaml", settings.Config),
    "plan": ("plan.json", Plan),
    "receipt": ("receipt.json", Receipt),
    "manifest": ("release manifest", Manifest),
    "probe": ("mcp-probe.json", Report),
}
KINDS: Final = tuple(_TYPES)
HOME: Final = "https://raw.githubusercontent.com/tagship/tagship/main/src/tagship/schema"
"""Where the schemas can be had, each by its ``$id``."""
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def document(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file."""
    title, value = _TYPES[kind]
    found = msgspec.json.schema(value)
    head = {"$schema": _DRAFT, "$id": f"{HOME}/{kind}.schema.json", "title": title}
    return {**head, **(_for_editors(found) if kind == "config" else found)}


def _for_editors(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the file's own keys on top, and name the plug-ins that lists may name."""
    defs: dict[str, Any] = dict(schema["$defs"])
    root = {name: value for name, value in defs.pop("Config").items() if name != "title"}
    for field in msgspec.structs.fields(settings.Config):
        folder = settings.plug_ins_of(field.type)
        if folder:
            root["properties"][field.encode_name]["items"]["enum"] = list(plugins.names(folder))
    kinds = list(plugins.names("channels"))
    root["properties"]["channels"]["items"]["anyOf"][0]["enum"] = kinds
    defs["ChannelConfig"]["properties"]["kind"]["enum"] = kinds
    return {**root, "$defs": defs}


def text(kind: str) -> str:
    """Return the schema as it is stored and printed."""
    return encode(document(kind)).decode()
