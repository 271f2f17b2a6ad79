"""A Homebrew formula of the program: archives per platform with their digests, a test that speaks MCP.

Rules: https://docs.brew.sh/Formula-Cookbook. Where a formula goes is the business of a tap; here it is a file of the release.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.adapters.pack import modes
from tagship.domain import installer
from tagship.domain.artifact import Artifact
from tagship.domain.lazy_pattern import lazy
from tagship.domain.plan import Package
from tagship.domain.synopsis import synopsis
from tagship.formats import _scripts
from tagship.ports import FormatJob, Tools

SYSTEMS: Final = ("linux", "macos")
_DESC: Final = 80
"""Characters that ``brew audit`` allows."""
_PLACES: Final = (
    (lazy(r"completions/.*\.bash"), "bash_completion.install"),
    (lazy(r"completions/_[^.]*"), "zsh_completion.install"),
    (lazy(r"completions/.*\.fish"), "fish_completion.install"),
)


class Homebrew:
    """:class:`tagship.ports.Format` for formulas."""

    name: ClassVar[str] = "homebrew"
    stage: ClassVar[int] = 40

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name a formula per package with programs for Linux or macOS."""
        del name, version
        mine = installer.installable(packages, SYSTEMS)
        return tuple(installer.artifact(each, _file(each), "text/x-ruby") for each in mine)

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write each formula.

        Raises:
            ProjectError: the release is on no server, so that there is no address to name.

        """
        del tools
        mine = installer.installable(job.plan.packages, SYSTEMS)
        return {_file(each): _scripts.render("formula.rb.j2", _values(job, each)) for each in mine}


def class_name(name: str) -> str:
    """Return the class that Homebrew looks for in ``<name>.rb``: as its ``Formulary.class_s`` makes it."""
    words = re.sub(r"[-_.\s]+([a-zA-Z0-9])", lambda match: match[1].upper(), name[:1].upper() + name[1:])
    return re.sub(r"(.)@(\d)", r"\1AT\2", words.replace("+", "x"))


def _file(package: Package) -> str:
    return f"{installer.bare(package).lower()}.rb"


def _values(job: FormatJob, package: Package) -> dict[str, Any]:
    archives = installer.archives(job.plan, package, job.digests, SYSTEMS)
    installer.addressed(job.plan, package)
    server = package.server
    said = _scripts.values(job, package, archives, _file(package))
    entry = package.entry if package.entry in said["programs"] else said["programs"][0]
    name = installer.bare(package)
    return said | {
        "class_name": class_name(name.lower()),
        "description": synopsis(installer.description(package), name, _DESC),
        "homepage": f"https://github.com/{job.plan.repository}",
        "license": _license(package.license),
        "urls": {system: [a for a in archives if a.target.startswith(system)] for system in SYSTEMS},
        "extras": _extras(modes(job.files[archives[0].name])),
        "server": server is not None and server.transport == "stdio",
        "arguments": server.arguments if server else (),
        "environment": [each.name for each in server.environment if each.required] if server else [],
        "entry": entry,
    }


def _extras(members: Mapping[str, int]) -> list[str]:
    """Say where completions and man pages go."""
    lines = []
    for name in sorted(members):
        manual = re.fullmatch(r"man/.+\.([1-8])", name)
        call = f"man{manual[1]}.install" if manual else next((to for form, to in _PLACES if form.fullmatch(name)), "")
        if call == "bash_completion.install":
            lines.append(f"{call} {_scripts.ruby(name)} => {_scripts.ruby(_bare(name))}")
        elif call:
            lines.append(f"{call} {_scripts.ruby(name)}")
    return lines


def _bare(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".bash")


def _license(expression: str | None) -> str:
    """Write an SPDX expression as Homebrew has it: a text, or ``any_of`` and ``all_of`` of texts; nothing for others."""
    for word, call in (("OR", "any_of"), ("AND", "all_of")):
        parts = (expression or "").split(f" {word} ")
        if len(parts) > 1 and all(re.fullmatch(r"[A-Za-z0-9.+-]+", part) for part in parts):
            return f"{call}: [{', '.join(map(_scripts.ruby, parts))}]"
    return _scripts.ruby(expression) if expression and re.fullmatch(r"[A-Za-z0-9.+-]+", expression) else ""


PLUGIN: Final = Homebrew()
