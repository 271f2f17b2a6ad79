"""What keeps a server from being shipped besides being broken, where that is asked for."""

from collections.abc import Collection

import msgspec

from tagship.domain.plans.probing import Strictness
from tagship.domain.tools.probe_report import Probe, ProbeResult
from tagship.errors import UsageError

KNOWN: tuple[Strictness, ...] = ("configuration", "flaky", "lint", "tools", "version")


def parse(names: Collection[str]) -> frozenset[Strictness]:
    """Read what shall fail.

    Raises:
        UsageError: there is no such thing.

    """
    wrong = sorted(set(names) - set(KNOWN))
    if wrong:
        raise UsageError(f"strict knows no {wrong[0]!r}", hint=f"choose among {', '.join(KNOWN)}")
    return frozenset(known for known in KNOWN if known in names)


def strictly(result: ProbeResult, strict: Collection[str]) -> ProbeResult:
    """Refuse a probe for what is asked to fail; what was refused already stays refused."""
    probe = result.probe
    if probe.refused or not (reason := _reason(probe, strict)):
        return result
    refused = msgspec.structs.replace(probe, refused=True, reason=f"{reason}: {probe.reason}")
    return msgspec.structs.replace(result, probe=refused)


def _reason(probe: Probe, strict: Collection[str]) -> str:
    errors = [finding for finding in probe.lint if finding.severity == "error"]
    reasons = {
        "version": "another version" if probe.verdict == "wrong-version" else "",
        "configuration": "it needs configuration" if probe.verdict == "needs-configuration" else "",
        "flaky": "it answers only sometimes" if probe.flaky else "",
        "lint": f"{errors[0].tool or 'it'}: {errors[0].message}" if errors else "",
    }
    return next((reason for name, reason in reasons.items() if reason and name in strict), "")
