"""Start every server as its users will, from the very files that are to be shipped, and ask it: what is silent stays here.

Also stand-alone, for any command or address: does a published server still start for a new user today?
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tagship.adapters.files import sha256_of, write_whole
from tagship.domain.plans import probes
from tagship.domain.plans.plan import Plan, Probe
from tagship.domain.text.markdown import folded, table
from tagship.domain.tools import probe_markdown, probe_report
from tagship.domain.tools.probe_report import Report
from tagship.domain.tools.probe_strictness import parse, strictly
from tagship.errors import CheckFailed, ProjectError, UsageError
from tagship.parts import dist
from tagship.parts.inputs import Jobs, PlannedInputs, as_json, check_jobs, shown, split_list, text
from tagship.parts.probe import probe_alone, probe_reports, probing, tool_changes
from tagship.parts.probe.probe_alone import Asked
from tagship.parts.probe.probing import Wishes
from tagship.parts.probe.tool_changes import Changes
from tagship.ports import Tools, Wanted

_TIMEOUT: Final = 60


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of probe."""

    digests: Annotated[str, text("the output of build (JSON: file name → SHA-256); only these bytes are started")] = ""
    probe: Annotated[str, text("which probes, comma-separated; default: all that this machine can carry out")] = ""
    command: Annotated[str, text("start this instead of a plan's files, e.g. `uvx some-server`")] = ""
    url: Annotated[str, text("or ask the server at this address (streamable HTTP)")] = ""
    env: Annotated[str, text("variables with dummy values, NAME=value one a line")] = ""
    expect_version: Annotated[str, text("the version that the server should say; default: the plan's")] = ""
    timeout: Annotated[int, text("seconds until it must have answered; default: the configuration's, else 60")] = 0
    network: Annotated[bool, text("of a command: false starts it without any network (Linux)")] = True
    call: Annotated[str, text("tools of a command to call (JSON: tool → arguments)")] = ""
    retries: Annotated[int, text("how often a failed probe is tried again; one that works then is flaky")] = 1
    strict: Annotated[
        str, text("what else shall fail, comma-separated: configuration, flaky, lint, tools, version")
    ] = ""
    baseline: Annotated[
        str, text("an earlier report to compare tools with: a file or an address; default: the last release's")
    ] = ""
    baseline_command: Annotated[
        str, text("or the command of an earlier server to compare tools with, e.g. `uvx my-server@1.1.0`")
    ] = ""
    report: Annotated[str, text("where to write the report; default: probe/mcp-probe.json in `dist`")] = ""
    jobs: Jobs = 2


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of probe."""

    status: Annotated[
        str, text("the worst: ok, wrong-version, needs-configuration or broken; left-out when none was carried out")
    ]
    report: Annotated[str, text("path of the report")]
    digests: Annotated[str, text("the report (JSON: name → SHA-256), for sign-and-attest")]
    protocol_versions: Annotated[str, text("protocol versions that the servers support (JSON)")]
    server_version: Annotated[str, text("the version that the server says")]
    tools: Annotated[str, text("names of the tools (JSON)")]
    advice: Annotated[
        str,
        text("what changed tools mean for the version: major, minor, patch or none; empty: nothing to compare with"),
    ]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Probe, write the report, and say no if a server is broken.

    Raises:
        CheckFailed: a server is broken, or not as `strict` wants it.
        UsageError: no such probe, a broken input.
        ProjectError: a probe that was asked for cannot be carried out here.
        IntegrityError: a file is not what was built.
        RemoteUnreachable: a registry that an installer asks cannot be reached.

    """
    strict = parse(split_list(inputs.strict))
    if inputs.command or inputs.url:
        result = strictly(probe_alone.probe(_asked(inputs), inputs.root, tools), strict)
        report = probe_report.report([result])
        return _finish(inputs, report, tool_changes.against(inputs, report, tools), frozenset(strict), tools)
    check_jobs(inputs.jobs)
    plan, plan_digest = dist.read_plan(inputs)
    chosen, left_out = _chosen(inputs, plan, tools)
    for line in probes.told(plan.probes, left_out):
        tools.reporter.notice(f"left out {line}")
    if inputs.dry_run:
        for probe in chosen:
            tools.reporter.info(f"would start {probe.artifact} as {probe.id}")
        return _outputs(probe_report.report([], left_out, plan_digest), "", "", "")
    report = _planned(inputs, plan, plan_digest, chosen, left_out, tools)
    changes = tool_changes.against_last(inputs, plan, report, tools)
    report = msgspec.structs.replace(report, changes=changes.found)
    asked = {each for package in plan.packages if package.probing for each in package.probing.strict}
    changes = msgspec.structs.replace(changes, markdown=f"{changes.markdown}\n{_measured(plan, report)}")
    return _finish(inputs, report, changes, strict | asked, tools)


def _planned(
    inputs: Inputs, plan: Plan, plan_digest: str, chosen: Sequence[Probe], left_out: Mapping[str, str], tools: Tools
) -> Report:
    """Carry out what was not carried out before with the same bytes."""
    files, digests = _proved(inputs, plan, plan_digest, chosen)
    bytes_of = {probe.id: digests[probe.artifact] for probe in chosen}
    kept = probe_reports.kept(_path(inputs), plan_digest, bytes_of)
    if kept:
        tools.reporter.info(f"kept {len(kept)} result(s): they are of this plan and these files")
    rest = [probe for probe in chosen if probe.id not in {result.probe.id for result in kept}]
    wishes = Wishes(timeout=inputs.timeout, environment=probe_alone.variables(inputs.env), retries=inputs.retries)
    with tools.reporter.step(f"probe {len(rest)} of {len(plan.probes)}"):
        found, failed = probing.carry_out(plan, rest, files, wishes, inputs.jobs, tools)
    strict = parse(split_list(inputs.strict))
    known = [*kept, *(probe_reports.of_bytes(each, bytes_of) for each in found)]
    judged = [strictly(each, strict | probing.strictness(plan, each.probe)) for each in known]
    report = probe_report.report(judged, {**left_out, **failed}, plan_digest)
    _check_answers(inputs, plan, report)
    return report


def _measured(plan: Plan, report: Report) -> str:
    from tagship.domain.plans import compatibility

    header, rows = compatibility.measured_table(compatibility.measured(plan, report))
    return folded("where it was started", table(header, rows)) if rows else ""


def _chosen(inputs: Inputs, plan: Plan, tools: Tools) -> tuple[list[Probe], dict[str, str]]:
    """Choose the probes that are asked for, or all, and of these the ones that this machine can carry out."""
    known = {probe.id: probe for probe in plan.probes}
    wanted = split_list(inputs.probe)
    if unknown := [name for name in wanted if name not in known]:
        hint = f"choose among {', '.join(known)}" if known else "the plan has none"
        raise UsageError(f"the plan has no probe {unknown[0]!r}", hint=hint)
    probes = [known[name] for name in wanted] or list(plan.probes)
    reasons = {probe.id: probing.hindrance(plan, probe, tools, look=not inputs.dry_run) for probe in probes}
    left_out = {own: reason for own, reason in reasons.items() if reason}
    return [probe for probe in probes if probe.id not in left_out], left_out


def _proved(
    inputs: Inputs, plan: Plan, plan_digest: str, chosen: Sequence[Probe]
) -> tuple[dict[str, Path], dict[str, str]]:
    """Prove the files that are started, with all of their legs; return where they are, and their digests."""
    names = {probe.artifact for probe in chosen}
    started = [artifact for artifact in plan.built if artifact.name in names]
    legs = {each.leg for artifact in started for each in (artifact, *probing.launchers(plan, artifact))}
    owed = tuple(artifact for artifact in plan.built if artifact.leg in legs)
    proved = dist.collect(inputs.root / inputs.dist, owed, dist.read_digests(inputs.digests), plan_digest)
    paths = {each.name: inputs.root / inputs.dist / each.leg / each.name for each in owed}
    return paths, {name: file.sha256 for name, file in proved.items()}


def _check_answers(inputs: Inputs, plan: Plan, report: Report) -> None:
    """See that each file that was asked for was started at least once; where only a runtime is not to be had, that will do."""
    wanted = set(split_list(inputs.probe))
    started = {probe.artifact for probe in report.probes}
    for probe in plan.probes:
        if probe.id in wanted and probe.artifact not in started:
            hint = "do it on the runner that the plan names, or plan for what this one has"
            raise ProjectError(f"{probe.artifact} was not started at all: {report.left_out[probe.id]}", hint=hint)


def _finish(inputs: Inputs, report: Report, changes: Changes, strict: frozenset[str], tools: Tools) -> Outputs:
    """Write and tell what was found; say no at the end."""
    path = _path(inputs)
    write_whole(path, probe_report.encode(report))
    for probe in report.probes:
        tools.reporter.info(probe_markdown.line(probe, report.measured.get(probe.id)))
        if not probe.refused and (probe.flaky or probe.verdict != "ok"):
            tools.reporter.warning(f"{probe.id or 'the server'}: {probe.verdict}: {probe.reason}")
    tools.reporter.summary(probe_markdown.markdown(report) + changes.markdown)
    problems = [*probe_reports.refused(report), *(changes.problems if "tools" in strict else ())]
    if problems:
        raise CheckFailed.of(problems)
    return _outputs(report, shown(path, inputs.root), sha256_of(path), changes.advice)


def _outputs(report: Report, path: str, digest: str, advice: str) -> Outputs:
    first = report.probes[0].id or "server" if report.probes else ""
    versions = sorted({version for probe in report.probes for version in probe.protocol.supported})
    names = {tool.name for probe in report.probes for tool in probe.tools}
    return Outputs(
        status=report.verdict if report.probes else "left-out",
        report=path,
        digests=as_json({f"{first}.{probe_reports.FILE}": digest} if digest else {}),
        protocol_versions=as_json(versions),
        server_version=next((probe.server.version for probe in report.probes if probe.server.version), ""),
        tools=as_json(sorted(names)),
        advice=advice,
    )


def _asked(inputs: Inputs) -> Asked:
    wanted = Wanted(
        timeout=inputs.timeout or _TIMEOUT,
        version=inputs.expect_version,
        strict_version=False,
        calls=probe_alone.calls(inputs.call),
        retries=inputs.retries,
    )
    environment = probe_alone.variables(inputs.env)
    return Asked(command=inputs.command, url=inputs.url, wanted=wanted, environment=environment, network=inputs.network)


def _path(inputs: Inputs) -> Path:
    return inputs.root / (inputs.report or f"{inputs.dist}/{probe_reports.FOLDER}/{probe_reports.FILE}")
