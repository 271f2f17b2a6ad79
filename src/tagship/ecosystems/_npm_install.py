"""An npm package as its users have it: unpacked, with the dependencies it needs to run for one platform, and their list."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters.archive import unpack
from tagship.adapters.shell import scrubbed
from tagship.domain.plans.target import Target
from tagship.ecosystems._npm_build import user_settings
from tagship.ecosystems._npm_components import as_ours
from tagship.ecosystems._npm_tools import environment
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_QUIET: Final = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
_LOCK: Final = "package-lock.json"


def production(job: BuildJob, tarball: Path, to: Path, target: Target, tools: Tools) -> dict[str, Any]:
    """Unpack a tarball into a folder, install what it needs for a platform, and list that as CycloneDX 1.6.

    Install scripts are off: a dependency that needs one to run would compile on this machine, for this machine.

    Raises:
        ProjectError: the dependencies cannot be installed, or the tarball cannot be unpacked safely.

    """
    unpack(tarball, to, below_top=True)
    settings = job.out / ".npmrc-production"
    settings.write_text(user_settings(job.environment), encoding="utf-8")
    env = environment(scrubbed(job.environment), settings)
    manifest = msgspec.json.decode((to / "package.json").read_bytes(), type=dict[str, Any])
    wanted: list[str] = [] if target is Target.ANY else _for_platform(target)
    if any(manifest.get(kind) for kind in ("dependencies", "optionalDependencies", "peerDependencies")):
        _run(["npm", *_way(job, to, manifest, tools), *_QUIET, *wanted], to, env, job, tools)
    (to / _LOCK).unlink(missing_ok=True)
    with _without_development(to / "package.json", manifest):
        listed = _run(["npm", "sbom", "--sbom-format", "cyclonedx", "--omit=dev", *wanted], to, env, job, tools)
    return as_ours(msgspec.json.decode(listed), job.package)


@contextmanager
def _without_development(path: Path, manifest: Mapping[str, Any]) -> Iterator[None]:
    """Hide from npm, for a while, what only developers need: it misses that although it was told to leave it out."""
    published = path.read_bytes()
    path.write_bytes(msgspec.json.encode({key: value for key, value in manifest.items() if key != "devDependencies"}))
    try:
        yield
    finally:
        path.write_bytes(published)


def _way(job: BuildJob, to: Path, manifest: Mapping[str, Any], tools: Tools) -> list[str]:
    """Install what the package's own lock says; a workspace's lock, or another manager's, does not fit one package."""
    source = job.source / job.package.path / _LOCK
    bundled = manifest.get("bundleDependencies") or manifest.get("bundledDependencies")
    if source.is_file() and not bundled and "workspaces" not in manifest:
        shutil.copyfile(source, to / _LOCK)
        return ["ci"]
    tools.reporter.warning(
        f"{job.package.name} has no package-lock.json of its own: today's newest dependencies are put in"
    )
    return ["install", "--no-package-lock"]


def _for_platform(target: Target) -> list[str]:
    system, _, machine = target.names.npm.partition("/")
    return [f"--os={system}", f"--cpu={machine}", *(["--libc=glibc"] if system == "linux" else [])]


def _run(argv: list[str], folder: Path, env: Mapping[str, str], job: BuildJob, tools: Tools) -> bytes:
    done = tools.shell.run(argv, cwd=folder, env=env, timeout=1800)
    if done.code:
        hint = "try `npm install --omit=dev` of the tarball in an empty folder: that is what people will do"
        raise ProjectError(
            f"{job.package.name}: what it needs to run cannot be installed:\n{done.last_lines()}", hint=hint
        )
    return done.out
