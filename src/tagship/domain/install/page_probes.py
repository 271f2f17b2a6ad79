"""What the page of a release shows of its probes: which tools there are, and where each server answered."""

from collections.abc import Mapping
from typing import Any, Final

_STATUS: Final = {"ok": "answers", "wrong-version": "answers", "needs-configuration": "wants configuration"}


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
