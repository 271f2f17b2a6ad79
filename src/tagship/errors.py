"""What can go wrong, each with its exit code and a hint that says what to do.

::

    TagshipError                 70  a bug of ours, unless a subclass says otherwise
    ├── CheckFailed               1  the release is not good: a check said no
    ├── UsageError                2  usage or configuration
    ├── ProjectError              3  the project cannot be planned or built
    ├── RemoteRefused             4  authorisation, a rule, an immutable release
    ├── RemoteUnreachable         5  not reached, or kept failing until the window closed
    └── IntegrityError            6  a signature or a digest does not match

The codes are public (docs/reference); a new class takes one of them, never a new meaning.
"""

from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, placed where a person can act on it.

    ``line`` and ``column`` count from 1; ``hint`` is one imperative sentence or empty.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        parts = [self.file or "", str(self.line or ""), str(self.column or "")]
        return ":".join(part for part in parts if part)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.advice}"

    @property
    def advice(self) -> str:
        """What it says and what to do, for those who show the place themselves."""
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class TagshipError(Exception):
    """The root: carries one or more :class:`Problem`, so that a file's mistakes are told together."""

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.problems: tuple[Problem, ...] = (Problem(message=message, file=file, line=line, column=column, hint=hint),)
        super().__init__(str(self.problems[0]))

    @classmethod
    def of(cls, problems: list[Problem]) -> "TagshipError":
        """Gather several findings (at least one) in one error."""
        error = cls(problems[0].message)
        error.problems = tuple(problems)
        error.args = ("\n".join(str(problem) for problem in problems),)
        return error


class CheckFailed(TagshipError):  # noqa: N818  (named as the fact it states)
    """The release is not good: a check said no; ``outputs`` are those of a step that has some all the same."""

    exit_code = 1
    outputs: object = None


class UsageError(TagshipError):
    """An input, a flag or the configuration cannot be used."""

    exit_code = 2


class ProjectError(TagshipError):
    """The project cannot be planned or built."""

    exit_code = 3


class RemoteRefused(TagshipError):  # noqa: N818
    """A remote said no and will say no again: authorisation, a rule, an immutable release."""

    exit_code = 4


class RemoteUnreachable(TagshipError):  # noqa: N818
    """A remote could not be reached, or kept failing until the retry window closed."""

    exit_code = 5


class IntegrityError(TagshipError):
    """A digest, a size, a name or a signature is not what was planned or built."""

    exit_code = 6
