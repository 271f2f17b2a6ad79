"""Container images: started from their layout by whichever container tool there is, as their entry point says."""

import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from tagship.adapters import image_builder, machine
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.environments import _clean
from tagship.errors import CheckFailed, ProjectError
from tagship.ports import Launch, ProbeJob, Tools

_HINT: Final = "load the layout with `podman load` and start it: that is what every new user does"


class ImageEnvironment:
    """:class:`tagship.ports.Environment` for OCI layouts."""

    name: ClassVar[str] = "image"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"image"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Look for a container tool, and compare the platform."""
        del package
        if reason := machine.hindrance(probe.target):
            return reason
        return "" if _program(tools) else "none of docker, podman and buildah is there"

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Load the image under a name of its own until the block ends."""
        _clean.home(job.folder)
        name = f"tagship-probe-{uuid.uuid4().hex}"
        program = _program(tools)
        run = {"docker": _with_docker, "podman": _with_podman, "buildah": _with_buildah}[program]
        with run(name, job, tools) as argv:
            # the tool is started as it is here: what is in the container sees none of that
            yield Launch(argv=argv, env=image_builder.environment(tools), cwd=job.folder / "home", limited=False)


@contextmanager
def _with_docker(name: str, job: ProbeJob, tools: Tools) -> Iterator[tuple[str, ...]]:
    said = _run(["docker", "load", "--input", str(job.file), "--platform", job.probe.target.names.oci], job, tools)
    loaded = re.search(r"Loaded image(?: ID)?: (\S+)", said)
    if not loaded:
        raise ProjectError(f"docker does not say what it loaded: {said[:200]}", hint="use podman, or a newer docker")
    try:
        yield ("docker", "run", "--rm", "--interactive", "--name", name, *_variables(job), loaded[1], *_arguments(job))
    finally:
        _quietly(["docker", "rm", "--force", name], job, tools)
        _quietly(["docker", "rmi", "--force", loaded[1]], job, tools)


@contextmanager
def _with_podman(name: str, job: ProbeJob, tools: Tools) -> Iterator[tuple[str, ...]]:
    image = _run(["podman", "pull", "--quiet", f"oci-archive:{job.file}"], job, tools).strip()
    try:
        if (refused := _cannot_begin(name, image, job, tools)) and shutil.which("buildah", path=_path(tools)):
            tools.reporter.info(f"podman starts no container here ({refused}); buildah does it, in a changed root")
            with _with_buildah(name, job, tools, "--isolation=chroot") as argv:
                yield argv
        else:
            yield ("podman", "run", "--rm", "--interactive", "--name", name, *_variables(job), image, *_arguments(job))
    finally:
        _quietly(["podman", "rm", "--force", "--ignore", name], job, tools)
        _quietly(["podman", "rmi", "--force", image], job, tools)


def _cannot_begin(name: str, image: str, job: ProbeJob, tools: Tools) -> str:
    """Return why podman cannot make a container of the image, such as limits or cgroups of a job that is one itself.

    The program in it is not started: what is wrong with that is for the probe to see.
    """
    env = image_builder.environment(tools)
    made = tools.shell.run(["podman", "create", "--name", name, image], cwd=job.folder, env=env, timeout=120)
    begun = made if made.code else tools.shell.run(["podman", "init", name], cwd=job.folder, env=env, timeout=120)
    _quietly(["podman", "rm", "--force", "--ignore", name], job, tools)
    return begun.last_lines(1).strip() if begun.code else ""


@contextmanager
def _with_buildah(name: str, job: ProbeJob, tools: Tools, *options: str) -> Iterator[tuple[str, ...]]:
    """Run in a working container: buildah starts what it is told, so the entry point is read from the image."""
    _run(["buildah", "from", "--name", name, f"oci-archive:{job.file}"], job, tools)
    image = ""
    try:
        image = _run(["buildah", "inspect", "--format", "{{.FromImageID}}", name], job, tools).strip()
        config: dict[str, Any] = msgspec.json.decode(_run(["buildah", "inspect", name], job, tools))
        said = (config.get("OCIv1") or {}).get("config") or {}
        started: Sequence[str] = (*(said.get("Entrypoint") or ()), *(_arguments(job) or said.get("Cmd") or ()))
        if not started:
            raise CheckFailed(f"{job.file.name} has no entry point", hint="set ENTRYPOINT: `docker run` starts it")
        yield ("buildah", "run", *options, *_variables(job), name, "--", *started)
    finally:
        _quietly(["buildah", "rm", name], job, tools)
        if image:
            _quietly(["buildah", "rmi", "--force", image], job, tools)


def _variables(job: ProbeJob) -> list[str]:
    """Hand the dummy values on: a container sees nothing of what its tool is started with."""
    probing = job.package.probing
    given = probing.environment if probing else {}
    return [part for name, value in given.items() for part in ("--env", f"{name}={value}")]


def _arguments(job: ProbeJob) -> tuple[str, ...]:
    """Return what the server is given: it takes the place of the image's command."""
    return job.package.probing.arguments if job.package.probing else ()


def _run(argv: Sequence[str], job: ProbeJob, tools: Tools) -> str:
    done = tools.shell.run(argv, cwd=job.folder, env=image_builder.environment(tools), timeout=600)
    if done.code:
        said = done.last_lines(10).replace(str(job.folder), "…")
        raise CheckFailed(f"{job.file.name} cannot be loaded by {argv[0]}:\n{said}", hint=_HINT)
    return done.stdout


def _quietly(argv: Sequence[str], job: ProbeJob, tools: Tools) -> None:
    tools.shell.run(argv, cwd=job.folder, env=image_builder.environment(tools), timeout=120)


def _program(tools: Tools) -> str:
    """Choose the tool: one that isolates where it works, else buildah, which starts without an engine."""
    path = _path(tools)
    for name in ("docker", "podman"):
        if shutil.which(name, path=path) and _works(name, tools):
            return name
    return "buildah" if shutil.which("buildah", path=path) else ""


def _path(tools: Tools) -> str | None:
    return tools.environment.get("PATH")


def _works(name: str, tools: Tools) -> bool:
    env = image_builder.environment(tools)
    return not tools.shell.run([name, "info"], cwd=Path(os.sep), env=env, timeout=60).code


PLUGIN: Final = ImageEnvironment()
