"""Writing the version where the source keeps a placeholder: into the copy that is built, never into the tree."""

from pathlib import Path

from tagship.adapters.files import write_whole
from tagship.domain.plans.plan import Leg, Plan
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.errors import ProjectError
from tagship.ports import Tools


def stamp(plan: Plan, leg: Leg, source: Path, tools: Tools) -> None:
    """Replace the placeholders of a leg's packages in their copy of the source.

    Git is told to take the files for unchanged, so that a backend that asks it for the version sees no changed tree.

    Raises:
        ProjectError: a planned placeholder that is not there.

    """
    changed: set[str] = set()
    for package in (plan.package(name) for name in leg.packages):
        version = Version.parse(package.version)
        for site in package.stamps:
            path = source / site.file
            try:
                text = path.read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                hint = "plan again: the plan says that a placeholder is there"
                raise ProjectError(f"cannot read it: {error}", file=site.file, hint=hint) from None
            write_whole(path, replace(text, site, version).encode(), mode=path.stat().st_mode & 0o777)
            changed.add(site.file)
            tools.reporter.info(f"stamped {version} into {site.file}:{site.line}")
    for file in sorted(changed):
        tools.shell.run(["git", "update-index", "--assume-unchanged", "--", file], cwd=source)
