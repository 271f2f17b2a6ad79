"""Templates of scripts and manifests that install programs, filled in; values are quoted as each language wants it."""

from collections.abc import Sequence
from typing import Any, Final

from tagship.adapters.pack import program_names
from tagship.domain.install import installer
from tagship.domain.install.installer import Archive
from tagship.domain.plans.plan import Package
from tagship.ports import FormatJob

_SINGLE_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
"""What ends a text in single quotes in PowerShell."""


def render(template: str, values: dict[str, Any]) -> bytes:
    """Fill in a template; what it lacks is an error."""
    import shlex

    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tagship", "templates"),
        autoescape=False,  # noqa: S701 - no HTML: each value goes through the filter of its language
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"sh": shlex.quote, "ps1": powershell, "ruby": ruby}
    return environment.get_template(template).render(values).encode()


def written(job: FormatJob, file: str, systems: Sequence[str]) -> dict[str, bytes]:
    """Write a script that installs, for each package with programs for these systems, with the digests of what it installs.

    ``file`` is what it is called where there is one; its template has that name and ``.j2``.
    """
    mine = installer.installable(job.plan.packages, systems)
    made = {}
    for package in mine:
        name = installer.script_name(package, mine, file)
        archives = installer.archives(job.plan, package, job.digests, systems)
        made[name] = render(f"{file}.j2", values(job, package, archives, name))
    return made


def powershell(text: str) -> str:
    """Quote a text for PowerShell (about_Quoting_Rules): nothing is a variable in single quotes.

    Typographic quotes end such a text, too; two of a kind are one (`CodeGeneration.EscapeSingleQuotedStringContent`).
    """
    return "'" + "".join(each * 2 if each in _SINGLE_QUOTES else each for each in text) + "'"


def ruby(text: str) -> str:
    """Quote a text for Ruby: ``#{…}`` is code in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")
    return '"' + escaped.replace("\n", " ") + '"'


def values(job: FormatJob, package: Package, archives: tuple[Archive, ...], file: str) -> dict[str, Any]:
    """Return what scripts of all languages say."""
    plan = job.plan
    base = installer.base(plan)
    return {
        "name": package.bare_name,
        "version": package.version,
        "tag": plan.tag,
        "base": base,
        "archives": archives,
        "programs": program_names(job.files[archives[0].name]),
        "script": file,
        "signed_by": plan.repository if job.publicly_signed else None,
        "address": f"{base}/{plan.tag}/{file}" if base else file,
        "tool": plan.tool.version,
        "origin": installer.origin(plan),
    }
