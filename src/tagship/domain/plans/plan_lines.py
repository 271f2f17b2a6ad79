"""The plan as aligned lines for a terminal: what is built where, what is started, who signs, where it goes."""

from collections.abc import Iterator, Sequence

from tagship.domain.plans.plan import Plan

_FILES = 4
"""So many files of a leg are named; the rest is counted."""
_SIGNATURES = frozenset({"signature", "bundle"})


def lines(plan: Plan) -> Iterator[str]:
    """Write packages, legs, probes, signatures and channels, one line each."""
    kind = "snapshot" if plan.snapshot else "release"
    yield f"{kind} {plan.tag} of {plan.name}"
    rows = [("package", p.name, p.ecosystem, p.version, p.license or "no licence") for p in plan.packages]
    rows += [("build", leg.id, leg.runner, _files(leg.artifacts), "") for leg in plan.legs]
    rows += [("probe", *started, ", ".join(runtimes), "") for started, runtimes in _probes(plan).items()]
    built = {leg.id for leg in plan.legs}
    later = [each.name for each in plan.artifacts if each.leg not in built and each.kind not in _SIGNATURES]
    rows += [("sign", ", ".join(plan.signatures) or "nobody", "", _files(later), "")]
    rows += [("publish", entry.id, entry.address, _files(entry.artifacts), "") for entry in plan.channels]
    yield from _aligned(rows)


def _probes(plan: Plan) -> dict[tuple[str, str], list[str]]:
    """Gather the runtimes of each file on each runner."""
    found: dict[tuple[str, str], list[str]] = {}
    for probe in plan.probes:
        found.setdefault((probe.artifact, probe.runner), []).append(probe.runtime)
    return found


def _files(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_FILES])
    return f"{shown} and {len(names) - _FILES} more" if len(names) > _FILES else shown


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  " + "  ".join([*cells, *row[3:]]).rstrip()
