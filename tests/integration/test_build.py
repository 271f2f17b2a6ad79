"""build: every backend, the same bytes twice, nothing but what was planned, and no secret for project code."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

WHEEL, SDIST = "demo_server-1.2.0-py3-none-any.whl", "demo_server-1.2.0.tar.gz"
LEG = Path("dist", "python-any")


def planned_and_built(project: Project, **environment: str) -> dict[str, bytes]:
    planned = project.tagship("build-matrix", **environment)
    assert planned.code == 0, planned.said
    built = project.tagship("build", **environment)
    assert built.code == 0, built.said
    assert not [value for value in environment.values() if value in built.said]
    return {path.name: path.read_bytes() for path in (project.root / LEG).iterdir() if path.name != "receipt.json"}


@pytest.mark.network
@pytest.mark.parametrize("shape", sorted(projects.SHAPES))
def test_two_builds_of_one_commit_in_two_folders_have_the_same_bytes(shape: str, tmp_path: Path) -> None:
    """Other folder, other times and modes of the files, other umask: the same wheel and sdist, as planned."""
    first = projects.make(tmp_path / "one", projects.SHAPES[shape])
    second = Project(tmp_path / "elsewhere" / "another", first.home)
    second.root.parent.mkdir()
    first.git("clone", "--quiet", str(first.root), str(second.root))
    for path in second.root.rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))

    built = planned_and_built(replace(first, umask=0o022))
    assert set(built) == {WHEEL, SDIST}
    assert planned_and_built(replace(second, umask=0o077)) == built
    with zipfile.ZipFile(first.root / LEG / WHEEL) as wheel:
        metadata = wheel.read("demo_server-1.2.0.dist-info/METADATA").decode()
        assert "\nVersion: 1.2.0\n" in metadata
        assert "demo_server/__init__.py" in wheel.namelist()
    receipt = json.loads((first.root / LEG / "receipt.json").read_text(encoding="utf-8"))
    assert receipt["plan_digest"] == hashlib.sha256((first.root / "plan.json").read_bytes()).hexdigest()
    assert (receipt["leg"], receipt["builder"]["tools"].keys()) == ("python-any", {"python", "uv"})
    assert {file["name"]: (file["size"], file["sha256"]) for file in receipt["artifacts"]} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in built.items()
    }


@pytest.mark.network
def test_what_is_uncommitted_is_not_built(tmp_path: Path) -> None:
    """The release is the commit: a file that only lies about is not in it."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    (project.root / "src" / "demo_server" / "draft.py").write_text("SECRET = 1\n", encoding="utf-8")
    (project.root / "README.md").write_text("changed", encoding="utf-8")
    planned_and_built(project)
    with zipfile.ZipFile(project.root / LEG / WHEEL) as wheel:
        assert not [name for name in wheel.namelist() if "draft" in name]
        assert "A demonstration." in wheel.read("demo_server-1.2.0.dist-info/METADATA").decode()


@pytest.mark.network
def test_a_finished_leg_is_kept_and_a_damaged_one_is_built_again(tmp_path: Path) -> None:
    """The receipt and the bytes decide: equal is kept, anything else is made anew with the same result."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    built = planned_and_built(project)
    before = (project.root / LEG / WHEEL).stat()
    assert "kept 2 files" in project.tagship("build").said
    after = (project.root / LEG / WHEEL).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    for damaged in (WHEEL, "receipt.json"):
        (project.root / LEG / damaged).write_bytes(b"{ damaged")
        again = project.tagship("build")
        assert again.code == 0, again.said
        assert "kept" not in again.said
        assert {name: (project.root / LEG / name).read_bytes() for name in built} == built
        assert "kept 2 files" in project.tagship("build").said


HOSTILE = """
import os, pathlib
from setuptools import setup
found = {name: value for name, value in os.environ.items()}
pathlib.Path("src/demo_server/environment.txt").write_text(repr(found))
print(found)
setup()
"""


@pytest.mark.network
def test_project_code_sees_no_secret(tmp_path: Path) -> None:
    """A build script that writes down its environment finds none of the job's secrets in it."""
    planted = {
        "GITHUB_TOKEN": "gh-secret",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "oidc-secret",
        "ACTIONS_RUNTIME_TOKEN": "runtime-secret",
        "TAGSHIP_KEY": "key-secret",
        "TAGSHIP_KEY_PASSWORD": "password-secret",
        "TAGSHIP_PYPI_TOKEN": "pypi-secret",
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "NPM_TOKEN": "npm-secret",
        "TWINE_PASSWORD": "twine-secret",
    }
    extra = '\n[tool.setuptools.package-data]\ndemo_server = ["*.txt"]\n'
    files = projects.plain(projects.manifest(projects.SETUPTOOLS, extra=extra), **{"setup.py": HOSTILE})
    project = projects.make(tmp_path, files)
    planned_and_built(project, **planted)
    with zipfile.ZipFile(project.root / LEG / WHEEL) as wheel:
        seen = wheel.read("demo_server/environment.txt").decode()
    assert "SOURCE_DATE_EPOCH" in seen
    assert "secret" not in seen


@pytest.mark.network
def test_a_package_that_does_not_build_says_why(tmp_path: Path) -> None:
    """Exit 3, the tool's own last lines, the manifest and what to do; nothing half-made is left to be released."""
    files = projects.plain(
        projects.manifest(projects.SETUPTOOLS), **{"setup.py": "raise SystemExit('no luck today')\n"}
    )
    project = projects.make(tmp_path, files)
    built = project.refused_build()
    assert "no luck today" in built.err
    assert "pyproject.toml" in built.err
    assert "uv build" in built.err
    assert not (project.root / LEG / "receipt.json").exists()


@pytest.mark.network
def test_a_readme_that_pypi_would_refuse_is_found(tmp_path: Path) -> None:
    """What twine says is said, before anything is signed."""
    text = projects.manifest(projects.SETUPTOOLS).replace("README.md", "README.rst")
    project = projects.make(tmp_path, projects.plain(text, **{"README.rst": "Title\n=\n\n.. nonsense::\n"}))
    built = project.refused_build()
    assert "PyPI would refuse this" in built.err


def test_another_commit_than_the_planned_one_is_refused(tmp_path: Path) -> None:
    """The plan belongs to its commit."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    assert project.tagship("build-matrix").code == 0
    project.commit("fix: later")
    built = project.tagship("build")
    assert built.code == 2
    assert "the plan is for" in built.err


def test_an_unknown_leg_and_a_changed_plan_are_refused(tmp_path: Path) -> None:
    """A leg must be in the plan; the plan must be the one whose digest came by the trusted way."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    planned = project.tagship("build-matrix", "--json")
    digest = json.loads(planned.out)["plan-digest"]
    unknown = project.tagship("build", "--leg", "rust")
    assert (unknown.code, "choose among python-any" in unknown.err) == (2, True)
    plan = project.root / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace("1.2.0", "1.2.1"), encoding="utf-8")
    built = project.tagship("build", "--plan-digest", digest)
    assert built.code == 6
    assert "plan digest is" in built.err


@pytest.mark.network
def test_the_last_words_of_a_build_hold_no_secret(tmp_path: Path) -> None:
    """A script that prints its environment and then fails is quoted, and there is nothing to quote."""
    script = "import os, sys\nprint('SEEN', dict(os.environ), file=sys.stderr)\nraise SystemExit('over')\n"
    files = projects.plain(projects.manifest(projects.SETUPTOOLS), **{"setup.py": script})
    project = projects.make(tmp_path, files)
    planted = {"GITHUB_TOKEN": "gh-secret", "TAGSHIP_KEY": "key-secret", "TWINE_PASSWORD": "twine-secret"}
    built = project.refused_build(**planted)
    assert "SEEN" in built.err
    assert "secret" not in built.said


@pytest.mark.network
def test_a_build_that_fell_back_to_another_version_is_refused(tmp_path: Path) -> None:
    """A version that a script makes up (0.0.0) is never released: exit 3, both versions, and no receipt."""
    text = projects.manifest(projects.SETUPTOOLS, projects.DYNAMIC)
    script = "from setuptools import setup\nsetup(version='0.0.0')\n"
    project = projects.make(tmp_path, projects.plain(text, **{"setup.py": script}))
    built = project.refused_build()
    assert "the build says demo-server 0.0.0, the plan says demo-server 1.2.0" in built.err
    assert not (project.root / LEG / "receipt.json").exists()


@pytest.mark.network
def test_all_packages_of_a_workspace_are_built(tmp_path: Path) -> None:
    """One leg, two packages, four files, one receipt."""
    files = {
        f"packages/{name}/{path}": text.replace("demo-server", name).replace("demo_server", name)
        for name in ("alpha", "beta")
        for path, text in projects.SHAPES["uv"].items()
    }
    files = {path.replace("demo_server", path.split("/")[1]): text for path, text in files.items()}
    built = planned_and_built(projects.make(tmp_path, files))
    endings = ("-1.2.0-py3-none-any.whl", "-1.2.0.tar.gz")
    assert set(built) == {name + ending for name in ("alpha", "beta") for ending in endings}


@pytest.mark.network
def test_what_was_built_installs_and_runs(tmp_path: Path) -> None:
    """Wheel and sdist, each into a clean environment; the command that the plan names starts."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    planned_and_built(project)
    uv = str(Path(sys.executable).with_name("uv"))
    for number, name in enumerate((WHEEL, SDIST)):
        venv = tmp_path / f"venv{number}"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, venv], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", venv, project.root / LEG / name], check=True)
        said = subprocess.run([venv / "bin" / "demo-server"], check=True, capture_output=True, text=True).stdout
        assert said == "demo\n"


@pytest.mark.network
def test_pip_installs_what_was_built_and_reads_its_metadata(tmp_path: Path) -> None:
    """Offline: wheel and sdist agree, and pip tells name, version, licence and command as the plan does."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    planned_and_built(project)
    folder = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--no-index", "--no-deps", "--target", folder, project.root / LEG / WHEEL]
    subprocess.run(install, check=True, capture_output=True)
    said = subprocess.run([*pip, "inspect", "--path", folder], check=True, capture_output=True, text=True).stdout
    (installed,) = json.loads(said)["installed"]
    package = json.loads((project.root / "plan.json").read_bytes())["packages"][0]
    told = installed["metadata"]
    assert (told["name"], told["version"], told["license_expression"]) == (
        package["name"],
        package["spellings"]["pep440"],
        package["license"],
    )
    assert (folder / "bin" / package["entry"]).is_file()


WAITS_ONCE = """
import pathlib, time
from setuptools import setup
mark = pathlib.Path({mark!r})
if not mark.exists():
    mark.touch()
    time.sleep(120)
setup()
"""


@pytest.mark.network
def test_killed_while_building_the_next_run_converges(tmp_path: Path) -> None:
    """SIGKILL in the middle of a backend: no receipt; the same command builds what an undisturbed run builds."""
    mark = tmp_path / "mark"
    files = projects.plain(projects.manifest(projects.SETUPTOOLS), **{"setup.py": WAITS_ONCE.format(mark=str(mark))})
    project = projects.make(tmp_path, files)
    assert project.tagship("build-matrix").code == 0
    argv = [sys.executable, "-m", "tagship", "build"]
    victim = subprocess.Popen(
        argv, cwd=project.root, env=project.env(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    while not mark.exists():
        assert victim.poll() is None
        time.sleep(0.02)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert not (project.root / LEG / "receipt.json").exists()
    built = planned_and_built(project)
    undisturbed = Project(tmp_path / "undisturbed", project.home)
    project.git("clone", "--quiet", str(project.root), str(undisturbed.root))
    assert planned_and_built(undisturbed) == built


def test_a_dry_run_builds_nothing(tmp_path: Path) -> None:
    """It says which files it would make."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build", "--dry-run")
    assert done.code == 0
    assert f"would build python-any: {WHEEL}, {SDIST}" in done.err
    assert not (project.root / "dist").exists()


@pytest.mark.network
def test_a_wheel_whose_command_cannot_start_is_refused(tmp_path: Path) -> None:
    """Tests that would be installed for everybody, and a command that calls what is not there: both are told."""
    files = {**projects.SHAPES["hatch"], "tests/__init__.py": ""}
    files["pyproject.toml"] = files["pyproject.toml"].replace("demo_server:main", "demo_server.cli:main")
    files["pyproject.toml"] += '\n[tool.hatch.build.targets.wheel]\npackages = ["src/demo_server", "tests"]\n'
    project = projects.make(tmp_path, files)
    done = project.refused_build()
    assert "the command 'demo-server' needs the module demo_server.cli, which is not in it" in done.said
    assert "tests/ is in it" in done.said
    assert "Traceback" not in done.said
