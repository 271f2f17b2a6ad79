"""Building a crate's programs for the targets of one leg, static on Linux, with no paths of the machine in them."""

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tagship.adapters.pack import pack
from tagship.adapters.shell import scrubbed
from tagship.domain.components import embedded
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.ecosystems import _rust_targets
from tagship.ecosystems._beside import beside
from tagship.ecosystems._executables import require_fit
from tagship.ecosystems._rust_targets import How
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Tools

_CPLUSPLUS: Final = re.compile(r"-l(?:std)?c\+\+")
_STALE: Final = ("--locked", "needs to be updated", "lock file")


def build(job: BuildJob, tools: Tools) -> tuple[tuple[str, ...], list[embedded.Listed]]:
    """Make an archive of all programs for each target that is owed; give their names, and what the programs say is in them.

    Raises:
        ProjectError: it does not build, or a program is not what its target asks for.

    """
    made = []
    said = []
    with tempfile.TemporaryDirectory(prefix="tagship-target-") as kept:
        for artifact in (each for each in job.owed if each.kind == "archive"):
            place = Path(kept) / artifact.target
            programs = _compile(job, artifact.target, place, tools)
            _check(programs, artifact)
            said += [embedded.crates(program.read_bytes(), job.package.id) for program in programs]
            members = {program.name: program for program in programs} | beside(job, programs)
            pack(job.out / artifact.name, members, job.epoch, {program.name for program in programs})
            shutil.rmtree(place)
            made.append(artifact.name)
    return tuple(made), said


def cargo_environment(job: BuildJob) -> dict[str, str]:
    """Return what cargo is started with: the toolchain's own places, and nothing secret."""
    return {**scrubbed(job.environment), "CARGO_TERM_COLOR": "never", "CARGO_INCREMENTAL": "0"}


def lock(job: BuildJob) -> str:
    """Read the lock that a crate is built with: beside it, or of the workspace around it."""
    folder = job.source / job.package.path
    for place in (folder, *folder.parents):
        if (place / "Cargo.lock").is_file():
            return (place / "Cargo.lock").read_text(encoding="utf-8")
        if place == job.source:
            break
    return ""


def versions(job: BuildJob, tools: Tools) -> dict[str, str]:
    """Return the versions of what the programs depend on."""
    env = cargo_environment(job)
    found = {"rustc": ["rustc", "--version"]}
    if _rust_targets.auditable(["cargo"], env) != ("cargo",):
        found["cargo-auditable"] = ["cargo", "auditable", "--version"]
    said = {name: tools.shell.run(argv, cwd=job.source, env=env).stdout.split() for name, argv in found.items()}
    return {name: words[1] if len(words) > 1 else "" for name, words in said.items()}


def _compile(job: BuildJob, target: Target, place: Path, tools: Tools) -> list[Path]:
    folder = job.source / job.package.path
    env = cargo_environment(job)
    how: How | None = _rust_targets.choose(target, folder, lock(job), env, tools)
    profile = job.package.details.get("profile", "release")
    wanted = ["--profile", profile, *(word for name in _programs(job) for word in ("--bin", name))]
    said = ""
    while how:
        flags = [*how.flags, *remapped(job.source, place, env)]
        given = {**how.environment, "SOURCE_DATE_EPOCH": str(job.epoch), "CARGO_TARGET_DIR": str(place)}
        given["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
        if how.otherwise:
            compilers, named = place.with_name(f"{target}-compilers"), folders(job.source, place, env)
            given |= _rust_targets.c_compilers(target, compilers, named, tools)
        argv = [*_rust_targets.auditable(how.cargo, env), "--locked", "--target", how.triple]
        argv += ["--package", job.package.name, *wanted]
        done = tools.shell.run(argv, cwd=folder, env=env | given, timeout=3600, watch=tools.reporter.output)
        if done.code == 0:
            ending = ".exe" if target.startswith("windows") else ""
            return [place / how.triple / profile / f"{name}{ending}" for name in _programs(job)]
        said = done.last_lines()
        how = how.otherwise if _CPLUSPLUS.search(done.stderr) else None
    raise _refused(job, target, said)


def _programs(job: BuildJob) -> list[str]:
    return job.package.details["programs"].split(",")


def remapped(source: Path, place: Path, env: Mapping[str, str]) -> list[str]:
    """Name folders in the programs as they are called nowhere: else two machines would make different bytes."""
    return [f"--remap-path-prefix={folder}={name}" for folder, name in folders(source, place, env).items()]


def folders(source: Path, place: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return the folders that may be named in programs, and what they are called instead."""
    home = env.get("CARGO_HOME") or str(Path(env.get("HOME") or env.get("USERPROFILE") or "~", ".cargo"))
    return {str(source.resolve()): "/source", str(place.resolve()): "/target", home: "/cargo"}


def _refused(job: BuildJob, target: Target, said: str) -> ProjectError:
    hint = "run `cargo build --release --locked` in that folder; it must succeed from a clean clone"
    if any(words in said for words in _STALE):
        hint = "run `cargo update --workspace` (or `cargo generate-lockfile`) and commit Cargo.lock"
    manifest = f"{job.package.path}/Cargo.toml".removeprefix("./")
    return ProjectError(f"{job.package.name} does not build for {target}:\n{said}", file=manifest, hint=hint)


def _check(programs: list[Path], artifact: Artifact) -> None:
    if missing := [program.name for program in programs if not program.is_file()]:
        hint = "mend [[bin]] in Cargo.toml"
        raise ProjectError.of(
            [Problem(message=f"cargo made no {each}", file=artifact.name, hint=hint) for each in missing]
        )
    hint = "link nothing dynamically on Linux: choose features of dependencies that are pure Rust, or vendored"
    require_fit(programs, artifact, hint)
