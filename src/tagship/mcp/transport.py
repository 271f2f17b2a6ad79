"""What a client needs from a way to a server."""

from typing import Any, Protocol

import msgspec

from tagship.domain.tools.probe_report import Transport as Kind
from tagship.mcp.messages import Message


class Heard(msgspec.Struct, kw_only=True):
    """What a way to a server heard beside messages."""

    stderr: tuple[str, ...] = ()
    blank_lines: int = 0
    carriage_returns: bool = False
    unended: str = ""
    """A message that no newline ended: whoever reads lines never sees it."""
    late: list[str] = msgspec.field(default_factory=list)
    """What went wrong after the conversation: noise on stdout when its input was closed, a session that does not end."""
    late_answers: bool = False
    """Answers came when nobody waited any longer."""


class ClosedError(Exception):
    """The server said all that it will ever say."""


class SilentError(Exception):
    """The time is up."""


class UnreachableError(Exception):
    """The server cannot be spoken to: what it, or the way to it, answers; ``status`` is HTTP's, 0 without one."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Way(Protocol):
    """Carries messages to a server and back."""

    kind: Kind
    version: str
    """The protocol version in use, once it is known."""
    heard: Heard

    def send(self, message: dict[str, Any], deadline: float) -> None:
        """Hand over one message.

        Raises:
            ClosedError, SilentError, TooMuchError, UnreachableError: it cannot be handed over.

        """

    def receive(self, deadline: float) -> Message:
        """Return the next message.

        Raises:
            ClosedError, SilentError, TooMuchError, UnreachableError: there is none.

        """
