"""The report of probes: worst verdict, order, what is comparable, and how it looks to people."""

import msgspec
import pytest

from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_markdown import markdown
from tagship.domain.tools.probe_report import (
    Evidence,
    Exit,
    Finding,
    Measured,
    Probe,
    ProbeResult,
    Protocol,
    ServerInfo,
)
from tagship.errors import IntegrityError
from tests.unit.samples import PROBED, REPORT, listed_tool


def result(id_: str, verdict: probe_report.Verdict, **more: object) -> ProbeResult:
    probe = Probe(id=id_, verdict=verdict, refused=verdict == "broken", **more)  # type: ignore[arg-type]
    return ProbeResult(probe=probe, measured=Measured(total_seconds=1.5))


def test_the_worst_verdict_is_the_reports() -> None:
    """Of several verdicts the worst counts; nothing probed is nothing wrong."""
    found = probe_report.report([result("b", "broken"), result("a", "ok"), result("c", "needs-configuration")])
    assert found.verdict == "broken"
    assert found.refused
    assert [probe.id for probe in found.probes] == ["a", "b", "c"]
    assert probe_report.worst([]) == "ok"
    assert probe_report.worst(["ok", "wrong-version"]) == "wrong-version"
    assert probe_report.worst(["needs-configuration", "wrong-version"]) == "needs-configuration"


def test_reports_of_several_jobs_are_one() -> None:
    """Merged in any order the report is the same."""
    parts = [probe_report.report([result(id_, "ok")]) for id_ in "cab"]
    whole = probe_report.report([result(id_, "ok") for id_ in "abc"])
    assert probe_report.encode(probe_report.merge(parts)) == probe_report.encode(whole)


def test_what_is_measured_is_kept_apart() -> None:
    """Without its figures a report is the same on every machine; with them it can be read back."""
    slower = ProbeResult(probe=PROBED.probe, measured=Measured(total_seconds=99))
    assert probe_report.comparable(probe_report.report([slower])) == probe_report.comparable(REPORT)
    assert probe_report.encode(probe_report.report([slower])) != probe_report.encode(REPORT)
    assert probe_report.decode(probe_report.encode(REPORT), file="x") == REPORT
    with pytest.raises(IntegrityError, match="not a probe report"):
        probe_report.decode(b'{"schema": "tagship.probe/2"}', file="x")


def test_a_planned_probe_is_named() -> None:
    """The client knows a command; who planned it says what it was."""
    named = PROBED.of(id="w-3.13", artifact="a.whl", package="demo", target="any", runtime="python3.13")
    assert (named.probe.id, named.probe.runtime, named.probe.tools) == ("w-3.13", "python3.13", PROBED.probe.tools)
    assert named.measured == PROBED.measured


def test_schemas_are_hashed_whatever_the_order_of_their_keys() -> None:
    """Equal schemas have equal digests."""
    assert probe_report.schema_sha256({"a": 1, "b": {"c": 2, "d": 3}}) == probe_report.schema_sha256(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert probe_report.schema_sha256({"a": 1}) != probe_report.schema_sha256({"a": 2})


def test_a_summary_tells_the_verdicts_and_what_to_do() -> None:
    """One row per probe; reason, evidence and what to set for those that are not well; findings and tools folded."""
    fine = msgspec.structs.replace(
        PROBED.probe,
        id="fine",
        protocol=Protocol(era="modern", used="2026-07-28"),
        server=ServerInfo(name="demo", version="1.2.0"),
        exit=Exit(how="stdin-closed", code=0),
        lint=(Finding(rule="tool-name", severity="warning", tool="add", message="too long"),),
    )
    lacks = result(
        "lacks", "needs-configuration", reason="it wants A_KEY: A_KEY is required", missing=("A_KEY", "--db"),
        evidence=Evidence(stderr=("A_KEY is required",)), exit=Exit(how="crashed", code=2),
    )  # fmt: skip
    text = markdown(probe_report.report([ProbeResult(probe=fine, measured=PROBED.measured), lacks]))
    assert "| fine | ✅ ok | 2026-07-28 stdio | demo 1.2.0 | 1 | 0 | 0.20 s | 1 MB | stdin-closed |" in text
    assert "| lacks | 🔧 needs-configuration | – | – | 0 | 0 | – | – | crashed code 2 |" in text
    assert "#### 🔧 lacks\n\nit wants A_KEY: A_KEY is required\n" in text
    assert "```text\nA_KEY=dummy\n```" in text
    assert "| ⚠️ | tool-name | add | too long |" in text
    assert "| add | Add two numbers. |  |" in text
    assert "#### ✅" not in text


def test_a_summary_cannot_be_broken_out_of() -> None:
    """Fences, pipes, tags and escapes of a server stay text in its summary."""
    evil = "```\n</details><script>|\x1b[2J\u202e"
    found = result(
        "e|vil", "broken", reason=evil, evidence=Evidence(stderr=("```", "`````")), tools=(listed_tool(evil, evil),)
    )
    text = markdown(probe_report.report([found]))
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "``````text\n```\n`````\n``````\n" in text
    assert all(line.count("|") - line.count("\\|") in (0, 10, 4) for line in text.splitlines())
