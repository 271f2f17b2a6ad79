"""The settings that ``init`` writes: found in another tool's configuration, or asked for, and other than ours."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tagship import config, plugins
from tagship.domain.text import own_part, structs
from tagship.errors import UsageError
from tagship.settings import Config


def channels(text: str) -> list[str | dict[str, str]]:
    """Read a list of channels: ``pypi, npm=https://npm.example.org``.

    Raises:
        UsageError: there is none of that kind.

    """
    found: list[str | dict[str, str]] = []
    for word in (part.strip() for part in text.replace("\n", ",").split(",")):
        kind, _, address = word.partition("=")
        if word and kind != "none":
            plugins.load("channels", kind)
            found.append({"kind": kind, "address": address} if address else kind)
    return found


def body(old: str | None, file: str, wanted: Mapping[str, Any]) -> str:
    """Write what tagship.yaml has to say between the marks; what it says elsewhere, and what it said before, stands.

    Raises:
        UsageError: the file is broken.

    """
    import yaml

    mine, theirs = own_part.split(old or "")
    if old:
        config.decode(old, file)
    before = yaml.safe_load(mine) or {}
    settled = yaml.safe_load(theirs) or {}
    new = {
        key: value for key, value in wanted.items() if key not in {**before, **settled} and not _is_default(key, value)
    }
    if not new:
        return mine
    kept = {**before, **new}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def standing(old: str | None, wanted: Mapping[str, Any]) -> list[str]:
    """Name the settings that somebody wrote otherwise than wanted: theirs stand."""
    import yaml

    theirs = yaml.safe_load(own_part.split(old or "")[1]) or {}
    return [key for key, value in wanted.items() if key in theirs and theirs[key] != value]


def settled(old: str | None) -> bool:
    """Whether the configuration says where to publish."""
    import yaml

    return "channels" in (yaml.safe_load(old) or {}) if old else False


def _is_default(key: str, value: Any) -> bool:
    """Whether a setting is what holds without it.

    Raises:
        UsageError: it is none that there is.

    """
    try:
        return structs.convert({key: value}, Config) == Config()
    except msgspec.ValidationError as error:
        raise UsageError(f"{key}: {error}", hint="report it with the file that was read") from None


def candidates(ecosystems: Sequence[str | None], *, server: bool) -> str:
    """Name the channels that packages like these are published to."""
    usual = {"python": "pypi", "npm": "npm", "go": "go-proxy", "rust": "crates"}
    found = [usual[name] for name in dict.fromkeys(ecosystems) if name in usual]
    return ", ".join([*found, *(["mcp-registry"] if server else [])])
