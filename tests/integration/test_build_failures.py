"""What ends a build, in the ecosystems where it can happen: exit code 3, the tool's words or the file, and what to do.

The failures of one ecosystem alone stand in its own tests; those of package managers in ``test_package_managers``.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration import images, projects
from tests.integration.examples import caches
from tests.integration.projects import Project, Result, make
from tests.tools import go_toolchain

pytestmark = pytest.mark.network
TOKEN = "ghp_" + "a1B2" * 9
BACKEND = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
IN_TREE = """
import io, tarfile, zipfile
NAME, VERSION = {name!r}, "1.2.0"
METADATA = f"Metadata-Version: 2.4\\nName: demo-server\\nVersion: {{VERSION}}\\nLicense-Expression: MIT\\n"

def build_sdist(folder, settings=None):
    name = f"demo_server-{{VERSION}}"
    with tarfile.open(f"{{folder}}/{{name}}.tar.gz", "w:gz") as tar:
        for path in ("pyproject.toml", "backend.py"):
            tar.add(path, f"{{name}}/{{path}}")
        entry = tarfile.TarInfo(f"{{name}}/PKG-INFO")
        entry.size = len(METADATA)
        tar.addfile(entry, io.BytesIO(METADATA.encode()))
    return f"{{name}}.tar.gz"

def build_wheel(folder, settings=None, metadata=None):
    wheel = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{wheel}}", "w") as packed:
        packed.writestr(f"{{NAME}}-{{VERSION}}.dist-info/METADATA", METADATA)
        packed.writestr(f"{{NAME}}-{{VERSION}}.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        packed.writestr("demo_server/__init__.py", "def main(): ...\\n")
    {last}
"""
LOOK = 'package main\n\nimport ("fmt"; "os")\n\nfunc main() { for _, e := range os.Environ() { fmt.Println("SEEN", e) } }\n'
GO = {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n"}
PLANTED = {
    "GITHUB_TOKEN": "planted-1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "planted-2",
    "ACTIONS_RUNTIME_TOKEN": "planted-3",
    "TAGSHIP_KEY": "planted-4",
    "NPM_TOKEN": "planted-5",
    "CARGO_REGISTRY_TOKEN": "planted-6",
    "AWS_SECRET_ACCESS_KEY": "planted-7",
}


def refused(project: Project, *words: str) -> Result:
    """Let a build fail, and look that nothing of it is left to be released."""
    done = project.refused_build()
    for each in words:
        assert each in done.err, done.err
    assert "Traceback" not in done.said
    assert "→" in done.err
    assert not list((project.root / "dist").glob("*/receipt.json"))
    return done


def backend(folder: Path, name: str, last: str) -> Project:
    """Make a project with a backend of its own, which does what it likes."""
    text = projects.manifest(BACKEND)
    return make(folder, projects.plain(text, **{"backend.py": IN_TREE.format(name=name, last=last)}))


def test_a_wheel_of_another_name_than_planned(tmp_path: Path) -> None:
    """A backend is believed in nothing: what the plan names is not there, and what is there it does not name."""
    elsewhere = "import os; other = wheel.replace('any', 'win32'); os.rename(f'{folder}/{wheel}', f'{folder}/{other}')"
    project = backend(tmp_path, "demo_server", f"{elsewhere}; return other")
    refused(project, "missing: demo_server-1.2.0-py3-none-any.whl", "not planned: demo_server-1.2.0-py3-none-win32.whl")


def test_a_backend_that_makes_no_wheel(tmp_path: Path) -> None:
    """It says that it did."""
    refused(backend(tmp_path, "demo_server", "import os; os.remove(f'{folder}/{wheel}'); return wheel"), "demo-server")


def test_a_file_that_looks_like_a_secret(tmp_path: Path) -> None:
    """In the wheel and the sdist alike, by its name and by its look; no word of the secret itself."""
    files = {"src/demo_server/.env": "A=1\n", "src/demo_server/settings.py": f"TOKEN = '{TOKEN}'\n"}
    project = make(tmp_path, {**projects.SHAPES["hatch"], **files})
    done = refused(project, "demo_server-1.2.0.tar.gz", "demo_server-1.2.0-py3-none-any.whl", "`allow-files`")
    assert "demo_server/.env: its name is one of files that hold secrets" in done.err
    assert "demo_server/settings.py: there seems to be a token of GitHub in it" in done.err
    assert TOKEN not in done.said


def test_npm_is_not_there(tmp_path: Path) -> None:
    """Nothing is left to build; what is missing is named."""
    manifest = json.dumps({"name": "demo", "version": "1.2.0", "license": "MIT"})
    project = make(tmp_path, {"package.json": manifest})
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "git").symlink_to(str(shutil.which("git")))
    assert project.tagship("build-matrix").code == 0
    for arguments in ([], ["--leg", "npm-any"]):
        done = project.tagship("build", *arguments, PATH=str(tools))
        assert (done.code, "npm is not installed" in done.err) == (3, True)


def test_no_code_of_a_go_module_runs_while_it_is_built(tmp_path: Path) -> None:
    """Go compiles, and no more: what ``go generate`` would do is not done, with or without secrets."""
    main = '//go:generate sh -c "env > seen.txt"\n\npackage main\n\nfunc main() { println("demo") }\n'
    made = make(tmp_path, {**GO, "main.go": main, "gen_test.go": LOOK.replace("main()", "init()", 1)})
    project = Project(made.root, made.home, environment=caches())
    assert project.tagship("build-matrix", "--targets", "linux-x86_64", **PLANTED).code == 0
    done = project.tagship("build", **PLANTED)
    assert done.code == 0, done.said
    assert "SEEN" not in done.said
    assert "planted" not in done.said
    assert not list(project.root.rglob("seen.txt"))


def test_a_program_of_another_architecture(tmp_path: Path) -> None:
    """A real one: the compiler on PATH makes programs of arm64, whatever it is asked for."""
    wrapper = tmp_path / "bin" / "go"
    wrapper.parent.mkdir()
    real = go_toolchain.find().program
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = build ] && export GOARCH=arm64\nexec {real} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    made = make(
        tmp_path, {**GO, "main.go": "package main\n\nfunc main() {}\n", "tagship.yaml": "targets: [linux-x86_64]\n"}
    )
    environment = {**caches(), "PATH": f"{wrapper.parent}:{caches()['PATH']}"}
    project = Project(made.root, made.home, environment=environment)
    refused(project, "demo-1.2.0-linux-x86_64.tar.gz", "demo is made for linux on aarch64, not for linux-x86_64")


def _program(project: Project) -> None:
    """Compile a program that prints its environment, for a machine where nothing else is: an image without anything."""
    source = project.home / "look"
    source.mkdir()
    (source / "main.go").write_text(LOOK, encoding="utf-8")
    env = {**project.env(), "CGO_ENABLED": "0", "GO111MODULE": "off"}
    argv = [str(go_toolchain.find().program), "build", "-o", str(project.root / "look"), "main.go"]
    subprocess.run(argv, cwd=source, env=env, check=True, capture_output=True)


def test_what_a_dockerfile_runs_sees_no_secret(tmp_path: Path) -> None:
    """It sees the image's own variables: neither the job's, nor those that the builder itself is given."""
    images.need("buildah")
    dockerfile = 'FROM scratch\nCOPY look /look\nRUN ["/look"]\nUSER 1000\nENTRYPOINT ["/look"]\n'
    config = "targets: [linux-x86_64]\npackages:\n  demo: {container: true}\n"
    made = make(
        tmp_path,
        {**GO, "main.go": "package main\n\nfunc main() {}\n", "Dockerfile": dockerfile, "tagship.yaml": config},
    )
    project = Project(made.root, made.home, environment={**caches(), **images.ENVIRONMENT})
    _program(project)
    project.commit("feat: a look around")
    project.git("tag", "--force", "v1.2.0")
    planted = {
        **PLANTED,
        "DOCKER_CONFIG": str(tmp_path / "planted-8"),
        "REGISTRY_AUTH_FILE": str(tmp_path / "planted-9"),
    }
    (tmp_path / "planted-9").write_text("{}", encoding="utf-8")
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build", "--leg", "container-linux-x86_64", **planted)
    assert done.code == 0, done.said
    assert "SEEN PATH=" in done.said
    assert "planted" not in done.said
