"""Errors: places, hints, exit codes."""

import pytest

from tagship import errors
from tagship.errors import Problem, TagshipError


def test_exit_codes_are_the_public_ones() -> None:
    """Scripts branch on these numbers: they never move."""
    codes = {cls.__name__: cls.exit_code for cls in TagshipError.__subclasses__() if cls.__module__ == errors.__name__}
    assert codes == {
        "CheckFailed": 1, "UsageError": 2, "ProjectError": 3, "RemoteRefused": 4, "RemoteUnreachable": 5,
        "IntegrityError": 6,
    }  # fmt: skip
    assert TagshipError.exit_code == 70


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(message="m"), "m"),
        (Problem(message="m", file="f"), "f: m"),
        (Problem(message="m", file="f", line=3), "f:3: m"),
        (Problem(message="m", file="f", line=3, column=4, hint="do"), "f:3:4: m\n  → do"),
    ],
)
def test_a_problem_reads_as_compilers_write_it(problem: Problem, text: str) -> None:
    """``file:line:column: message``, so that editors can jump there."""
    assert str(problem) == text


def test_several_problems_are_one_error() -> None:
    """All mistakes of a file are told at once, under the exit code of their class."""
    error = errors.UsageError.of([Problem(message="one"), Problem(message="two", hint="mend")])
    assert isinstance(error, errors.UsageError)
    assert str(error) == "one\ntwo\n  → mend"
    assert [problem.message for problem in error.problems] == ["one", "two"]
