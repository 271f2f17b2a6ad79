"""Set a project up: show the plan, ask what only a person knows, write configuration and workflow; or begin a new server."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace

from tagship import config
from tagship.domain.plans import plan_lines
from tagship.domain.plans.plan import Plan
from tagship.domain.setup.new_server import Names, checked, checked_owner, filled_in
from tagship.domain.text import own_part
from tagship.errors import CheckFailed, UsageError
from tagship.parts.init import (
    asking,
    migrating,
    new_server,
    own_files,
    own_readme,
    own_settings,
    own_workflow,
    setting_up,
)
from tagship.parts.init.asking import Question
from tagship.parts.init.own_commit import own_commit
from tagship.parts.init.own_files import OwnFile
from tagship.parts.inputs import ConfiguredInputs, Switch, as_json, split_list, text
from tagship.parts.plan.project import Project, open_project
from tagship.ports import Tools
from tagship.settings import Config
from tagship.steps import build_matrix, publish


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of init."""

    new: Annotated[Literal["", "python", "npm", "go", "rust"], text("begin a new server in this language")] = ""
    name: Annotated[str, text("the new server's name, e.g. weather-mcp", argument=True)] = ""
    owner: Annotated[
        str, text("with new: whose repository it will be on GitHub; default: origin's, else github.user")
    ] = ""
    from_: Annotated[
        str,
        text(
            "whose configuration to read: goreleaser, cargo-dist, release-please, semantic-release, hand-written, none; "
            "auto: each that is found"
        ),
    ] = "auto"
    form: Annotated[
        Literal["", "reusable", "composite"],
        text(
            "reusable: call our workflow, isolated jobs; composite: our actions in jobs of your own; default: as it was"
        ),
    ] = ""
    signers: Annotated[str, text("who signs in the workflow: sigstore (without a key), key, gpg; default: asked")] = ""
    channels: Annotated[
        str, text("where to publish besides the release: kinds, or kind=address, comma-separated; none; default: asked")
    ] = ""
    ref: Annotated[
        str, text("commit, tag or branch of tagship that the workflow uses; default: the commit of what is installed")
    ] = ""
    readme: Annotated[
        Switch,
        text(
            "whether README.md gets a section that says how to install, which version-bump keeps; auto: in the first run, "
            "unless it says so by itself"
        ),
    ] = "auto"
    yes: Annotated[bool, text("ask nothing, take what is proposed")] = False
    replace: Annotated[bool, text("overwrite what somebody else wrote or changed in these files")] = False


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of init."""

    files: Annotated[str, text("files and what became of them (JSON: path → created, updated, unchanged)")]
    folder: Annotated[str, text("the folder of the project")]
    migration: Annotated[
        str, text("what became of another tool's configuration (JSON: file, line, what, became, reason)")
    ]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Set up what is here, or begin something new.

    Raises:
        UsageError: questions without anybody to answer, a broken configuration, files that were left alone.
        ProjectError: the project cannot be planned.
        RemoteUnreachable: the commit of tagship was to be found out, and was not.

    """
    if inputs.new:
        return _begin(inputs, tools)
    if inputs.name or inputs.owner:
        raise UsageError("a name and an owner are for a new server", hint="say its language: --new python NAME")
    project = open_project(inputs, tools)
    before = setting_up.find(project.root, project.vcs.root, inputs.config)
    migrated = migrating.migrate(inputs.from_, project.tree, [each.name for each in project.found], tools.reporter)
    said = {
        "signers": inputs.signers or migrated.signers,
        "channels": inputs.channels or migrated.settings.get("channels"),
    }
    asked = asking.answers(setting_up.questions(said, before, project), tools, proposals=inputs.yes)
    wanted = {**migrated.settings, **_channels(inputs.channels or asked.get("channels", ""))}
    body = own_settings.body(before.config, before.shown, wanted)
    for key in own_settings.standing(before.config, wanted):
        tools.reporter.notice(f"{before.shown} says {key} already: that stands")
    renewed = own_part.renewed(before.config, body, replace=inputs.replace, append=True)
    settings = config.decode(renewed.text, before.shown)
    signers = split_list(inputs.signers or asked.get("signers", "")) or before.signers or migrated.signers
    _show_plan(inputs, renewed.text, signers, tools)
    order = own_workflow.Order(
        form=inputs.form or (before.form if before.ours else "reusable"),
        own=own_commit(inputs.ref, tools),
        tags=setting_up.patterns(replace(project, settings=settings)),
        signers=setting_up.known_signers(signers),
        folder=project.folder,
        draft=migrated.draft or before.draft,
        inputs=_publish_inputs(),
    )
    _warn(order, settings, tools)
    files = [
        OwnFile(shown=before.shown, path=before.path, old=before.config, body=body, renewed=renewed),
        _workflow_file(inputs, project.vcs.root, own_workflow.text(order, settings)),
        *_readme(inputs, replace(project, settings=settings), signers, first=not before.ours, tools=tools),
    ]
    states = own_files.bring(files, tools, dry_run=inputs.dry_run)
    tools.reporter.info("next: commit these files, then push a tag, or run the workflow `release` by hand")
    return Outputs(files=as_json(states), folder=str(project.root), migration=as_json(migrated.notes))


def _begin(inputs: Inputs, tools: Tools) -> Outputs:
    """Write a new server, its workflow and, where it says anything, its configuration."""
    name = checked(inputs.name, inputs.new)
    folder = new_server.place(inputs.root, name, tools)
    repository = new_server.origin(folder, tools) or tools.environment.get("GITHUB_REPOSITORY", "")
    known = inputs.owner or repository.partition("/")[0]
    proposal = new_server.known_owner(inputs.root, tools)
    whose = Question(
        flag="owner", text="Whose repository will it be on GitHub?", proposal=proposal, check=checked_owner
    )
    questions = [*([] if known else [whose]), *([] if inputs.signers else [setting_up.WHO_SIGNS])]
    said = asking.answers(questions, tools, proposals=inputs.yes)
    owner = checked_owner(known or said["owner"])
    names = Names(
        name=name, owner=owner, repository=repository if "/" in repository and not inputs.owner else f"{owner}/{name}"
    )
    body = own_settings.body(None, config.FILES[0], _channels(inputs.channels))
    settings = config.decode(body, config.FILES[0])
    order = own_workflow.Order(
        form=inputs.form or "reusable",
        own=own_commit(inputs.ref, tools),
        tags=("v[0-9]*",),
        signers=setting_up.known_signers(split_list(inputs.signers or said.get("signers", ""))),
        folder=".",
        draft=False,
        inputs=_publish_inputs(),
    )
    _warn(order, settings, tools)
    more = {config.FILES[0]: own_part.marked(body)} if body else {}
    more[own_workflow.PATH] = own_part.marked(own_workflow.text(order, settings))
    if inputs.dry_run:
        written = sorted({*new_server.template(inputs.new), *more})
        tools.reporter.info(f"would write {len(written)} files into {folder}")
        return Outputs(files="{}", folder=str(folder), migration="[]")
    if inputs.readme != "false":
        files = {**filled_in(new_server.template(inputs.new), names), **more}
        more[own_readme.FILE] = own_readme.of_new(files, names.repository, _plans_of, tools)
    written = new_server.write(folder, inputs.new, names, more, tools)
    here = "" if folder == inputs.root else f"cd {name} && "
    tools.reporter.info(f"wrote {len(written)} files into {folder}")
    tools.reporter.info(f"next: {here}git add . && git commit -m 'feat: begin' && git tag v0.1.0 && tagship release")
    return Outputs(files=as_json(dict.fromkeys(written, "created")), folder=str(folder), migration="[]")


def _channels(said: str) -> dict[str, Any]:
    found = own_settings.channels(said)
    return {"channels": found} if found else {}


def _show_plan(inputs: Inputs, settings: str, signers: Sequence[str], tools: Tools) -> None:
    """Show what a release would be with these settings; a version that no tag has made yet is no reason to stop."""
    with tempfile.TemporaryDirectory(prefix="tagship-init-") as folder:
        candidate = Path(folder, config.FILES[0])
        candidate.write_text(settings, encoding="utf-8")
        given = build_matrix.Inputs(
            working_directory=inputs.working_directory, config=str(candidate), explain=True, signers=",".join(signers)
        )
        try:
            plan = build_matrix.make_plan(given, tools)
        except (UsageError, CheckFailed) as error:
            for problem in error.problems:
                tools.reporter.warning(f"no plan yet: {problem.advice}", file=problem.file, line=problem.line)
            return
    for line in plan_lines.lines(plan):
        tools.reporter.info(line)


def _readme(inputs: Inputs, project: Project, signers: Sequence[str], *, first: bool, tools: Tools) -> list[OwnFile]:
    """Bring in how to install; somebody who took it out again after the first run is not asked twice."""
    if inputs.readme == "false" or (inputs.readme == "auto" and not first):
        return []
    asked = build_matrix.Inputs(working_directory=inputs.working_directory, signers=",".join(signers))
    return own_readme.brought_in(project, partial(_plans, project, asked), tools)


def _plans(project: Project, asked: build_matrix.Inputs, tools: Tools) -> list[Plan]:
    return [make() for make in build_matrix.supposed_plans(project, asked, tools)]


def _plans_of(root: Path, tools: Tools) -> list[Plan]:
    asked = build_matrix.Inputs(working_directory=str(root))
    return _plans(open_project(asked, tools), asked, tools)


def _publish_inputs() -> tuple[str, ...]:
    return tuple(name.replace("_", "-") for name in publish.Inputs.__struct_fields__)


def _warn(order: own_workflow.Order, settings: Config, tools: Tools) -> None:
    """Say what the chosen form cannot do."""
    if order.form == "composite":
        return
    for name in own_workflow.unreachable(settings):
        hint = "take --form composite, which hands on every secret"
        tools.reporter.warning(f"our workflow takes no secret {name}\n  → {hint}")
    kinds = {each if isinstance(each, str) else each.kind for each in settings.channels}
    if "pypi" in kinds:
        tools.reporter.notice(
            "PyPI trusts no workflow that is called from another repository: put a token into the secret TAGSHIP_PYPI_TOKEN, "
            "or take --form composite and name release.yml as trusted publisher"
        )


def _workflow_file(inputs: Inputs, top: Path, body: str) -> OwnFile:
    path = top / own_workflow.PATH
    old = own_files.read(path)
    renewed = own_part.renewed(old, body, replace=inputs.replace)
    return OwnFile(shown=own_workflow.PATH, path=path, old=old, body=body, renewed=renewed)
