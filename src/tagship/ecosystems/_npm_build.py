"""Building and packing an npm package by the project's own package manager, scripts of dependencies off."""

import tarfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters import archive
from tagship.adapters.shell import scrubbed
from tagship.domain.files import npm_tarball
from tagship.domain.manifests.npm_metadata import trusted
from tagship.domain.plans.plan import Package
from tagship.ecosystems import _npm_tools
from tagship.ecosystems._npm_tools import MANAGERS, UNLOCKED
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Finished, Tools

BUILDS: Final = ("build", "prepack", "prepare", "prepublishOnly")
"""Scripts that make what is packed, best first: what npm runs before it packs, but for ``build``, which those call."""
PLUG_N_PLAY: Final = ".yarn/install-state.gz"
"""What Yarn leaves when it has installed, also where it makes no ``node_modules``."""
_KINDS: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


class NpmBuild:
    """One package's build in the leg's copy of the source."""

    def __init__(self, job: BuildJob, tools: Tools) -> None:
        self.job, self.tools = job, tools
        self.folder = job.source / job.package.path
        self.manager = MANAGERS[job.package.details.get("manager", "npm")]
        lock = job.package.details.get("lock", "")
        self.root = job.source / lock if lock else self.folder
        settings = job.out / ".npmrc"
        settings.write_text(user_settings(job.environment), encoding="utf-8")
        base = {**scrubbed(job.environment), "SOURCE_DATE_EPOCH": str(job.epoch)}
        self.env = _npm_tools.environment(base, settings)

    def run(self) -> Path:
        """Install, build, pack, normalise and check; return the tarball.

        Raises:
            ProjectError: a step failed, or the tarball is not what its manifest says.

        """
        self._install()
        self._build(self.folder, set())
        tarball = self._pack()
        programs = check(tarball, self.job.package)
        archive.normalise_tar_gz(tarball, self.job.epoch, [npm_tarball.ROOT + path for path in programs])
        return tarball

    def _install(self) -> None:
        lock = self.job.package.details.get("lock", "")
        manifest = _manifest(self.folder)
        if not lock and not any(manifest.get(kind) for kind in _KINDS):
            return
        if (self.root / "node_modules").is_dir() or (self.root / PLUG_N_PLAY).is_file():
            return  # another package of this workspace was built before
        if not lock:
            self.tools.reporter.warning(
                f"{self.job.package.name} has no lockfile: today's newest dependencies are built with",
                file=self._shown("package.json"),
            )
        before = self._entries()
        done = self._run(self.manager.install if lock else UNLOCKED, self.root)
        stale = f"bring the lockfile up to date: `{self.manager.refreshed}`, and commit it"
        if done.code:
            raise self._refused("its dependencies cannot be installed", done, stale)
        if lacking := sorted(self._entries() - before):
            message = f"{self.job.package.name}: its lock lacks {', '.join(lacking[:5])}"
            raise ProjectError(message, file=self._shown("package.json"), hint=stale)
        self._allowed_scripts()

    def _entries(self) -> set[str]:
        """Read what the lock of a Yarn answers that does not refuse an old one by itself."""
        lock = self.root / "yarn.lock"
        classic = self.job.package.details.get("manager") == "yarn-classic"
        return _npm_tools.yarn_entries(lock.read_text("utf-8", "replace")) if classic and lock.is_file() else set()

    def _allowed_scripts(self) -> None:
        """Run the install scripts of those dependencies only that the project names as trusted."""
        settings = self.root / "pnpm-workspace.yaml"
        named = trusted(_manifest(self.root), settings.read_text("utf-8", "replace") if settings.is_file() else "")
        if not named:
            return
        self.tools.reporter.info(f"run the install scripts of {', '.join(named)}: the project trusts them")
        done = self._run((*self.manager.rebuild, *named), self.root)
        if done.code:
            hint = f"run `{' '.join(self.manager.rebuild[:2])}`"
            raise self._refused("the install scripts of trusted dependencies failed", done, hint)

    def _build(self, folder: Path, seen: set[Path]) -> None:
        """Run a package's build, after those of the packages of this workspace that it depends on."""
        if folder in seen:
            return
        seen.add(folder)
        manifest = _manifest(folder)
        for kind in _KINDS[:3]:
            for name in manifest.get(kind) or ():
                for needed in self._members_called(name, folder):
                    self._build(needed, seen)
        scripts = manifest.get("scripts") or {}
        script = next((name for name in BUILDS if name in scripts), "")
        if script:
            done = self._run((*self.manager.run, script), folder)
            if done.code:
                command = f"{' '.join(self.manager.run[:2])} {script}"
                raise self._refused(f"its script {script!r} failed", done, f"run `{command}` from a clean clone")

    def _members_called(self, name: str, folder: Path) -> list[Path]:
        """Find a dependency among the packages of this workspace: by its link, without ``node_modules`` as Yarn says."""
        source = self.job.source.resolve()
        links = [place / "node_modules" / name for place in (folder, self.root)]
        near = [link.resolve() for link in links if link.is_symlink() and link.resolve().is_relative_to(source)]
        near = [
            place for place in near if "node_modules" not in place.relative_to(source).parts
        ]  # pnpm's and Bun's stores
        return near or [self._listed[name]] if near or name in self._listed else []

    @cached_property
    def _listed(self) -> Mapping[str, Path]:
        if not (self.root / PLUG_N_PLAY).is_file() or (self.root / "node_modules").is_dir():
            return {}
        argv = ["yarn", "workspaces", "list", "--json"]
        said = self.tools.shell.run(argv, cwd=self.root, env=self.env).stdout.splitlines()
        listed = [msgspec.json.decode(line, type=dict[str, Any]) for line in said if line.startswith("{")]
        return {str(each.get("name")): self.root / str(each.get("location")) for each in listed}

    def _pack(self) -> Path:
        place = self.job.out / "packed"
        place.mkdir()
        argv = [word.replace("{folder}", str(place)) for word in self.manager.pack]
        done = self._run(argv, self.folder)
        made = sorted(place.glob("*.tgz"))
        if done.code or len(made) != 1:
            raise self._refused("it cannot be packed", done, f"run `{' '.join(self.manager.pack[:2])}` in that folder")
        return made[0].rename(self.job.out / self.job.owed[0].name)

    def _run(self, argv: tuple[str, ...] | list[str], folder: Path) -> Finished:
        return self.tools.shell.run(argv, cwd=folder, env=self.env, timeout=1800, watch=self.tools.reporter.output)

    def _refused(self, what: str, done: Finished, hint: str) -> ProjectError:
        message = f"{self.job.package.name}: {what}:\n{done.last_lines()}"
        return ProjectError(message, file=self._shown("package.json"), hint=hint)

    def _shown(self, name: str) -> str:
        return f"{self.job.package.path}/{name}".removeprefix("./")


def check(tarball: Path, package: Package) -> list[str]:
    """Compare a tarball with its manifest and the plan; return its programs.

    Raises:
        ProjectError: with all that is wrong.

    """
    with tarfile.open(tarball) as tar:
        members = {m.name.removeprefix(npm_tarball.ROOT): m for m in tar.getmembers() if m.isfile()}
        inside = tar.extractfile(members["package.json"]) if "package.json" in members else None
        manifest = msgspec.json.decode(inside.read(), type=dict[str, Any]) if inside else {}
        heads = {}
        programs = sorted(npm_tarball.programs(manifest).values())
        for path in programs:
            stream = tar.extractfile(members[path]) if path in members else None
            heads[path] = stream.read(64) if stream else b""
    wrong = npm_tarball.problems(manifest, package.name, package.version, members.keys(), heads)
    if wrong:
        hint = "mend `files`, `bin`, `exports` or the build script; `npm pack --dry-run` shows what is packed"
        raise ProjectError.of([Problem(message=each, file=tarball.name, hint=hint) for each in wrong])
    return programs


def _manifest(folder: Path) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode((folder / "package.json").read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}


def user_settings(environment: Mapping[str, str]) -> str:
    """Return what package managers may know of the user's ``.npmrc``."""
    named = environment.get("NPM_CONFIG_USERCONFIG") or environment.get("npm_config_userconfig")
    home = environment.get("HOME") or environment.get("USERPROFILE") or ""
    path = Path(named) if named else Path(home, ".npmrc")
    try:
        return _npm_tools.public_settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
