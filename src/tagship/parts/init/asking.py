"""Questions that only a person can answer, each with a proposal and with the flag that answers it beforehand."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tagship.errors import Problem, UsageError
from tagship.ports import Tools

_TRIES = 3


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; ``check`` returns the answer as it is meant, or raises; without a ``proposal`` somebody has to say it."""

    flag: str
    text: str
    proposal: str | None
    check: Callable[[str], str]


def answers(questions: Sequence[Question], tools: Tools, *, proposals: bool) -> Mapping[str, str]:
    """Ask all of them, or take the ``proposals``.

    Raises:
        UsageError: nobody is there to answer; each question is told.

    """
    if tools.ask is None or proposals:
        return _without_a_person(questions, tools, proposals=proposals)
    return {question.flag: _asked(question, tools.ask, tools) for question in questions}


def _without_a_person(questions: Sequence[Question], tools: Tools, *, proposals: bool) -> dict[str, str]:
    open_ones = [question for question in questions if not proposals or question.proposal is None]
    if open_ones:
        raise UsageError.of([Problem(message=question.text, hint=_hint(question)) for question in open_ones])
    taken = {question.flag: question.check(question.proposal or "") for question in questions}
    for question in questions:
        tools.reporter.info(f"{question.text} {question.proposal or 'none'} (--{question.flag} says something else)")
    return taken


def _hint(question: Question) -> str:
    if question.proposal is None:
        return f"say it with --{question.flag}"
    return f"say it with --{question.flag}, or take {question.proposal or 'none'!r} with --yes"


def _asked(question: Question, ask: Callable[[str], str], tools: Tools) -> str:
    shown = f" [{question.proposal or 'none'}]" if question.proposal is not None else ""
    for _ in range(_TRIES - 1):
        try:
            return _answer(question, ask(f"{question.text}{shown} "))
        except UsageError as error:
            tools.reporter.warning(error.problems[0].advice)
    return _answer(question, ask(f"{question.text}{shown} "))


def _answer(question: Question, said: str) -> str:
    meant = said or question.proposal or ""
    return question.check("" if meant == "none" else meant)
