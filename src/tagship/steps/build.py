"""Build the legs of a plan, each package from a clean copy of the commit, without any secret in the environment."""

import platform
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec

from tagship import plugins
from tagship.domain.artifact import BuiltFile
from tagship.domain.plan import Leg, Plan
from tagship.domain.receipt import Builder
from tagship.errors import IntegrityError, UsageError
from tagship.parts import dist
from tagship.parts.inputs import PlannedInputs, as_json, split_list, text
from tagship.parts.stamp import stamp
from tagship.ports import BuildingEcosystem, BuildJob, Tools


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of build."""

    leg: Annotated[str, text("which legs, comma-separated; default: every leg that this machine can build")] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of build."""

    dist: Annotated[str, text("the folder with one folder per leg")]
    receipt: Annotated[str, text("paths of the receipts, comma-separated")]
    digests: Annotated[str, text("what was built (JSON: file name → SHA-256)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Build; a leg whose receipt and files are already right is kept.

    Raises:
        UsageError: no such leg, or another commit is checked out than planned.
        ProjectError: a package does not build, or not as planned.

    """
    plan, plan_digest = dist.read_plan(inputs)
    wanted = split_list(inputs.leg) or tuple(leg.id for leg in plan.legs)
    files: dict[str, BuiltFile] = {}
    for leg in [plan.leg(leg_id) for leg_id in wanted]:
        if inputs.dry_run:
            tools.reporter.info(f"would build {leg.id}: {', '.join(leg.artifacts)}")
            continue
        with tools.reporter.step(f"build {leg.id}"):
            files |= build_leg(inputs, plan, plan_digest, leg, tools)
    digests = {name: file.sha256 for name, file in sorted(files.items())}
    receipts = ",".join(f"{inputs.dist}/{leg_id}/{dist.RECEIPT}" for leg_id in wanted)
    return Outputs(dist=inputs.dist, receipt=receipts, digests=as_json(digests))


def build_leg(inputs: PlannedInputs, plan: Plan, plan_digest: str, leg: Leg, tools: Tools) -> dict[str, BuiltFile]:
    """Build one leg into ``<dist>/<leg>/``; its receipt is written last."""
    folder = inputs.root / inputs.dist / leg.id
    kept = _already_built(folder, plan_digest, leg)
    if kept:
        tools.reporter.info(f"kept {len(kept)} file(s): the receipt and the bytes are of this plan")
        return kept
    started = dist.rfc3339(tools.clock)
    dist.empty_folder(folder)
    versions: dict[str, str] = {"python": platform.python_version()}
    with tempfile.TemporaryDirectory(prefix="tagship-build-") as temporary:
        source = _export(inputs, plan, Path(temporary) / "source", tools)
        stamp(plan, leg, source, tools)
        for package_id in leg.packages:
            versions |= _build_package(plan, leg, package_id, source, Path(temporary) / "out", folder, tools)
    files = {name: dist.built_file(folder / name) for name in leg.artifacts}
    builder = Builder(os=platform.system().lower(), arch=platform.machine(), tools=dict(sorted(versions.items())))
    dist.write_receipt(
        folder, leg=leg.id, plan_digest=plan_digest, files=files, builder=builder, started=started, clock=tools.clock
    )
    for file in files.values():
        tools.reporter.info(f"{file.name}  {file.size:,} bytes")
    return files


def _build_package(
    plan: Plan, leg: Leg, package_id: str, source: Path, out: Path, folder: Path, tools: Tools
) -> dict[str, str]:
    package = plan.package(package_id)
    ecosystem: BuildingEcosystem = plugins.load("ecosystems", package.ecosystem)
    place = out / package_id
    place.mkdir(parents=True)
    owed = tuple(artifact for artifact in plan.built if artifact.leg == leg.id and artifact.package == package_id)
    job = BuildJob(
        plan=plan, leg=leg, package=package, source=source, out=place, owed=owed, environment=tools.environment
    )
    built = ecosystem.build(job, tools)
    for name in built.files:
        shutil.move(place / name, folder / name)
    return dict(built.tools)


def _export(inputs: PlannedInputs, plan: Plan, to: Path, tools: Tools) -> Path:
    vcs = tools.open_repository(inputs.root)
    if vcs.head() != plan.commit:
        hint = f"check out {plan.commit}, or plan again"
        raise UsageError(f"the plan is for {plan.commit[:12]}, checked out is {vcs.head()[:12]}", hint=hint)
    vcs.export(plan.commit, to)
    return to / inputs.root.relative_to(vcs.root.resolve())


def _already_built(folder: Path, plan_digest: str, leg: Leg) -> dict[str, BuiltFile]:
    try:
        receipt = dist.read_receipt(folder)
    except IntegrityError:
        return {}  # a damaged receipt vouches for nothing
    if receipt is None or receipt.plan_digest != plan_digest or receipt.leg != leg.id:
        return {}
    promised = {file.name: file for file in receipt.artifacts}
    right = set(promised) == set(leg.artifacts) and all(
        (folder / name).is_file() and dist.built_file(folder / name) == file for name, file in promised.items()
    )
    return promised if right else {}
