"""Putting a bundle together: its files, its manifest, the checks, the ZIP file."""

import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from tagship.adapters import packaged_schema
from tagship.adapters.archive import unpack
from tagship.adapters.pack import pack
from tagship.domain.components import sbom
from tagship.domain.files import mcpb_manifest, npm_tarball
from tagship.domain.files.mcpb_manifest import VERSIONS
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.domain.text.manifest_text import json_object
from tagship.ecosystems import _mcpb_tools, _mcpb_wheels
from tagship.ecosystems._executables import misfit
from tagship.ecosystems._npm_install import production
from tagship.ecosystems._wrapping import material, materials, member, only_the_package
from tagship.ecosystems.mcpb import KINDS
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Tools

MANIFEST: Final = "manifest.json"
_HINT: Final = "mend manifest.json, or delete it: tagship writes one from the project"


class McpbBuild:
    """The bundles of one package, made of the files that its leg made."""

    def __init__(self, job: BuildJob, tools: Tools) -> None:
        self.job, self.package, self.tools = job, job.package, tools
        self.node = job.package.details.get("language") == "npm"
        self.at = job.package.details.get("manifest", "")
        self.shown = self.at or MANIFEST
        text = (job.source / self.at).read_text(encoding="utf-8-sig") if self.at else "{}"
        self.committed = json_object(text, self.shown)
        self.project = _project(job.source / job.package.path)
        self.tools_listed: tuple[list[dict[str, Any]] | None] | None = None
        own = only_the_package(job.package)
        of_wrapped = job.components.get(job.package.wraps or "")
        self.components: dict[str, Any] = sbom.merged(own, of_wrapped) if of_wrapped else own

    def make(self, owed: Artifact) -> str:
        """Make one bundle; return its name.

        Raises:
            ProjectError: with all that is wrong with it.

        """
        with tempfile.TemporaryDirectory(dir=self.job.out) as temporary:
            folder = Path(temporary)
            server, wrong = self._put(owed, folder / "bundle")
            manifest = self._manifest(server, owed.target, folder / "bundle")
            _write(folder / "bundle" / MANIFEST, manifest)
            if "tools" not in manifest and not wrong:
                manifest |= self._tools(folder / "bundle")
                _write(folder / "bundle" / MANIFEST, manifest)
            files = {
                p.relative_to(folder / "bundle").as_posix(): p for p in (folder / "bundle").rglob("*") if p.is_file()
            }
            wrong += [*self._kind(server), *schema_problems(manifest), *mcpb_manifest.problems(manifest, files)]
            if wrong:
                raise ProjectError.of([Problem(message=each, file=self.shown, hint=_HINT) for each in wrong])
            programs = {manifest["server"]["entry_point"]} if server["type"] == "binary" else set()
            pack(folder / "bundle.zip", files, self.job.epoch, programs)
            (folder / "bundle.zip").rename(self.job.out / owed.name)
        return owed.name

    def _put(self, owed: Artifact, to: Path) -> tuple[dict[str, Any], list[str]]:
        """Put what a bundle is made of into its folder; return how it is started, and what is wrong."""
        if owed.target is not Target.ANY and self.package.details.get("language") == "python":
            wheels = materials(self.job, owed, (owed.target,), ("wheel",))
            arguments = ["run", "--directory", "${__dirname}", self.package.entry or "", *self._arguments()]
            wrong = _mcpb_wheels.put(wheels, self.package, to)
            return self._server("uv", _mcpb_wheels.ENTRY, "uv", arguments), wrong
        put = self._program if owed.target is not Target.ANY else self._node if self.node else self._source
        return put(material(self.job, owed, owed.target, KINDS), to, owed.target)

    def _source(self, sdist: Path, to: Path, target: Target) -> tuple[dict[str, Any], list[str]]:
        """Unpack a source distribution; the host installs it, with its dependencies, by uv."""
        del target
        unpack(sdist, to, below_top=True, wanted=lambda name: not PurePosixPath(name).name.startswith(".git"))
        scripts = self.project.get("scripts")
        script = self.package.entry or ""
        called = str(scripts.get(script, "")) if isinstance(scripts, dict) else ""
        path = called.partition(":")[0].strip().replace(".", "/")
        places = [f"{root}{path}{end}" for root in ("src/", "") for end in (".py", "/__init__.py")]
        entry = next((place for place in places if path and (to / place).is_file()), "")
        wrong = [] if entry else [f"the module of its command {script!r} is not in the source distribution"]
        arguments = ["run", "--directory", "${__dirname}", script, *self._arguments()]
        return self._server("uv", entry, "uv", arguments), wrong

    def _node(self, tarball: Path, to: Path, target: Target) -> tuple[dict[str, Any], list[str]]:
        """Unpack a tarball of npm beside what it needs to run: hosts bring Node.js, but no npm."""
        installed = production(self.job, tarball, to, target, self.tools)
        self.components = sbom.merged(self.components, installed)
        for left in (to / "node_modules" / ".bin", *to.rglob("node_modules/.bin")):
            shutil.rmtree(left, ignore_errors=True)
        (to / "node_modules" / ".package-lock.json").unlink(missing_ok=True)
        programs = npm_tarball.programs(msgspec.json.decode((to / "package.json").read_bytes()))
        entry = programs.get(self.package.entry or "") or next(iter(programs.values()), "")
        wrong = [
            f"{path.relative_to(to).as_posix()} is compiled for one platform only"
            for path in sorted(to.rglob("*.node"))
            if path.is_file()
        ]
        wrong += [] if entry else ["the package has no command: name it in `bin` of package.json"]
        return self._server("node", entry, "node", [f"${{__dirname}}/{entry}", *self._arguments()]), wrong

    def _program(self, archive: Path, to: Path, target: Target) -> tuple[dict[str, Any], list[str]]:
        """Take the program out of its archive."""
        end = ".exe" if target.startswith("windows") else ""
        name = self.package.program + end
        said = self.committed.get("server")
        inside = str(said.get("entry_point") or "") if isinstance(said, dict) else ""
        entry = inside or f"server/{name}"
        entry += "" if entry.endswith(end) else end
        path = to / entry
        if not path.resolve().is_relative_to(to.resolve()) or path.resolve() == to.resolve():
            raise ProjectError(f"server.entry_point is {entry!r}, outside the bundle", file=self.shown, hint=_HINT)
        path.parent.mkdir(parents=True)
        path.write_bytes(member(archive, name))
        wrong = [f"{entry} {each}" for each in misfit(path, target)]
        return self._server("binary", entry, f"${{__dirname}}/{entry}", self._arguments()), wrong

    def _tools(self, bundle: Path) -> dict[str, Any]:
        """Ask the server for its tools, once for all platforms: it is the same server."""
        if self.tools_listed is None:
            self.tools_listed = (_mcpb_tools.listed(self.job, bundle, self.tools),)
        return {"tools": self.tools_listed[0]} if self.tools_listed[0] else {}

    def _arguments(self) -> list[str]:
        return list(self.package.server.arguments) if self.package.server else []

    def _server(self, kind: str, entry: str, command: str, arguments: list[str]) -> dict[str, Any]:
        env = mcpb_manifest.environment(self.package)
        config = {"command": command, "args": arguments, **({"env": env} if env else {})}
        return {"type": kind, "entry_point": entry, "mcp_config": config}

    def _manifest(self, server: Mapping[str, Any], target: Target, to: Path) -> dict[str, Any]:
        authors = self.project.get("authors") or [self.project.get("author")]
        first = authors[0] if isinstance(authors, list) and authors else ""
        name = first.get("name") if isinstance(first, dict) else str(first or "").partition("<")[0].strip()
        description = self.project.get("description")
        about: dict[str, Any] = {"author": {"name": name}} if name else {}
        about |= {"description": description} if isinstance(description, str) else {}
        own = mcpb_manifest.generated(self.package, server, about, self.job.plan.repository)
        engines = self.project.get("engines")
        needs = {
            "python": self.project.get("requires-python"),
            "node": engines.get("node") if isinstance(engines, dict) else None,
        }
        runtimes = {name: said for name, said in needs.items() if isinstance(said, str) and server["type"] != "binary"}
        manifest = mcpb_manifest.completed(self.committed, own, target, runtimes)
        if target.startswith("windows") and self.at:
            manifest["server"] = _for_windows(manifest["server"], server["entry_point"])
        if server["entry_point"] == _mcpb_wheels.ENTRY:  # a committed one speaks of sources, which are not in it
            manifest["server"] = _mcpb_wheels.started(server, manifest["server"])
        return {**manifest, **self._icon(manifest, to)}

    def _icon(self, manifest: Mapping[str, Any], to: Path) -> dict[str, str]:
        """Put the icon into the bundle: the one that is named, else ``icon.png`` beside the project."""
        named = manifest.get("icon")
        path = (
            (Path(self.at).parent / named).as_posix()
            if isinstance(named, str)
            else self.package.details.get("icon", "")
        )
        file = (self.job.source / path).resolve()
        if not path or not file.is_file() or not file.is_relative_to(self.job.source.resolve()):
            return {}
        if problem := mcpb_manifest.icon_problem(file.read_bytes()):
            raise ProjectError(f"not an icon: {problem}", file=path, hint="use a square PNG file, best 512x512")
        name = named if isinstance(named, str) else "icon.png"
        if not (to / name).resolve().is_relative_to(to.resolve()):
            raise ProjectError(f"icon is {name!r}, outside the bundle", file=self.shown, hint=_HINT)
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_bytes(file.read_bytes())
        return {"icon": name}

    def _kind(self, server: Mapping[str, Any]) -> list[str]:
        said = self.committed.get("server")
        kind = said.get("type") if isinstance(said, dict) else server["type"]
        return (
            [] if kind == server["type"] else [f"server.type is {kind!r}; a bundle of type {server['type']!r} is made"]
        )


def _write(path: Path, manifest: Mapping[str, Any]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")


def schema_problems(manifest: Mapping[str, Any]) -> list[str]:
    """Check a manifest against the schema of its version."""
    version = mcpb_manifest.schema_version(manifest)
    if version not in VERSIONS:
        return [f"manifest_version is {version!r}; known are {', '.join(VERSIONS)}"]
    errors = packaged_schema.errors(manifest, "mcpb", f"v{version}")
    return [f"{'.'.join(map(str, each.instance_path)) or 'manifest'}: {each.message[:200]}" for each in errors]


def _for_windows(server: Mapping[str, Any], entry: str) -> dict[str, Any]:
    """Name the program with its ending, as it is in this bundle."""
    said = server.get("mcp_config")
    if not isinstance(said, dict):
        return {**server, "entry_point": entry}  # the schema will tell
    config = dict(said)
    if str(config.get("command", "")) + ".exe" == f"${{__dirname}}/{entry}":
        config["command"] = f"${{__dirname}}/{entry}"
    return {**server, "entry_point": entry, "mcp_config": config}


def _project(folder: Path) -> Mapping[str, Any]:
    """Read what the project's own manifest says of it."""
    for file, table in (("pyproject.toml", "project"), ("Cargo.toml", "package")):
        if (folder / file).is_file():
            said = tomllib.loads((folder / file).read_text(encoding="utf-8-sig")).get(table)
            return said if isinstance(said, dict) else {}
    if (folder / "package.json").is_file():
        return json_object((folder / "package.json").read_text(encoding="utf-8-sig"), "package.json")
    return {}
