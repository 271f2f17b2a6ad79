"""Reports of probes between jobs: where they lie, which are believed, and what all of them say together."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from tagship.adapters.files import sha256_of
from tagship.domain.plans.plan import Plan
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import ProbeResult, Report
from tagship.errors import CheckFailed, IntegrityError, Problem, UsageError

FOLDER: Final = "probe"
FILE: Final = "mcp-probe.json"
_AGAIN: Final = "run `tagship probe`, or plan without probes (`--probes false`)"


def read(path: Path) -> Report | None:
    """Read one report; ``None`` where there is none.

    Raises:
        IntegrityError: the file is no report.

    """
    return probe_report.decode(path.read_bytes(), file=str(path)) if path.is_file() else None


def kept(path: Path, plan_digest: str, digests: Mapping[str, str]) -> list[ProbeResult]:
    """Return the good results of an earlier report of the same plan whose files had the same bytes; ``digests`` by probe."""
    try:
        found = read(path)
    except IntegrityError:
        return []  # a damaged report vouches for nothing
    if found is None or found.plan_digest != plan_digest:
        return []
    return [
        ProbeResult(probe=probe, measured=found.measured[probe.id])
        for probe in found.probes
        if probe.sha256
        and probe.sha256 == digests.get(probe.id)
        and probe.id in found.measured
        and probe.verdict in {"ok", "wrong-version"}
        and not probe.refused
        and not probe.flaky
    ]


def of_bytes(result: ProbeResult, digests: Mapping[str, str]) -> ProbeResult:
    """Say which bytes a probe started."""
    probe = msgspec.structs.replace(result.probe, sha256=digests[result.probe.id])
    return msgspec.structs.replace(result, probe=probe)


def gather(dist: Path, plan: Plan, plan_digest: str, digests: Mapping[str, str]) -> Report:
    """Join the reports of all probe jobs; where ``digests`` are given, only what they vouch for is believed.

    Raises:
        IntegrityError: a report is damaged, of another plan, or another one than a job made.
        CheckFailed: a probe was not carried out and nobody says why, or a server is not good enough to be shipped.

    """
    if not plan.probes:
        return probe_report.report([])
    believed = frozenset(digests.values())
    reports = [_checked(path, plan_digest, believed) for path in sorted(dist.glob(f"{FOLDER}*/{FILE}"))]
    joined = probe_report.merge(reports)
    if len(believed) > len(reports):
        raise IntegrityError(f"{len(believed)} reports were made, {len(reports)} are here", hint="download all of them")
    problems = [*_untold(plan, joined), *refused(joined)]
    if problems:
        raise CheckFailed.of(problems)
    return joined


def refused(report: Report) -> Iterable[Problem]:
    """Say which servers must not be shipped, and why."""
    for probe in report.probes:
        if probe.refused:
            yield Problem(message=f"{probe.id or 'the server'}: {probe.verdict}: {probe.reason}", hint=_hint(probe))


def _hint(probe: probe_report.Probe) -> str:
    if probe.verdict == "needs-configuration":
        names = ", ".join(f"{name}: dummy" for name in probe.missing)
        return f"give it dummy values in tagship.yaml: packages.{probe.package}.probe.environment: {{{names}}}"
    return "start the file as a new user does, from an empty folder; the report has what it said"


def _untold(plan: Plan, report: Report) -> list[Problem]:
    told = {probe.id for probe in report.probes} | set(report.left_out)
    untold = [probe.id for probe in plan.probes if probe.id not in told]
    message = f"nothing tells whether {', '.join(untold[:5])}{' …' if len(untold) > 5 else ''} answers"  # noqa: PLR2004
    return [Problem(message=message, hint=_AGAIN)] if untold else []


def _checked(path: Path, plan_digest: str, believed: frozenset[str]) -> Report:
    if believed and sha256_of(path) not in believed:
        hint = "it changed between jobs: do not release it; probe again"
        raise IntegrityError("no digest vouches for this report", file=str(path), hint=hint)
    found = read(path)
    if found is None:
        raise UsageError("the report is gone", file=str(path), hint=_AGAIN)
    if found.plan_digest != plan_digest:
        raise IntegrityError("the report is of another plan", file=str(path), hint=_AGAIN)
    return found
