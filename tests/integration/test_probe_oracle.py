"""The official SDK as the oracle: of its own servers, the probe's client sees what the SDK's clients see."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tagship.domain.tools.probe_report import Probe
from tagship.mcp.probe import probe_command, probe_url
from tagship.ports import Launch, ToolCall, Wanted
from tests.integration.probing import SERVERS, tools
from tests.tools import mcp_sdk
from tests.tools.node import ToolMissingError
from tests.unit.test_mcp_shapes import BAD, GOOD

HERE: Final = Path(__file__).parent
CALL: Final = ToolCall(tool="measure", arguments={"place": {"name": "Köln"}})
ERAS: Final = {"1": ("legacy", "2025-11-25"), "2": ("modern", "2026-07-28")}


def python(generation: str) -> str:
    return needed(lambda: mcp_sdk.python(generation))


def needed(make: Callable[[], Path]) -> str:
    try:
        return str(make())
    except ToolMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs every tool: {error}")
        pytest.skip(f"TOOL MISSING: {error}")


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def seen_by_sdk(generation: str, *arguments: str, folder: Path) -> dict[str, Any]:
    argv = [python(generation), str(HERE / "sdk_client.py"), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120, env=environment(folder))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def agree(found: Probe, seen: dict[str, Any]) -> None:
    """Compare everything that both know."""
    assert found.verdict == "ok", found.reason
    tools_ = [
        (tool.name, tool.title, tool.description, tool.input_schema, tool.output_schema, tool.annotations)
        for tool in found.tools
    ]
    assert tools_ == [
        (each["name"], each.get("title", ""), each.get("description", ""), each["inputSchema"], each.get("outputSchema"),
         each.get("annotations", {}))
        for each in seen["tools"]
    ]  # fmt: skip
    assert [(prompt.name, list(prompt.arguments), list(prompt.required)) for prompt in found.prompts] == [
        (each["name"], [argument["name"] for argument in each["arguments"]],
         [argument["name"] for argument in each["arguments"] if argument.get("required")])
        for each in seen["prompts"]
    ]  # fmt: skip
    assert [(each.uri, each.name) for each in found.resources] == [(r["uri"], r["name"]) for r in seen["resources"]]


@pytest.mark.parametrize("generation", mcp_sdk.GENERATIONS)
def test_its_servers_over_standard_streams(generation: str, tmp_path: Path) -> None:
    """Both generations of servers: the newest era they speak, and the same lists as each generation's client sees."""
    argv = (python(generation), str(HERE / "sdk_server.py"), "stdio")
    launched = Launch(argv=argv, env=environment(tmp_path), cwd=tmp_path)
    found = probe_command(launched, Wanted(timeout=60, calls=(CALL,)), tools()).probe
    assert (found.protocol.era, found.protocol.used) == ERAS[generation]
    assert [call.ok for call in found.calls] == [True]
    assert found.server.instructions
    assert found.exit
    assert (found.exit.how, found.exit.code) == ("stdin-closed", 0)
    for client in mcp_sdk.GENERATIONS:
        agree(found, seen_by_sdk(client, "stdio", *argv, folder=tmp_path))


@pytest.mark.parametrize("generation", mcp_sdk.GENERATIONS)
@pytest.mark.parametrize(("transport", "path"), [("streamable-http", "/mcp"), ("sse", "/sse")])
def test_its_servers_over_http(generation: str, transport: str, path: str, tmp_path: Path) -> None:
    """Streamable HTTP of both generations, and the transport of 2024-11-05: the same lists as the SDK's client sees."""
    with serving(generation, transport, tmp_path) as address:
        found = probe_url(f"{address}{path}", Wanted(timeout=60, calls=(CALL,)), tools()).probe
        assert (found.verdict, found.protocol.transport) == ("ok", transport), found.reason
        if transport == "streamable-http":
            assert (found.protocol.era, found.protocol.used) == ERAS[generation]
        assert [call.ok for call in found.calls] == [True]
        agree(found, seen_by_sdk(generation, transport, f"{address}{path}", folder=tmp_path))


@contextmanager
def serving(generation: str, transport: str, folder: Path) -> Iterator[str]:
    """Run a server; the probe waits until it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [python(generation), str(HERE / "sdk_server.py"), transport, str(port)]
    with subprocess.Popen(
        argv, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.mark.parametrize("generation", mcp_sdk.GENERATIONS)
@pytest.mark.parametrize("name", ["base", "pages"])
def test_its_clients_accept_our_odd_servers(generation: str, name: str, tmp_path: Path) -> None:
    """The servers that the probe is tested with are servers to the SDK too: the tests do not agree with themselves alone."""
    seen = seen_by_sdk(generation, "tools", sys.executable, str(SERVERS / f"{name}.py"), folder=tmp_path)
    assert seen["tools"][0]["inputSchema"]["required"] == ["text"]


def test_what_official_clients_refuse(tmp_path: Path) -> None:
    """Each result that is wrong to the probe is refused by an official client of its version, and no good one is."""
    cases = [(method, result, modern) for method, result, modern, *_ in (*GOOD, *BAD)]
    asked = [(method, result, "2026-07-28" if modern else "2025-11-25") for method, result, modern in cases]
    of_python = answers([python("2"), str(HERE / "sdk_shapes.py")], asked, tmp_path)
    node = [shutil.which("node") or "node", str(HERE / "sdk_shapes.mjs"), needed(mcp_sdk.typescript)]
    old = [(method, result) for method, result, modern in cases if not modern]
    of_node = iter(answers(node, old, tmp_path))
    of_both = [yes and node_too for yes, node_too in ((yes, modern or next(of_node)) for (*_, modern), yes in
               zip(cases, of_python, strict=True))]  # fmt: skip
    assert [case for case, yes in zip(cases, of_both, strict=True) if yes] == cases[: len(GOOD)]


def answers(argv: list[str], cases: list[Any], folder: Path) -> list[bool]:
    done = subprocess.run(
        argv, input=json.dumps(cases), capture_output=True, text=True, check=False, timeout=120, env=environment(folder)
    )
    assert done.returncode == 0, done.stderr
    found: list[bool] = json.loads(done.stdout)
    return found
