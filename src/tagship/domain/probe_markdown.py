"""A probe report as people look at it in a job summary, in GitHub's Markdown."""

from collections.abc import Iterator
from typing import Final

from tagship.domain.invisible import escaped
from tagship.domain.picture import cell, table
from tagship.domain.probe_report import Exit, Finding, Measured, Probe, Report, Tool, Verdict

_SIGNS: Final[dict[Verdict, str]] = {"ok": "✅", "wrong-version": "⚠️", "needs-configuration": "🔧", "broken": "❌"}
_LEVELS: Final = {"error": "❌", "warning": "⚠️", "notice": "💡"}
_SHOWN: Final = 100
"""Rows of a table: a summary has a megabyte, and its readers have less patience."""


def markdown(report: Report, *, heading: str = "## Probes") -> str:
    """Write the table of all probes, and what is to be said of each."""
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
    name = cell(escaped(probe.id or probe.artifact or "command", 80))
    if probe.verdict != "ok" or probe.flaky:
        yield f"### {_SIGNS[probe.verdict]} {name}\n\n{_text(probe.reason)}\n"
    if probe.missing and probe.verdict == "needs-configuration":
        settable = [each for each in probe.missing if each.isidentifier()]
        if settable:
            values = "\n".join(f"{each}=dummy" for each in settable)
            yield f"A value that lets it start is enough for a probe; the input `env`:\n\n{_block(values)}"
    lines = [*probe.evidence.polluted, *probe.evidence.stderr, *probe.evidence.notes]
    if lines:
        yield f"<details><summary>evidence: {name}</summary>\n\n{_block(chr(10).join(lines))}\n</details>\n"
    if probe.lint:
        rows = [_finding(each) for each in probe.lint[:_SHOWN]]
        yield _folded(f"{len(probe.lint)} findings: {name}", table(("", "rule", "tool", "finding"), rows))
    if probe.tools:
        rows = [
            (escaped(tool.name, 80), escaped(tool.description, 120), ", ".join(tool.required))
            for tool in probe.tools[:_SHOWN]
        ]
        yield _folded(f"{len(probe.tools)} tools: {name}", table(("tool", "description", "required"), rows))


def _finding(finding: Finding) -> tuple[str, ...]:
    return _LEVELS[finding.severity], finding.rule, escaped(finding.tool, 80), escaped(finding.message, 300)


def _tool(tool: Tool) -> tuple[str, ...]:
    return escaped(tool.name, 80), escaped(tool.description, 120), escaped(", ".join(tool.required), 120)


def _folded(title: str, inside: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{inside}\n</details>\n"


def _text(text: str) -> str:
    """Write a sentence with words of others in it: a table's cell is as harmless as a paragraph must be."""
    return cell(escaped(text, 1000))


def _block(text: str) -> str:
    """Write lines as they are; the fence is longer than any in them."""
    fence = "`" * max(3, *(len(run) + 1 for run in _runs(text)), 3)
    return f"{fence}text\n{text}\n{fence}\n"


def _runs(text: str) -> Iterator[str]:
    run = ""
    for character in f"{text} ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""
