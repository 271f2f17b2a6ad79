"""Questions and answers: ids matched, questions of the server answered, everything that should not be there kept and counted."""

from typing import Any, Final

from tagship import __version__
from tagship.domain.text.invisible import escaped
from tagship.mcp import shapes
from tagship.mcp.messages import Answer, Batch, Message, Noise, Notice, Question, Refusal, TooMuchError
from tagship.mcp.transport import ClosedError, SilentError, Way
from tagship.ports import Clock

MODERN: Final = ("2026-07-28",)
LEGACY: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Newest first: https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning."""
INFO: Final = {"name": "tagship-probe", "version": __version__}
BATCHES: Final = "2025-03-26"
_META: Final = "io.modelcontextprotocol"
_KEPT: Final = 20
_MOST_NOTICES: Final = 10_000
_MOST_QUESTIONS: Final = 1_000
_METHOD_NOT_FOUND: Final = -32601


class RefusedError(Exception):
    """The server answered with an error."""

    def __init__(self, method: str, refusal: Refusal) -> None:
        super().__init__(f"{method} is answered with error {refusal.code}: {escaped(refusal.message)}")
        self.refusal = refusal


class WrongError(Exception):
    """The server answered something that the protocol does not know."""


class Client:
    """Speaks with one server until ``deadline``."""

    def __init__(self, way: Way, clock: Clock, deadline: float) -> None:
        self.way, self._clock, self.deadline = way, clock, deadline
        self.modern = False
        self.noise: list[str] = []
        self.strays: list[str] = []
        self.faults: list[str] = []
        self.questions: dict[str, int] = {}
        self.notices: dict[str, int] = {}
        self.batches = 0
        self.unnamed_errors = 0
        self.info: dict[str, Any] = {}
        self.first_answer: float | None = None
        self._methods: dict[int, str] = {}
        self._asked: dict[int, str] = {}
        self._answers: dict[int, Answer | Refusal] = {}
        self._number = 0

    def ask(self, method: str, params: dict[str, Any] | None = None) -> int:
        """Send a question and return its id; other questions may be under way."""
        self._number += 1
        full = dict(params or {})
        if self.modern or method == "server/discover":
            full["_meta"] = meta(self.way.version)
        message = {"id": self._number, "method": method, **({"params": full} if full else {})}
        self._methods[self._number] = self._asked[self._number] = method
        self.way.send(message, self.deadline)
        return self._number

    def tell(self, method: str) -> None:
        """Send a notification."""
        self.way.send({"method": method}, self.deadline)

    def wait(self, *ids: int, until: float | None = None) -> tuple[int, Answer | Refusal]:
        """Return the first answer to one of some questions.

        Raises:
            ClosedError, SilentError, TooMuchError, UnreachableError, WrongError: there will be none.

        """
        deadline = self.deadline if until is None else min(until, self.deadline)
        while not (found := next((each for each in ids if each in self._answers), 0)):
            if self._clock.monotonic() >= deadline:
                raise SilentError
            self._take(self.way.receive(deadline))
        return found, self._answers.pop(found)

    def answered(self, number: int, seconds: float) -> bool:
        """Whether an answer is there, or comes within some seconds: for questions that need not be answered."""
        try:
            self.put_back(*self.wait(number, until=self._clock.monotonic() + seconds))
        except SilentError:
            return False
        return True

    def noticed(self, method: str, seconds: float) -> bool:
        """Whether a notification came, or comes within some seconds."""
        until = min(self._clock.monotonic() + seconds, self.deadline)
        while method not in self.notices:
            try:
                self._take(self.way.receive(until))
            except (ClosedError, SilentError):
                return False
        return True

    def put_back(self, number: int, answer: Answer | Refusal) -> None:
        """Keep an answer for :meth:`result` that was looked at already."""
        self._answers[number] = answer

    def result(self, number: int) -> dict[str, Any]:
        """Return the result of a question.

        Raises:
            RefusedError: it is an error.
            WrongError: it is not finished, or no object.

        """
        method = self._methods[number]
        _, answer = self.wait(number)
        if isinstance(answer, Refusal):
            raise RefusedError(method, answer)
        result = answer.result
        if not isinstance(result, dict):
            raise WrongError(f"the result of {method} is no object")
        if fault := shapes.wrong(method, result, modern=self.modern):
            self._keep(self.faults, fault)
        kind = result.get("resultType", "complete")
        if kind != "complete":
            raise WrongError(f"{method} is not answered, but asks for more ({escaped(str(kind), 60)})")
        about = result.get("_meta")
        if isinstance(about, dict) and isinstance(about.get(f"{_META}/serverInfo"), dict):
            self.info = about[f"{_META}/serverInfo"]
        return result

    @property
    def waiting(self) -> tuple[str, ...]:
        """The questions that are not answered."""
        return tuple(self._asked.values())

    def _take(self, message: Message) -> None:
        """Keep an answer; answer, count or keep everything else."""
        match message:
            case Noise():
                self._keep(self.noise, str(message))
            case Batch():
                self.batches += 1
            case Notice():
                self._count(self.notices, message.method, _MOST_NOTICES, "notifications")
            case Question():
                self._count(self.questions, message.method, _MOST_QUESTIONS, "requests")
                self._reply(message)
            case Answer() | Refusal():
                self._match(message)

    def _match(self, answer: Answer | Refusal) -> None:
        """Match by id, ``1`` and ``"1"`` being two; an error whose id could not be read is about the oldest question."""
        number = answer.id
        if number is None and self._asked:
            self.unnamed_errors += 1
            number = next(iter(self._asked))
        if not isinstance(number, int) or number not in self._asked:
            self._keep(self.strays, f"an answer with id {escaped(repr(answer.id), 60)}, which nobody asked")
            return
        if self.first_answer is None:
            self.first_answer = self._clock.monotonic()
        del self._asked[number]
        self._answers[number] = answer

    def _reply(self, question: Question) -> None:
        """Answer a ping, refuse the rest: this client declared nothing else. A modern server may not ask at all."""
        if self.modern:
            return
        reply: dict[str, Any] = {"result": {}}
        if question.method != "ping":
            reply = {"error": {"code": _METHOD_NOT_FOUND, "message": "Method not found"}}
        self.way.send({"id": question.id, **reply}, self.deadline)

    def _count(self, counts: dict[str, int], method: str, most: int, what: str) -> None:
        name = escaped(method, 60) if len(counts) < _KEPT else "…"
        counts[name] = counts.get(name, 0) + 1
        if sum(counts.values()) > most:
            raise TooMuchError(
                f"it floods its client: over {most} {what}, mostly {max(counts, key=lambda key: counts[key])}"
            )

    def _keep(self, kept: list[str], what: str) -> None:
        if len(kept) < _KEPT:
            kept.append(what)


def meta(version: str) -> dict[str, Any]:
    """Return what every modern request carries: https://modelcontextprotocol.io/specification/2026-07-28/basic#_meta."""
    return {
        f"{_META}/protocolVersion": version,
        f"{_META}/clientInfo": INFO,
        f"{_META}/clientCapabilities": {},
    }
