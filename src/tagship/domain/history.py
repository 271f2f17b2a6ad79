"""What a range of commits says together."""

from collections.abc import Sequence

from tagship.domain import commits
from tagship.domain.commits import Commit, Meaning


def read_history(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Read commits, newest first."""
    return tuple(commits.read(commit) for commit in history)


def standing(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """Leave out what a later commit took back."""
    return commits.standing(meanings)


def unconventional(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Return those that are no Conventional Commits."""
    return tuple(meaning for meaning in read_history(history) if not meaning.type)
