"""What a bump writes for people and reads back itself: commit messages and the release pull request."""

import re
from collections.abc import Sequence
from typing import Final

from tagship.domain.changes.bump import Bump

_SUBJECT: Final = re.compile(r"^chore\(release\): (?P<what>.+?)(?: \(#\d+\))?$")
_TRAILER: Final = re.compile(r"^Release: (?P<tag>\S+)\s*$", re.MULTILINE)
_FEW: Final = 3


def subject(bumps: Sequence[Bump]) -> str:
    """Say in one line what is released: ``chore(release): 1.3.0``, or packages with their versions."""
    titles = [bump.title for bump in bumps]
    listed = ", ".join(titles[:_FEW])
    return f"chore(release): {listed}{f' and {len(titles) - _FEW} more' if len(titles) > _FEW else ''}"


def commit_message(bumps: Sequence[Bump]) -> str:
    """Write the message of a release commit: the subject, and a trailer for each tag that is to be made of it."""
    trailers = [f"Release: {tag}" for bump in bumps for tag in bump.tags]
    return "\n".join([subject(bumps), "", *trailers]) + "\n"


def released_by(message: str) -> tuple[str, ...]:
    """Return the tags that a release commit speaks of; nothing for any other commit.

    A squash merge may have dropped the trailers: then ``*`` stands for whatever its files say.
    """
    first, _, rest = message.strip().partition("\n")
    merged = first.startswith("Merge pull request ") and _SUBJECT.match(rest.strip().partition("\n")[0])
    if not _SUBJECT.match(first) and not merged:
        return ()
    return tuple(match["tag"] for match in _TRAILER.finditer(rest)) or ("*",)


def pull_request_body(bumps: Sequence[Bump], sections: Sequence[str], *, limit: int) -> str:
    """Write the body of the release pull request: a table of what is released, and each changelog section."""
    rows = [
        f"| {bump.line.name or 'all'} | {bump.current or '–'} | **{bump.wanted}** | `{'`, `'.join(bump.tags)}` |"
        for bump in bumps
    ]
    table = "\n".join(["| package | now | next | tag |", "| --- | --- | --- | --- |", *rows])
    head = (
        f"Merging this releases it.\n\n{table}\n\n"
        "It is kept up to date with every push. Change it as you like: commits on top of this branch are kept.\n"
    )
    trailers = "\n".join(f"Release: {tag}" for bump in bumps for tag in bump.tags)
    body = f"{head}\n" + "\n\n".join(sections)
    room = limit - len(trailers) - 200
    if len(body) > room:
        body = body[:room].rsplit("\n", 1)[0] + "\n\n… the rest is in the changelog file of this branch."
    return f"{body}\n\n{trailers}\n"
