"""A probe report as people look at it in a job summary, in GitHub's Markdown."""

from collections.abc import Iterator
from typing import Final

from tagship.domain.text.invisible import escaped
from tagship.domain.text.markdown import block, cell, count, folded, long_table, table
from tagship.domain.tools.probe_report import Exit, Finding, Measured, Probe, Report, Tool, Verdict

_SIGNS: Final[dict[Verdict, str]] = {"ok": "✅", "wrong-version": "⚠️", "needs-configuration": "🔧", "broken": "❌"}
_LEVELS: Final = {"error": "❌", "warning": "⚠️", "notice": "💡"}


def markdown(report: Report) -> str:
    """Write the table of all probes, and what is to be said of each."""
    good = sum(probe.verdict == "ok" for probe in report.probes)
    heading = f"### Probed – {good} of {count(len(report.probes), 'start')} answered"
    parts = [heading, "", table(_HEADER, [_row(probe, report.measured.get(probe.id)) for probe in report.probes])]
    for probe in report.probes:
        parts += _about(probe)
    return "\n".join(parts)


def line(probe: Probe, figures: Measured | None) -> str:
    """Say in one aligned line what a probe found, for a terminal or a log."""
    mark = "✗" if probe.refused else "✓"
    start = "" if figures is None or figures.start_seconds is None else f"{figures.start_seconds:.2f} s"
    tools = f"{len(probe.tools)} tools" if probe.tools else ""
    return f"{mark} {probe.id or probe.artifact or 'server':<44} {probe.verdict:<20} {tools:>9} {start:>8}".rstrip()


_HEADER: Final = ("probe", "verdict", "protocol", "server", "tools", "tokens", "first answer", "memory", "end")
_FINDINGS: Final = ("", "rule", "tool", "finding")
_TOOLS: Final = ("tool", "description", "required")


def _row(probe: Probe, figures: Measured | None) -> tuple[str, ...]:
    sign = f"{_SIGNS[probe.verdict]} {probe.verdict}{' (flaky)' if probe.flaky else ''}"
    server = f"{escaped(probe.server.name, 60)} {escaped(probe.server.version, 40)}".strip()
    return (
        escaped(probe.id or probe.artifact or "command", 80),
        sign,
        f"{probe.protocol.used} {probe.protocol.transport}" if probe.protocol.used else "–",
        server or "–",
        str(len(probe.tools)),
        f"{probe.tokens:,}",
        "–" if figures is None or figures.start_seconds is None else f"{figures.start_seconds:.2f} s",
        "–" if figures is None or figures.peak_memory is None else f"{figures.peak_memory / (1 << 20):.0f} MB",
        _end(probe.exit),
    )


def _end(exit_: Exit | None) -> str:
    if exit_ is None:
        return "–"
    code = exit_.signal or ("" if exit_.code in (0, None) else f"code {exit_.code}")
    return " ".join(filter(None, [exit_.how, code, "left processes behind" if exit_.left_behind else ""]))


def _about(probe: Probe) -> Iterator[str]:
    """Say what needs saying: a reason that is no success, evidence, what to set, findings, the tools."""
    name = escaped(probe.id or probe.artifact or "command", 80)
    if probe.verdict != "ok" or probe.flaky:
        yield f"#### {_SIGNS[probe.verdict]} {cell(name)}\n\n{_text(probe.reason)}\n"
    if probe.missing and probe.verdict == "needs-configuration":
        settable = [each for each in probe.missing if each.isidentifier()]
        if settable:
            values = "\n".join(f"{each}=dummy" for each in settable)
            yield f"A value that lets it start is enough for a probe; the input `env`:\n\n{block(values)}"
    lines = [*probe.evidence.polluted, *probe.evidence.stderr, *probe.evidence.notes]
    if lines:
        yield folded(f"evidence: {name}", block(chr(10).join(lines)))
    if probe.lint:
        rows = [_finding(each) for each in probe.lint]
        yield folded(f"{count(len(probe.lint), 'finding')}: {name}", long_table(_FINDINGS, rows))
    if probe.tools:
        rows = [_tool(tool) for tool in probe.tools]
        yield folded(f"{count(len(probe.tools), 'tool')}: {name}", long_table(_TOOLS, rows))


def _finding(finding: Finding) -> tuple[str, ...]:
    return _LEVELS[finding.severity], finding.rule, escaped(finding.tool, 80), escaped(finding.message, 300)


def _tool(tool: Tool) -> tuple[str, ...]:
    return escaped(tool.name, 80), escaped(tool.description, 120), escaped(", ".join(tool.required), 120)


def _text(text: str) -> str:
    """Write a sentence with words of others in it: a table's cell is as harmless as a paragraph must be."""
    return cell(escaped(text, 1000))
