"""What the linker put into Go programs, as CycloneDX 1.6: from the programs themselves, with what the module cache knows.

Programs say names, versions and sums (``go version -m``); licences are in the modules' folders, edges in their ``go.mod``
files (https://go.dev/ref/mod). A sum ``h1:`` is the Base64 of a SHA-256 over the module's files, written as such a digest.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tagship.adapters.shell import scrubbed
from tagship.domain.manifests.go_metadata import linked_modules
from tagship.domain.manifests.licence_text import identify, is_licence_file
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_FORMAT: Final = "{{.Path}}\t{{.Indirect}}\t{{with .Replace}}{{.Dir}}{{else}}{{.Dir}}{{end}}"


def information(program: Path, job: BuildJob, tools: Tools) -> str:
    """Return what a program says of itself; Go reads the programs of every platform.

    Raises:
        ProjectError: it says nothing.

    """
    argv = ["go", "version", "-m", str(program)]
    done = tools.shell.run(argv, cwd=program.parent, env=scrubbed(job.environment))
    if done.code or "\tpath\t" not in done.stdout:
        hint = "build it with module support; report this if it was"
        raise ProjectError(f"{program.name} names no modules:\n{done.last_lines()}", hint=hint)
    return done.stdout


def components(job: BuildJob, said: Sequence[str], tools: Tools) -> dict[str, Any]:
    """List the modules in all programs of all targets, and which of them needs which."""
    found = {each["bom-ref"]: each for text in said for each in linked_modules(text)}
    named = {each["name"]: reference for reference, each in found.items() if each["name"] != "stdlib"}
    known = _asked(job, sorted(named), tools)
    for name, reference in named.items():
        if licence := _licence([known.get(name, ("", Path()))[1], job.source / job.package.path / "vendor" / name]):
            found[reference]["licenses"] = [{"expression": licence}]
    for each in found.values():
        if each["name"] == "stdlib":
            each["licenses"] = [{"expression": "BSD-3-Clause"}]  # go.dev/LICENSE
    edges = _edges(job, named, tools)
    direct = {reference for name, reference in named.items() if known.get(name, ("false",))[0] == "false"}
    reached = {other for needed in edges.values() for other in needed}
    mine = sorted((direct & set(named.values())) | (found.keys() - reached))
    dependencies = [{"ref": job.package.id, "dependsOn": mine}]
    dependencies += [{"ref": own, "dependsOn": sorted(needed)} for own, needed in sorted(edges.items())]
    listed = [found[reference] for reference in sorted(found)]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed, "dependencies": dependencies}


def _asked(job: BuildJob, names: Sequence[str], tools: Tools) -> dict[str, tuple[str, Path]]:
    """Ask Go of each module whether only others need it, and where it lies; nothing where it cannot say."""
    if not names:
        return {}
    said = _go(job, ["list", "-m", "-f", _FORMAT, *names], tools)
    rows = (line.split("\t") for line in said.splitlines())
    return {
        row[0]: (row[1], Path(row[2]) if row[2] else Path()) for row in rows if len(row) == len(("path", "by", "dir"))
    }


def _edges(job: BuildJob, named: Mapping[str, str], tools: Tools) -> dict[str, set[str]]:
    """Read the graph of requirements, at the versions that were linked; where Go cannot draw it there are no edges."""
    edges: dict[str, set[str]] = {reference: set() for reference in named.values()}
    for line in _go(job, ["mod", "graph"], tools).splitlines():
        above, _, below = line.partition(" ")
        name, at, version = above.partition("@")
        reference, other = named.get(name), named.get(below.partition("@")[0])
        if at and reference and other and reference.endswith(f"@{version.replace('+', '%2B')}"):
            edges[reference].add(other)
    return edges


def _go(job: BuildJob, arguments: Sequence[str], tools: Tools) -> str:
    env = {**scrubbed(job.environment), "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    done = tools.shell.run(["go", *arguments], cwd=job.source / job.package.path, env=env)
    return "" if done.code else done.stdout


def _licence(folders: Sequence[Path]) -> str:
    """Name the licence whose text lies in a module's folder; several texts all hold, and an unknown one leaves it open."""
    for folder in folders:
        if folder != Path() and folder.is_dir():
            files = sorted(path for path in folder.iterdir() if path.is_file() and is_licence_file(path.name))
            names = [identify(path.read_text("utf-8", "replace")) for path in files]
            if names and all(names):
                return " AND ".join(dict.fromkeys(_whole(name) for name in names))
    return ""


def _whole(name: str) -> str:
    """Spell a licence of the GNU family as SPDX does; its text alone does not say whether later ones will do."""
    return f"{name}-only" if name.startswith(("GPL", "LGPL", "AGPL")) else name
