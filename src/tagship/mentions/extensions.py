"""Extensions and plug-ins for agents: ``gemini-extension.json``, ``.claude-plugin/plugin.json`` and its kin, marketplaces.

Claude Code, Cursor, Codex, Kimi and others look for ``.<agent>-plugin/plugin.json``, Copilot for ``.github/plugin/plugin.json``;
beside it, ``marketplace.json`` lists plug-ins and where each comes from (code.claude.com/docs/en/plugins/marketplace-reference).
A plug-in that comes from elsewhere has a version of its own. The marketplace's own version (``version`` or
``metadata.version``) follows where it is that of a plug-in it lists from here, or no such plug-in has one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.manifests.layout import file_name, folder_of, join, reason_to_skip
from tagship.domain.text.json_text import JsonPlaces, read_json
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import VersionSite
from tagship.domain.versions.written import json_site
from tagship.ports import Mentioned

_EXTENSIONS: Final = frozenset({"gemini-extension.json", "qwen-extension.json"})
_PLUGIN: Final = lazy(
    r"(?P<folder>(?:.*/)?)(?:\.[a-z0-9]+-plugin|\.github/plugin|\.agents/plugins)/(?P<file>plugin|marketplace)\.json"
)
_ELSEWHERE: Final = lazy(r"[a-z][a-z0-9+.-]*:|/|~|(?:.*/)?\.\.(?:/|$)|[^/]+@", re.IGNORECASE)


class Extensions:
    """:class:`tagship.ports.Mention` for manifests of extensions and plug-ins."""

    name: ClassVar[str] = "extensions"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose manifests and marketplaces, although they lie in folders that are hidden."""
        return [path for path in paths if _is_manifest(path)]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the version of the extension, or those of a marketplace."""
        manifest = read_json(text)
        if not isinstance(manifest, dict) or not isinstance(manifest.get("name"), str):
            return ()
        if file_name(file) == "marketplace.json":
            return tuple(_listed(file, text, manifest))
        site = json_site(file, text, ("version",))
        return (Mentioned(site=site, folder=_folder(file)),) if site else ()


def _is_manifest(path: str) -> bool:
    match = _PLUGIN.fullmatch(path)
    shown = match["folder"] + match["file"] if match else path
    return (match is not None or file_name(path) in _EXTENSIONS) and not reason_to_skip(shown)


def _folder(file: str) -> str:
    """Return the folder of the plug-in that a file describes."""
    match = _PLUGIN.fullmatch(file)
    return match["folder"].rstrip("/") if match else folder_of(file).removeprefix(".")


def _listed(file: str, text: str, marketplace: dict[str, Any]) -> Iterator[Mentioned]:
    plugins = marketplace.get("plugins")
    places = JsonPlaces(text)
    said: list[VersionSite] = []
    for index, plugin in enumerate(plugins if isinstance(plugins, list) else ()):
        source = _source(plugin)
        site = json_site(file, text, ("plugins", index, "version"), places=places) if source is not None else None
        if site and source is not None:
            said.append(site)
            yield Mentioned(site=site, folder=join(_folder(file), source).rstrip("/"))
    for path in (("version",), ("metadata", "version")):
        site = json_site(file, text, path)
        if site and (not said or site.version in {each.version for each in said}):
            yield Mentioned(site=site, folder=_folder(file))


def _source(plugin: object) -> str | None:
    """Return the folder a listed plug-in comes from; ``None`` when that is not in this repository."""
    source = plugin.get("source") if isinstance(plugin, dict) else None
    if isinstance(source, dict):
        source = source.get("path") if source.get("source") == "local" else None
    if not isinstance(source, str) or _ELSEWHERE.match(source):
        return None
    return "/".join(part for part in source.split("/") if part not in {"", "."})


PLUGIN: Final = Extensions()
