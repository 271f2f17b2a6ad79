"""What each step tells in the job summary, in one language: a heading with the outcome, the files, what to do with them.

A step adds one section; what went wrong, and the whole chain's picture, go before all of them. GitHub shows the summaries of a
run's jobs one below the other, so that the isolated jobs read like the chain in one job.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from tagship.domain.plans.artifact import BuiltFile
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs.evidence import Finding
from tagship.domain.releases import picture, release_notes
from tagship.domain.releases.picture import Stage
from tagship.domain.releases.release import RemoteAsset
from tagship.domain.releases.release_notes import Place
from tagship.domain.text.invisible import escaped
from tagship.domain.text.markdown import block, cell, code, count, digest, folded, link, long_table, section, size
from tagship.errors import EXIT_CODES, Problem

EXIT_CODES_PAGE: Final = "https://github.com/tagship/tagship/blob/main/docs/reference/exit-codes.md"
_NEXT: Final[dict[int, str]] = {
    1: "look at the findings below, mend what they name, and run it again",
    2: "mend the input or the configuration that is named, and run it again",
    3: "mend the project, commit, and release that commit",
    4: "give the job what the remote asks for, then run the failed jobs again: what is done is kept",
    5: "run the failed jobs again: they go on where they stopped",
    6: "use none of these files; build again from the tag",
    70: "report it, with the lines of the log",
}
"""What to do next where a problem does not say it itself."""
_LONGEST: Final = 6000
_CODE: Final = re.compile(r"`([^`]+)`")
_ESCAPES: Final = str.maketrans({each: f"\\{each}" for each in "\\*_[]~#"} | {"@": "@\u2060", "`": "'"})
_SIGNS: Final = {True: "✅", False: "❌"}
_MARKS: Final = {"ok": "✓", "none": "–"}


class SignedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was signed, and by which signers."""

    file: BuiltFile
    signers: tuple[str, ...]


def seconds(value: float) -> str:
    """Write how long it took."""
    minutes, rest = divmod(round(value), 60)
    return f"in {minutes} min {rest} s" if minutes else f"in {value:.1f} s"


def built(legs: Sequence[str], files: Mapping[str, BuiltFile], took: float) -> str:
    """Tell what the legs made."""
    title = f"Built {cell(legs[0])}" if len(legs) == 1 else f"Built {count(len(legs), 'leg')}"
    return section(title, [*_amount(files.values()), seconds(took)], _files(files.values()))


def signed(files: Sequence[SignedFile], documents: Sequence[str], statements: Sequence[str], took: float) -> str:
    """Tell what was signed and by whom; ``documents`` are SBOMs, ``statements`` addresses of attestations."""
    names = sorted({name for each in files for name in each.signers})
    rows = [(*_row(each.file), ", ".join(each.signers)) for each in files]
    facts = [f"{count(len(files), 'file')} by {' and '.join(map(cell, names))}", seconds(took)]
    notes = [f"SBOM: {', '.join(map(code, documents))}"] if documents else []
    notes += [f"statements at GitHub: {', '.join(link(each.rpartition('/')[2], each) for each in statements)}"][
        : len(statements)
    ]
    return section("Signed", facts, " · ".join(notes), long_table(("file", "size", "SHA-256", "signed by"), rows))


def released(
    name: str, url: str, outcome: Sequence[str], assets: Sequence[RemoteAsset], ways: str, drawn: str = ""
) -> str:
    """Tell where the release is, how to install and verify it, and which files it has; ``drawn`` is the way there."""
    rows = [(link(a.name, a.url), size(a.size), digest(a.sha256)) for a in sorted(assets, key=lambda a: a.name)]
    table = long_table(("file", "size", "SHA-256"), rows)
    whole = folded(f"{count(len(rows), 'file')}, {size(sum(a.size for a in assets))}", table)
    return section(f"Released {link(name, url)}", outcome, drawn, ways, whole if ways else table)


def ways(plan: Plan, names: set[str], place: Place) -> str:
    """Say how to install and to verify what was released."""
    install = "\n".join(release_notes.install(plan, names, place))
    verify = release_notes.verification(plan, names)
    return "\n\n".join(f"**{title}**\n\n{text}" for title, text in (("Install", install), ("Verify", verify)) if text)


def verified(findings: Sequence[Finding]) -> str:
    """Tell what speaks for each file; what does not hold comes first."""
    good = sum(finding.good for finding in findings)
    rows = [
        (
            _SIGNS[each.good],
            each.file,
            digest(each.sha256),
            *(_MARKS.get(state, state) for state in (each.checksum, each.signature, each.provenance, each.sbom)),
        )
        for each in sorted(findings, key=lambda each: (each.good, each.file))
    ]
    header = ("", "file", "SHA-256", "checksum", "signature", "provenance", "SBOM")
    table = long_table(header, rows)
    title = f"{good} of {count(len(findings), 'file')} hold"
    return section("Verified", [title], table if good < len(findings) else folded("file by file", table))


def chain(title: str, stages: Sequence[Stage], took: float) -> str:
    """Head the summary of a whole chain: how it ended, and what each stage has done."""
    stopped = next((stage.name for stage in stages if stage.state == "failed"), "")
    said = f"stopped at {stopped}" if stopped else "released"
    return f"## {_SIGNS[not stopped]} {cell(title)} – {said} {seconds(took)}\n\n{picture.flow(stages)}"


def failed(command: str, problems: Sequence[Problem], exit_code: int) -> str:
    """Say what failed, why, and the one thing to do next; further findings are folded."""
    first, *others = problems
    meaning = EXIT_CODES.get(exit_code, "")
    hint = _harmless(first.hint or _NEXT.get(exit_code, "run it again"))
    lines = [f"## ❌ {cell(command)} failed: {meaning}", _told(first), f"**Next:** {hint}"]
    if others:
        lines.append(folded(f"{count(len(others), 'more finding')}", "\n".join(map(_item, others))))
    lines.append(f"<sub>exit code {exit_code}: [what it means](<{EXIT_CODES_PAGE}>)</sub>")
    return "\n\n".join(line.strip("\n") for line in lines) + "\n"


def interrupted(command: str) -> str:
    """Say that somebody stopped it, which loses nothing."""
    return f"## ⏹️ {cell(command)} was interrupted\n\n**Next:** run it again: it goes on where it stopped\n"


def _told(problem: Problem) -> str:
    """Write the first line of a problem with its place; what a program said further comes as a block."""
    head, _, rest = problem.message.strip().partition("\n")
    place = f" in {code(escaped(problem.place, 200))}" if problem.place else ""
    said = rest.strip("\n")[-_LONGEST:]
    lines = "\n".join(escaped(line, 400) for line in said.splitlines())
    return "\n\n".join(filter(None, [f"**{_harmless(head)}**{place}", block(lines) if lines.strip() else ""]))


def _item(problem: Problem) -> str:
    place = f"{code(escaped(problem.place, 200))}: " if problem.place else ""
    hint = f" → {_harmless(problem.hint)}" if problem.hint else ""
    return f"- {place}{_harmless(problem.message)}{hint}"


def _harmless(text: str) -> str:
    """Keep words of others from being read as Markdown, tags or mentions; what stands between backticks is code."""
    line = escaped(" ".join(text.split()), 1000)
    parts = _CODE.split(line)  # text and code by turns
    return "".join(code(part) if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    return html.escape(text, quote=False).translate(_ESCAPES)


def _amount(files: Iterable[BuiltFile]) -> list[str]:
    sizes = [file.size for file in files]
    return [count(len(sizes), "file"), size(sum(sizes))]


def _files(files: Iterable[BuiltFile]) -> str:
    rows = [_row(file) for file in sorted(files, key=lambda file: file.name)]
    return long_table(("file", "size", "SHA-256"), rows) if rows else ""


def _row(file: BuiltFile) -> tuple[str, str, str]:
    return file.name, size(file.size), digest(file.sha256)
