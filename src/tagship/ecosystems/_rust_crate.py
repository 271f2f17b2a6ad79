"""The ``.crate`` of a crate, as cargo packs it: what registries of crates take, and what ``cargo install`` builds from.

https://doc.rust-lang.org/cargo/commands/cargo-package.html. Cargo gives every member one time and one owner: the same sources
make the same bytes. Nothing is compiled here: the programs of the leg were, from these sources.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.plans.target import Target
from tagship.ecosystems._rust_build import cargo_environment
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_HINT: Final = "run `cargo package --no-verify` in that folder; it must succeed from a clean clone"
_NEEDED_FIRST: Final = (
    "publish the crate that it needs first, or give both one version: then they are released together"
)
_HINTS: Final = {
    "does not specify a version": "give the dependency a `version` beside its `path`: registries know no paths",
    "no matching package": _NEEDED_FIRST,
    "failed to select a version": _NEEDED_FIRST,
}


def artifact(package: Package, leg: str) -> Artifact:
    """Name the file as registries do."""
    return Artifact(
        name=f"{package.name}-{package.version}.crate",
        kind="crate",
        package=package.id,
        target=Target.ANY,
        media_type=MEDIA_TYPES["crate"],
        leg=leg,
    )


def pack(job: BuildJob, owed: Artifact, tools: Tools) -> str:
    """Have cargo pack the crate, beside those that it needs: their versions are in no registry yet.

    Raises:
        ProjectError: cargo refuses.

    """
    with tempfile.TemporaryDirectory(prefix="tagship-crate-") as place:
        names = [job.package.name, *sorted({each.name for each in _needed(job.plan, job.package)})]
        argv = ["cargo", "package", "--locked", "--no-verify", "--target-dir", place]
        argv += [word for name in names for word in ("--package", name)]
        done = tools.shell.run(
            argv,
            cwd=job.source / job.package.path,
            env=cargo_environment(job),
            timeout=600,
            watch=tools.reporter.output,
        )
        made = Path(place, "package", owed.name)
        if done.code or not made.is_file():
            said = done.last_lines()
            hint = next((hint for words, hint in _HINTS.items() if words in done.stderr), _HINT)
            manifest = f"{job.package.path}/Cargo.toml".removeprefix("./")
            raise ProjectError(f"{job.package.name} cannot be packed:\n{said}", file=manifest, hint=hint)
        shutil.move(made, job.out / owed.name)
    return owed.name


def _needed(plan: Plan, package: Package) -> Iterator[Package]:
    """Give what is published before a crate, however far."""
    for needed in (each for each in plan.packages if each.id in package.needs):
        yield needed
        yield from _needed(plan, needed)
