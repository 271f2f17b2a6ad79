"""Build the legs of a plan, each package from a clean copy of the commit, without any secret in the environment."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec.structs import replace

from tagship.adapters.files import sha256_of
from tagship.domain.plans.artifact import BuiltFile
from tagship.domain.plans.plan import Leg, Plan
from tagship.errors import ProjectError
from tagship.parts import dist
from tagship.parts.build.build_leg import build_leg, hindrance
from tagship.parts.inputs import Jobs, PlannedInputs, as_json, check_jobs, split_list, text
from tagship.ports import Tools


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of build."""

    leg: Annotated[str, text("which legs, comma-separated; default: every leg that this machine can build")] = ""
    jobs: Jobs = 1


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of build."""

    dist: Annotated[str, text("the folder with one folder per leg")]
    receipt: Annotated[str, text("paths of the receipts, comma-separated")]
    digests: Annotated[str, text("what was built (JSON: file name → SHA-256)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Build; a leg whose receipt and files are already right is kept.

    Raises:
        UsageError: no such leg, or another commit is checked out than planned.
        ProjectError: a package does not build, or not as planned; or this machine can build no leg.

    """
    plan, plan_digest = dist.read_plan(inputs)
    check_jobs(inputs.jobs)
    wanted = [plan.leg(name) for name in split_list(inputs.leg)] or _possible(plan, tools)
    if inputs.dry_run:
        for leg in wanted:
            tools.reporter.info(f"would build {leg.id}: {', '.join(leg.artifacts)}")
        return _outputs(inputs, [], {})
    files: dict[str, BuiltFile] = {}
    began = tools.clock.monotonic()
    for built in _build_all(inputs, plan, plan_digest, wanted, tools):
        files |= built
    from tagship.domain.releases import job_summary

    took = tools.clock.monotonic() - began
    tools.reporter.summary(job_summary.built([leg.id for leg in wanted], files, took))
    return _outputs(inputs, [leg.id for leg in wanted], files)


def _possible(plan: Plan, tools: Tools) -> list[Leg]:
    """Choose the legs that this machine can build, and say which not and why."""
    reasons = {leg.id: hindrance(plan, leg, tools) for leg in plan.legs}
    left_out = [f"{name}: {reason}" for name, reason in reasons.items() if reason]
    for line in left_out:
        tools.reporter.notice(f"left out {line}")
    if left_out and len(left_out) == len(plan.legs):
        hint = "install what is missing, or build on the runners that the plan names"
        raise ProjectError(f"this machine can build no leg: {'; '.join(left_out)}", hint=hint)
    return [leg for leg in plan.legs if not reasons[leg.id]]


def _build_all(
    inputs: Inputs, plan: Plan, plan_digest: str, legs: list[Leg], tools: Tools
) -> Iterator[dict[str, BuiltFile]]:
    """Build one leg after the other, or several at a time; after a failure no new one is begun."""
    if inputs.jobs == 1 or len(legs) == 1:
        for leg in legs:
            with tools.reporter.step(f"build {leg.id}"):
                yield build_leg(inputs, plan, plan_digest, leg, tools)
        return
    from concurrent.futures import ThreadPoolExecutor

    def one(leg: Leg) -> dict[str, BuiltFile]:
        reporter = tools.reporter.labelled(leg.id)
        with reporter.step(f"build {leg.id}"):
            return build_leg(inputs, plan, plan_digest, leg, replace(tools, reporter=reporter))

    with ThreadPoolExecutor(inputs.jobs) as pool:
        running = [pool.submit(one, leg) for leg in legs]
        try:
            for each in running:
                yield each.result()
        finally:
            for each in running:
                each.cancel()


def _outputs(inputs: Inputs, legs: list[str], files: dict[str, BuiltFile]) -> Outputs:
    """Say what was built; receipts count as well: what they tell of components ends up in documents that are signed."""
    receipts = {leg: f"{inputs.dist}/{leg}/{dist.RECEIPT}" for leg in legs}
    digests = {name: file.sha256 for name, file in sorted(files.items())}
    digests |= {f"{leg}/{dist.RECEIPT}": sha256_of(inputs.root / path) for leg, path in receipts.items()}
    return Outputs(dist=inputs.dist, receipt=",".join(receipts.values()), digests=as_json(digests))
