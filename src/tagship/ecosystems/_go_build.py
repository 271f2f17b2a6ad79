"""Building a Go module for many platforms on one machine: no C, no paths of the machine, archives that can be made again."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tagship.adapters.pack import pack
from tagship.adapters.shell import scrubbed
from tagship.domain.manifests.go_metadata import says
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.ecosystems._beside import beside
from tagship.ecosystems._executables import require_fit
from tagship.ecosystems._go_components import information
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

_FIT: Final = "build without C (CGO_ENABLED=0 is set): nothing in the build may change that"


def go_version(cwd: Path, job: BuildJob, tools: Tools) -> str:
    """Return the version of the toolchain that the module selects, e.g. ``1.26.8``."""
    done = tools.shell.run(["go", "env", "GOVERSION"], cwd=cwd, env=scrubbed(job.environment))
    return done.stdout.strip().removeprefix("go")


def build(job: BuildJob, tools: Tools) -> tuple[tuple[str, ...], list[str]]:
    """Make an archive of all programs for each target that is owed; return their names, and what the programs say.

    Raises:
        ProjectError: it does not build, or a program is not what its target asks for.

    """
    made, said = [], list[str]()
    for artifact in job.owed:
        folder = job.out / f"{artifact.name}.parts"
        programs = _compile(job, artifact.target, folder, tools)
        require_fit(programs, artifact, _FIT)
        _check_version(programs, artifact, job)
        members = {program.name: program for program in programs} | beside(job, programs)
        pack(job.out / artifact.name, members, job.epoch, {program.name for program in programs})
        said += [information(program, job, tools) for program in programs]
        shutil.rmtree(folder)
        made.append(artifact.name)
    return tuple(made), said


def _compile(job: BuildJob, target: Target, to: Path, tools: Tools) -> list[Path]:
    folder = job.source / job.package.path
    system, architecture = target.names.go.split("/")
    # A value, since an empty one lets the user's `go env -w` speak: -mod=mod would mend go.sum while it builds. By default Go
    # changes nothing (-mod=readonly), or takes the vendor folder.
    own = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath", "GOOS": system, "GOARCH": architecture}
    env = {**scrubbed(job.environment), **own}
    ending = ".exe" if system == "windows" else ""
    made: list[Path] = []
    for program in job.package.details["programs"].split(","):
        name = job.package.program if program == "." else program.rpartition("/")[2]
        path = to / f"{name}{ending}"
        if path in made:
            hint = "rename a folder: an archive holds one program of a name"
            raise ProjectError(
                f"two programs are called {name}", file=f"{job.package.path}/{program}".removeprefix("./"), hint=hint
            )
        argv = ["go", "build", "-trimpath", "-buildvcs=true", f"-ldflags={_linker_flags(job)}", "-o", str(path)]
        done = tools.shell.run([*argv, f"./{program}"], cwd=folder, env=env, timeout=1800, watch=tools.reporter.output)
        if done.code:
            raise _refused(job, target, done.last_lines())
        made.append(path)
    return made


def _linker_flags(job: BuildJob) -> str:
    """Leave out symbol tables, and set the variables that the module keeps for version, commit and date.

    The date is the commit's, in RFC 3339: a build's own time would be another one each time.
    """
    values = {
        "ldflags": job.package.version,
        "ldflags.commit": job.plan.commit,
        "ldflags.date": job.plan.commit_time,
    }
    known = {job.package.details[key]: value for key, value in values.items() if key in job.package.details}
    return " ".join(["-s -w -buildid=", *(f"-X {name}={value}" for name, value in sorted(known.items()))])


def _refused(job: BuildJob, target: Target, said: str) -> ProjectError:
    hint = "run `go build ./...` in that folder; it must succeed from a clean clone"
    if "updates to go.mod needed" in said or "missing go.sum entry" in said or "inconsistent vendoring" in said:
        hint = "run `go mod tidy` (and `go mod vendor`, if there is a vendor folder) and commit go.mod and go.sum"
    manifest = f"{job.package.path}/go.mod".removeprefix("./")
    return ProjectError(f"{job.package.name} does not build for {target}:\n{said}", file=manifest, hint=hint)


def _check_version(programs: Sequence[Path], artifact: Artifact, job: BuildJob) -> None:
    """Refuse programs of which none got the version: the linker says nothing about a variable that is not there."""
    variable = job.package.details.get("ldflags", "")
    if variable and not any(says(program.read_bytes(), job.package.version) for program in programs):
        raise ProjectError(
            f"no program says the version {job.package.version}: the linker was to set {variable}, which none uses",
            file=artifact.name,
            hint="name a string variable that a program prints, without a computed value; or remove the unused one",
        )
