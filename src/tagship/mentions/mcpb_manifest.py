"""``manifest.json`` of an MCP bundle (MCPB, once DXT): its ``version``.

A browser extension's manifest has a *number* as ``manifest_version``, a web app's none at all: both are left alone.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from tagship.domain.manifests.layout import files_named
from tagship.domain.text.json_text import read_json
from tagship.domain.versions.written import json_site
from tagship.ports import Mentioned


class McpbManifest:
    """:class:`tagship.ports.Mention` for the manifests of MCP bundles."""

    name: ClassVar[str] = "mcpb-manifest"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``manifest.json`` that is not an example or a fixture."""
        return files_named(paths, "manifest.json")

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the bundle's version."""
        manifest = read_json(text)
        if not isinstance(manifest, dict):
            return ()
        if not any(isinstance(manifest.get(key), str) for key in ("manifest_version", "dxt_version")):
            return ()
        site = json_site(file, text, ("version",))
        return (Mentioned(site=site),) if site else ()


PLUGIN: Final = McpbManifest()
