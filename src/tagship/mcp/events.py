"""Server-sent events, read as they come: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream."""

import re
from typing import Final

from tagship.mcp.messages import LONGEST_LINE, MOST_BYTES, TooMuchError

_END: Final = re.compile(rb"\r\n|\n|\r(?!$)")
"""A line end; a carriage return that is last may be half of one."""


class Events:
    """Bytes made into events: name and data."""

    def __init__(self) -> None:
        self._rest = b""
        self._seen = 0
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[tuple[str, str]]:
        """Add bytes and return the events that are complete.

        Raises:
            TooMuchError: one line, or all of them together, are longer than any real server's.

        """
        if not self._seen:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        self._seen += len(chunk)
        *lines, self._rest = _END.split(self._rest + chunk)
        if len(self._rest) > LONGEST_LINE or self._seen > MOST_BYTES:
            raise TooMuchError(f"an event stream has an event over {LONGEST_LINE >> 20} MB, or never ends")
        return [event for line in lines if (event := self._line(line.decode("utf-8", "replace")))]

    def _line(self, line: str) -> tuple[str, str] | None:
        if not line:
            event = (self._name or "message", "\n".join(self._data)) if self._data else None
            self._name, self._data = "", []
            return event
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        return None
