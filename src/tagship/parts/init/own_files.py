"""The files of a project that ``init`` keeps: written, renewed, or left alone because somebody changed them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tagship.adapters.files import write_all
from tagship.domain.text.own_part import Renewed, difference, marked
from tagship.errors import Problem, UsageError
from tagship.ports import Tools

_MODE = 0o644
_WHY = {
    "edited": "somebody changed what is between the marks",
    "foreign": "somebody else wrote it",
}


class OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is shown and where it lies; ``old`` and ``body`` are what is there and what tagship would have."""

    shown: str
    path: Path
    old: str | None
    body: str
    renewed: Renewed


def read(path: Path) -> str | None:
    """Read a file that may be there.

    Raises:
        UsageError: it cannot be read.

    """
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read it: {error.strerror}", file=str(path), hint="make it a readable file") from None


def bring(files: Sequence[OwnFile], tools: Tools, *, dry_run: bool) -> Mapping[str, str]:
    """Write those that are to be written, say what became of each, and return that.

    Raises:
        UsageError: some were left alone; the others are written all the same.

    """
    if not dry_run:
        written = [each for each in files if each.renewed.written]
        write_all({each.path: (each.renewed.text.encode(), _MODE) for each in written})
    for each in files:
        if each.body or each.old is not None:
            _tell(each, tools, dry_run=dry_run)
    left = [each for each in files if each.renewed.state in _WHY and each.body]
    if left and not dry_run:
        hint = "bring the lines above in by hand, or let --replace overwrite it"
        raise UsageError.of(
            [Problem(message=f"left alone: {_WHY[each.renewed.state]}", file=each.shown, hint=hint) for each in left]
        )
    return {each.shown: each.renewed.state for each in files if each.body}


def _tell(each: OwnFile, tools: Tools, *, dry_run: bool) -> None:
    state = each.renewed.state
    tools.reporter.info(f"{'would be ' if dry_run and each.renewed.written else ''}{state:<10}{each.shown}")
    alone = state in _WHY
    if (alone or dry_run) and state != "unchanged" and each.body:
        wanted = marked(each.body) if alone else each.renewed.text
        tools.reporter.info(difference(each.old or "", wanted, each.shown))
