"""Where lines go whose reader has gone: ``| head -1`` ends a reader early, and a full disk takes no line more.

What is said is not what is done: a step that succeeded has succeeded, whoever listened to it.
"""

import os
from contextlib import suppress
from typing import Any, TextIO, cast


def give_up(stream: TextIO) -> None:
    """Lead what is still written to it nowhere, what waits in its buffer too: Python flushes once more when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def patient(stream: TextIO) -> TextIO:
    """Return the stream as one that nobody has to read."""
    return cast(TextIO, _Patient(stream))


class _Patient:
    """All of a stream, but for errors of its reader."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            give_up(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            give_up(self._stream)
