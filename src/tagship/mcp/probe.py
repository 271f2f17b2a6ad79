"""The probe: starts a server or goes to its address, speaks with it, ends it, and says what it is worth."""

import errno
import signal
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from tagship.adapters.child import Ended
from tagship.domain.text.invisible import escaped
from tagship.domain.tools import probe_report as report
from tagship.domain.tools.probe_report import Evidence, Exit, Finding, Measured, Probe, ProbeResult
from tagship.mcp import catalog
from tagship.mcp.conversation import Learnt, converse
from tagship.mcp.judge import Seen, judge
from tagship.mcp.stdio import Stdio
from tagship.mcp.transport import Heard
from tagship.ports import Launch, Tools, Wanted

_REAPED: Final = 1.0
"""Seconds between the end of a server's output and the news that it ended."""


def probe_command(launch: Launch, wanted: Wanted, tools: Tools) -> ProbeResult:
    """Start a server as its users do, speak with it over its standard streams, and end it with everything it started."""
    found = _attempts(lambda: _command(launch, wanted, tools), wanted)
    return _older_clients(found, wanted, lambda: _started(launch, wanted, tools, modern_first=False)[0])


def probe_url(url: str, wanted: Wanted, tools: Tools) -> ProbeResult:
    """Speak with a server at an address; one that does not listen yet is given the time to."""
    found = _attempts(lambda: _url(url, wanted, tools), wanted)
    return _older_clients(found, wanted, lambda: _url(url, wanted, tools, modern_first=False))


def _attempts(once: Callable[[], ProbeResult], wanted: Wanted) -> ProbeResult:
    """Try again on request; what fails once and works then is flaky, and says so."""
    first = result = once()
    attempts = 1
    while result.probe.verdict == "broken" and attempts <= wanted.retries:
        result = once()
        attempts += 1
    if attempts == 1:
        return result
    flaky = result.probe.verdict != "broken"
    probe = replace(result.probe, attempts=attempts, flaky=flaky)
    if flaky:
        reason = f"{probe.reason}; but it failed before: {first.probe.reason}"
        probe = replace(probe, reason=reason, evidence=first.probe.evidence)
    return replace(result, probe=probe)


def _older_clients(found: ProbeResult, wanted: Wanted, ask: Callable[[], ProbeResult]) -> ProbeResult:
    """Find out on request whether a modern server takes clients of the versions before, too."""
    probe = found.probe
    if not wanted.both_eras or probe.protocol.era != "modern" or probe.verdict not in ("ok", "wrong-version"):
        return found
    older = ask().probe
    if older.verdict == probe.verdict and older.protocol.era == "legacy":
        supported = tuple(sorted({*probe.protocol.supported, *older.protocol.supported}, reverse=True))
        return replace(found, probe=replace(probe, protocol=replace(probe.protocol, supported=supported)))
    message = f"clients of versions before {probe.protocol.used} cannot use it: {older.reason}"
    finding = Finding(rule="older-clients", severity="warning", message=message)
    return replace(found, probe=replace(probe, lint=(finding, *probe.lint)))


def _command(launch: Launch, wanted: Wanted, tools: Tools) -> ProbeResult:
    """Probe once. A legacy server that ends when it is asked the modern question is started again and not asked.

    That it ends for this reason and not by chance is known when it ends a second time.
    """
    result, ended_early = _started(launch, wanted, tools, modern_first=True)
    if not ended_early or result.probe.verdict == "needs-configuration":
        return result
    from tagship.domain.tools.missing_configuration import fatal

    if fatal(result.measured.stderr):
        return result
    again, _ = _started(launch, wanted, tools, modern_first=False)
    if again.probe.verdict == "broken" or not _started(launch, wanted, tools, modern_first=True)[1]:
        return result
    message = "it ends when it is asked server/discover: newer clients have to start it twice"
    finding = Finding(rule="server-discover", severity="warning", message=message)
    return replace(again, probe=replace(again.probe, lint=(finding, *again.probe.lint)))


def _started(launch: Launch, wanted: Wanted, tools: Tools, *, modern_first: bool) -> tuple[ProbeResult, bool]:
    began = tools.clock.monotonic()
    try:
        way = Stdio(launch, tools)
    except OSError as error:
        return cannot_start(launch, error, tools.clock.monotonic() - began), False
    learnt = None
    try:
        catalog.load_checks()
        learnt = converse(way, wanted, tools.clock, now=began, modern_first=modern_first)
        if learnt.closed:
            way.child.wait(_REAPED)
        by_itself, memory = not way.child.running, way.child.peak_memory()
    finally:
        closed_at = tools.clock.monotonic()
        ended = way.close(0 if learnt and learnt.too_much else wanted.patience)
    now = tools.clock.monotonic()
    seen = Seen(
        learnt=learnt, heard=way.heard, exit=exit_of(ended, by_itself=by_itself), variables=frozenset(launch.env)
    )
    figures = measured(learnt, way.heard, began, now, memory=memory, exit_seconds=now - closed_at)
    return ProbeResult(probe=judge(seen, wanted), measured=figures), learnt.ended_early


def _url(url: str, wanted: Wanted, tools: Tools, *, modern_first: bool = True) -> ProbeResult:
    from tagship.mcp.http import Http

    began = tools.clock.monotonic()
    way = Http(url, wanted.headers, tools)
    try:
        learnt = converse(way, wanted, tools.clock, now=began, modern_first=modern_first)
    finally:
        way.close()
    now = tools.clock.monotonic()
    probe = judge(Seen(learnt=learnt, heard=way.heard, exit=None), wanted)
    return ProbeResult(probe=probe, measured=measured(learnt, way.heard, began, now))


def measured(
    learnt: Learnt,
    heard: Heard,
    began: float,
    now: float,
    *,
    memory: int | None = None,
    exit_seconds: float | None = None,
) -> Measured:
    """Return the figures of one conversation, in seconds and bytes."""
    start = None if learnt.first_answer is None else round(learnt.first_answer - began, 3)
    return Measured(
        start_seconds=start,
        total_seconds=round(now - began, 3),
        exit_seconds=None if exit_seconds is None else round(exit_seconds, 3),
        peak_memory=memory,
        stderr=heard.stderr,
    )


def exit_of(ended: Ended, *, by_itself: bool) -> Exit:
    """Say how a server ended, and whether it had to be asked to."""
    how: report.How = "stdin-closed"
    if by_itself:
        how = "crashed"
    elif ended.forced:
        how = "terminated" if ended.forced == "terminated" else "killed"
    name = _signal_name(-ended.code) if ended.code < 0 else ""
    return Exit(how=how, code=None if name else ended.code, signal=name, left_behind=ended.left_behind)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def cannot_start(launch: Launch, error: OSError, seconds: float) -> ProbeResult:
    """Return the verdict on a server that the system does not start."""
    what = escaped(launch.argv[0] if launch.argv else "nothing", 200)
    why = {errno.ENOENT: "it is not there", errno.EACCES: "it may not be executed", errno.ENOEXEC: "it is no program"}
    reason = f"{what} cannot be started: {why.get(error.errno or 0, error.strerror or type(error).__name__)}"
    probe = Probe(verdict="broken", refused=True, reason=reason, evidence=Evidence(notes=(reason,)))
    return ProbeResult(probe=probe, measured=Measured(total_seconds=round(seconds, 3)))
