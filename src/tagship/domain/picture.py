"""The plan as people look at it in a job summary: a Mermaid flow and tables, in GitHub's Markdown.

https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
"""

import html
import re
from collections.abc import Iterable
from typing import Final

from tagship.domain.plan import Plan

_UNSAFE: Final = re.compile(r"[^\w .,:/@+()~-]")


def summary(plan: Plan) -> str:
    """Write heading, pipeline picture, and the packages, the legs and the compatibility matrix of a plan."""
    from tagship.domain import compatibility

    kind = "snapshot" if plan.snapshot else "prerelease" if plan.prerelease else "release"
    packages = table(
        ("package", "version", "licence", "starts with"),
        [(package.name, package.version, package.license or "–", package.entry or "–") for package in plan.packages],
    )
    legs = table(("leg", "runner", "files"), [(leg.id, leg.runner, ", ".join(leg.artifacts)) for leg in plan.legs])
    runs_on = table(*compatibility.as_markdown(compatibility.rows(plan)))
    return f"## {cell(plan.name)} {plan.tag} – {kind}\n\n{mermaid(plan)}\n{packages}\n{legs}\n{runs_on}"


def mermaid(plan: Plan) -> str:
    """Draw plan → legs → signing → release, with what each hands on."""
    lines = ["```mermaid", "flowchart LR", f'  plan["plan<br>{_label(plan.tag)}"]']
    for number, leg in enumerate(plan.legs):
        lines.append(f'  plan --> leg{number}["{_label(leg.id)}<br>{len(leg.artifacts)} files"] --> sign')
    signers = ", ".join(plan.signatures) or "nobody"
    count = len(plan.artifacts)
    lines += [f'  sign["sign<br>{_label(signers)}"] --> release["release<br>{count} files"]', "```", ""]
    return "\n".join(lines)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a Markdown table whose cells cannot break out of it."""
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Escape text for a Markdown table cell: names come from the project and are not trusted."""
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("`", "'")


def _label(text: str) -> str:
    return _UNSAFE.sub("", text)[:60]
