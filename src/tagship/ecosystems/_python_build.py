"""Building a Python package with uv, and resolving what an installer would install."""

import json
import platform
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagship.adapters import archive
from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import uv
from tagship.adapters.wheel import component_lists
from tagship.domain.components import sbom
from tagship.domain.files import wheel_contents, wheel_digests, wheel_tags
from tagship.domain.manifests.python_metadata import canonical, lowest_python
from tagship.domain.manifests.python_versions import LINES
from tagship.domain.plans.plan import Package
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Tools


def environment(job: BuildJob, epoch: int) -> dict[str, str]:
    """Return what a backend sees: no secret, the commit's time, and the plan's version.

    Backends that ask version control are told the version: the copy may know other tags.
    """
    return {
        **scrubbed(job.environment),
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYTHONHASHSEED": "0",
        "SETUPTOOLS_SCM_PRETEND_VERSION": job.package.spellings.pep440,
        "PDM_BUILD_SCM_VERSION": job.package.spellings.pep440,
        "POETRY_DYNAMIC_VERSIONING_BYPASS": job.package.spellings.pep440,
        "UV_DYNAMIC_VERSIONING_BYPASS": job.package.spellings.pep440,
    }


def build(job: BuildJob, epoch: int, tools: Tools) -> list[Path]:
    """Run the project's own backend in an isolated environment: sdist from the source, wheel from the sdist.

    Raises:
        ProjectError: with the last lines of the build.

    """
    folder = job.source / job.package.path
    run(job, folder, interpreter(folder), environment(job, epoch), tools)
    files = sorted(path for path in job.out.iterdir() if path.suffix == ".whl" or path.name.endswith(".tar.gz"))
    for path in files:
        normalise = archive.normalise_zip if path.suffix == ".whl" else archive.normalise_tar_gz
        normalise(path, epoch)
    return files


def run(job: BuildJob, source: Path, how: Sequence[str], env: Mapping[str, str], tools: Tools) -> None:
    """Let uv call the backend of a project's folder; what it makes lies in the job's folder then.

    Raises:
        ProjectError: with the last lines of the build.

    """
    argv = [uv(), "build", "--out-dir", str(job.out), "--no-create-gitignore", "--color", "never", *how, str(source)]
    done = tools.shell.run(argv, cwd=source, env=env, timeout=3600, watch=tools.reporter.output)
    if done.code:
        raise ProjectError(
            f"{job.package.name} does not build:\n{done.last_lines()}",
            file=f"{job.package.path}/pyproject.toml".removeprefix("./"),
            hint="run `uv build` in that folder; it must succeed from a clean clone",
        )


def interpreter(folder: Path) -> list[str]:
    """Choose this interpreter where it will do, so that nothing is fetched; else let uv find or fetch one that does."""
    requires = _requires_python(folder / "pyproject.toml")
    if lowest_python(requires, platform.python_version()):
        return ["--python", requires]
    return ["--python", sys.executable, "--no-python-downloads"]


def _requires_python(manifest: Path) -> str:
    try:
        project = tomllib.loads(manifest.read_text(encoding="utf-8-sig")).get("project", {})
    except OSError:
        return ""
    return str(project.get("requires-python", ""))


def check_metadata(path: Path, package: Package) -> None:
    """Compare name and version inside a wheel or sdist with the plan.

    Raises:
        ProjectError: they differ (tag-derived versions that fell back to 0.0.0 end here).

    """
    name, version = _header(path, "Name"), _header(path, "Version")
    if canonical(name) != canonical(package.name) or version != package.spellings.pep440:
        raise ProjectError(
            f"the build says {name} {version}, the plan says {package.name} {package.spellings.pep440}",
            file=path.name,
            hint="make the version in the files and the tag agree (`tagship version-bump` writes both)",
        )


def check_contents(wheel: Path, package: Package) -> None:
    """Look whether a wheel has what its commands need, and nothing that is not meant for its users.

    Raises:
        ProjectError: with all that is wrong with it.

    """
    commands = wheel_contents.scripts(archive.read_member(wheel, ".dist-info/entry_points.txt"))
    with zipfile.ZipFile(wheel) as packed:
        names = [info.filename for info in packed.infolist() if not info.is_dir()]
        files = {wheel_contents.module_file(module, names) for module, _ in commands.values()}
        sources = {name: packed.read(name).decode("utf-8-sig", "replace") for name in files if name.endswith(".py")}
    wrong = wheel_contents.problems(names, commands, sources, package.name)
    _check_extras(wheel, package)
    if wrong:
        hint = "mend what your backend packs (`packages`, `include`, `exclude`) or `[project.scripts]`; `uv build` shows it"
        raise ProjectError.of([Problem(message=each, file=wheel.name, hint=hint) for each in wrong])


def _check_extras(wheel: Path, package: Package) -> None:
    has = {canonical(each) for each in _headers(wheel, "Provides-Extra")}
    lacking = [each for each in package.details.get("extras", "").split(",") if each and canonical(each) not in has]
    if lacking:
        known = ", ".join(sorted(has)) or "none"
        hint = f"mend `extras` of {package.name} in tagship.yaml; the package has {known}"
        raise ProjectError(f"{package.name} has no extra {', '.join(map(repr, lacking))}", file=wheel.name, hint=hint)


def _header(path: Path, name: str) -> str:
    """Read one field of a wheel's or sdist's metadata; empty when it is not there."""
    return next(iter(_headers(path, name)), "")


def _headers(path: Path, name: str) -> list[str]:
    ending = ".dist-info/METADATA" if path.suffix == ".whl" else "/PKG-INFO"
    head = archive.read_member(path, ending).replace("\r\n", "\n").split("\n\n")[0]
    return [line.partition(": ")[2].strip() for line in head.splitlines() if line.startswith(f"{name}: ")]


def twine_check(files: list[Path], tools: Tools) -> None:
    """Check what PyPI checks: the metadata and that the readme renders.

    Raises:
        ProjectError: with twine's words.

    """
    argv = [sys.executable, "-I", "-m", "twine", "check", *map(str, files)]
    done = tools.shell.run(argv, cwd=files[0].parent, env={**scrubbed(tools.environment), "NO_COLOR": "1"})
    if done.code:
        hint = "mend the metadata or the readme; `twine check` shows it locally"
        raise ProjectError(f"PyPI would refuse this:\n{done.last_lines()}", file=files[0].name, hint=hint)


def installed_components(wheel: Path, extras: str, tools: Tools) -> dict[str, Any]:
    """Install a wheel with ``extras`` and dependencies into a folder and list it as CycloneDX 1.6, with the wheels' digests.

    The job that signs runs nobody's code: only wheels are resolved and installed (``--no-build``), by a lock that says
    their digests, and what was installed is read by an interpreter that neither lies in that folder nor takes start-up
    hooks from it.

    Raises:
        ProjectError: the dependencies cannot be resolved, or cyclonedx-py failed.

    """
    env = scrubbed(tools.environment)
    with tempfile.TemporaryDirectory(prefix="tagship-sbom-") as folder:
        place = Path(folder)
        installed, lock = place / "installed", place / "pylock.toml"
        wanted = f"{_header(wheel, 'Name')}{f'[{extras}]' if extras else ''} @ {wheel.resolve().as_uri()}\n"
        (place / "wanted.in").write_text(wanted, encoding="utf-8")
        common = ["--quiet", "--no-config", "--color", "never", "--python", sys.executable, "--no-build"]
        common += _meant_for(wheel)
        compiled = [uv(), "pip", "compile", *common, "--format", "pylock.toml", "--output-file", str(lock), "wanted.in"]
        _run(compiled, place, env, tools)
        _run([uv(), "pip", "install", *common, "--target", str(installed), "-r", str(lock)], place, env, tools)
        known = wheel_digests.digests(lock.read_text(encoding="utf-8"), _installed_tags(installed))
        found = wheel_digests.with_digests(listed(installed, tools), known)
        return sbom.with_embedded(found, _header(wheel, "Name"), component_lists(wheel))


def _installed_tags(installed: Path) -> dict[str, frozenset[str]]:
    files = installed.glob("*.dist-info/WHEEL")
    return {
        canonical(file.parent.name.partition("-")[0]): wheel_digests.tags(file.read_text("utf-8", "replace"))
        for file in files
    }


def _meant_for(wheel: Path) -> list[str]:
    """Tell uv to install for the Python and the platform that a wheel is for, whatever this machine is."""
    name = wheel_tags.parse(wheel.name)
    lines = wheel_tags.lines_of(name.python, LINES) if name else LINES
    if name is None or name.platforms == ("any",) or not lines:
        newer = lowest_python(_header(wheel, "Requires-Python"), platform.python_version())
        return ["--python-version", newer] if newer else []
    return ["--python-version", lines[0], "--python-platform", wheel_tags.uv_platform(name.platforms[0])]


def listed(installed: Path, tools: Tools) -> dict[str, Any]:
    """List the distributions in a folder as CycloneDX 1.6.

    Raises:
        ProjectError: cyclonedx-py failed.

    """
    env = scrubbed(tools.environment)
    with tempfile.TemporaryDirectory(prefix="tagship-sbom-") as folder:
        reader = _reader(Path(folder) / "reader", installed, env, tools)
        argv = [sys.executable, "-I", "-m", "cyclonedx_py", "environment", "--spec-version", "1.6"]
        argv += ["--output-reproducible", "--no-validate", "--output-format", "JSON", "-o", "-", str(reader)]
        return _as_json(_run(argv, Path(folder), env, tools))


def _reader(venv: Path, installed: Path, env: Mapping[str, str], tools: Tools) -> Path:
    """Make an interpreter that has ``installed`` on its path, after empty modules in place of Python's start-up hooks.

    A line of a ``.pth`` file adds a folder without running the ``.pth`` files inside it (docs.python.org: site).
    """
    argv = [uv(), "venv", "--quiet", "--no-config", "--color", "never", "--python", sys.executable, str(venv)]
    _run(argv, venv.parent, env, tools)
    own = next(venv.rglob("site-packages"))
    for hook in ("sitecustomize", "usercustomize"):
        (own / f"{hook}.py").touch()
    (own / "installed.pth").write_text(f"{installed}\n", encoding="utf-8")
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _as_json(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document


def _run(argv: list[str], cwd: Path, env: Mapping[str, str], tools: Tools) -> str:
    done = tools.shell.run(argv, cwd=cwd, env=env)
    if done.code:
        hint = "each dependency must have a wheel for this Python, and the index must be reachable"
        raise ProjectError(f"cannot resolve the dependencies for the SBOM:\n{done.last_lines()}", hint=hint)
    return done.stdout
