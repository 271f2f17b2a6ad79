"""The changelog sections of a bump, with links and people where the repository is known."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tagship.domain.changes import changelog
from tagship.domain.changes.bump import Bump
from tagship.domain.changes.changelog_section import Look, Subject, section
from tagship.domain.changes.commits import DEFAULT_TYPES, Meaning
from tagship.domain.proofs import claims
from tagship.errors import TagshipError, UsageError
from tagship.parts.plan.project import Project
from tagship.ports import Tools
from tagship.ports.host import Made

People = Callable[[Sequence[str]], Mapping[str, Made]]
"""Ask who made commits, and by which pull requests."""


def sections(
    project: Project, bumps: Sequence[Bump], repository: str, people: People | None, tools: Tools
) -> dict[str, str]:
    """Write the section of each bumped line, by the path of its changelog.

    ``people`` is asked once for all commits; where it fails, git's own words have to do.
    """
    today = tools.clock.now().strftime("%Y-%m-%d")
    look = _look(project, repository, tools)
    known = _ask(bumps, people, tools) if people else {}
    made: dict[str, str] = {}
    for bump in bumps:
        meanings = tuple(_enriched(meaning, known.get(meaning.commit)) for meaning in bump.meanings)
        made |= dict.fromkeys(bump.changelogs, _section(project, bump, meanings, look, today))
    return made


def existing(project: Project, bumps: Sequence[Bump]) -> dict[str, str]:
    """Return the sections that are committed already, by the path of the changelog."""
    found = {}
    for bump in bumps:
        data = project.vcs.blob(project.head, project.in_repository(bump.changelogs[0])) or b""
        body = changelog.extract(data.decode("utf-8", "replace"), bump.wanted)
        found[bump.changelogs[0]] = f"## {bump.wanted}\n\n{body}\n"
    return found


def _section(project: Project, bump: Bump, meanings: tuple[Meaning, ...], look: Look, today: str) -> str:
    file = project.settings.changelog.template
    subject = Subject(
        version=bump.wanted, date=today, tag=bump.tags[0], since=bump.since, dependencies=bump.dependencies
    )
    if not file:
        return section(subject, meanings, look)
    from tagship.domain.changes.changelog_template import render

    template = _template(project, file)
    return render(template, file, subject, meanings, look)


def _template(project: Project, file: str) -> str:
    """Read the template; what lies elsewhere on this machine never gets into a changelog.

    Raises:
        UsageError: it is not a readable text of the project.

    """
    path = (project.root / file).resolve()
    if not path.is_relative_to(project.root):
        hint = "give a file of the project in changelog.template"
        raise UsageError("the template lies outside the project", file=file, hint=hint)
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot read the template: {error.strerror}", file=file, hint="mend changelog.template"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the template is not UTF-8: {error.reason}", file=file, hint="convert it") from None


def _look(project: Project, repository: str, tools: Tools) -> Look:
    settings = project.settings
    types = {**DEFAULT_TYPES, **settings.version.types}
    counted = {kind for kind, change in types.items() if change != "none"}
    if settings.version.unconventional == "patch":
        counted.add("")
    return Look(
        style=settings.changelog.style,
        titles=settings.changelog.titles,
        counted=frozenset(counted),
        server=claims.server_of(tools.environment),
        repository=repository,
    )


def _ask(bumps: Sequence[Bump], people: People, tools: Tools) -> Mapping[str, Made]:
    """Ask for the commits whose people or pull requests git does not tell."""
    asked = [meaning.commit for bump in bumps for meaning in bump.meanings if not _known(meaning)]
    try:
        return people(list(dict.fromkeys(asked))) if asked else {}
    except TagshipError as error:
        tools.reporter.notice(f"the changelog names people as git does: {error.problems[0].message}")
        return {}


def _known(meaning: Meaning) -> bool:
    return bool(meaning.pull_request) and all(author.startswith("@") for author in meaning.authors)


def _enriched(meaning: Meaning, made: Made | None) -> Meaning:
    if made is None:
        return meaning
    login = f"@{made.login}" if made.login and not made.login.endswith("[bot]") else ""
    authors = tuple(dict.fromkeys((login, *meaning.authors[1:]))) if login and meaning.authors else meaning.authors
    return msgspec.structs.replace(meaning, authors=authors, pull_request=meaning.pull_request or made.pull_request)
