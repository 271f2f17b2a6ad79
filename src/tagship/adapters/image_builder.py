"""The programs that build images: buildah and podman, which need no service, and docker buildx, which asks BuildKit.

Options: https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md,
https://docs.docker.com/reference/cli/docker/buildx/build/ and https://docs.docker.com/build/ci/github-actions/reproducible-builds/.
"""

import re
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from tagship.adapters import oci_layout
from tagship.adapters.shell import scrubbed
from tagship.domain.files.oci_image import Image
from tagship.errors import ProjectError
from tagship.ports import Tools

Program = Literal["buildah", "podman", "docker"]
_PASSED_ON: Final = (
    "STORAGE_DRIVER", "STORAGE_OPTS", "BUILDAH_ISOLATION", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "REGISTRY_AUTH_FILE",
    "CONTAINERS_REGISTRIES_CONF", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "BUILDX_BUILDER", "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip
"""What a builder itself needs to know: where it keeps images, and who may fetch a private base. What a Dockerfile runs sees
none of it: only the image's own variables are set there."""
_BUILD: Final = {"buildah": ("bud",), "podman": ("build", "--layers=false")}
_PUSH: Final = {"buildah": (), "podman": ("--compress",)}
"""What podman must be told to do as buildah does: no image per line, and layers that are compressed."""
NONE: Final = "none of buildah, podman and docker buildx (with a builder that can write OCI layouts) is there"


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One image to build: ``platform`` is ``linux/amd64``; ``epoch`` (seconds) is the time of all that is in it."""

    file: Path
    context: Path
    platform: str
    epoch: int
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    arguments: Mapping[str, str] = msgspec.field(default_factory=dict)


def find(tools: Tools) -> Program | None:
    """Choose the builder: one without a service where there is one; ``None`` when nothing can build images."""
    path = tools.environment.get("PATH")
    if shutil.which("buildah", path=path):
        return "buildah"
    if shutil.which("podman", path=path):
        return "podman"
    return "docker" if shutil.which("docker", path=path) and _writes_layouts(tools) else None


def version(program: Program, cwd: Path, tools: Tools) -> str:
    """Return the version of a builder; empty when it does not say."""
    argv = ["docker", "buildx", "version"] if program == "docker" else [program, "--version"]
    said = tools.shell.run(argv, cwd=cwd, env=environment(tools)).stdout
    found = re.search(r"\d+\.\d+[\w.+-]*", said)
    return found[0] if found else ""


def build(program: Program, recipe: Recipe, to: Path, tools: Tools) -> Image:
    """Build one image; ``to`` is an empty folder for its blobs.

    Raises:
        ProjectError: with the last lines of the builder.

    """
    if program == "docker":
        return _with_buildkit(recipe, to, tools)
    name = f"localhost/tagship-{uuid.uuid4().hex}"  # builders keep images for all of a machine: two builds stay apart
    argv = [program, *_BUILD[program], "--format", "docker", "--identity-label=false"]
    argv += ["--timestamp", str(recipe.epoch), "--platform", recipe.platform, "--tag", name, *_options(recipe)]
    try:
        _run([*argv, str(recipe.context)], recipe, tools)
        _run([program, "push", "--quiet", *_PUSH[program], "--format", "v2s2", name, f"dir:{to}"], recipe, tools)
    finally:
        tools.shell.run([program, "rmi", "--force", name], cwd=recipe.context, env=environment(tools))
    return oci_layout.read_folder(to)


def _with_buildkit(recipe: Recipe, to: Path, tools: Tools) -> Image:
    tar = to / "image.tar"
    argv = ["docker", "buildx", "build", "--platform", recipe.platform, "--provenance=false", "--sbom=false"]
    argv += ["--output", f"type=oci,dest={tar},rewrite-timestamp=true", "--progress", "plain", *_options(recipe)]
    _run([*argv, "--build-arg", f"SOURCE_DATE_EPOCH={recipe.epoch}", str(recipe.context)], recipe, tools)
    return oci_layout.read_layout(tar, to)


def _options(recipe: Recipe) -> list[str]:
    options = ["--file", str(recipe.file)]
    for name, value in recipe.labels.items():
        options += ["--label", f"{name}={value}"]
    for name, value in recipe.arguments.items():
        options += ["--build-arg", f"{name}={value}"]
    return options


def _run(argv: list[str], recipe: Recipe, tools: Tools) -> None:
    done = tools.shell.run(argv, cwd=recipe.context, env=environment(tools), timeout=3600, watch=tools.reporter.output)
    if done.code:
        hint = f"run `{argv[0]} build` with the same file; bases must be reachable, and every COPY be in the commit"
        raise ProjectError(f"the image for {recipe.platform} does not build:\n{done.last_lines()}", hint=hint)


def environment(tools: Tools) -> dict[str, str]:
    """Return what a container tool is started with."""
    own = {name: tools.environment[name] for name in _PASSED_ON if name in tools.environment}
    return {**scrubbed(tools.environment), **own, "NO_COLOR": "1"}


def _writes_layouts(tools: Tools) -> bool:
    """Ask buildx for its builder: the driver ``docker`` writes OCI layouts only with the image store of containerd."""
    with tempfile.TemporaryDirectory() as folder:
        done = tools.shell.run(["docker", "buildx", "inspect"], cwd=Path(folder), env=environment(tools), timeout=60)
    driver = re.search(r"^Driver:\s*(\S+)", done.stdout, re.MULTILINE)
    return (
        not done.code and bool(driver) and (driver[1] != "docker" or "containerd" in done.stdout) if driver else False
    )
