"""Packages of Linux distributions: unpacked into a root of their own, and the program in it started."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from tagship.adapters import machine
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.environments import _clean
from tagship.errors import CheckFailed
from tagship.ports import Launch, ProbeJob, Tools

_READERS: Final = {"deb": ("dpkg-deb",), "rpm": ("rpm2cpio", "cpio")}
_HINT: Final = "unpack it by hand and start the program: that is what every new user does"


class SystemPackageEnvironment:
    """:class:`tagship.ports.Environment` for deb and rpm packages."""

    name: ClassVar[str] = "system-package"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"deb", "rpm"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Compare its platform with this one, and look for the programs that read it."""
        del package
        if reason := machine.hindrance(probe.target):
            return reason
        path = tools.environment.get("PATH")
        lacking = [name for name in _READERS[_kind(probe.artifact)] if not shutil.which(name, path=path)]
        return f"{lacking[0]} is not installed" if lacking else ""

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Unpack it; nothing of it is run as root, no script of the package's either."""
        env = _clean.for_running(job, tools)
        place = job.folder / "root"
        place.mkdir()
        if job.artifact.kind == "deb":
            _clean.install(["dpkg-deb", "--extract", str(job.file), str(place)], job, env, tools, _HINT)
        else:
            _unpack_rpm(job, place, tools)
        yield _clean.launch(_program(job, place), job, env)


def _unpack_rpm(job: ProbeJob, place: Path, tools: Tools) -> None:
    packed = tools.shell.run(["rpm2cpio", str(job.file)], cwd=place)
    argv = ["cpio", "--extract", "--make-directories", "--no-absolute-filenames", "--quiet"]
    done = tools.shell.run(argv, cwd=place, input_bytes=packed.out) if not packed.code else packed
    if done.code:
        raise CheckFailed(f"{job.file.name} cannot be unpacked:\n{done.last_lines(10)}", hint=_HINT)


def _program(job: ProbeJob, place: Path) -> Path:
    entry = job.package.program
    found = sorted(path for path in place.glob("usr/*bin/*") if path.is_file() and path.name == entry)
    if not found:
        raise CheckFailed(f"{job.file.name} puts no program {entry!r} into /usr/bin", hint=_HINT)
    return found[0]


def _kind(file: str) -> str:
    return "rpm" if file.endswith(".rpm") else "deb"


PLUGIN: Final = SystemPackageEnvironment()
