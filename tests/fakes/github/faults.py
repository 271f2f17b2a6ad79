"""Scripted faults: what goes wrong, and at which request.

server.faults.add(Answer(status=502), number=3)
server.faults.add(Starter(), method="POST", path="/assets", skip=1)
server.faults.add(Kill(pid=lambda: child.pid, when="after"), number=7)
"""

import os
import re
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, cast

from tests.fakes.github.errors import DOCUMENTATION
from tests.fakes.github.messages import Response

When = Literal["before", "during", "after"]
Pid = int | Path | Callable[[], int]
UNICORN = b"<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer this instead of doing it; 5xx come as an HTML page, as they do from GitHub's front."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def response(self) -> Response:
        if self.status >= 500:
            page = {"Content-Type": "text/html; charset=utf-8"}
            return Response(status=self.status, raw=UNICORN, headers=page | dict(self.headers))
        message = self.message or f"Injected {self.status}"
        return Response(
            status=self.status, content={"message": message, "documentation_url": DOCUMENTATION}, headers=self.headers
        )


def secondary_limit(*, retry_after: int = 1, status: int = 403) -> Answer:
    """Say "slow down" as GitHub does, by 403 or 429 with Retry-After.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits.
    """
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Answer(status=status, headers={"Retry-After": str(retry_after)}, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Reset the connection; nothing happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Do it, then reset the connection instead of answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Reset the connection inside the body; what came of an upload is a `starter`."""

    after: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """Leave an uploaded asset in state `starter` and answer 502."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Wait before doing it."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """SIGKILL the client: before the effect, in the middle of its body (an upload leaves a `starter`), or after the
    effect but before the answer.

    `pid` is a number, a file that holds one, or a function that tells it at the time.
    """

    pid: Pid
    when: When = "before"

    def fire(self) -> None:
        pid = int(self.pid.read_text()) if isinstance(self.pid, Path) else self.pid
        os.kill(pid() if callable(pid) else pid, signal.SIGKILL)


Effect = Answer | Reset | Cut | Drop | Starter | Delay | Kill


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which requests: the one of a number, else those of a method whose path has the expression, some skipped.

    After the `last` one nobody answers any more, as if the client had died.
    """

    number: int | None = None
    method: str | None = None
    path: str = ""
    skip: int = 0
    times: int | None = 1
    last: bool = False

    def fits(self, number: int, method: str, path: str) -> bool:
        by_number = self.number is None or self.number == number
        by_method = self.method is None or self.method == method
        return by_number and by_method and re.search(self.path, path) is not None


class Where(TypedDict, total=False):
    """The fields of `Match`, as keyword arguments of `Faults.add`."""

    number: int
    method: str
    path: str
    skip: int
    times: int | None
    last: bool


class Faults:
    """The script; safe to change while the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: list[tuple[Match, Effect]] = []
        self._seen: list[int] = []
        self._over = False

    def add(self, effect: Effect, **where: Unpack[Where]) -> None:
        """Script one fault; `times=None` means always."""
        with self._lock:
            self._script.append((Match(**where), effect))
            self._seen.append(0)

    def take(self, number: int, method: str, path: str) -> Effect | None:
        """Find the fault of a request: the first scripted one that fits and is not used up."""
        with self._lock:
            if self._over:
                return Reset()
            for index, (match, effect) in enumerate(self._script):
                if match.fits(number, method, path):
                    self._seen[index] += 1
                    turn = self._seen[index] - match.skip
                    if turn > 0 and (match.times is None or turn <= match.times):
                        self._over = match.last
                        return effect
        return None

    def clear(self) -> None:
        with self._lock:
            self._script.clear()
            self._seen.clear()
            self._over = False


KINDS: Mapping[str, Callable[..., Effect]] = {
    "answer": Answer,
    "secondary-limit": secondary_limit,
    "reset": Reset,
    "cut": Cut,
    "drop": Drop,
    "starter": Starter,
    "delay": Delay,
    "kill": Kill,
}
MATCHING = tuple(Where.__annotations__)


def load(faults: Faults, script: list[dict[str, Any]]) -> None:
    """Read a script in JSON: `[{"do": "answer", "status": 502, "number": 3}, …]`; `pid-file` is Kill's file."""
    for entry in script:
        options = {name.replace("-", "_"): value for name, value in entry.items() if name not in ("do", *MATCHING)}
        if "pid_file" in options:
            options["pid"] = Path(options.pop("pid_file"))
        where = cast("Where", {name: entry[name] for name in MATCHING if name in entry})
        faults.add(KINDS[entry["do"]](**options), **where)
