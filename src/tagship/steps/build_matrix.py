"""Plan the release: find the packages, decide version, legs and file names, write ``plan.json``, feed the matrix."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec
from msgspec.structs import replace

import tagship
from tagship.adapters.files import write_whole
from tagship.domain.plans import compatibility, matrix, plan, plan_lines, planning
from tagship.domain.plans.channel import groups
from tagship.domain.plans.legs import deal
from tagship.domain.plans.plan import LicencePolicy, Plan, ToolInfo
from tagship.domain.plans.planning import Origin
from tagship.domain.plans.target import Target
from tagship.domain.releases import picture
from tagship.domain.text.markdown import count, folded
from tagship.errors import CheckFailed, UsageError
from tagship.parts import side_by_side
from tagship.parts.inputs import (
    ConfiguredInputs,
    PlannedTag,
    Sboms,
    Switch,
    Targets,
    as_json,
    pushed_tag,
    split_list,
    text,
)
from tagship.parts.plan import (
    later_files,
    licences,
    planned,
    probe_choice,
    registry_documents,
    server_documents,
    servers,
)
from tagship.parts.plan.detect import nothing
from tagship.parts.plan.planned import Planned, Wanted
from tagship.parts.plan.project import Project, open_project
from tagship.parts.plan.release_choice import Choice, choose, supposed
from tagship.parts.plan.servers import server_of
from tagship.parts.publish import channels
from tagship.parts.release import preflight
from tagship.ports import Found, Tools, Vcs


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of build-matrix."""

    tag: PlannedTag = ""
    plan: Annotated[str, text("where to write the plan")] = "plan.json"
    signers: Annotated[str, text("who will sign, comma-separated; default: the configuration's, else key")] = ""
    sbom: Sboms = ""
    channels: Annotated[
        str, text("where to publish to, ids comma-separated; default: the configuration's, else nowhere")
    ] = ""
    targets: Targets = ""
    runners: Annotated[str, text("runner labels (JSON: target → label), on top of the configuration's")] = ""
    probes: Annotated[bool, text("plan to start and ask every server before it is shipped")] = True
    preflight: Annotated[
        Switch, text("look whether the tag can be released on GitHub; auto: of a tag, where there is a token")
    ] = "auto"
    token: Annotated[
        str, text("GitHub token with contents: read, to look whether the tag can be released", secret=True)
    ] = ""
    explain: Annotated[bool, text("say what was left out, what is a server, and why")] = False


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of build-matrix."""

    plan: Annotated[str, text("path of the plan")]
    plan_digest: Annotated[str, text("SHA-256 of the plan")]
    matrix: Annotated[str, text("strategy.matrix for build: leg, runner and slot")]
    probe_matrix: Annotated[str, text("strategy.matrix for probe: probe (ids), runner and slot")]
    channels: Annotated[
        str, text("what each job publishes to (JSON): ids of channels, those that wait for each other together")
    ]
    compatibility: Annotated[
        str,
        text("what each file declares to run on (JSON: file, system, architecture, runtime, versions, status, probes)"),
    ]
    version: Annotated[str, text("the version, as SemVer spells it")]
    tag: Annotated[str, text("the tag")]
    prerelease: Annotated[bool, text("whether it is a prerelease")]
    packages: Annotated[str, text("ids of the packages (JSON)")]


def run(inputs: Inputs, tools: Tools, *, here: bool = False) -> Outputs:
    """Write the plan; ``here``: only of what this machine can build.

    Raises:
        UsageError: no repository, no such tag, a broken configuration.
        CheckFailed: the tag and the version in the files disagree.
        ProjectError: nothing to publish, or a broken manifest.
        RemoteRefused: the tag cannot be released.

    """
    made = make_plan(inputs, tools, here=here)
    preflight.of_plan(made, inputs.preflight, inputs.root, inputs.token, tools)
    data = plan.encode(made)
    if not inputs.dry_run:
        write_whole(inputs.root / inputs.plan, data)
        tools.reporter.summary(folded("what is planned", picture.tables(made)) if here else picture.summary(made))
    else:
        for line in plan_lines.lines(made):
            tools.reporter.info(line)
    parts = ((made.packages, "package"), (made.legs, "leg"), (made.artifacts, "file"))
    counts = ", ".join(count(len(each), noun) for each, noun in parts)
    where = "; nothing was written" if inputs.dry_run else f" → {inputs.plan}"
    tools.reporter.info(f"{'snapshot' if made.snapshot else 'release'} {made.tag}: {counts}{where}")
    return Outputs(
        plan=inputs.plan,
        plan_digest=plan.digest(data),
        matrix=matrix.build_matrix(made),
        probe_matrix=matrix.probe_matrix(made),
        channels=as_json(groups(made.channels)),
        compatibility=as_json(compatibility.rows(made)),
        version=made.version,
        tag=made.tag,
        prerelease=made.prerelease,
        packages=as_json([package.id for package in made.packages]),
    )


def make_plan(inputs: Inputs, tools: Tools, *, here: bool = False) -> Plan:
    """Find everything and decide everything; nothing is written. ``here``: only what this machine can build."""
    vcs = tools.open_repository(inputs.root)
    dirty = side_by_side.early(lambda: _looked_at(vcs))  # git takes longer to answer than it takes to read what it says
    project = open_project(inputs, tools, vcs=vcs)
    if dirty():
        tools.reporter.warning("there are uncommitted changes; the release is made from the commit, without them")
    server_documents.check(project.tree, project.found, tools.reporter)
    return plan_project(project, inputs, tools, here=here)


def _looked_at(vcs: Vcs) -> bool:
    """Whether something is not committed; what the plan says of the commit is asked for, too, so that git has it ready."""
    head = vcs.head()
    dirty = vcs.is_dirty()
    vcs.commit_time(head)
    vcs.remote_url()
    return dirty


def plan_project(
    project: Project, inputs: Inputs, tools: Tools, *, here: bool = False, chosen: Choice | None = None
) -> Plan:
    """Decide everything for a project that is open already; ``chosen`` is what is released, where that is known."""
    ready, not_ready = planned.buildable(project)
    around, not_wrapped = planned.wrapped(project, ready)
    skips = [*project.skips, *not_ready, *not_wrapped]
    for skip in skips if inputs.explain else ():
        tools.reporter.info(f"left out {skip.path}: {skip.reason}")
    if not ready and not around:
        raise nothing(project.folder, skips)
    wanted_tag = inputs.tag or pushed_tag(tools.environment)
    chosen = chosen or choose(replace(project, found=ready or project.found), wanted_tag)
    kinds = channels.kinds(split_list(inputs.channels), project.settings)
    released = (*chosen.found, *planned.needed(project, chosen.found, chosen.version, kinds))
    origin = _origin(project, chosen, tools)
    for found in released:
        _check_version(origin, found, tools)
    languages = licences.licensed(released, project.tree, tools.reporter) if ready else ()
    names = {found.name for found in chosen.found}
    wrappers = tuple(found for found in around if found.wraps in names)
    wanted = _targets(inputs, tools.environment)
    known = servers.documents(project.tree)
    for found in languages if inputs.explain else ():
        reason = servers.why_server(found, known)
        kind = f"an MCP server: {reason}" if reason else "no MCP server, as far as can be seen"
        tools.reporter.info(f"{found.name} is {kind}")
    choice = Wanted(
        origin=origin, settings=project.settings, targets=wanted, probes=inputs.probes, channels=frozenset(kinds)
    )
    made = planned.plan_packages(languages, wrappers, lambda found: server_of(found, known), choice)
    made = registry_documents.noted(made, known)
    made = planned.on_this_machine(made, tools) if here else made
    return _assemble(inputs, project, origin, made, tools)


def supposed_plans(project: Project, inputs: Inputs, tools: Tools) -> Iterator[Callable[[], Plan]]:
    """Give a plan for each release that could be made now as something to call, so that one that fails does not stop others."""
    ready, _ = planned.buildable(project)
    wanted = inputs.tag or pushed_tag(tools.environment)
    for chosen in supposed(replace(project, found=ready or project.found), wanted):
        yield partial(plan_project, project, inputs, tools, chosen=chosen)


def _assemble(inputs: Inputs, project: Project, origin: Origin, made: Sequence[Planned], tools: Tools) -> Plan:
    settings = project.settings
    packages = [each.package for each in made]
    built = [artifact for each in made for artifact in each.artifacts]
    own = [
        each.package for each in made if each.package.wraps is None and {a.kind for a in each.artifacts} != {"crate"}
    ]
    name = settings.name or (
        own[0].id if len(own) == 1 else (origin.repository or project.root.name).rpartition("/")[2]
    )
    wanted = split_list(inputs.channels)
    choice = later_files.choose(inputs.signers, inputs.sbom, settings, channels.kinds(wanted, settings))
    runners = {str(target): label for target, label in settings.runners.items()} | _runners(inputs.runners)
    dealt = deal(built, packages, runners)
    extra = later_files.name_all(choice, name, str(origin.version), packages, built)
    return planning.assemble(
        tool=ToolInfo(name="tagship", version=tagship.__version__),
        name=name,
        origin=origin,
        packages=tuple(packages),
        built=dealt,
        probes=probe_choice.plan(packages, dealt.artifacts, settings, runners, tools.reporter),
        extra=extra,
        signatures=tuple(sorted(choice.signers)),
        attest=choice.attest,
        channels=channels.plan(
            wanted, settings, packages, [*built, *extra], tools.reporter, certified=choice.certified
        ),
        licenses=LicencePolicy(
            allow=settings.licenses.allow, deny=settings.licenses.deny, ignore=settings.licenses.ignore
        ),
    )


def _targets(inputs: Inputs, environment: Mapping[str, str]) -> tuple[Target, ...]:
    """Read the targets; on a pull request one is enough to see that it builds."""
    if not inputs.targets and environment.get("GITHUB_EVENT_NAME") in {"pull_request", "pull_request_target"}:
        return (Target.LINUX_X86_64,)
    return tuple(Target.parse(name) for name in split_list(inputs.targets))


def _runners(text: str) -> dict[str, str]:
    """Read the input ``runners``.

    Raises:
        UsageError: it is no JSON object of targets and labels.

    """
    hint = 'write it as {"linux-aarch64": "my-arm-runner"}'
    try:
        labels = msgspec.json.decode(text, type=dict[str, str]) if text.strip() else {}
    except msgspec.DecodeError as error:
        raise UsageError(f"runners is not a JSON object of targets and runner labels: {error}", hint=hint) from None
    return {Target.parse(name).value: label for name, label in labels.items()}


def _origin(project: Project, chosen: Choice, tools: Tools) -> Origin:
    slug = tools.environment.get("GITHUB_REPOSITORY") or planning.repository_name(project.vcs.remote_url())
    time = project.vcs.commit_time(project.head).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Origin(
        repository=slug,
        commit=project.head,
        commit_time=time,
        tag=chosen.tag,
        snapshot=chosen.snapshot,
        version=chosen.version,
        previous=chosen.previous,
    )


def _check_version(origin: Origin, found: Found, tools: Tools) -> None:
    """Refuse when the deciding site says another version; warn when a follower drifted."""
    problems = planning.drift(origin.version, found.name, found.sites)
    deciding = found.sites[0] if found.version and found.sites else None
    if deciding and problems and (problems[0].file, problems[0].line) == (deciding.file, deciding.line):
        raise CheckFailed.of([problems[0]])
    for problem in problems:
        tools.reporter.warning(problem.message, file=problem.file, line=problem.line)
