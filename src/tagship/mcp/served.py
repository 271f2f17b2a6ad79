"""A server that listens: started, waited for, spoken to at its address, and ended.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

import socket
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from tagship.adapters.child import Child
from tagship.domain.tools.probe_report import ProbeResult
from tagship.mcp.conversation import Learnt
from tagship.mcp.judge import Seen, judge
from tagship.mcp.probe import cannot_start, exit_of, measured, probe_url
from tagship.mcp.stdio import FORCE, Tail
from tagship.mcp.transport import Heard
from tagship.ports import Launch, Tools, Wanted

_PAUSE: Final = 0.02


def probe_served(launch: Launch, url: str, wanted: Wanted, tools: Tools) -> ProbeResult:
    """Start a server as its users do, wait until it listens, speak with it, and end it with everything it started."""
    began = tools.clock.monotonic()
    said = Tail()
    try:
        child = Child(
            launch.argv,
            cwd=launch.cwd,
            env=launch.env,
            shell=tools.shell,
            out=said.feed,
            err=said.feed,
            limited=launch.limited,
        )
    except OSError as error:
        return cannot_start(launch, error, tools.clock.monotonic() - began)
    try:
        listens = _wait(child, url, began + wanted.timeout, tools)
        if listens:
            found = probe_url(url, wanted, tools)
        memory = child.peak_memory()
        crashed = not child.running
    finally:
        ended = child.end(patience=0, force=FORCE)
    now = tools.clock.monotonic()
    if listens:
        figures = replace(found.measured, peak_memory=memory, total_seconds=round(now - began, 3), stderr=said.lines())
        return replace(found, measured=figures)
    heard = Heard(stderr=said.lines())
    learnt = Learnt(
        closed=crashed, failure="" if crashed else f"it does not listen at {url} within {wanted.timeout:g} s"
    )
    how = exit_of(ended, by_itself=True) if crashed else None
    probe = judge(Seen(learnt=learnt, heard=heard, exit=how, variables=frozenset(launch.env)), wanted)
    return ProbeResult(probe=probe, measured=measured(learnt, heard, began, now, memory=memory))


def _wait(child: Child, url: str, until: float, tools: Tools) -> bool:
    """Wait until something listens at the address, or the server ended, or the time is up."""
    address = urlsplit(url)
    while child.running and tools.clock.monotonic() < until:
        with socket.socket() as line:
            line.settimeout(1)
            if line.connect_ex((address.hostname or "", address.port or 80)) == 0:
                return True
        child.wait(_PAUSE)
    return False
