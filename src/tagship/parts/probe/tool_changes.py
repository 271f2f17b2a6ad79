"""What changed in the tools since the last release: the report of that release, any other one, or a published server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec

from tagship.adapters import fetch
from tagship.domain.plans.artifact import probe_name
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import claims
from tagship.domain.releases.release import files_of
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import Probe, Report
from tagship.domain.tools.tool_change import ToolDiff
from tagship.domain.versions import tags
from tagship.domain.versions.version import CHANGES, Change
from tagship.errors import IntegrityError, Problem, RemoteRefused, RemoteUnreachable, UsageError
from tagship.forges.directory import folder_of
from tagship.parts.inputs import read_bytes
from tagship.parts.probe import probe_alone
from tagship.parts.probe.probe_alone import Asked
from tagship.ports import Tools, Wanted

_HINT: Final = "raise the major version, or keep what clients count on"


class Compared(Protocol):
    """Inputs that say what to compare with."""

    @property
    def root(self) -> Path:
        """The project's root."""

    @property
    def baseline(self) -> str:
        """A report: a file from the root, or an address; empty: the last release's."""

    @property
    def baseline_command(self) -> str:
        """A command that starts the earlier server."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, by package; as a section for people, as advice for the version, as what breaks clients."""

    found: dict[str, ToolDiff] = msgspec.field(default_factory=dict)
    markdown: str = ""
    advice: str = ""
    problems: tuple[Problem, ...] = ()


def against(inputs: Compared, report: Report, tools: Tools) -> Changes:
    """Compare with what the inputs name."""
    earlier = _named(inputs, tools)
    return _compared(earlier, report) if earlier else Changes()


def against_last(inputs: Compared, plan: Plan, report: Report, tools: Tools) -> Changes:
    """Compare with what the inputs name, else with the report of the last release, where there is one."""
    earlier = _named(inputs, tools)
    if earlier is None and plan.previous and (known := tags.read(plan.previous, "")):
        earlier = _of_release(inputs.root, plan, plan.previous, str(known.version), tools)
    if earlier is None:
        return Changes()
    return _compared(earlier, report, major=_is_major(plan))


def _named(inputs: Compared, tools: Tools) -> Report | None:
    if inputs.baseline and inputs.baseline_command:
        raise UsageError("baseline and baseline-command are both given", hint="give one of them")
    if inputs.baseline_command:
        asked = Asked(command=inputs.baseline_command, url="", wanted=Wanted(timeout=60, retries=1))
        return probe_report.report([probe_alone.probe(asked, inputs.root, tools)])
    if not inputs.baseline:
        return None
    if inputs.baseline.startswith(("https://", "http://")):
        data = fetch.fetch(inputs.baseline, tools.clock)
        if data is None:
            raise UsageError(f"there is nothing at {inputs.baseline}", hint="give the address of an earlier report")
        return probe_report.decode(data, file=inputs.baseline)
    data = read_bytes(inputs.root / inputs.baseline, "give an earlier mcp-probe.json")
    return probe_report.decode(data, file=inputs.baseline)


def _of_release(root: Path, plan: Plan, tag: str, version: str, tools: Tools) -> Report | None:
    """Find the report of a release: in the folder of the forge `directory`, or, on a runner, at its public address."""
    name = probe_name(plan.name, version)
    local = root / "releases" / folder_of(tag) / name
    try:
        if local.is_file():
            return probe_report.decode(local.read_bytes(), file=str(local))
        if tools.environment.get("GITHUB_ACTIONS") != "true" or not plan.repository:
            return None
        place = files_of(claims.server_of(tools.environment), plan.repository, tag)
        data = fetch.fetch(f"{place}/{name}", tools.clock, attempts=2)
        return probe_report.decode(data, file=name) if data else None
    except (IntegrityError, RemoteRefused, RemoteUnreachable) as error:
        tools.reporter.notice(f"tools are not compared with {tag}: {error.problems[0].message}")
        return None


def _compared(earlier: Report, report: Report, *, major: bool = False) -> Changes:
    from tagship.domain.tools import tool_diff

    before, now = dict(_servers(earlier)), dict(_servers(report))
    if len(before) == len(now) == 1:  # a server that was called otherwise is the same server
        before = dict(zip(now, before.values(), strict=True))
    found = {name: tool_diff.diff(before[name].tools, now[name].tools) for name in sorted(before.keys() & now.keys())}
    problems = [
        Problem(
            message=f"{change.tool}: {'it is gone' if change.kind == 'removed' else '; '.join(change.words)}",
            hint=_HINT,
        )
        for diff in found.values()
        for change in diff.changes
        if change.kind in {"removed", "incompatible"} and not major
    ]
    sections = [tool_diff.markdown(diff, heading=_heading(name, len(now))) for name, diff in found.items()]
    return Changes(
        found=found,
        markdown="\n".join(["", *filter(None, sections)]) if any(sections) else "",
        advice=max(map(_advice, found.values()), key=CHANGES.index) if found else "",
        problems=tuple(problems),
    )


def _heading(name: str, servers: int) -> str:
    return "### Tools" if servers == 1 else f"### Tools of {name}"


def _advice(diff: ToolDiff) -> Change:
    """Return the part of the version that a change asks for (SemVer items 6 to 8)."""
    kinds = {change.kind for change in diff.changes}
    return "major" if diff.breaking else "minor" if "added" in kinds else "patch" if kinds else "none"


def _servers(report: Report) -> Iterator[tuple[str, Probe]]:
    """Give one probe per package, of which the tools are known."""
    for probe in reversed(report.probes):
        if probe.verdict in {"ok", "wrong-version"}:
            yield probe.package, probe


def _is_major(plan: Plan) -> bool:
    """Whether the release may break clients: SemVer items 4 and 8."""
    before = tags.read(plan.previous, "")
    if before is None:
        return True
    old, new = before.version, tags.read(f"v{plan.version}", "")
    return new is None or new.version.major != old.major or new.version.major == 0
