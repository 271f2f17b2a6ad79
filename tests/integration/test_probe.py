"""Probes of servers that are odd in one thing each: the right verdict, with its evidence, in bounded time, and nobody left."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tagship.adapters import process_family, process_limits
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import ProbeResult
from tagship.mcp.probe import probe_command
from tagship.ports import Launch, ToolCall, Wanted
from tests.integration.probing import SERVERS, probe, tools

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the odd servers fork and are signalled")

OK: Final[dict[str, tuple[list[str], str]]] = {
    "base": ([], "modern 2026-07-28"),
    "asks_first": ([], "legacy 2025-11-25"),
    "batch": (["2025-03-26"], "legacy 2025-03-26"),
    "carriage_returns": ([], "modern 2026-07-28"),
    "ends_on_discover": ([], "legacy 2025-11-25"),
    "escapes": ([], "modern 2026-07-28"),
    "forks": ([], "modern 2026-07-28"),
    "late_tools": ([], "legacy 2025-11-25"),
    "modern_asks": ([], "modern 2026-07-28"),
    "never_exits": ([], "modern 2026-07-28"),
    "out_of_order": ([], "legacy 2025-11-25"),
    "pages": ([], "modern 2026-07-28"),
    "partial_lines": ([], "modern 2026-07-28"),
    "refuses_prompts": ([], "legacy 2025-11-25"),
    "says_goodbye": ([], "modern 2026-07-28"),
    "stderr_flood": ([], "modern 2026-07-28"),
}
BROKEN: Final[dict[str, tuple[list[str], str]]] = {
    "batch": (["2025-11-25"], "it sends arrays of messages, which version 2025-11-25 does not know"),
    "bom": ([], r"stdout has .*line 1 of stdout: \\ufeff\{.*byte order mark"),
    "extra_member": ([], "it has members that JSON-RPC does not know"),
    "uncached": ([], "the result of server/discover of 2026-07-28 lacks ttlMs: clients refuse the whole answer"),
    "crash": ([], "it ends with exit code 3 before it answers server/discover$"),
    "import_error": (
        [],
        "it ends with exit code 1 .*: ModuleNotFoundError: No module named 'mcp_server_of_another_world'",
    ),
    "json_logs": ([], r"stdout has .*line 1 of stdout: \{\"level\".*no JSON-RPC 2.0 message"),
    "killed": ([], "it ends by SIGKILL before it answers server/discover"),
    "long_line": ([], "line 1 of stdout is longer than 8 MB"),
    "notification_flood": ([], "it floods its client: over 10000 notifications, mostly notifications/message"),
    "other_modern": ([], "it speaks only versions of the protocol that no client knows: 2027-01-01"),
    "pages": (["loop"], "tools/list never ends: the cursor 'page 2' comes again and again"),
    "polluted": ([], "stdout has .*line 1 of stdout: Starting the odd server… .it is no JSON"),
    "question_flood": ([], "it floods its client: over 1000 requests, mostly ping"),
}
SILENT: Final = {
    "deaf": "it does not answer initialize within 1 s$",
    "deep": r"stdout has .*\[\[\[.*nested deeper than 100 levels",
    "late": "within 1 s; it did once its input was closed",
    "silent": "it does not answer initialize within 1 s$",
    "text_id": "within 1 s; instead came an answer with id '1', which nobody asked",
    "unended": r"no line end follows its last message: line 1 of stdout: \{",
    "wrong_id": "within 1 s; instead came an answer with id 10[12], which nobody asked",
}


def rules(result: ProbeResult) -> set[str]:
    return {finding.rule for finding in result.probe.lint}


@pytest.mark.parametrize("name", OK)
def test_odd_and_well(name: str, tmp_path: Path) -> None:
    """Servers that break no rule that matters answer, in the era and version that they speak."""
    arguments, spoken = OK[name]
    found = probe(name, tmp_path, *arguments, patience=1).probe
    assert (found.verdict, found.refused, found.flaky) == ("ok", False, False), found.reason
    assert f"{found.protocol.era} {found.protocol.used}" == spoken
    assert (found.server.name, found.server.version) == ("odd", "1.2.3")
    assert found.tools[0].required == ("text",)


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name: str, tmp_path: Path) -> None:
    """What no client can use is broken, and the reason says why."""
    arguments, reason = BROKEN[name]
    found = probe(name, tmp_path, *arguments).probe
    assert (found.verdict, found.refused) == ("broken", True)
    assert re.search(reason, found.reason), found.reason


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str, tmp_path: Path) -> None:
    """Who does not answer in time is broken; what came instead is told."""
    found = probe(name, tmp_path, timeout=1, patience=1).probe
    assert found.verdict == "broken"
    assert re.search(SILENT[name], found.reason), found.reason


def test_silence_to_the_modern_question_is_legacy(tmp_path: Path) -> None:
    """A server that ignores what it does not know is asked in the old way after a while."""
    found = probe("silent_to_strangers", tmp_path, timeout=6).probe
    assert (found.verdict, found.protocol.era, found.protocol.used) == ("ok", "legacy", "2025-11-25")


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
def test_every_legacy_version(version: str, tmp_path: Path) -> None:
    """Each version with a handshake is spoken, also with servers that refuse every other."""
    found = probe("one_version", tmp_path, version).probe
    assert (found.verdict, found.protocol.used, found.protocol.supported) == ("ok", version, (version,))


def test_older_clients_on_request(tmp_path: Path) -> None:
    """A modern server is asked in the old way too where that is wanted: the report says which versions it really speaks."""
    assert probe("base", tmp_path).probe.protocol.supported == ("2026-07-28",)
    assert probe("base", tmp_path, both_eras=True).probe.protocol.supported == ("2026-07-28", "2025-11-25")
    result = probe("modern_only", tmp_path, both_eras=True)
    assert (result.probe.verdict, result.probe.protocol.supported) == ("ok", ("2026-07-28",))
    assert rules(result) == {"older-clients"}


def test_nobody_is_left(tmp_path: Path) -> None:
    """Children are ended, in the server's group or out of it, although they hold its stdout."""
    result = probe("forks", tmp_path)
    assert result.probe.exit
    assert result.probe.exit.left_behind
    assert "exit" in rules(result)
    children = [int(line.split()[1]) for line in result.measured.stderr]
    assert len(children) == 2
    assert [child for child in children if _runs(child)] == []


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize(
    ("name", "how", "signal"),
    [
        ("base", "stdin-closed", ""),
        ("never_exits", "terminated", "SIGTERM"),
        ("ignores_sigterm", "killed", "SIGKILL"),
        ("crash", "crashed", ""),
        ("killed", "crashed", "SIGKILL"),
    ],
)
def test_how_it_ends(name: str, how: str, signal: str, tmp_path: Path) -> None:
    """The report says what it took to end a server."""
    end = probe(name, tmp_path, patience=1).probe.exit
    assert end
    assert (end.how, end.signal) == (how, signal)


def test_what_a_server_sees_of_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server sees what it is launched with and a mark, and nothing of the environment of the probe."""
    monkeypatch.setenv("ODD_SECRET", "secret")
    seen = set(probe("environment", tmp_path, env={"ODD_GIVEN": "x"}).probe.tools[0].description.split())
    assert {"ODD_GIVEN", "PATH", process_family.MARK} <= seen
    assert "ODD_SECRET" not in seen


def test_many_at_once(tmp_path: Path) -> None:
    """Probes in threads beside each other do not touch each other's servers."""
    names = ["base", "forks", "crash", "out_of_order", "polluted", "forks", "pages", "base"]
    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(lambda name: probe(name, tmp_path).probe.verdict, names))
    assert found == ["ok", "ok", "broken", "ok", "broken", "ok", "ok", "ok"]


def test_missing_variables(tmp_path: Path) -> None:
    """A variable that is not set is named; with any value the same server is well."""
    found = probe("needs_variable", tmp_path).probe
    assert (found.verdict, found.missing, found.refused) == ("needs-configuration", ("ODD_API_KEY",), False)
    assert "KeyError: 'ODD_API_KEY'" in found.evidence.stderr
    assert probe("needs_variable", tmp_path, env={"ODD_API_KEY": "dummy"}).probe.verdict == "ok"


def test_missing_arguments(tmp_path: Path) -> None:
    """An argument that is not given is named."""
    found = probe("needs_argument", tmp_path).probe
    assert (found.verdict, found.missing) == ("needs-configuration", ("--db-path",))


def test_variables_that_the_project_requires(tmp_path: Path) -> None:
    """A server that ends without a word is broken, unless its project requires what is not set."""
    assert probe("needs_something", tmp_path).probe.verdict == "broken"
    found = probe("needs_something", tmp_path, required_variables=("ODD_URL",)).probe
    assert (found.verdict, found.missing) == ("needs-configuration", ("ODD_URL",))
    set_ = probe("needs_something", tmp_path, required_variables=("ODD_URL",), env={"ODD_URL": "x"}).probe
    assert set_.verdict == "ok"


@pytest.mark.parametrize(
    ("tools_", "reason"),
    [
        ('[{"name": "a"}, {"name": "b"}, {"name": "a"}]', "several tools have one name: a"),
        ('[{"inputSchema": {"type": "strnig"}}]', 'tool echo: inputSchema must have "type": "object"'),
        ('[{"inputSchema": {"type": "object", "properties": {"a": {"type": "text"}}}}]', "at properties/a/type"),
        ('[{"inputSchema": null}]', "tool echo: inputSchema is missing"),
        (
            '[{"inputSchema": {"$schema": "https://example.invalid/own", "type": "object"}}]',
            "in the dialect https://ex",
        ),
        ('[{"outputSchema": {"type": 3}}]', "tool echo: outputSchema is no valid JSON Schema"),
        (
            '[{"description": null}]',
            "description in entry 1 of tools/list is not a text: what there is not is left out",
        ),
        (
            '[{"annotations": {"readOnlyHint": "yes"}}]',
            "readOnlyHint in annotations in entry 1 of tools/list is not true or",
        ),
        ('[{"name": ""}]', "entry 1 of tools/list has no name"),
        ("[]", "it declares tools and has none"),
    ],
)
def test_lists_that_no_client_can_use(tools_: str, reason: str, tmp_path: Path) -> None:
    """Names that occur twice, schemas that are none and empty lists are broken."""
    found = probe("lists", tmp_path, tools_).probe
    assert found.verdict == "broken"
    assert reason in found.reason


def test_who_has_only_prompts_need_not_know_of_tools(tmp_path: Path) -> None:
    """A server that declares no tools may be silent about them."""
    found = probe("only_prompts", tmp_path).probe
    assert (found.verdict, [prompt.name for prompt in found.prompts], found.tools) == ("ok", ["p"], ())


def test_the_version_that_it_says(tmp_path: Path) -> None:
    """Another version than planned is told, and refused where that is asked for; spellings are no difference."""
    found = probe("base", tmp_path, version="2.0.0").probe
    assert (found.verdict, found.refused) == ("wrong-version", False)
    assert found.reason == "it says it is version 1.2.3, and should be 2.0.0"
    assert probe("base", tmp_path, version="2.0.0", strict_version=True).probe.refused
    assert probe("base", tmp_path, version="v1.2.3", strict_version=True).probe.verdict == "ok"


def test_a_flake_stays_a_flake(tmp_path: Path) -> None:
    """What fails once and works then is broken without retries, and flaky with one: never just well."""
    once = tmp_path / "once"
    twice = tmp_path / "twice"
    once.mkdir()
    twice.mkdir()
    assert probe("flaky", once).probe.verdict == "broken"
    (twice / "started").unlink(missing_ok=True)
    found = probe("flaky", twice, retries=1).probe
    assert (found.verdict, found.flaky, found.attempts) == ("ok", True, 2)
    assert "it failed before: it ends with exit code 1" in found.reason
    assert "not today" in found.evidence.stderr


def test_tools_are_called_on_request(tmp_path: Path) -> None:
    """Calls that work are kept with what came, and one that fails breaks the probe."""
    call = ToolCall(tool="echo", arguments={"text": "yes"})
    found = probe("base", tmp_path, calls=(call,)).probe
    assert (found.verdict, found.calls[0].ok, found.calls[0].content) == ("ok", True, ("text",))
    found = probe("base", tmp_path, calls=(call, ToolCall(tool="echo", arguments={"text": "no"}))).probe
    assert found.verdict == "broken"
    assert found.reason == "calling echo fails: no"


def test_tools_that_are_promised_elsewhere(tmp_path: Path) -> None:
    """A tool that a manifest promises and the server lacks is an error of the lint."""
    assert "declared-tool" in rules(probe("base", tmp_path, declared_tools=("echo", "shout")))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("carriage_returns", "stdout-lines"),
        ("says_goodbye", "after-the-end"),
        ("modern_asks", "server-request"),
        ("refuses_prompts", "capabilities"),
        ("ends_on_discover", "server-discover"),
        ("escapes", "hidden-text"),
        ("never_exits", "exit"),
    ],
)
def test_manners(name: str, rule: str, tmp_path: Path) -> None:
    """What clients bear, and should not have to, is found by the lint; a plain server has no finding."""
    assert rule in rules(probe(name, tmp_path, patience=1))
    assert rules(probe("base", tmp_path)) == set()


def test_nothing_steers_the_reader(tmp_path: Path) -> None:
    """Escape sequences and hidden characters are escapes in the report, on stderr as in names and descriptions."""
    result = probe("escapes", tmp_path)
    written = probe_report.encode(probe_report.report([result]))
    assert written.isascii()
    assert all(byte >= 32 or byte == 10 for byte in written)
    assert result.measured.stderr == (r"\x1b]0;title\x07\x1b[2J\x1b[31mred \u202eback\u202c", "::error::no")
    assert probe_report.decode(written, file="x") == probe_report.report([result])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="limits are set from outside on Linux alone")
def test_memory_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes memory without end is stopped by the limit."""
    monkeypatch.setattr(process_limits, "MEMORY", 256 << 20)
    assert probe("greedy", tmp_path).probe.reason.endswith(": MemoryError")


def test_files_and_processes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside, and for good: what a fork bomb, a full disk or a core dump would take, no server gets."""
    monkeypatch.setattr(process_limits, "FILE_SIZE", 5 << 20)
    monkeypatch.setattr(process_limits, "CHILDREN", 123)
    memory, size, children, core = map(int, probe("limits", tmp_path).probe.tools[0].description.split())
    assert 0 < memory <= process_limits.MEMORY
    assert (size, children, core) == (5 << 20, 123, 0)


def test_two_runs_are_equal_but_for_what_is_measured(tmp_path: Path) -> None:
    """Reports of two runs differ in the part ``measured`` alone."""
    first, second = (probe_report.report([probe("pages", tmp_path)]) for _ in range(2))
    assert probe_report.comparable(first) == probe_report.comparable(second)
    figures = first.measured[""]
    assert figures.start_seconds is not None
    assert figures.exit_seconds is not None
    assert 0 < figures.start_seconds <= figures.total_seconds
    if Path("/proc/self").exists():
        assert figures.peak_memory
        assert 1 << 20 < figures.peak_memory < 1 << 30


@pytest.mark.parametrize("argv", [("no-such-program-anywhere",), (str(SERVERS / "base.py"),)])
def test_programs_that_cannot_be_started(argv: tuple[str, ...], tmp_path: Path) -> None:
    """A program that is not there, or may not be executed, is broken."""
    found = probe_command(Launch(argv=argv, env={"PATH": "/nowhere"}, cwd=tmp_path), Wanted(), tools()).probe
    assert found.verdict == "broken"
    assert "cannot be started" in found.reason


def test_node_runs_within_the_limits(tmp_path: Path) -> None:
    """The limits leave Node.js alone, which reserves far more memory than it uses."""
    env: dict[str, Any] = {"PATH": os.environ["PATH"]}
    found = probe_command(Launch(argv=("node", str(SERVERS / "server.mjs")), env=env, cwd=tmp_path), Wanted(), tools())
    assert (found.probe.verdict, found.probe.server.name) == ("ok", "node"), found.probe.reason
    assert rules(found) == set()
