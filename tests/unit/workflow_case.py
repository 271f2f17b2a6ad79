"""A workflow that is right, one that calls ours, and a case with one workflow, for the tests of checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship import plugins
from tagship.adapters.clock import SystemClock
from tagship.adapters.shell import SystemShell
from tagship.domain.plans.plan import ChannelPlan
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.setup.workflow_text import read
from tagship.errors import UsageError
from tagship.parts.checking import Case
from tagship.parts.listening import Listener
from tagship.parts.plan.project import Project
from tagship.ports import Tools
from tagship.settings import Config
from tests.unit.samples import COMMIT, Tree, plan

FILE: Final = ".github/workflows/release.yml"
PIN: Final = "0123456789012345678901234567890123456789"
HEAD: Final = "on: {push: {tags: [v*]}}\npermissions: {}\nconcurrency: {group: release}\n"
RIGHT: Final = f"""{HEAD}jobs:
  publish:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    environment: release
    permissions: {{id-token: write, contents: write}}
    steps:
      - uses: actions/checkout@{PIN}
        with: {{fetch-depth: 0, persist-credentials: false}}
      - uses: tagship/tagship/actions/build-matrix@{PIN}
      - uses: tagship/tagship/actions/sign-and-attest@{PIN}
        with: {{key: "${{{{ secrets.SIGNING }}}}"}}
      - uses: tagship/tagship/actions/release-assets@{PIN}
      - uses: tagship/tagship/actions/publish@{PIN}
        env: {{TAGSHIP_OCI_TOKEN: "${{{{ secrets.OCI }}}}"}}
      - run: echo "$NAME"
        env: {{NAME: "${{{{ github.head_ref }}}}"}}
"""
CALL: Final = (
    "on: {push: {tags: [v*]}}\npermissions: {}\nconcurrency: {group: a}\njobs:\n  release:\n"
    f"    uses: tagship/tagship/.github/workflows/release.yml@{PIN}\n"
    "    permissions: {contents: write, id-token: write, attestations: write}\n"
)
CHANNELS: Final = (("pypi", "https://upload.pypi.org/legacy/"), ("oci", "https://ghcr.io/octo"))


def case(text: str, channels: Sequence[tuple[str, str]] = CHANNELS, *, ours: bool = False) -> Case:
    """Look at one workflow of a project that publishes to these channels."""
    entries = tuple(
        ChannelPlan(id=kind, kind=kind, package="demo", artifacts=(), address=address, after=())
        for kind, address in channels
    )
    clock, shell = SystemClock(), SystemShell()
    reporter: Any = Listener(None)  # type: ignore[arg-type]
    tools = Tools(shell=shell, clock=clock, reporter=reporter, environment={}, open_repository=lambda _: vcs)
    vcs: Any = None
    project = Project(
        root=Path(), folder=".", vcs=vcs, head=COMMIT, tree=Tree({}), settings=Config(), found=(), skips=()
    )
    try:
        workflows, unreadable = (read(text, FILE),), ()
    except UsageError as error:
        workflows, unreadable = (), error.problems  # type: ignore[assignment]
    return Case(
        project=project,
        plans=(msgspec.structs.replace(plan(), channels=entries),),
        refused=(),
        heard=(),
        workflows=workflows,
        unreadable=unreadable,
        repository="octo/demo",
        ours=ours,
        token="",
        tools=tools,
    )


def look(check: str, text: str, **more: Any) -> list[Diagnosis]:
    return list(plugins.load("checks", check).look(case(text, **more)))
