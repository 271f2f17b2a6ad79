"""What a project is examined for by ``doctor``: the case that all checks look at, and what a check is.

Checks stand above the parts, since they ask what the steps ask: whatever is found here would fail there.
"""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final, Protocol

import msgspec
from msgspec.structs import replace

from tagship import config
from tagship.domain.plans.plan import Plan
from tagship.domain.plans.planning import repository_name
from tagship.domain.setup import workflow_text
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow import Workflow
from tagship.errors import Problem, TagshipError, UsageError
from tagship.parts.inputs import ConfiguredInputs
from tagship.parts.listening import Listener
from tagship.parts.plan.detect import detect
from tagship.parts.plan.project import Project
from tagship.ports import Found, Skip, Tools
from tagship.settings import Config

WORKFLOWS: Final = ".github/workflows"
_OWN: Final = "actions/run.py"
"""Where this is, ``$/actions/…`` are our actions: the project is tagship itself, or a fork of it."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A project as it lies on disk, with all that was found out about it.

    ``plans`` are those of the releases that could be made now, one for each line of versions; ``refused`` says why there are
    none, and ``heard`` what planning warned of. ``workflows`` are those that can be read, ``unreadable`` says why others
    cannot. Paths are from the project's root. ``repository`` is ``owner/name``, empty where it is not known; ``ours`` says
    that it is tagship's own.
    """

    project: Project
    plans: tuple[Plan, ...]
    refused: tuple[Problem, ...]
    heard: tuple[Problem, ...]
    workflows: tuple[Workflow, ...]
    unreadable: tuple[Problem, ...]
    repository: str
    ours: bool
    token: str
    tools: Tools

    @property
    def registered(self) -> bool:
        """Whether the release is published to the MCP Registry."""
        return any(entry.kind == "mcp-registry" for plan in self.plans for entry in plan.channels)

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signs, as planned."""
        return tuple(sorted({name for plan in self.plans for name in plan.signatures}))


class Check(Protocol):
    """One thing that is looked at. A plug-in is an object."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """What it looks for, in one line."""
    online: ClassVar[bool]
    """Whether it asks anybody."""

    def look(self, case: Case) -> Iterable[Diagnosis]:
        """Give what is found; nothing is changed anywhere."""


Planner = Callable[[Project, Tools], Iterable[Callable[[], Plan]]]
"""Gives each plan that can be made as something to call, so that one that fails does not stop the others."""


def open_case(inputs: ConfiguredInputs, token: str, planner: Planner, tools: Tools) -> Case:
    """Find out as much as can be about a project, whatever is wrong with it.

    Raises:
        UsageError: it is no repository, or one without a commit.

    """
    project, refused = _project(inputs, tools)
    listener = Listener(tools.reporter)
    plans, not_planned = _plans(planner, project, replace(tools, reporter=listener)) if not refused else ((), refused)
    read, unreadable = _workflows(_texts(project))
    named = tools.environment.get("GITHUB_REPOSITORY") or repository_name(project.vcs.remote_url())
    return Case(
        project=project,
        plans=plans,
        refused=not_planned,
        heard=tuple(listener.heard),
        workflows=read,
        unreadable=unreadable,
        repository=named or "",
        ours=_OWN in project.tree.paths or (project.vcs.root / _OWN).is_file(),
        token=token,
        tools=tools,
    )


def _project(inputs: ConfiguredInputs, tools: Tools) -> tuple[Project, tuple[Problem, ...]]:
    """Open the project as it lies on disk; what is wrong with configuration and manifests is told together."""
    root = inputs.root
    vcs = tools.open_repository(root)
    head = vcs.head()
    folder = root.relative_to(vcs.root.resolve()).as_posix()
    tree, settings, problems = vcs.work_tree(folder), Config(), list[Problem]()
    found, skips = list[Found](), list[Skip]()
    try:
        settings = config.load(root, inputs.config)
    except UsageError as error:
        problems += error.problems
    try:
        found, skips = detect(tree, settings)
    except TagshipError as error:
        problems += error.problems
    project = Project(
        root=root,
        folder=folder,
        vcs=vcs,
        head=head,
        tree=tree,
        settings=settings,
        found=tuple(found),
        skips=tuple(skips),
    )
    return project, tuple(problems)


def _plans(planner: Planner, project: Project, tools: Tools) -> tuple[tuple[Plan, ...], tuple[Problem, ...]]:
    made: list[Plan] = []
    refused: list[Problem] = []
    try:
        for make in planner(project, tools):
            try:
                made.append(make())
            except TagshipError as error:
                refused += error.problems
    except TagshipError as error:
        refused += error.problems
    return tuple(made), tuple(refused)


def _texts(project: Project) -> dict[str, str]:
    """Read the workflows, which lie at the top of the repository wherever the project is."""
    tree = project.vcs.work_tree(WORKFLOWS)
    names = [path for path in tree.paths if path.endswith((".yml", ".yaml")) and "/" not in path]
    up = posixpath.relpath(".", project.folder)
    return {posixpath.normpath(f"{up}/{WORKFLOWS}/{name}"): text for name, text in tree.read(names).items()}


def _workflows(texts: Mapping[str, str]) -> tuple[tuple[Workflow, ...], tuple[Problem, ...]]:
    read: list[Workflow] = []
    problems: list[Problem] = []
    for file, text in texts.items():
        try:
            read.append(workflow_text.read(text, file))
        except UsageError as error:
            problems += error.problems
    return tuple(read), tuple(problems)
