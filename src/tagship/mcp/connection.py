"""One HTTP request of a probe, and its answer, whole or as a stream."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from tagship.domain.text.invisible import escaped
from tagship.mcp.events import Events
from tagship.mcp.messages import LONGEST_LINE, TooMuchError
from tagship.mcp.transport import SilentError, UnreachableError
from tagship.ports import Tools

_CHUNK: Final = 1 << 16
_SHORTEST: Final = 0.001


class NobodyError(UnreachableError):
    """Nobody listens there, perhaps not yet."""


class Connection:
    """A connection for one request, closed from outside when its time is up: a server that drips bytes holds nobody."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> "HttpAnswer":
        """Send and return the answer when its headers are there; redirects are not followed: the address is what is probed.

        Raises:
            SilentError: no answer in time.
            UnreachableError: there is nobody.

        """
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        left = max(deadline - self._tools.clock.monotonic(), _SHORTEST)
        watch = _Watch(left)
        try:
            connection = self._connection(url, left)
            connection.connect()
            watch.begin(connection)
            connection.request(method, target, body, dict(headers))
            return HttpAnswer(connection.getresponse(), watch)
        except (OSError, http.client.HTTPException, ValueError) as error:
            watch.end()
            if watch.fired or isinstance(error, TimeoutError):
                raise SilentError from None
            why = escaped(str(error) or type(error).__name__, 200)
            kind = NobodyError if isinstance(error, ConnectionRefusedError) else UnreachableError
            raise kind(f"no answer from {escaped(parts.netloc)}: {why}") from None

    def _connection(self, url: str, timeout: float) -> http.client.HTTPConnection:
        """Prepare a connection, through the proxy that the environment names for https."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https":
            return http.client.HTTPConnection(host, parts.port, timeout=timeout)
        context = ssl.create_default_context()
        proxy = self._proxy(host)
        if not proxy:
            return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
        way = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        connection = http.client.HTTPSConnection(way.hostname or "", way.port, timeout=timeout, context=context)
        connection.set_tunnel(host, parts.port or 443)
        return connection

    def _proxy(self, host: str) -> str:
        environment = self._tools.environment
        without = environment.get("no_proxy") or environment.get("NO_PROXY", "")
        if proxy_bypass_environment(host, {"no": without}):
            return ""
        return environment.get("https_proxy") or environment.get("HTTPS_PROXY", "")


class _Watch:
    """Ends a connection when the time is up, whoever reads from it."""

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def begin(self, connection: http.client.HTTPConnection) -> None:
        """Watch a connection that is open, by its socket: of one that will be closed, it is taken away with the answer."""
        self._connection, self._socket = connection, connection.sock
        self._timer.start()

    def end(self) -> None:
        """Close it now."""
        self._timer.cancel()
        if self._connection:
            self._connection.close()

    def _fire(self) -> None:
        self.fired = True
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class HttpAnswer:
    """Status and headers, and a body that is not read yet."""

    def __init__(self, response: http.client.HTTPResponse, watch: _Watch) -> None:
        self._response, self._watch = response, watch
        self.status = response.status
        self.headers = response.headers

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300  # noqa: PLR2004

    def read(self) -> bytes:
        """Read what has come; empty at the end.

        Raises:
            SilentError: the time is up.
            UnreachableError: it broke off.

        """
        try:
            data = self._response.read1(_CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._watch.fired or isinstance(error, TimeoutError):
                raise SilentError from None
            raise UnreachableError(f"its answer broke off ({type(error).__name__})") from None
        if not data and self._watch.fired:
            raise SilentError
        if not data and self._response.length:
            raise UnreachableError(f"its answer broke off, {self._response.length} bytes before its end")
        return data

    def body(self) -> bytes:
        """Read all of it and close.

        Raises:
            TooMuchError: it is longer than any real server's.

        """
        found = bytearray()
        try:
            while data := self.read():
                found += data
                if len(found) > LONGEST_LINE:
                    raise TooMuchError(f"an answer over HTTP is longer than {LONGEST_LINE >> 20} MB")
        finally:
            self.close()
        return bytes(found)

    def close(self) -> None:
        """Close the connection, read or not."""
        self._response.close()
        self._watch.end()

    def refusal(self, body: bytes) -> UnreachableError:
        """Say what came instead of an answer."""
        kind = escaped(str(self.headers.get("Content-Type", "nothing")), 60)
        said = escaped(body[:800].decode("utf-8", "replace").strip(), 200)
        if 300 <= self.status < 400:  # noqa: PLR2004
            where = escaped(str(self.headers.get("Location", "nowhere")), 200)
            return UnreachableError(f"it redirects to {where} ({self.status}): probe that address", self.status)
        return UnreachableError(f"it answered {self.status} with {kind}{': ' + said if said else ''}", self.status)


class Stream:
    """An answer that is an event stream; ``request`` is the id of the question that it answers."""

    def __init__(self, answer: HttpAnswer, request: object) -> None:
        self._answer, self.request = answer, request
        self._events = Events()

    def read(self) -> list[tuple[str, str]] | None:
        """Return the events that came, ``None`` at its end."""
        data = self._answer.read()
        if not data:
            self.close()
            return None
        return self._events.feed(data)

    def close(self) -> None:
        """Close the connection: to a modern server that says that nobody waits any longer."""
        self._answer.close()
