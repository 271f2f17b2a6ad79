"""GitHub's Markdown for job summaries and notes: tables, folds, blocks, sizes, digests. What others wrote stays text in it.

https://github.github.com/gfm/; a name of the project, a line of a build or a server's answer must not end a cell, a fold or a
fence.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MOST: Final = 100
"""Rows of a table in a summary: it may have a megabyte, its readers have less patience."""
_UNITS: Final = ("B", "kB", "MB", "GB")
_KILO: Final = 1000
_DIGITS: Final = 12


class Markup(str):
    """Text that is Markdown already: a table leaves it as it is."""

    __slots__ = ()


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table whose cells cannot break out of it."""
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def long_table(header: Sequence[str], rows: Sequence[Sequence[str]], most: int = MOST) -> str:
    """Write the first rows of a table, and how many more there are."""
    rest = f"\n… and {len(rows) - most:,} more\n" if len(rows) > most else ""
    return table(header, rows[:most]) + rest


def cell(text: str) -> str:
    """Escape text for a table cell: names come from the project and are not trusted."""
    import html

    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("`", "'")


def code(text: str) -> Markup:
    """Write a short text in the letters of a machine, also inside a table."""
    inside = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return Markup(f"`{inside}`" if inside else "")


def link(text: str, address: str) -> Markup:
    """Link a text; without an address it is only a text."""
    shown = cell(text).replace("[", "\\[").replace("]", "\\]")
    quoted = "".join(f"%{ord(each):02X}" if each in '<>"|\\ ' else each for each in address)
    return Markup(f"[{shown}](<{quoted}>)" if address.startswith(("https://", "http://")) else shown)


def digest(sha256: str) -> Markup:
    """Show as much of a digest as eyes compare; files and outputs have all of it."""
    return Markup(f"`{sha256[:_DIGITS]}…`" if sha256 else "–")


def size(count: float) -> str:
    """Write a number of bytes the way people read it: ``12.3 MB``."""
    for unit in _UNITS[:-1]:
        if count < _KILO:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _KILO
    return f"{count:.1f} {_UNITS[-1]}"


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 file``, ``2 files``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def folded(title: str, inside: str) -> str:
    """Hide what only some want to see below a line to click on."""
    return f"<details><summary>{cell(title)}</summary>\n\n{inside.rstrip()}\n\n</details>\n"


def block(text: str, language: str = "text") -> str:
    """Write lines as they are; the fence is longer than any in them."""
    fence = "`" * max(3, *(len(run) + 1 for run in _runs(text)), 3)
    return f"{fence}{language}\n{text}\n{fence}\n"


def section(title: str, facts: Iterable[str], *parts: str) -> str:
    """Write a section: its heading says the outcome, its parts are whole paragraphs, tables or blocks."""
    told = ", ".join(fact for fact in facts if fact)
    heading = f"### {title} – {told}" if told else f"### {title}"
    return "\n\n".join(part.strip("\n") for part in (heading, *parts) if part) + "\n"


def _cell(value: str) -> str:
    return value if isinstance(value, Markup) else cell(value)


def _runs(text: str) -> Iterator[str]:
    run = ""
    for character in f"{text} ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""
