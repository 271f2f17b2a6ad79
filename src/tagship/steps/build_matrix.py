"""Plan the release: find the packages, decide version, legs and file names, write ``plan.json``, feed the matrix."""

from dataclasses import replace
from typing import Annotated

import msgspec

import tagship
from tagship import plugins
from tagship.adapters.files import write_whole
from tagship.domain import matrix, picture, plan, planning
from tagship.domain.artifact import Artifact
from tagship.domain.plan import EcosystemName, Package, Plan, ToolInfo
from tagship.domain.planning import Origin
from tagship.domain.target import Target
from tagship.errors import CheckFailed
from tagship.parts import channels
from tagship.parts.detect import nothing
from tagship.parts.inputs import ConfiguredInputs, PlannedTag, as_json, pushed_tag, split_list, text
from tagship.parts.project import Project, open_project
from tagship.parts.release_choice import Choice, choose
from tagship.ports import BuildingEcosystem, Found, Order, Skip, Tools
from tagship.settings import Config


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of build-matrix."""

    tag: PlannedTag = ""
    plan: Annotated[str, text("where to write the plan")] = "plan.json"
    signers: Annotated[str, text("who will sign, comma-separated; default: the configuration's, else key")] = ""
    channels: Annotated[
        str, text("where to publish to, ids comma-separated; default: the configuration's, else nowhere")
    ] = ""
    explain: Annotated[bool, text("say what was left out and why")] = False


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of build-matrix."""

    plan: Annotated[str, text("path of the plan")]
    plan_digest: Annotated[str, text("SHA-256 of the plan")]
    matrix: Annotated[str, text("strategy.matrix for build: leg and runner")]
    probe_matrix: Annotated[str, text("strategy.matrix for probe: probe and runner")]
    channels: Annotated[str, text("ids of the channels to publish to (JSON)")]
    version: Annotated[str, text("the version, as SemVer spells it")]
    tag: Annotated[str, text("the tag")]
    prerelease: Annotated[bool, text("whether it is a prerelease")]
    packages: Annotated[str, text("ids of the packages (JSON)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Write the plan.

    Raises:
        UsageError: no repository, no such tag, a broken configuration.
        CheckFailed: the tag and the version in the files disagree.
        ProjectError: nothing to publish, or a broken manifest.

    """
    made = make_plan(inputs, tools)
    data = plan.encode(made)
    if not inputs.dry_run:
        write_whole(inputs.root / inputs.plan, data)
        tools.reporter.summary(picture.summary(made))
    counts = f"{len(made.packages)} package(s), {len(made.legs)} leg(s), {len(made.artifacts)} files"
    tools.reporter.info(f"{'snapshot' if made.snapshot else 'release'} {made.tag}: {counts} → {inputs.plan}")
    return Outputs(
        plan=inputs.plan,
        plan_digest=plan.digest(data),
        matrix=matrix.build_matrix(made),
        probe_matrix=matrix.probe_matrix(made),
        channels=as_json([channel.id for channel in made.channels]),
        version=made.version,
        tag=made.tag,
        prerelease=made.prerelease,
        packages=as_json([package.id for package in made.packages]),
    )


def make_plan(inputs: Inputs, tools: Tools) -> Plan:
    """Find everything and decide everything; nothing is written."""
    project = open_project(inputs, tools)
    planned, skips = _buildable(project)
    for skip in skips if inputs.explain else ():
        tools.reporter.info(f"left out {skip.path}: {skip.reason}")
    if not planned:
        raise nothing(project.folder, skips)
    chosen = choose(
        replace(project, found=tuple(found for _, found in planned)), inputs.tag or pushed_tag(tools.environment)
    )
    origin = _origin(project, chosen, tools)
    settings = project.settings
    packages: list[Package] = []
    built: list[Artifact] = []
    chosen_ids = {id(found) for found in chosen.found}
    for ecosystem, found in planned:
        if id(found) not in chosen_ids:
            continue
        _check_version(origin, found, tools)
        package = _package(ecosystem.name, found, origin, settings)
        packages.append(package)
        built += ecosystem.artifacts(package, found, Order(targets=_targets(found, settings)))
    name = settings.name or (
        packages[0].id if len(packages) == 1 else (origin.repository or project.root.name).rpartition("/")[2]
    )
    signers = split_list(inputs.signers) or settings.signers
    extra = _extra_artifacts(name, origin, packages, built, signers, settings)
    return planning.assemble(
        tool=ToolInfo(name="tagship", version=tagship.__version__),
        name=name,
        origin=origin,
        packages=tuple(packages),
        built=tuple(built),
        extra=extra,
        signatures=tuple(sorted(signers)),
        channels=channels.plan(split_list(inputs.channels), settings, packages, built, tools.reporter),
    )


def _buildable(project: Project) -> tuple[list[tuple[BuildingEcosystem, Found]], list[Skip]]:
    """Take what can be built and is published; of the rest say why not."""
    planned: list[tuple[BuildingEcosystem, Found]] = []
    skips = list(project.skips)
    for found in project.found:
        if found.ecosystem is None:
            continue
        ecosystem = plugins.load("ecosystems", found.ecosystem)
        if found.private:
            skips.append(Skip(path=found.path, reason="it is private"))
        elif isinstance(ecosystem, BuildingEcosystem):
            planned.append((ecosystem, found))
        else:
            skips.append(Skip(path=found.path, reason=f"{found.ecosystem} packages are versioned, but not built yet"))
    return planned, skips


def _targets(found: Found, settings: Config) -> tuple[Target, ...]:
    wanted = settings.packages.get(found.name)
    named = (wanted.targets if wanted else None) or settings.targets
    return (
        tuple(Target(name) for name in named) if named else tuple(target for target in Target if target != Target.ANY)
    )


def _origin(project: Project, chosen: Choice, tools: Tools) -> Origin:
    if project.vcs.is_dirty():
        tools.reporter.warning("there are uncommitted changes; the release is made from the commit, without them")
    slug = tools.environment.get("GITHUB_REPOSITORY") or planning.repository_name(project.vcs.remote_url())
    time = project.vcs.commit_time(project.head).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Origin(
        repository=slug,
        commit=project.head,
        commit_time=time,
        tag=chosen.tag,
        snapshot=chosen.snapshot,
        version=chosen.version,
    )


def _check_version(origin: Origin, found: Found, tools: Tools) -> None:
    """Refuse when the deciding site says another version; warn when a follower drifted."""
    problems = planning.drift(origin.version, found.name, found.sites)
    deciding = found.sites[0] if found.version and found.sites else None
    if deciding and problems and (problems[0].file, problems[0].line) == (deciding.file, deciding.line):
        raise CheckFailed.of([problems[0]])
    for problem in problems:
        tools.reporter.warning(problem.message, file=problem.file, line=problem.line)


def _package(ecosystem: EcosystemName, found: Found, origin: Origin, settings: Config) -> Package:
    wanted = settings.packages.get(found.name)
    spellings = msgspec.structs.replace(
        origin.version.spellings, pep440=planning.pep440_spelling(origin.version, found.version)
    )
    return Package(
        id=found.name,
        name=found.name,
        path=found.path,
        ecosystem=ecosystem,
        version=str(origin.version),
        spellings=spellings,
        license=found.license,
        mcp_name=(wanted.mcp_name if wanted else None) or found.mcp_name,
        entry=(wanted.entry if wanted else None) or found.entry,
        version_sites=planning.site_places(found.sites),
        details=dict(found.details),
        stamps=tuple(site for site in found.sites if site.placeholder and not site.package),
    )


def _extra_artifacts(
    name: str,
    origin: Origin,
    packages: list[Package],
    built: list[Artifact],
    signers: tuple[str, ...],
    settings: Config,
) -> tuple[Artifact, ...]:
    """Name the files of the later steps: documents, the manifest, and a signature for each file."""
    version = str(origin.version)
    extra: list[Artifact] = [planning.manifest_artifact(name, version)]
    for format_name in plugins.names("formats"):
        made = plugins.load("formats", format_name).artifacts(name, version, packages)
        if format_name in settings.sbom or all(artifact.kind != "sbom" for artifact in made):
            extra += made
    files = sorted(artifact.name for artifact in (*built, *extra))
    for signer in signers:
        extra += plugins.load("signers", signer).artifacts(files)
    return tuple(extra)
