"""Programs: taken out of their archive, or as they are, and started."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from tagship.adapters import machine
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.environments import _clean
from tagship.environments._unpack import unpack
from tagship.errors import CheckFailed
from tagship.ports import Launch, ProbeJob, Tools

_HINT: Final = "unpack it by hand and start the program: that is what every new user does"


class ProgramEnvironment:
    """:class:`tagship.ports.Environment` for archives of programs and bare programs."""

    name: ClassVar[str] = "program"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"archive", "binary"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Compare its platform with this one."""
        del package, tools
        return machine.hindrance(probe.target)

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Unpack it; the program is the one that the package names."""
        place = job.folder / "installed"
        place.mkdir()
        env = _clean.for_running(job, tools)
        yield _clean.launch(_program(job, place), job, env)


def _program(job: ProbeJob, place: Path) -> Path:
    """Unpack the archive and find the program.

    Raises:
        CheckFailed: it cannot be unpacked safely, or there is no such program, or it may not be executed.

    """
    if job.artifact.kind == "binary":
        path = place / job.file.name
        path.write_bytes(job.file.read_bytes())
        path.chmod(0o755)  # a bare program is made executable by who downloads it
        return path
    unpack(job.file, place)
    entry = job.package.program
    names = {entry, f"{entry}.exe"}
    found = sorted(path for path in place.rglob("*") if path.is_file() and path.name in names)
    if not found:
        raise CheckFailed(f"{job.file.name} holds no program {entry!r}", hint=_HINT)
    return found[0]


PLUGIN: Final = ProgramEnvironment()
