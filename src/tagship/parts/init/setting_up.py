"""What ``init`` finds in a project, and what it has to ask because nothing there says it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tagship import config, plugins
from tagship.domain.manifests.layout import files_named
from tagship.domain.text import own_part
from tagship.domain.text.config_places import Place, of_yaml, texts, values
from tagship.errors import UsageError
from tagship.parts.init import own_files, own_settings, own_workflow
from tagship.parts.init.asking import Question
from tagship.parts.inputs import shown, split_list
from tagship.parts.plan.project import Project, release_lines, tag_styles
from tagship.parts.plan.servers import SERVER

_MOST_PATTERNS: Final = 20
_SPECIAL: Final = frozenset("*?+[]!\\")
"""What GitHub's patterns of tags give a meaning, and a backslash takes away."""


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run, or somebody else, left: the configuration, as it lies and as it is shown; whether there is a workflow
    of ours, and what that says.
    """

    path: Path
    config: str | None
    shown: str
    ours: bool
    places: Sequence[Place]

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signs in the workflow that is there."""
        found = [*texts(self.places, "jobs.*.with.signers"), *texts(self.places, "jobs.*.steps.*.with.signers")]
        return split_list(found[0]) if found else ()

    @property
    def draft(self) -> bool:
        """Whether the workflow that is there leaves drafts."""
        return True in [*values(self.places, "jobs.*.with.draft"), *values(self.places, "jobs.*.steps.*.with.draft")]

    @property
    def form(self) -> own_workflow.Form:
        """Which form it has."""
        return "composite" if texts(self.places, "jobs.*.runs-on") else "reusable"


def find(root: Path, top: Path, given: str) -> Before:
    """Look at the configuration and at the workflow; of a workflow only what tagship wrote counts.

    Raises:
        UsageError: the given configuration is not there, or a file cannot be read.

    """
    path = config.find(root, given) or root / config.FILES[0]
    mine = own_part.split(own_files.read(top / own_workflow.PATH) or "")[0]
    return Before(
        path=path,
        config=own_files.read(path),
        shown=shown(path, root),
        ours=bool(mine),
        places=_places(mine),
    )


def _places(workflow: str) -> Sequence[Place]:
    """Read our workflow; one that somebody broke says nothing, and is left alone anyhow."""
    try:
        return of_yaml(workflow, own_workflow.PATH)
    except UsageError:
        return ()


def questions(said: Mapping[str, object], before: Before, project: Project) -> list[Question]:
    """Ask what nothing says, neither ``said`` nor the project: a workflow of ours has the answers of the run that wrote it."""
    asked = [] if said.get("signers") or before.signers else [WHO_SIGNS]
    server = bool(files_named(project.tree.paths, SERVER))
    candidates = own_settings.candidates([each.ecosystem for each in project.found], server=server)
    if candidates and not (said.get("channels") or before.ours or own_settings.settled(before.config)):
        ask = f"Where shall it be published besides the release? Of {candidates}, comma-separated:"
        asked.append(Question(flag="channels", text=ask, proposal="", check=_check_channels))
    return asked


def patterns(project: Project) -> tuple[str, ...]:
    """Write patterns for the tags that releases of this project have."""
    lines = release_lines(project, tag_styles(project.vcs))
    styles = sorted({style for line in lines for style in line.write})
    if len(styles) > _MOST_PATTERNS:
        return ("**[0-9]*.[0-9]*.[0-9]*",)
    escaped = ("".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in style) for style in styles)
    return tuple(f"{style}[0-9]*" for style in escaped)


def known_signers(names: Sequence[str]) -> tuple[str, ...]:
    """Return them if there are such signers.

    Raises:
        UsageError: there is one that is not.

    """
    for name in names:
        plugins.load("signers", name)
    return tuple(names)


def _check_signers(said: str) -> str:
    known_signers(split_list(said))
    return said


def _check_channels(said: str) -> str:
    own_settings.channels(said)
    return said


WHO_SIGNS: Final = Question(
    flag="signers",
    text="Who signs in the workflow? (sigstore: without a key, with the repository's name in a public log; key, gpg: yours)",
    proposal="sigstore",
    check=_check_signers,
)
