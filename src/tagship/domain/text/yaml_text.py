"""YAML texts by position, so that one value can be changed and every other byte stays."""

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

Path = tuple[str | int, ...]
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")
"""An anchor and a tag, which stand before a value."""


def yaml_node(text: str, path: Path) -> "yaml.ScalarNode | None":
    """Find the scalar at a path of the first document; ``None`` when there is none, or no YAML.

    Of a key that occurs twice the last counts, as for YAML readers. A block text (``|``, ``>``) is no place for a version.
    """
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        try:
            node: Any = loader.get_node() if loader.check_node() else None
        finally:
            loader.dispose()
        for key in path:
            node = _child(node, key)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    return node if isinstance(node, yaml.ScalarNode) and node.style not in {"|", ">"} else None


def replace_scalar(text: str, node: "yaml.ScalarNode", value: str) -> str:
    """Write another text in place of a scalar, in the quotes it has; a plain one gets quotes where it needs them."""
    properties = _PROPERTIES.match(text, node.start_mark.index, node.end_mark.index)
    start = properties.end() if properties else node.start_mark.index
    return text[:start] + _quoted(value, node.style) + text[node.end_mark.index :]


def _child(node: Any, key: str | int) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode):
        values = [value for name, value in node.value if getattr(name, "value", None) == str(key)]
        return values[-1] if values else None
    if isinstance(node, yaml.SequenceNode) and str(key).isdecimal() and int(key) < len(node.value):
        return node.value[int(key)]
    return None


def _quoted(value: str, style: str | None) -> str:
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    if style == '"' or _changes_type(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value


def _changes_type(value: str) -> bool:
    """Whether a plain scalar would be read as something else than a text: ``1.10`` is the number 1.1."""
    import yaml

    loader = yaml.SafeLoader("")
    try:
        kind = loader.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()
    return bool(kind != "tag:yaml.org,2002:str")
