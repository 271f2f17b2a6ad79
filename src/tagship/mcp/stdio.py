"""MCP over standard streams: a server as a child process.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
"""

import contextlib
import queue
import threading
from collections import deque
from typing import Any, Final

from tagship.adapters.child import Child, Ended
from tagship.domain.text.invisible import escaped
from tagship.domain.tools.probe_report import Transport as Kind
from tagship.mcp.messages import Answer, Lines, Message, Noise, Refusal, TooMuchError, decode, encode
from tagship.mcp.transport import ClosedError, Heard, SilentError
from tagship.ports import Launch, Tools

FORCE: Final = 2.0
_KEPT: Final = 1 << 16
"""Bytes of stderr that are kept from its end: a traceback ends with what matters."""
_STDERR_LINES: Final = 40
_LATE: Final = 20


class Stdio:
    """A server that was started, and the messages on its streams."""

    kind: Kind = "stdio"

    def __init__(self, launch: Launch, tools: Tools) -> None:
        self.version = ""
        self.heard = Heard()
        self._clock = tools.clock
        self._lines = Lines()
        self._raw: queue.SimpleQueue[tuple[int, bytes] | Exception] = queue.SimpleQueue()
        self._decoded: deque[Message] = deque()
        self._end: Exception | None = None
        self._said = Tail()
        self.child = Child(
            launch.argv,
            cwd=launch.cwd,
            env=launch.env,
            shell=tools.shell,
            out=self._out,
            err=self._said.feed,
            limited=launch.limited,
        )

    def send(self, message: dict[str, Any], deadline: float) -> None:  # noqa: ARG002  (writing never waits)
        """Write one line; to a server that does not read, nothing more is said than it can take."""
        self.child.write(encode(message) + b"\n")

    def receive(self, deadline: float) -> Message:
        """Return the next message that the server wrote."""
        try:
            return self._next(max(deadline - self._clock.monotonic(), 0))
        except queue.Empty:
            raise SilentError from None

    def _next(self, seconds: float) -> Message:
        while not self._decoded:
            if self._end:
                raise self._end
            item = self._raw.get(timeout=seconds) if seconds else self._raw.get_nowait()
            if isinstance(item, Exception):
                self._end = item
            else:
                self._decoded.extend(self._read(*item))
        return self._decoded.popleft()

    def close(self, patience: float) -> Ended:
        """End the server as clients do, which give it two to five seconds, and keep what it still said."""
        ended = self.child.end(patience=patience, force=FORCE)
        self.heard.stderr = self._said.lines()
        number, rest = self._lines.rest
        if rest.strip() and not isinstance(self._end, TooMuchError):
            text = escaped(rest[:800].decode("utf-8", "replace"), 200)
            self.heard.unended = f"line {number} of stdout: {text}"
        for _ in range(_LATE):
            with contextlib.suppress(queue.Empty, ClosedError, TooMuchError):
                self._after(self._next(0))
        return ended

    def _after(self, message: Message) -> None:
        """Look at what came too late."""
        if isinstance(message, Noise):
            self.heard.late.append(str(message))
        self.heard.late_answers = self.heard.late_answers or isinstance(message, Answer | Refusal)

    def _out(self, data: bytes) -> bool:
        """Cut into lines what came; runs in the reader's thread, messages are read by whoever waits for them."""
        try:
            for line in self._lines.feed(data):
                self._raw.put(line)
        except TooMuchError as error:
            self._raw.put(error)
            return False
        if not data:
            self._raw.put(ClosedError())
        return True

    def _read(self, number: int, line: bytes) -> list[Message]:
        if line.endswith(b"\r"):
            self.heard.carriage_returns = True
        if not line.strip():
            self.heard.blank_lines += 1
            return []
        return list(decode(line.removesuffix(b"\r"), f"line {number} of stdout"))


class Tail:
    """The end of a stream, in bounded memory."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._lock = threading.Lock()

    def feed(self, data: bytes) -> bool:
        """Add bytes; there is always room."""
        with self._lock:
            self._kept += data
            if len(self._kept) > 2 * _KEPT:
                del self._kept[:-_KEPT]
        return True

    def lines(self) -> tuple[str, ...]:
        """Return its last lines, control characters escaped."""
        with self._lock:
            text = bytes(self._kept[-_KEPT:]).decode("utf-8", "replace")
        lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
        return tuple(escaped(line, 400) for line in lines if line)[-_STDERR_LINES:]
