"""The notes of a release: what somebody wrote, else the changelog's section with what the plan knows."""

from collections.abc import Sequence
from pathlib import Path

from tagship.domain.changes import changelog
from tagship.domain.plans.artifact import probe_name
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import claims
from tagship.domain.releases import release_notes
from tagship.domain.releases.release import LocalAsset, mark
from tagship.domain.releases.release_notes import Place
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import Report
from tagship.domain.versions.version import Version
from tagship.errors import UsageError
from tagship.parts.inputs import ReleaseInputs, read_bytes
from tagship.ports import Tools


def written(inputs: ReleaseInputs) -> str | None:
    """Return the notes that the inputs give, ``None`` when they give none.

    Raises:
        UsageError: the file is not there, or cannot be read.

    """
    if inputs.body:
        return inputs.body
    if not inputs.body_file:
        return None
    return (
        read_bytes(inputs.root / inputs.body_file, "mend `body-file`").decode("utf-8", "replace").replace("\r\n", "\n")
    )


def section(inputs: ReleaseInputs, version: Version | None, plan: Plan | None) -> str:
    """Return the section of the version in the first changelog that has one."""
    for folder in _folders(plan) if version else ():
        history = inputs.root / folder / changelog.FILE
        text = history.read_text(encoding="utf-8", errors="replace") if history.is_file() else ""
        found = changelog.extract(text, version) if version else ""
        if found:
            return found
    return ""


def complete(
    inputs: ReleaseInputs, plan: Plan | None, changes: str, files: tuple[LocalAsset, ...], tools: Tools
) -> str:
    """Add to the changes what the plan knows, and keep them within what GitHub takes."""
    limit = release_notes.LIMIT - release_notes.ROOM - (release_notes.FOR_GITHUB if inputs.generate_notes else 0)
    if plan is None:
        return release_notes.cut(changes, limit, f"{changelog.FILE} at this tag")
    return release_notes.compose(plan, changes, files, place(inputs, plan, tools), limit, _probed(plan, files))


def place(inputs: ReleaseInputs, plan: Plan, tools: Tools) -> Place:
    """Return where the release will be; a folder has no address."""
    server = claims.server_of(tools.environment) if inputs.forge == "github" else ""
    return release_notes.place_of(server, plan.repository, plan.tag)


def _probed(plan: Plan, files: tuple[LocalAsset, ...]) -> Report | None:
    """Read the report of the probes, which is one of the release's files."""
    wanted = probe_name(plan.name, plan.version)
    file = next((file for file in files if file.name == wanted), None)
    return probe_report.decode(Path(file.path).read_bytes(), file=wanted) if file else None


def marked(body: str, tag: str) -> str:
    """Add the invisible line by which the draft is known as ours.

    Raises:
        UsageError: they are longer than GitHub takes.

    """
    notes = f"{body.strip()}\n\n{mark(tag)}".strip()
    if len(notes) > release_notes.LIMIT:
        hint = "shorten them, and link to the rest"
        raise UsageError(f"the notes have over {release_notes.LIMIT:,} characters", hint=hint)
    return notes


def _folders(plan: Plan | None) -> Sequence[str]:
    return [*(package.path for package in plan.packages), "."] if plan else ["."]
