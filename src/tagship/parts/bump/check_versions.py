"""A linter: do all places of a version say the same?"""

from collections.abc import Sequence
from typing import NamedTuple

from tagship.domain.changes.bump import Bump
from tagship.domain.plans import planning
from tagship.domain.text.markdown import count
from tagship.domain.versions.ranges import admits
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VersionSite
from tagship.errors import CheckFailed, Problem
from tagship.parts.plan.detect import same_name
from tagship.parts.plan.project import Project, declared_version, packages_of, release_lines, tag_styles
from tagship.ports import Found, Tools


class Disagreement(NamedTuple):
    """A place that says another version than it should; ``wanted`` is what it should say, where that is sure."""

    problem: Problem
    site: VersionSite
    wanted: Version | None


def check_versions(project: Project, tools: Tools) -> tuple[Bump, ...]:
    """Compare every place with the version that its package declares, within each release line.

    Raises:
        CheckFailed: one problem per place that disagrees.

    """
    made, wrong = disagreements(project)
    if wrong:
        raise CheckFailed.of([each.problem for each in wrong])
    places = sum(len(found.sites) for found in project.found)
    tools.reporter.info(f"{count(places, 'place')} in {count(len(project.found), 'package')} agree")
    return made


def disagreements(project: Project) -> tuple[tuple[Bump, ...], tuple[Disagreement, ...]]:
    """Return the release lines with their versions, and every place that says another one."""
    styles = tag_styles(project.vcs)
    wrong: list[Disagreement] = []
    made: list[Bump] = []
    declared = {found.name: version for found in project.found if (version := declared_version(found))}
    for line in release_lines(project, styles):
        packages = packages_of(project, line)
        known = [version for found in packages if (version := declared_version(found))]
        wanted = max(known) if known else _first_said(packages)
        if wanted is None:
            continue
        made.append(Bump(line=line, current=wanted, wanted=wanted))
        for found in packages:
            for site in found.sites:
                wrong += [Disagreement(each, site, wanted) for each in planning.drift(wanted, found.name, (site,))]
            wrong += _stale_ranges(found, declared)
    return tuple(made), tuple(wrong)


def _first_said(packages: Sequence[Found]) -> Version | None:
    """Return what the first readable place says where no manifest does."""
    sites = [site for found in packages for site in found.sites if not site.placeholder and not site.package]
    return next((version for site in sites if (version := site.read())), None)


def _stale_ranges(found: Found, declared: dict[str, Version]) -> list[Disagreement]:
    """Compare what a package asks of its neighbours with the versions that they declare."""
    wrong = []
    for site in (site for site in found.sites if site.package):
        version = next((version for name, version in declared.items() if same_name(name, site.package)), None)
        if version is not None and not admits(site, version):
            hint = "run `tagship version-bump`, or mend the range"
            message = f"{found.name} asks for {site.package} {site.version}, which is {version} here"
            problem = Problem(message=message, file=site.file, line=site.line, hint=hint)
            wrong.append(Disagreement(problem, site, None))
    return wrong
