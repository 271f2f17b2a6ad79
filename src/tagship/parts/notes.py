"""The changelog sections of a bump, with links and people where the repository is known."""

from collections.abc import Sequence

from tagship.domain import changelog
from tagship.domain.bump import Bump
from tagship.parts.project import Project
from tagship.ports import Tools


def sections(project: Project, bumps: Sequence[Bump], tools: Tools) -> dict[str, str]:
    """Write the section of each bumped line, by the path of its changelog."""
    del project
    today = tools.clock.now().strftime("%Y-%m-%d")
    return {bump.changelog: changelog.section(bump.wanted, today, bump.meanings) for bump in bumps if bump.bumped}


def existing(project: Project, bumps: Sequence[Bump]) -> dict[str, str]:
    """Return the sections that are committed already, by the path of the changelog."""
    found = {}
    for bump in bumps:
        data = project.vcs.blob(project.head, project.in_repository(bump.changelog)) or b""
        body = changelog.extract(data.decode("utf-8", "replace"), bump.wanted)
        found[bump.changelog] = f"## {bump.wanted}\n\n{body}\n"
    return found
