"""The release as a flow in a job summary: what is planned, and what each stage has done.

https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams: GitHub draws
Mermaid. The colours are those of GitHub's own states and carry their text's colour, for light pages and dark ones.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from tagship.domain.plans.plan import Plan
from tagship.domain.text.markdown import cell, count, folded, size, table

State = Literal["done", "failed", "waiting", "left-out"]
MARKS: Final[dict[State, str]] = {"done": "✓", "failed": "✗", "waiting": "·", "left-out": "–"}
_LOOKS: Final[dict[State, str]] = {
    "done": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "failed": "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    "waiting": "fill:#f6f8fa,stroke:#59636e,color:#59636e,stroke-dasharray:4 3",
    "left-out": "fill:#f6f8fa,stroke:#59636e,color:#59636e",
}
_UNSAFE: Final = re.compile(r"[^\w .,:/@+()~-]")
_LONGEST: Final = 60
_LEGS: Final = 12
"""More than so many legs are one node: a picture of forty boxes says nothing."""
_SIGNATURES: Final = frozenset({"bundle", "signature"})


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One box of the flow: what it is called, how it went, what it has made, line by line."""

    name: str
    state: State = "done"
    lines: tuple[str, ...] = ()


def flow(stages: Sequence[Stage]) -> str:
    """Draw stages one after the other, in the colours of how they went."""
    lines = ["```mermaid", "flowchart LR"]
    for number, stage in enumerate(stages):
        text = "<br>".join([f"{MARKS[stage.state]} {_label(stage.name)}", *map(_label, stage.lines)])
        lines.append(f'  {f"s{number - 1} --> " if number else ""}s{number}["{text}"]:::{_class(stage.state)}')
    used = dict.fromkeys(stage.state for stage in stages)
    lines += [f"  classDef {_class(state)} {_LOOKS[state]}" for state in used]
    return "\n".join([*lines, "```", ""])


def handed_on(plan: Plan, sizes: Mapping[str, int]) -> list[Stage]:
    """Tell how far a plan was carried out before its release, by the files (name → size) that a later job was handed and proved.

    A stage of which it was handed nothing is left out: it may be done, but this job has not seen it.
    """
    made = {artifact.name for artifact in plan.built}
    built = [sizes[name] for name in sizes.keys() & made]
    later = [artifact for artifact in plan.artifacts if artifact.name in sizes.keys() - made]
    signatures = sum(artifact.kind in _SIGNATURES for artifact in later)
    reports = [artifact for artifact in later if artifact.kind == "probe"]
    probes = [_seen("probe", bool(reports), count(len(plan.probes), "start"))] if plan.probes else []
    return [
        Stage(name="plan", lines=(plan.tag,)),
        _seen("build", bool(built), count(len(built), "file"), size(sum(built))),
        *probes,
        _seen("sign", bool(later), count(signatures, "signature"), *plan.signatures),
    ]


def to_release(plan: Plan, sizes: Mapping[str, int], release: Stage) -> str:
    """Draw how far a plan was carried out, its release as that went, and which channels wait for it."""
    names = tuple(channel.id for channel in plan.channels)
    told = names if len(names) <= _LEGS else (count(len(names), "channel"),)
    waiting = [Stage(name="publish", state="waiting", lines=told)] if names else []
    return flow([*handed_on(plan, sizes), release, *waiting])


def _seen(name: str, there: bool, *lines: str) -> Stage:  # noqa: FBT001  (the value a stage hangs on)
    return Stage(name=name, lines=lines) if there else Stage(name=name, state="left-out")


def summary(plan: Plan) -> str:
    """Write heading, pipeline picture, and the packages, the legs and the compatibility matrix of a plan."""
    kind = "snapshot" if plan.snapshot else "prerelease" if plan.prerelease else "release"
    return f"### {cell(plan.name)} {cell(plan.tag)} – {kind}\n\n{mermaid(plan)}\n{tables(plan)}"


def tables(plan: Plan) -> str:
    """Write the packages of a plan; folded, its legs and where its files are declared to run."""
    from tagship.domain.plans import compatibility

    packages = table(
        ("package", "version", "licence", "starts with"),
        [(package.name, package.version, package.license or "–", package.entry or "–") for package in plan.packages],
    )
    legs = table(("leg", "runner", "files"), [(leg.id, leg.runner, ", ".join(leg.artifacts)) for leg in plan.legs])
    rows = compatibility.rows(plan)
    runs_on = table(*compatibility.as_markdown(rows)) if rows else ""
    more = folded(f"{count(len(plan.legs), 'leg')}, and what the files run on", f"{legs}\n{runs_on}")
    return f"{packages}\n{more}"


def mermaid(plan: Plan) -> str:
    """Draw plan → legs → probes → signing → release → channels, with what each hands on."""
    lines = ["```mermaid", "flowchart LR", f'  plan["plan<br>{_label(plan.tag)}"]']
    after = "probe" if plan.probes else "sign"
    for number, (name, files) in enumerate(_legs(plan)):
        lines.append(f'  plan --> leg{number}["{_label(name)}<br>{count(files, "file")}"] --> {after}')
    if plan.probes:
        lines.append(f'  probe["probe<br>{count(len(plan.probes), "start")}"] --> sign')
    signers = ", ".join(plan.signatures) or "nobody"
    lines.append(f'  sign["sign<br>{_label(signers)}"] --> release["release<br>{count(len(plan.artifacts), "file")}"]')
    names = {channel.id: f"channel{number}" for number, channel in enumerate(plan.channels)}
    for channel in plan.channels:
        before = [names[other] for other in channel.after if other in names] or ["release"]
        lines.append(f'  {" & ".join(before)} --> {names[channel.id]}["{_label(channel.id)}"]')
    return "\n".join([*lines, "```", ""])


def _legs(plan: Plan) -> list[tuple[str, int]]:
    """Return what to draw for the legs: each with its number of files, or all as one."""
    if len(plan.legs) > _LEGS:
        return [(f"build on {count(len(plan.legs), 'leg')}", sum(len(leg.artifacts) for leg in plan.legs))]
    return [(leg.id, len(leg.artifacts)) for leg in plan.legs]


def _class(state: State) -> str:
    return state.replace("-", "")


def _label(text: str) -> str:
    return _UNSAFE.sub("", text)[:_LONGEST]
