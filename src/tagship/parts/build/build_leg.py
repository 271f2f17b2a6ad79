"""One leg built: a clean copy of the commit, each package in turn, what wraps others last, the receipt at the end."""

import platform
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagship import plugins
from tagship.domain.plans.artifact import Artifact, BuiltFile
from tagship.domain.plans.plan import Leg, Package, Plan
from tagship.domain.plans.receipt import Builder
from tagship.domain.text.markdown import count
from tagship.errors import IntegrityError, ProjectError, UsageError
from tagship.parts import dist
from tagship.parts.build import contents
from tagship.parts.build.stamp import stamp
from tagship.parts.inputs import PlannedInputs
from tagship.ports import Building, BuildJob, Built, Tools


def hindrance(plan: Plan, leg: Leg, tools: Tools) -> str:
    """Say why this machine cannot build a leg; empty when it can."""
    for package in _in_order(plan, leg):
        builder: Building = plugins.load("ecosystems", package.ecosystem)
        if reason := builder.hindrance(package, leg.targets, tools):
            return reason
    return ""


def build_leg(inputs: PlannedInputs, plan: Plan, plan_digest: str, leg: Leg, tools: Tools) -> dict[str, BuiltFile]:
    """Build one leg into ``<dist>/<leg>/``, or keep it when its receipt and files are already right.

    Raises:
        UsageError: another commit is checked out than planned.
        ProjectError: a package does not build, or not as planned.

    """
    folder = inputs.root / inputs.dist / leg.id
    kept = _already_built(folder, plan_digest, leg)
    if kept:
        tools.reporter.info(f"kept {count(len(kept), 'file')}: the receipt and the bytes are of this plan")
        return kept
    if reason := hindrance(plan, leg, tools):
        raise ProjectError(f"this machine cannot build {leg.id}: {reason}", hint="build it where it can be built")
    started = dist.rfc3339(tools.clock)
    dist.empty_folder(folder)
    with tempfile.TemporaryDirectory(prefix="tagship-build-") as temporary:
        source = _export(inputs, plan, Path(temporary) / "source", tools)
        stamp(plan, leg, source, tools)
        made = _Leg(plan, leg, source, Path(temporary) / "out", folder, tools)
        for package in _in_order(plan, leg):
            made.build(package)
    files = {name: dist.built_file(folder / name) for name in leg.artifacts}
    builder = Builder(os=platform.system().lower(), arch=platform.machine(), tools=dict(sorted(made.versions.items())))
    dist.write_receipt(
        folder,
        leg=leg.id,
        plan_digest=plan_digest,
        files=files,
        builder=builder,
        started=started,
        clock=tools.clock,
        components=made.components,
    )
    for file in files.values():
        tools.reporter.info(f"{file.name}  {file.size:,} bytes")
    return files


class _Leg:
    """The files of one leg while they are made."""

    def __init__(self, plan: Plan, leg: Leg, source: Path, out: Path, folder: Path, tools: Tools) -> None:
        self.plan, self.leg, self.source, self.out, self.folder, self.tools = plan, leg, source, out, folder, tools
        self.versions: dict[str, str] = {"python": platform.python_version()}
        self.components: dict[str, Mapping[str, Any]] = {}

    def build(self, package: Package) -> None:
        place = self.out / package.id
        place.mkdir(parents=True)
        owed = tuple(each for each in self.plan.built if each.leg == self.leg.id and each.package == package.id)
        made = {path.name: path for path in sorted(self.folder.iterdir())}
        job = BuildJob(
            plan=self.plan,
            leg=self.leg,
            package=package,
            source=self.source,
            out=place,
            owed=owed,
            environment=self.tools.environment,
            made=made,
            components=self.components,
        )
        builder: Building = plugins.load("ecosystems", package.ecosystem)
        built = builder.build(job, self.tools)
        self._take(package, built, place, owed)

    def _take(self, package: Package, built: Built, place: Path, owed: tuple[Artifact, ...]) -> None:
        names = sorted(artifact.name for artifact in owed)
        lacking = [name for name in names if name not in built.files or not (place / name).is_file()]
        if lacking:
            hint = "plan again; if it stays, report it"
            raise ProjectError(f"{package.name}: the build did not make {', '.join(lacking)}", hint=hint)
        contents.check_all({artifact: place / artifact.name for artifact in owed}, package, self.tools.reporter)
        for name in names:
            shutil.move(place / name, self.folder / name)
        self.versions |= built.tools
        if built.components is not None:
            self.components[package.id] = built.components


def _in_order(plan: Plan, leg: Leg) -> list[Package]:
    """Sort the packages of a leg: what is made of others comes after them."""
    return sorted(map(plan.package, leg.packages), key=lambda package: (package.wraps is not None, package.id))


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
