"""What an installer would install with an npm package today, as CycloneDX 1.6, from npm's own resolution."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters.shell import scrubbed
from tagship.domain.plans.plan import Package
from tagship.ecosystems._npm_build import user_settings
from tagship.ecosystems._npm_tools import environment
from tagship.errors import ProjectError
from tagship.ports import Tools

_QUIET: Final = ("--no-audit", "--no-fund", "--ignore-scripts", "--package-lock-only")
_KEPT: Final = ("type", "name", "version", "bom-ref", "description", "licenses", "hashes", "purl", "externalReferences")


def installed_components(tarball: Path, package: Package, tools: Tools) -> dict[str, Any]:
    """Resolve a tarball in an empty folder without installing anything, and list the result.

    Raises:
        ProjectError: the dependencies cannot be resolved.

    """
    with tempfile.TemporaryDirectory(prefix="tagship-sbom-") as folder:
        place = Path(folder)
        settings = place / ".npmrc-user"
        settings.write_text(user_settings(tools.environment), encoding="utf-8")
        env = environment(scrubbed(tools.environment), settings)
        (place / "package.json").write_text(
            '{"name": "resolved", "version": "0.0.0", "private": true}', encoding="utf-8"
        )
        _run(["npm", "install", *_QUIET, str(tarball)], place, env, tools)
        said = _run(["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], place, env, tools)
        document: dict[str, Any] = msgspec.json.decode(said)
    return as_ours(document, package)


def as_ours(document: Mapping[str, Any], package: Package) -> dict[str, Any]:
    """Leave out the folder that was resolved in, if that is not the package itself, and what names files of this machine."""
    own = f"{package.name}@{package.version}"
    root = document["metadata"]["component"]["bom-ref"]
    components = [{key: each[key] for key in _KEPT if key in each} for each in document.get("components", [])]
    for each in components:
        each["externalReferences"] = [
            reference for reference in each.get("externalReferences", ()) if not reference["url"].startswith("file:")
        ]
    ours = root if root.startswith(own) else ""  # else it is the empty folder
    edges = [edge for edge in document.get("dependencies", []) if edge["ref"] != root or ours]
    mine = ours or next((each["bom-ref"] for each in components if each["bom-ref"].startswith(f"{own}")), own)
    others = [each for each in components if each["bom-ref"] != mine]
    renamed = [{**edge, "ref": package.id} if edge["ref"] == mine else edge for edge in edges]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": others, "dependencies": renamed}


def _run(argv: list[str], folder: Path, env: Mapping[str, str], tools: Tools) -> bytes:
    done = tools.shell.run(argv, cwd=folder, env=env, timeout=600)
    if done.code:
        hint = "try `npm install` of the tarball in an empty folder: that is what people will do"
        raise ProjectError(f"the dependencies cannot be resolved:\n{done.last_lines()}", hint=hint)
    return done.out
