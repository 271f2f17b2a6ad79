"""From what was learnt to a verdict, with the evidence for it.

``broken`` is what no user could mend by configuration; ``needs-configuration`` is a server that says what it lacks, or that
ends while something is not set that its ``server.json`` requires. See docs/adr/0021.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from tagship.domain.text.invisible import escaped
from tagship.domain.tools import probe_report as report
from tagship.domain.tools import tool_lint
from tagship.domain.versions.version import Version
from tagship.errors import UsageError
from tagship.mcp import catalog
from tagship.mcp.conversation import Learnt
from tagship.mcp.transport import Heard
from tagship.ports import Wanted

_ASKS_WHO: Final = frozenset({401, 403})
_SHOWN: Final = 5
_EVIDENCE: Final = 10


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt: what was learnt, what was heard beside messages, how it ended, which variables were set."""

    learnt: Learnt
    heard: Heard
    exit: report.Exit | None
    variables: frozenset[str] = frozenset()


def judge(seen: Seen, wanted: Wanted) -> report.Probe:
    """Weigh one attempt."""
    learnt = seen.learnt
    wrong = catalog.wrong_schemas(learnt.tools, modern=learnt.protocol.era == "modern")
    broken = _broken(seen, wrong)
    verdict, reason, missing = _verdict(seen, wanted, broken)
    return report.Probe(
        verdict=verdict,
        refused=verdict == "broken" or (verdict == "wrong-version" and wanted.strict_version),
        reason=reason,
        missing=missing,
        evidence=_evidence(seen, verdict, broken),
        protocol=learnt.protocol,
        server=learnt.server,
        tools=learnt.tools,
        prompts=learnt.prompts,
        resources=learnt.resources,
        calls=learnt.calls,
        exit=seen.exit,
        tokens=tool_lint.tokens(learnt.tools),
        lint=_lint(seen, wanted, wrong),
    )


def _verdict(seen: Seen, wanted: Wanted, broken: list[str]) -> tuple[report.Verdict, str, tuple[str, ...]]:
    learnt, unset = seen.learnt, tuple(sorted(set(wanted.required_variables) - seen.variables))
    unanswered = bool(learnt.failure or learnt.closed)
    if learnt.status in _ASKS_WHO:
        return "needs-configuration", f"it asks who is there: {learnt.failure}", ("authorization",)
    if unanswered:
        from tagship.domain.tools.missing_configuration import lacking

        said = [*seen.heard.stderr, *learnt.noise, learnt.refusal]
        lack = lacking(said, (*wanted.known_variables, *wanted.required_variables))
        if lack:
            return "needs-configuration", f"it wants {_names(lack.names)}: {escaped(lack.line, 200)}", lack.names
        if unset and not learnt.tools:
            return (
                "needs-configuration",
                f"it does not start without {_names(unset)}, which server.json requires",
                unset,
            )
    if broken:
        return "broken", broken[0], ()
    version = learnt.server.version
    if wanted.version and not _same_version(version, wanted.version):
        said_version = f"says it is version {escaped(version, 60)}" if version else "does not say its version"
        return "wrong-version", f"it {said_version}, and should be {wanted.version}", ()
    return "ok", _fine(learnt), ()


def _broken(seen: Seen, wrong_schemas: dict[str, str]) -> list[str]:
    """Say everything that breaks it, what explains the most first."""
    learnt, heard = seen.learnt, seen.heard
    found = [f"stdout has what is no message: {learnt.noise[0]}"] if learnt.noise else []
    if heard.unended:
        found.insert(0, f"no line end follows its last message: {heard.unended}")
    if learnt.closed:
        found.insert(0, _why_it_ended(seen))
    if learnt.failure:
        found.insert(len(found) if learnt.silent else 0, _why_it_failed(seen))
    if learnt.batches:
        found.append(f"it sends arrays of messages, which version {learnt.protocol.used} does not know")
    found += [f"{fault}: clients refuse the whole answer" for fault in learnt.faults]
    if duplicates := tool_lint.duplicates(learnt.tools):
        found.append(f"several tools have one name: {_names(duplicates)}")
    if wrong_schemas:
        name, problem = next(iter(wrong_schemas.items()))
        found.append(f"tool {escaped(name, 80)}: {problem}")
    if _nothing(learnt) and not found:
        found.append("it declares tools and has none, nor prompts or resources")
    found += [f"calling {escaped(call.tool, 80)} fails: {call.error}" for call in learnt.calls if not call.ok]
    return found


def _why_it_ended(seen: Seen) -> str:
    """Say how a server ended that should have answered; the last line of a traceback says why."""
    exit_ = seen.exit
    how = "it closes its output"
    if exit_ and exit_.how == "crashed":
        how = f"it ends by {exit_.signal}" if exit_.signal else f"it ends with exit code {exit_.code}"
    when = f" before it answers {seen.learnt.waiting[-1]}" if seen.learnt.waiting else " before it answers"
    last = next((line for line in reversed(seen.heard.stderr) if line.strip()), "")
    return f"{how}{when}{': ' + last.strip() if last else ''}"


def _why_it_failed(seen: Seen) -> str:
    failure = seen.learnt.failure
    if seen.learnt.strays:
        return f"{failure}; instead came {seen.learnt.strays[0]}"
    if seen.learnt.silent and seen.heard.late_answers:
        return f"{failure}; it did once its input was closed: it waits for the end, or its output is buffered"
    return failure


def _nothing(learnt: Learnt) -> bool:
    """Whether it promises tools and has nothing at all; SDKs declare tools for servers of prompts or resources, too."""
    return "tools" in learnt.server.capabilities and not (learnt.tools or learnt.prompts or learnt.resources)


def _evidence(seen: Seen, verdict: report.Verdict, broken: list[str]) -> report.Evidence:
    heard, learnt = seen.heard, seen.learnt
    notes = [*broken[1:], *learnt.strays[:_SHOWN]]
    if verdict in ("ok", "wrong-version"):
        return report.Evidence(notes=tuple(notes))
    return report.Evidence(stderr=heard.stderr[-_EVIDENCE:], polluted=learnt.noise[:_EVIDENCE], notes=tuple(notes))


def _lint(seen: Seen, wanted: Wanted, wrong: dict[str, str]) -> tuple[report.Finding, ...]:
    learnt = seen.learnt
    answered = not learnt.failure and not learnt.closed
    absent = sorted(set(wanted.declared_tools) - {tool.name for tool in learnt.tools}) if answered else []
    found = [_finding(*each) for each in _manners(seen)]
    found += [
        _finding("declared-tool", "error", f"a tool is promised and not there: {escaped(name, 80)}") for name in absent
    ]
    found += tool_lint.findings(learnt.tools, learnt.prompts, instructions=learnt.instructions, wrong_schemas=wrong)
    return tuple(found)


def _manners(seen: Seen) -> list[tuple[str, report.Severity, str]]:
    """How it behaves beside what it says."""
    learnt, heard, end = seen.learnt, seen.heard, seen.exit
    answered = not learnt.failure and not learnt.closed
    told: list[tuple[bool, str, report.Severity, str]] = [
        (bool(heard.blank_lines), "stdout-lines", "warning", "there are empty lines on stdout: they are no messages"),
        (heard.carriage_returns, "stdout-lines", "notice", "its lines on stdout end with a carriage return"),
        (bool(heard.late) and answered, "after-the-end", "warning", f"after the end: {next(iter(heard.late), '')}"),
        (
            learnt.undeclared_tools,
            "capabilities",
            "error",
            "it has tools and does not declare them: clients do not ask",
        ),
        (_none_declared(learnt, answered), "capabilities", "notice", "it declares tools and has none"),
        *((True, "capabilities", "error", f"declared and refused: {each}") for each in learnt.refused_lists),
        (
            bool(learnt.questions),
            "server-request",
            "error",
            f"it asks its client: {_names(learnt.questions)}",
        ),
        (
            learnt.unnamed_errors,
            "response-id",
            "warning",
            "it answers with an error that does not say what it is about",
        ),
        (bool(learnt.strays), "response-id", "error", f"there is {next(iter(learnt.strays), '')}"),
        (answered and not learnt.server.version, "server-info", "warning", "it does not say its version"),
    ]
    if end and not learnt.too_much:
        told += [
            (
                end.how in ("terminated", "killed"),
                "exit",
                "warning",
                f"it does not end with its input: it is {end.how}",
            ),
            (
                end.how == "stdin-closed" and end.code != 0,
                "exit",
                "notice",
                f"it ends with {end.signal or end.code}, not 0",
            ),
            (end.left_behind, "exit", "warning", "it ends and leaves processes behind"),
        ]
    return [(rule, severity, message) for holds, rule, severity, message in told if holds]


def _none_declared(learnt: Learnt, answered: bool) -> bool:  # noqa: FBT001
    return answered and "tools" in learnt.server.capabilities and not learnt.tools and not _nothing(learnt)


def _same_version(said: str, planned: str) -> bool:
    """Whether two spellings are one version: ``v1.0.0`` is ``1.0.0``, and ``1.0.0rc1`` is ``1.0.0-rc.1``."""
    plain = planned.removeprefix("v")
    if said.removeprefix("v") == plain:
        return True
    try:
        return said in msgspec.structs.astuple(Version.parse(plain).spellings)
    except UsageError:
        return False


def _fine(learnt: Learnt) -> str:
    counts = ((learnt.tools, "tool"), (learnt.prompts, "prompt"), (learnt.resources, "resource"))
    lists = ", ".join(f"{len(each):,} {what}{'' if len(each) == 1 else 's'}" for each, what in counts if each)
    return f"it answers in version {learnt.protocol.used}{' with ' + lists if lists else ''}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(escaped(name, 80) for name in names)


def _finding(rule: str, severity: report.Severity, message: str) -> report.Finding:
    return report.Finding(rule=rule, severity=severity, message=message)
