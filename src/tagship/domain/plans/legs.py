"""Build jobs: which packages and targets one of them builds, so that runners are few and none works much longer than others.

Ecosystems name the kind of leg that makes each file; a kind with few packages is one job, a kind with many is dealt out to
several. What wraps a package is built by the job that builds the package: it is made of its files.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Leg, Package
from tagship.domain.plans.target import Target

MOST: Final = 32
"""Legs of a plan: each hands its digests to the signing job by an output of its own, which a workflow declares by hand.
GitHub would start 256 jobs of one matrix
(https://docs.github.com/en/actions/reference/limits#existing-system-limits)."""
COMFORTABLE: Final = 16
"""Packages that one job builds while there are jobs enough."""


class Dealt(NamedTuple):
    """The legs, and the artifacts with the legs they ended up in."""

    legs: tuple[Leg, ...]
    artifacts: tuple[Artifact, ...]


def deal(built: Sequence[Artifact], packages: Sequence[Package], runners: Mapping[str, str]) -> Dealt:
    """Make legs of artifacts whose ``leg`` is still a kind; ``runners`` replaces runner labels by target."""
    roots = {package.id: package.wraps or package.id for package in packages}
    kinds: dict[str, list[str]] = {}
    for artifact in sorted(built, key=lambda each: (each.leg, roots[each.package])):
        known = kinds.setdefault(artifact.leg, [])
        if roots[artifact.package] not in known[-1:]:
            known.append(roots[artifact.package])
    share = _share(kinds)
    place = {
        (kind, root): _name(kind, number // share, len(members) > share)
        for kind, members in kinds.items()
        for number, root in enumerate(members)
    }
    dealt = [msgspec.structs.replace(each, leg=place[each.leg, roots[each.package]]) for each in built]
    dealt.sort(key=lambda artifact: (artifact.leg, artifact.name))
    legs = [_leg(name, list(mine), runners) for name, mine in groupby(dealt, key=lambda artifact: artifact.leg)]
    return Dealt(tuple(legs), tuple(dealt))


def _share(kinds: Mapping[str, Sequence[str]]) -> int:
    """Return how many packages a job gets: what is comfortable, or more where that would make too many jobs."""
    share = COMFORTABLE
    while sum(-(-len(members) // share) for members in kinds.values()) > MOST and share < max(map(len, kinds.values())):
        share += share // 4
    return share


def _name(kind: str, number: int, several: bool) -> str:  # noqa: FBT001
    return f"{kind}-{number + 1:02}" if several else kind


def _leg(name: str, artifacts: Sequence[Artifact], runners: Mapping[str, str]) -> Leg:
    targets = tuple(sorted({artifact.target for artifact in artifacts}))
    return Leg(
        id=name,
        runner=_runner(targets, runners),
        targets=targets,
        packages=tuple(sorted({artifact.package for artifact in artifacts})),
        artifacts=tuple(sorted(artifact.name for artifact in artifacts)),
    )


def _runner(targets: Sequence[Target], runners: Mapping[str, str]) -> str:
    """Choose the runner: the native one of the only target, Linux where one job serves several systems, else the newer Mac."""
    natives = sorted(target for target in targets if target is not Target.ANY)
    several = len({target.partition("-")[0] for target in natives}) > 1
    on_linux = not natives or several or Target.LINUX_X86_64 in natives
    first = Target.LINUX_X86_64 if on_linux else natives[0]
    return runners.get(first) or first.runner
