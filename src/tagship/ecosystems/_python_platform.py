"""Building the wheels of one platform: from the sdist, by the project's backend or by cibuildwheel, for every planned Python."""

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tagship.adapters import archive, wheel
from tagship.adapters.shell import scrubbed
from tagship.domain.files import executable, wheel_tags
from tagship.domain.files.wheel_tags import GLIBC, WheelName
from tagship.domain.plans.target import Target
from tagship.ecosystems import _locked_tools, _python_build, _python_compiled, _python_toolchains
from tagship.ecosystems._python_toolchains import Place
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Tools

_PASSED_ON: Final = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "CIBW_CONTAINER_ENGINE")
_ARCHS: Final = {Target.MACOS_AARCH64: "arm64", Target.WINDOWS_X86_64: "AMD64", Target.WINDOWS_AARCH64: "ARM64"}
"""Architectures that cibuildwheel calls as the system does (https://cibuildwheel.pypa.io/en/stable/options/#archs)."""
_NEWER: Final = "compile it on an older system, by cibuildwheel, or name a newer `wheels.glibc` in tagship.yaml"


class PlatformBuild:
    """The wheels of one package on this leg; ``versions`` are those of the tools that were used besides uv."""

    def __init__(self, job: BuildJob, epoch: int, tools: Tools) -> None:
        self.job, self.package, self.epoch, self.tools = job, job.package, epoch, tools
        self.target = next(each.target for each in job.owed if each.target is not Target.ANY)
        self.planned = [each.name for each in job.owed if each.kind == "wheel"]
        self.folder = job.source / job.package.path
        self.environment = _python_build.environment(job, epoch)
        self.versions: dict[str, str] = {}

    def run(self) -> list[Path]:
        """Build; return the files that are owed.

        Raises:
            ProjectError: it does not build, or what was built is not for the platform that was planned.

        """
        sdist = self._sdist()
        with tempfile.TemporaryDirectory(prefix="tagship-wheels-") as temporary:
            place = Place(Path(temporary).resolve())
            if "identifiers" in self.package.details:
                made = self._by_cibuildwheel(sdist, place)
            else:
                made = [self._wheel(name, sdist, place) for name in self.planned]
        for each in made:
            archive.normalise_zip(each, self.epoch)
            self._check(each)
        if any(each.kind == "sdist" for each in self.job.owed):
            return [*made, sdist]
        sdist.unlink()
        return made

    def _sdist(self) -> Path:
        how = ["--sdist", *_python_build.interpreter(self.folder)]
        _python_build.run(self.job, self.folder, how, self.environment, self.tools)
        sdist = next(path for path in self.job.out.iterdir() if path.name.endswith(".tar.gz"))
        archive.normalise_tar_gz(sdist, self.epoch)
        return sdist

    def _wheel(self, name: str, sdist: Path, place: Place) -> Path:
        """Build one wheel, in a new copy of the sdist for each try."""
        planned = _name(name)
        glibc = self.package.details.get("glibc", GLIBC)
        reason = ""
        _renewed(place, sdist)
        for way in _python_toolchains.ways(self.package, self.target, glibc, place, self.tools):
            folder = _renewed(place, sdist)
            before = set(self.job.out.iterdir())
            how = ["--wheel", *self._interpreter(planned, folder)]
            _python_build.run(self.job, folder, how, {**self.environment, **way}, self.tools)
            made = next(path for path in self.job.out.iterdir() if path not in before)
            reason = self._fit(made, name, place)
            if not reason:
                self.versions |= _python_toolchains.versions(way)
                return self.job.out / name
            made.unlink()
            self.tools.reporter.notice(f"{made.name}: {reason}")
        raise self._refused(name, reason, _NEWER if self.target.startswith("linux") else "mend the build")

    def _interpreter(self, planned: WheelName, folder: Path) -> list[str]:
        """Choose the Python of the wheel; for the stable ABI the oldest that is served, so that it cannot use more."""
        served = wheel_tags.lines_of(planned.python, self.package.runtimes.get("python", ()))
        if not planned.python.startswith("cp") or not served:
            return _python_build.interpreter(folder)
        system, _, machine = self.target.partition("-")
        named = ["--python", f"cpython-{served[0]}-{system}-{machine}-{'gnu' if system == 'linux' else 'none'}"]
        if served[0] != f"{sys.version_info.major}.{sys.version_info.minor}":
            return named
        if not Path(sysconfig.get_path("include"), "Python.h").is_file():  # as Debian ships it
            return [*named, "--managed-python"]
        return ["--python", sys.executable, "--no-python-downloads"]

    def _fit(self, made: Path, name: str, place: Place) -> str:
        """Give a wheel the planned name if it keeps what that promises; say why not otherwise."""
        found, planned = _name(made.name), _name(name)
        if found.python != planned.python:
            hint = "say in `wheels.tag` of the package in tagship.yaml what its wheels are for"
            raise self._refused(name, wheel_tags.misfit(found, planned), hint)
        if found.platforms == ("any",):
            raise self._refused(
                name, "it runs everywhere", "set `wheels: {tag: py3-none-any}` of the package in tagship.yaml"
            )
        fixed = made
        if all(platform.startswith("linux_") for platform in found.platforms):
            fixed, reason = self._repaired(made, planned.platforms[0], place)
            if reason:
                return reason
        reason = wheel_tags.misfit(_name(fixed.name), planned)
        if not reason:
            renamed = place.work / "renamed.whl"
            wheel.retag(fixed, renamed, planned.python, planned.platforms[0], place.source)
            made.unlink()
            shutil.move(renamed, self.job.out / name)
        return reason

    def _repaired(self, made: Path, platform: str, place: Place) -> tuple[Path, str]:
        """Let auditwheel check a wheel of Linux, and put in the libraries that are not everywhere."""
        env, to = scrubbed(self.tools.environment), place.out
        programs = _locked_tools.programs(_locked_tools.WHEELS, self.tools)
        env["PATH"] = os.pathsep.join([str(programs), env.get("PATH", "")])
        shutil.rmtree(to, ignore_errors=True)
        argv = [str(programs / "auditwheel"), "repair", "--plat", platform, "--only-plat", "-w", str(to), str(made)]
        done = self.tools.shell.run(argv, cwd=self.job.out, env=env, timeout=600)
        self.versions["auditwheel"] = _locked_tools.version(_locked_tools.WHEELS, "auditwheel")
        found = next(to.glob("*.whl"), None) if done.code == 0 else None
        if found is None:
            return made, f"auditwheel says: {done.last_lines(4)}"
        return found, ""

    def _by_cibuildwheel(self, sdist: Path, place: Place) -> list[Path]:
        """Let cibuildwheel build what was planned, in its containers, as the project's configuration says."""
        owed = _python_compiled.identifiers(self.package, self.target)
        wanted = {name: identifier for identifier, name in owed.items()}
        system, _, machine = self.target.partition("-")
        program = _locked_tools.on_path("cibuildwheel", self.tools.environment)
        program = program or str(_locked_tools.programs(_locked_tools.WHEELS, self.tools) / "cibuildwheel")
        argv = [program, "--platform", system, "--archs", _ARCHS.get(self.target, machine)]
        argv += ["--output-dir", str(place.out), str(sdist)]
        env = self._for_cibuildwheel([wanted[name] for name in self.planned])
        folder = self.job.out
        done = self.tools.shell.run(argv, cwd=folder, env=env, timeout=4 * 3600, watch=self.tools.reporter.output)
        if done.code:
            hint = f"run `cibuildwheel --platform {system}` there; it must succeed from a clean clone"
            raise ProjectError(f"{self.package.name} is not built by cibuildwheel:\n{done.last_lines()}", hint=hint)
        made = {path: _name(path.name) for path in sorted(place.out.glob("*.whl"))}
        return [self._taken(name, made) for name in self.planned]

    def _for_cibuildwheel(self, identifiers: list[str]) -> dict[str, str]:
        """Say what to build, and let into the containers what backends are told outside of them."""
        own = set(self.environment) - set(scrubbed(self.job.environment))
        passed = [*self.package.details.get("passed-on", "").split(), *sorted(own)]
        given = {name: self.tools.environment[name] for name in _PASSED_ON if name in self.tools.environment}
        return {
            **self.environment,
            **given,
            "CIBW_BUILD": " ".join(identifiers),
            "CIBW_ENVIRONMENT_PASS_LINUX": " ".join(passed),
        }

    def _taken(self, name: str, made: Mapping[Path, WheelName]) -> Path:
        planned = _name(name)
        fitting = [path for path, found in made.items() if not wheel_tags.misfit(found, planned)]
        if len(fitting) != 1:
            there = ", ".join(path.name for path in made) or "none"
            raise self._refused(name, f"cibuildwheel made {there}", "plan again; if it stays, mend [tool.cibuildwheel]")
        to = self.job.out / name
        wheel.retag(fitting[0], to, planned.python, planned.platforms[0])
        return to

    def _check(self, path: Path) -> None:
        """Look whether what is compiled in a wheel is for its platform."""
        wrong, found = [], False
        for member, head in wheel.compiled(path):
            found = True
            program = executable.read_executable(head)
            if program and (elsewhere := executable.foreign(program, self.target)):
                wrong.append(f"{member} {elsewhere}")
        wrong += [] if found else ["nothing in it is compiled, so it is for every platform"]
        if wrong:
            hint = "mend the build; a wheel for every platform is `wheels: {tag: py3-none-any}` in tagship.yaml"
            raise ProjectError.of([Problem(message=each, file=path.name, hint=hint) for each in wrong])

    def _refused(self, name: str, reason: str, hint: str) -> ProjectError:
        return ProjectError(f"{self.package.name}: what was built cannot be {name}: {reason}", file=name, hint=hint)


def _name(file: str) -> WheelName:
    found = wheel_tags.parse(file)
    if found is None:
        raise ProjectError(f"not the name of a wheel: {file}", hint="mend the build backend")
    return found


def _renewed(place: Place, sdist: Path) -> Path:
    """Unpack the sdist into an empty folder, always the same one: what is compiled may name it."""
    for folder in (place.source, place.work, place.out):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    archive.unpack(sdist, place.source)
    return next(path for path in place.source.iterdir() if path.is_dir())
