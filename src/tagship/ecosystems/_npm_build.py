"""Building and packing an npm package by the project's own package manager, scripts of dependencies off."""

import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters import archive
from tagship.adapters.shell import scrubbed
from tagship.domain import npm_tarball
from tagship.domain.plan import Package
from tagship.ecosystems import _npm_tools
from tagship.ecosystems._npm_tools import MANAGERS, UNLOCKED
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Finished, Tools

BUILDS: Final = ("build", "prepack", "prepare", "prepublishOnly")
"""Scripts that make what is packed, best first: what npm runs before it packs, but for ``build``, which those call."""
_KINDS: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


class NpmBuild:
    """One package's build in the leg's copy of the source."""

    def __init__(self, job: BuildJob, tools: Tools) -> None:
        self.job, self.tools = job, tools
        self.folder = job.source / job.package.path
        self.manager = MANAGERS[job.package.details.get("manager", "npm")]
        settings = job.out / ".npmrc"
        settings.write_text(user_settings(job.environment), encoding="utf-8")
        epoch = int(datetime.fromisoformat(job.plan.commit_time).timestamp())
        base = {**scrubbed(job.environment), "SOURCE_DATE_EPOCH": str(epoch)}
        self.env, self.epoch = _npm_tools.environment(base, settings), epoch

    def run(self) -> Path:
        """Install, build, pack, normalise and check; return the tarball.

        Raises:
            ProjectError: a step failed, or the tarball is not what its manifest says.

        """
        self._install()
        self._build(self.folder, set())
        tarball = self._pack()
        programs = check(tarball, self.job.package)
        archive.normalise_tar_gz(tarball, self.epoch, [npm_tarball.ROOT + path for path in programs])
        return tarball

    def _install(self) -> None:
        lock = self.job.package.details.get("lock", "")
        manifest = _manifest(self.folder)
        if not lock and not any(manifest.get(kind) for kind in _KINDS):
            return
        root = self.job.source / lock if lock else self.folder
        if (root / "node_modules").is_dir():
            return  # another package of this workspace was built before
        if not lock:
            self.tools.reporter.warning(
                f"{self.job.package.name} has no lockfile: today's newest dependencies are built with",
                file=self._shown("package.json"),
            )
        done = self._run(self.manager.install if lock else UNLOCKED, root)
        if done.code:
            stale = f"bring the lockfile up to date: `{self.manager.refreshed}`, and commit it"
            raise self._refused("its dependencies cannot be installed", done, stale)
        self._allowed_scripts(root)

    def _allowed_scripts(self, root: Path) -> None:
        """Run the install scripts of those dependencies only that the project names as trusted."""
        manifest = _manifest(root)
        pnpm = manifest.get("pnpm")
        names = manifest.get("trustedDependencies") or (
            pnpm.get("onlyBuiltDependencies") if isinstance(pnpm, dict) else None
        )
        if isinstance(names, list) and names:
            named = [str(name) for name in names]
            self.tools.reporter.info(f"run the install scripts of {', '.join(named)}: the project trusts them")
            done = self._run(("npm", "rebuild", "--foreground-scripts", *named), root)
            if done.code:
                raise self._refused("the install scripts of trusted dependencies failed", done, "run `npm rebuild`")

    def _build(self, folder: Path, seen: set[Path]) -> None:
        """Run a package's build, after those of the packages of this workspace that it depends on."""
        if folder in seen:
            return
        seen.add(folder)
        manifest = _manifest(folder)
        for kind in _KINDS[:3]:
            for name in manifest.get(kind) or ():
                for place in (folder, self.job.source / self.job.package.details.get("lock", "")):
                    linked = place / "node_modules" / name
                    if linked.is_symlink() and linked.resolve().is_relative_to(self.job.source.resolve()):
                        self._build(linked.resolve(), seen)
        scripts = manifest.get("scripts") or {}
        script = next((name for name in BUILDS if name in scripts), "")
        if script:
            done = self._run(("npm", "run", "--foreground-scripts", script), folder)
            if done.code:
                raise self._refused(f"its script {script!r} failed", done, f"run `npm run {script}` from a clean clone")

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
