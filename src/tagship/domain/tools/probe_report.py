"""What probes found: ``mcp-probe.json``, and what the report of a release is compared with later.

Whatever differs from run to run (times, memory, what a server says on stderr) is kept apart in ``measured``: two probes of
one file give the same bytes in everything else.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from tagship.domain.text import structs
from tagship.domain.tools.tool_change import ToolDiff
from tagship.errors import IntegrityError

REPORT_SCHEMA: Final = "tagship.probe/1"
Verdict = Literal["ok", "wrong-version", "needs-configuration", "broken"]
VERDICTS: Final[tuple[Verdict, ...]] = ("ok", "wrong-version", "needs-configuration", "broken")
"""From best to worst."""
Era = Literal["modern", "legacy", "unknown"]
"""Modern: 2026-07-28 and later, stateless; legacy: with an ``initialize`` handshake."""
Transport = Literal["stdio", "streamable-http", "sse"]
How = Literal["stdin-closed", "terminated", "killed", "crashed"]
Severity = Literal["error", "warning", "notice"]


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, keyword-only, strict when decoded."""


class Tool(_Value, frozen=True, kw_only=True):
    """A tool as the server listed it; ``required`` are the arguments that must be given."""

    name: str
    title: str = ""
    description: str = ""
    input_schema: Any = None
    input_schema_sha256: str
    output_schema: Any = None
    output_schema_sha256: str | None = None
    annotations: dict[str, Any] = {}
    required: tuple[str, ...] = ()


class Prompt(_Value, frozen=True, kw_only=True):
    """A prompt, and the arguments that it takes; ``required`` are those that must be given."""

    name: str
    title: str = ""
    description: str = ""
    arguments: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class Resource(_Value, frozen=True, kw_only=True):
    """A resource that the server lists."""

    uri: str
    name: str = ""
    description: str = ""
    mime_type: str = ""


class Protocol(_Value, frozen=True, kw_only=True):
    """How the server was spoken to: the version in use, and those that it said it supports."""

    era: Era = "unknown"
    used: str = ""
    supported: tuple[str, ...] = ()
    transport: Transport = "stdio"


class ServerInfo(_Value, frozen=True, kw_only=True):
    """What the server says of itself."""

    name: str = ""
    version: str = ""
    title: str = ""
    instructions: bool = False
    capabilities: dict[str, Any] = {}


class Exit(_Value, frozen=True, kw_only=True):
    """How the server ended: by itself when its input was closed, as it should, or by which force.

    ``code`` is ``None`` when a signal ended it. ``left_behind``: it ended and left processes that had to be ended too.
    """

    how: How
    code: int | None = None
    signal: str = ""
    left_behind: bool = False


class Evidence(_Value, frozen=True, kw_only=True):
    """Lines that show why a verdict is as it is, control characters escaped.

    ``polluted`` are lines of stdout that are no messages, each with its number: ``3: Starting…``.
    """

    stderr: tuple[str, ...] = ()
    polluted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Finding(_Value, frozen=True, kw_only=True):
    """Something that a client or a directory will stumble over; ``tool`` is empty when it is about the whole server."""

    rule: str
    severity: Severity
    tool: str = ""
    message: str


class CallResult(_Value, frozen=True, kw_only=True):
    """A tool that was called on request: what kind of content came, or what went wrong."""

    tool: str
    ok: bool
    content: tuple[str, ...] = ()
    error: str = ""


class Probe(_Value, frozen=True, kw_only=True):
    """What one probe found; ``missing`` are the variables or arguments that the server wants.

    ``refused``: it must not be shipped; it is broken or, where that is asked for, of the wrong version.
    """

    id: str = ""
    artifact: str = ""
    sha256: str = ""
    package: str = ""
    target: str = ""
    runtime: str = ""
    verdict: Verdict
    refused: bool
    flaky: bool = False
    attempts: int = 1
    reason: str = ""
    missing: tuple[str, ...] = ()
    evidence: Evidence = Evidence()
    protocol: Protocol = Protocol()
    server: ServerInfo = ServerInfo()
    tools: tuple[Tool, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    resources: tuple[Resource, ...] = ()
    calls: tuple[CallResult, ...] = ()
    exit: Exit | None = None
    tokens: int = 0
    """How many tokens the list of tools costs a model, about."""
    lint: tuple[Finding, ...] = ()


class Measured(_Value, frozen=True, kw_only=True):
    """Figures of one run: seconds to the first answer, in all, and to end; ``None`` what could not be measured."""

    start_seconds: float | None = None
    total_seconds: float
    exit_seconds: float | None = None
    peak_memory: int | None = None
    stderr: tuple[str, ...] = ()


class Report(_Value, frozen=True, kw_only=True):
    """``mcp-probe.json``: every probe, and what was measured, by the id of the probe; ``left_out`` says of the others why.

    ``changes`` are those of the tools since the release before, by package. ``plan_digest`` is that of the plan whose probes
    these are; empty for a server that no plan knows.
    """

    schema: Literal["tagship.probe/1"] = REPORT_SCHEMA
    plan_digest: str = ""
    probes: tuple[Probe, ...]
    left_out: dict[str, str] = {}
    changes: dict[str, ToolDiff] = {}
    measured: dict[str, Measured] = {}

    @property
    def refused(self) -> bool:
        """Whether one of them must not be shipped."""
        return any(probe.refused for probe in self.probes)

    @property
    def verdict(self) -> Verdict:
        """The worst of all verdicts."""
        return worst(probe.verdict for probe in self.probes)


class ProbeResult(_Value, frozen=True, kw_only=True):
    """One probe with its figures, as the client hands it over."""

    probe: Probe
    measured: Measured

    def of(self, *, id: str, artifact: str, package: str, target: str, runtime: str) -> "ProbeResult":  # noqa: A002
        """Say which planned probe this was: the client knows only the command."""
        about = {"id": id, "artifact": artifact, "package": package, "target": target, "runtime": runtime}
        return ProbeResult(probe=msgspec.structs.replace(self.probe, **about), measured=self.measured)


def report(
    results: Iterable[ProbeResult], left_out: Mapping[str, str] = MappingProxyType({}), plan_digest: str = ""
) -> Report:
    """Put results together, sorted by id."""
    found = sorted(results, key=lambda result: result.probe.id)
    return Report(
        plan_digest=plan_digest,
        left_out=dict(sorted(left_out.items())),
        probes=tuple(result.probe for result in found),
        measured={result.probe.id: result.measured for result in found},
    )


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; of none it is ``ok``."""
    return max(verdicts, key=VERDICTS.index, default="ok")


def encode(value: Report) -> bytes:
    """Write a report in ASCII: what hides in a description by being invisible is an escape in the file."""
    return (json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=True) + "\n").encode("ascii")


def comparable(value: Report) -> bytes:
    """Write what two runs of one file have in common."""
    return encode(msgspec.structs.replace(value, measured={}))


def decode(data: bytes, *, file: str) -> Report:
    """Read a report.

    Raises:
        IntegrityError: it is none.

    """
    try:
        return structs.decode(data, Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "probe again, or get the file again from where it was released"
        raise IntegrityError(f"not a probe report: {error}", file=file, hint=hint) from None


def merge(reports: Sequence[Report]) -> Report:
    """Join the reports of several jobs, sorted; of a probe that is in several the last counts."""
    probes = {probe.id: probe for report in reports for probe in report.probes}
    measured = {id_: figures for report in reports for id_, figures in report.measured.items()}
    left_out = {id_: why for report in reports for id_, why in report.left_out.items() if id_ not in probes}
    return Report(
        plan_digest=next((report.plan_digest for report in reports if report.plan_digest), ""),
        probes=tuple(probes[id_] for id_ in sorted(probes)),
        left_out=dict(sorted(left_out.items())),
        changes={package: diff for report in reports for package, diff in sorted(report.changes.items())},
        measured=dict(sorted(measured.items())),
    )


def schema_sha256(schema: Any) -> str:
    """SHA-256 of a schema's canonical JSON: sorted keys, no spaces, UTF-8."""
    return hashlib.sha256(msgspec.json.encode(schema, order="deterministic")).hexdigest()
