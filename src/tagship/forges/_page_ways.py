"""What the page of a release shows of a plan and its probes: how each package is installed, where its server answered."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from tagship.domain import package_site
from tagship.domain.linux_package import package_name

_STATUS: Final = {"ok": "answers", "wrong-version": "answers", "needs-configuration": "wants configuration"}
_INSTALLERS: Final = {".sh": "sh ./{}", ".ps1": "powershell -File .\\{}"}


def ways(plan: Mapping[str, Any], names: Collection[str]) -> list[dict[str, Any]]:
    """Return a block per package that people install: its name, licence, MCP name, and the lines that install it."""
    blocks = []
    for package in plan.get("packages", ()):
        mine = [a for a in plan.get("artifacts", ()) if a["package"] == package["id"] and a["name"] in names]
        lines = [line for kind, write in _WAYS.items() for line in _lines(kind, write, mine, package)]
        lines += _from_sites(plan, package, {each["kind"] for each in mine})
        if lines:
            blocks.append({"package": package, "lines": lines})
    return blocks


def _from_sites(plan: Mapping[str, Any], package: Mapping[str, Any], kinds: Collection[str]) -> list[str]:
    """Return the lines that install it from repositories of packages."""
    sites = (
        package_site.site_of(channel["address"], channel.get("options", {}), plan.get("repository"))
        for channel in plan.get("channels", ())
        if channel["kind"] == package_site.KIND and channel["package"] == package["id"]
    )
    name = package_name(package["name"])
    return [line for site in sites for _, line in package_site.lines(site, name, kinds)]


def answers(plan: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row per probe that was carried out: file, platform, runtime, what became of it, protocol versions."""
    planned = {probe["id"]: probe for probe in plan.get("probes", ())}
    rows = []
    for record in manifest.get("probes", ()):
        probe = planned.get(record["id"])
        if probe:
            versions = record["protocol_versions"]
            rows.append(
                {
                    "file": probe["artifact"],
                    "platform": probe["target"],
                    "runtime": probe["runtime"] or "–",
                    "status": _STATUS.get(record["status"], record["status"]),
                    "protocols": ", ".join(versions) or "–",
                }
            )
    return rows


def tools(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tools of each server, once: the first probe of a package that has some."""
    found: dict[str, dict[str, Any]] = {}
    for probe in report.get("probes", ()):
        name = probe.get("server", {}).get("name") or probe.get("package", "")
        if probe.get("tools") and name not in found:
            found[name] = {"server": name, "tools": probe["tools"]}
    return list(found.values())


def _lines(
    kind: str, write: Callable[[str, str], str], artifacts: Sequence[Mapping[str, Any]], package: Mapping[str, Any]
) -> list[str]:
    found = [each["name"] for each in artifacts if each["kind"] == kind]
    if kind == "wheel" and len(found) > 1:  # one per platform: the installer of the platform chooses
        return [f"pip install --find-links . {shlex.quote(package['name'])}"]
    return [write(name, package["entry"] or "") for name in found[:1] if name]


def _installer(name: str, entry: str) -> str:
    del entry
    return next((line.format(name) for ending, line in _INSTALLERS.items() if name.endswith(ending)), name)


_WAYS: Final[dict[str, Callable[[str, str], str]]] = {
    "wheel": lambda name, entry: f"uvx --from ./{name} {shlex.quote(entry)}" if entry else f"pip install ./{name}",
    "npm": lambda name, _: f"npm install --global ./{name}",
    "installer": _installer,
    "image": lambda name, _: f"podman load --input ./{name}",
    "deb": lambda name, _: f"sudo apt install ./{name}",
    "rpm": lambda name, _: f"sudo dnf install ./{name}",
    "mcpb": lambda name, _: f"open ./{name}",
}
