"""Homebrew formulas: of programs by archives per platform, of Python packages by wheels, of npm packages by their tarball.

Each has a test that speaks MCP. Rules: https://docs.brew.sh/Formula-Cookbook, …/Python-for-Formula-Authors,
…/Node-for-Formula-Authors. Where a formula goes is the business of a tap; here it is a file of the release.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.adapters import archive
from tagship.adapters.pack import modes, program_names
from tagship.domain.install import installer
from tagship.domain.install.synopsis import synopsis
from tagship.domain.manifests.node_versions import LINES
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.tools.probe_report import Report
from tagship.formats import _formula_python, _scripts
from tagship.ports import FormatJob, Tools

SYSTEMS: Final = ("linux", "macos")
_DESC: Final = 80
"""Characters that ``brew audit`` allows."""
_PLACES: Final = (
    (lazy(r"completions/.*\.bash"), "bash_completion.install"),
    (lazy(r"completions/_[^.]*"), "zsh_completion.install"),
    (lazy(r"completions/.*\.fish"), "fish_completion.install"),
)
_PROGRAM: Final = "program"
_KINDS: Final = (_PROGRAM, "python", "npm")
"""What formulas are made of; where two packages of a release have one name, the first is it."""


class Homebrew:
    """:class:`tagship.ports.Format` for formulas."""

    name: ClassVar[str] = "homebrew"
    stage: ClassVar[int] = 40

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name a formula per package with programs for Linux or macOS, or with commands of Python or Node.js."""
        del name, version
        mine = _installable(packages)
        return tuple(installer.artifact(mine[each], each, "text/x-ruby") for each in sorted(mine))

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Write each formula.

        Raises:
            ProjectError: the release is on no server, so that there is no address to name; or what a package needs cannot be
                named by address and digest.

        """
        made = {}
        for file, package in _installable(job.plan.packages).items():
            installer.addressed(job.plan, package)
            if _kind(package) == "python":
                template, said = "formula-python.rb.j2", _python(job, package, tools)
            elif _kind(package) == "npm":
                template, said = "formula-npm.rb.j2", _npm(job, package)
            else:
                template, said = "formula.rb.j2", _program(job, package)
            made[file] = _scripts.render(template, _common(job, package) | said)
        return made


def class_name(name: str) -> str:
    """Return the class that Homebrew looks for in ``<name>.rb``: as its ``Formulary.class_s`` makes it."""
    words = re.sub(r"[-_.\s]+([a-zA-Z0-9])", lambda match: match[1].upper(), name[:1].upper() + name[1:])
    return re.sub(r"(.)@(\d)", r"\1AT\2", words.replace("+", "x"))


def _installable(packages: Sequence[Package]) -> dict[str, Package]:
    """Choose the packages that have formulas, by the files' names."""
    found: dict[str, Package] = {}
    for kind in _KINDS:
        for package in packages:
            if _kind(package) == kind:
                found.setdefault(f"{package.bare_name.lower()}.rb", package)
    return found


def _kind(package: Package) -> str:
    if installer.installable([package], SYSTEMS):
        return _PROGRAM
    commands = package.ecosystem in _KINDS and package.entry and package.wraps is None
    return package.ecosystem if commands else ""


def _common(job: FormatJob, package: Package) -> dict[str, Any]:
    """Return what all formulas say."""
    server = package.server
    asked, answer = _answer(package, job.probed)
    return {
        "tool": job.plan.tool.version,
        "origin": installer.origin(job.plan),
        "class_name": class_name(package.bare_name.lower()),
        "description": _described(package, installer.description(package)),
        "homepage": f"https://github.com/{job.plan.repository}",
        "version": package.version,
        "license": _license(package.license),
        "handshake": server is not None and server.transport == "stdio",
        "helpful": server is None and _kind(package) != _PROGRAM,
        "arguments": server.arguments if server else (),
        "environment": [each.name for each in server.environment if each.required] if server else [],
        "entry": package.entry,
        "asked": asked,
        "answer": answer,
    }


def _answer(package: Package, probed: Report) -> tuple[str, str]:
    """Say what a server's test asks for: its version, unless it was heard to say another's, as of its SDK; then its name."""
    heard = [each.server for each in probed.probes if each.package == package.id and each.server.name]
    ours = {package.version, package.spellings.pep440}
    said = next((each.version for each in heard if each.version in ours), "")
    if heard and not said:
        return "name", heard[0].name
    return "version", said or package.version


def _program(job: FormatJob, package: Package) -> dict[str, Any]:
    archives = installer.archives(job.plan, package, job.digests, SYSTEMS)
    programs = program_names(job.files[archives[0].name])
    return {
        "programs": programs,
        "entry": package.entry if package.entry in programs else programs[0],
        "urls": {system: [a for a in archives if a.target.startswith(system)] for system in SYSTEMS},
        "extras": _extras(modes(job.files[archives[0].name])),
    }


def _python(job: FormatJob, package: Package, tools: Tools) -> dict[str, Any]:
    text = installer.description(package) or _formula_python.summary(job, package)
    return {"description": _described(package, text), **_formula_python.values(job, package, tools)}


def _npm(job: FormatJob, package: Package) -> dict[str, Any]:
    """Let npm install the tarball, as docs.brew.sh/Node-for-Formula-Authors has it."""
    file = next(each.name for each in job.plan.built if each.package == package.id and each.kind == "npm")
    manifest = json.loads(archive.read_member(job.files[file], "package/package.json"))
    lines = package.runtimes.get("node", ())
    newest = max(map(int, lines), default=LINES[-1])
    return {
        "description": _described(package, installer.description(package) or str(manifest.get("description") or "")),
        "file": installer.released(job.plan, file, job.digests),
        "node": "node" if newest == LINES[-1] else f"node@{newest}",
    }


def _described(package: Package, text: str) -> str:
    return synopsis(text, package.bare_name, _DESC)


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
