"""The files of a generated image, for one platform: a wheel or a tarball with its dependencies, or programs; and their list.

Nothing of the platform is run: installers are told what to install for, so that one machine makes the images of all.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters import archive
from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import uv
from tagship.domain.files import npm_tarball, wheel_contents, wheel_tags
from tagship.domain.files.containerfile import Contents
from tagship.domain.manifests.dockerfile import bases
from tagship.domain.manifests.layout import join, upwards
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.ecosystems import _python_build
from tagship.ecosystems._executables import misfit
from tagship.ecosystems._npm_install import production
from tagship.ecosystems._wrapping import material, materials, member
from tagship.errors import ProjectError
from tagship.ports import BuildJob, Tools

PYTHONS: Final = ("3.14", "3.13", "3.12")
NODES: Final = ("24", "22")
_GLIBC: Final = "manylinux_2_36"
"""The C library of Debian 12 and everything newer, which the bases are."""
_NOTES: Final = ("direct_url.json", "uv_cache.json", "uv_build.json", "REQUESTED", "INSTALLER")
"""What an installer writes down beside a distribution: where it came from on this machine."""


class Order(msgspec.Struct, frozen=True):
    """One platform of an image: what is owed, for what, and the folder that becomes its root."""

    job: BuildJob
    owed: Artifact
    target: Target
    to: Path
    tools: Tools


class Filled(msgspec.Struct, frozen=True):
    """What was put into a folder: how it is started, and its components as CycloneDX."""

    contents: Contents
    components: Mapping[str, Any]


def fill(order: Order) -> Filled:
    """Put the files of an image into a folder.

    Raises:
        ProjectError: a dependency is not to be had for the platform, or a program is not made for it.

    """
    ways: dict[str, Callable[[Order], Filled]] = {"python": _python, "npm": _node}
    return ways.get(order.job.package.details["language"], _program)(order)


def _python(order: Order) -> Filled:
    wheels = materials(order.job, order.owed, (Target.ANY, order.target), ("wheel",))
    base, version = _base(order, "python", tuple(line for line in PYTHONS if _serving(wheels, line)))
    wheel = _serving(wheels, version)
    if wheel is None:
        hint = "set container.base of the package to an image of a Python that it has a wheel for"
        raise ProjectError(f"no wheel of {order.job.package.name} is for Python {version or PYTHONS[-1]}", hint=hint)
    lib = order.to / "app" / "lib"
    argv = [uv(), "pip", "install", "--quiet", "--no-config", "--color", "never", "--target", str(lib)]
    argv += ["--python-version", version, "--python-platform", f"{order.target.partition('-')[2]}-{_GLIBC}"]
    argv += ["--only-binary", ":all:", "--python", sys.executable, "--find-links", str(wheel.parent)]
    with tempfile.TemporaryDirectory() as folder:
        argv += _locked(order, Path(folder) / "constraints.txt")
        _run(
            [*argv, f"{wheel}{_extras(order.job)}"],
            order,
            f"its dependencies cannot be installed for {order.target} and Python {version}",
        )
    script = order.job.package.entry or ""
    commands = wheel_contents.scripts(archive.read_member(wheel, ".dist-info/entry_points.txt"))
    if script not in commands:
        hint = "set `entry` of the package to one of its `[project.scripts]`"
        raise ProjectError(f"it has no command {script!r} to start in an image", file=wheel.name, hint=hint)
    _forget(lib)
    launcher(order.to / "app" / "bin" / script, *commands[script])
    environment = {"PYTHONPATH": "/app/lib", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}  # noqa: S108
    contents = Contents(kind="python", base=base, command=("python3", f"/app/bin/{script}"), environment=environment)
    return Filled(contents, _python_build.listed(lib, order.tools))


def _serving(wheels: Sequence[Path], line: str) -> Path | None:
    """Choose the wheel that an image with glibc and a Python can use."""
    for path in wheels:
        name = wheel_tags.parse(path.name)
        if name and wheel_tags.lines_of(name.python, (line,)) and not name.platforms[0].startswith("musl"):
            return path
    return None


def _node(order: Order) -> Filled:
    tarball = material(order.job, order.owed, Target.ANY, ("npm",))
    base, _ = _base(order, "node", NODES)
    app = order.to / "app"
    components = production(order.job, tarball, app, order.target, order.tools)
    programs = npm_tarball.programs(json.loads((app / "package.json").read_bytes()))
    path = programs.get(order.job.package.entry or "") or next(iter(programs.values()), "")
    if not path:
        hint = "name the program in `bin` of package.json"
        raise ProjectError("it has no command to start in an image", file=tarball.name, hint=hint)
    environment = {"NODE_ENV": "production", "HOME": "/tmp"}  # noqa: S108
    return Filled(
        Contents(kind="npm", base=base, command=("node", f"/app/{path}"), environment=environment), components
    )


def _program(order: Order) -> Filled:
    package = order.job.package
    packed = material(order.job, order.owed, order.target, ("archive",))
    name = package.program
    path = order.to / "usr" / "local" / "bin" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(member(packed, name))
    path.chmod(0o755)
    if wrong := misfit(path, order.target):
        hint = "images of programs have no C library: link it statically"
        raise ProjectError(f"{name} {'; '.join(wrong)}", file=packed.name, hint=hint)
    server = package.server
    http = bool(server and server.port and server.transport != "stdio")
    base = package.details.get("base") or base_named("program-http" if http else "program")
    nothing: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [], "dependencies": []}
    components = order.job.components.get(package.wraps or "", nothing)
    return Filled(Contents(kind="program", base=base, command=(f"/usr/local/bin/{name}",)), components)


def base_named(name: str) -> str:
    """Return the image that ``images/<name>/Dockerfile`` names by its digest."""
    text = (resources.files("tagship") / "images" / name / "Dockerfile").read_text(encoding="utf-8")
    return bases(text)[0].name


def _base(order: Order, runtime: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Return base and version: the newest that the package declares; of a base of the project's own, what its tag says."""
    package = order.job.package
    declared = package.runtimes.get(runtime, ())
    version = next((each for each in known if each in declared), "" if declared else next(iter(known), ""))
    own = package.details.get("base", "")
    if own:
        said = re.search(r":v?(\d+\.\d+)" if runtime == "python" else r":v?(\d+)", own)
        return own, said[1] if said else version or next(iter(known), "")
    if not version:
        hint = f"set container.base of {package.name} to an image of a version it supports"
        raise ProjectError(
            f"it declares {runtime} {', '.join(declared)}; there are bases for {', '.join(known)}", hint=hint
        )
    return base_named(f"{runtime}-{version}"), version


def _locked(order: Order, to: Path) -> list[str]:
    """Hold dependencies at the versions of the project's ``uv.lock``, where it has one."""
    source, package = order.job.source, order.job.package
    lock = next((place for place in upwards(package.path) if (source / join(place, "uv.lock")).is_file()), None)
    if lock is None:
        return []
    argv = [uv(), "export", "--quiet", "--frozen", "--no-dev", "--no-emit-workspace", "--no-header"]
    argv += ["--color", "never", "--package", package.name, "--output-file", str(to)]
    argv += [f"--extra={extra}" for extra in filter(None, package.details.get("extras", "").split(","))]
    done = order.tools.shell.run(argv, cwd=source / package.path, env=scrubbed(order.job.environment))
    if done.code:
        order.tools.reporter.warning(f"uv.lock does not say what {package.name} needs: today's newest are installed")
        return []
    return ["--constraints", str(to)]


def _extras(job: BuildJob) -> str:
    extras = job.package.details.get("extras", "")
    return f"[{extras}]" if extras else ""


def _forget(lib: Path) -> None:
    """Remove what an installer noted of this machine, and programs that name its interpreter."""
    shutil.rmtree(lib / "bin", ignore_errors=True)
    (lib / ".lock").unlink(missing_ok=True)
    for info in lib.glob("*.dist-info"):
        for name in _NOTES:
            (info / name).unlink(missing_ok=True)
        record = info / "RECORD"
        if record.is_file():
            lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
            gone = tuple(f"{info.name}/{name}," for name in _NOTES)
            kept = sorted(line for line in lines if not line.startswith((*gone, "bin/", "../../bin/")))
            record.write_text("".join(kept), encoding="utf-8")


def launcher(path: Path, module: str, attribute: str) -> None:
    """Write a program that calls what a command names."""
    path.parent.mkdir(parents=True)
    first = attribute.partition(".")[0]
    path.write_text(f"import sys\n\nfrom {module} import {first}\n\nsys.exit({attribute}())\n", encoding="utf-8")


def _run(argv: list[str], order: Order, what: str) -> None:
    done = order.tools.shell.run(argv, cwd=order.to, env=scrubbed(order.job.environment), timeout=1800)
    if done.code:
        hint = "each dependency must have a wheel for it; or choose another Python by container.base"
        raise ProjectError(f"{order.job.package.name}: {what}:\n{done.last_lines()}", hint=hint)
