"""Go and Rust programs as wheels and npm packages: installed offline by pip, uv and npm, they answer as the program does."""

import json
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.integration.examples import clone, example
from tests.integration.mcp_client import ask
from tests.integration.projects import Project
from tests.integration.test_build_go import built
from tests.integration.test_build_rust import crate

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        platform.system() != "Linux" or platform.machine() != "x86_64", reason="the programs are for another machine"
    ),
]
PLATFORMS = ["linux-x86_64", "macos-aarch64", "windows-x86_64"]
ASKED = f"targets: {PLATFORMS}\npackages:\n  tides-mcp: {{wheel: true, npm: {{name: '@octo/tides-mcp'}}}}\n"
HERE = "linux-x86_64"
WHEEL = "tides_mcp-0.1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl"
MAIN_TARBALL, HERE_TARBALL = "octo-tides-mcp-0.1.0.tgz", "octo-tides-mcp-linux-x64-0.1.0.tgz"
ECHO = """package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, syscall.SIGTERM, syscall.SIGINT)
		fmt.Println("ready")
		fmt.Println(<-caught)
		os.Exit(7)
	}
	if len(os.Args) > 1 && os.Args[1] == "hang" {
		fmt.Println("ready")
		time.Sleep(time.Hour)
	}
	fmt.Println(os.Args[1:])
	os.Exit(3)
}
"""


RUST = r"""
fn main() {
    let server = r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"demo","version":"1.2.0"}}"#;
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        if line.contains("\"initialize\"") {
            println!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{server}}}");
        } else if line.contains("tools/list") {
            println!("{{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{{\"tools\":[]}}}}");
        }
    }
}
"""


@pytest.fixture(scope="module")
def tides(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build the Go example with everything around it, once."""
    return wrapped("go-server", tmp_path_factory.mktemp("tides"), ASKED)


@pytest.fixture(scope="module")
def installed(tides: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install its npm packages from their files, without any network."""
    return npm_install(tides, tmp_path_factory.mktemp("npm"), MAIN_TARBALL, HERE_TARBALL)


def wrapped(name: str, folder: Path, settings: str) -> Project:
    project = example(name, folder)
    project.commit("feat: packages", {"tagship.yaml": settings})
    project.git("tag", "--force", "v0.1.0")
    return built(project)


def npm_install(project: Project, folder: Path, *tarballs: str, leg: str = "go") -> Path:
    """Install into an empty project, offline, with the tarballs in place of a registry's."""
    files = {
        json.loads(manifest_of(project, leg, name))["name"]: project.root / "dist" / leg / name for name in tarballs
    }
    wanted = {name: f"file:{path}" for name, path in files.items()}
    first = next(iter(wanted))
    manifest = {"name": "user", "private": True, "dependencies": {first: wanted[first]}, "overrides": wanted}
    (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    argv = ["npm", "install", "--offline", "--no-audit", "--no-fund", "--foreground-scripts"]
    done = subprocess.run(argv, cwd=folder, env=project.env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def manifest_of(project: Project, leg: str, name: str) -> bytes:
    with tarfile.open(project.root / "dist" / leg / name) as tar:
        stream = tar.extractfile("package/package.json")
        assert stream
        return stream.read()


def environment(project: Project) -> dict[str, str]:
    return project.env(UV_OFFLINE="1", UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never")


def uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def test_there_is_a_wheel_and_an_npm_package_per_platform(tides: Project) -> None:
    """And one npm package more, which asks for the others; all are planned, built by the leg of the program, and described."""
    planned = json.loads((tides.root / "plan.json").read_bytes())
    kinds = [(each["kind"], each["target"]) for each in planned["artifacts"] if each["leg"] == "go"]
    assert sorted(target for kind, target in kinds if kind == "wheel") == PLATFORMS
    assert sorted(target for kind, target in kinds if kind == "npm") == ["any", *PLATFORMS]
    names = {each["name"] for each in planned["artifacts"]}
    assert {"tides-mcp-program-wheel-0.1.0.cdx.json", "tides-mcp-program-npm-0.1.0.cdx.json"} <= names
    assert (tides.root / "dist" / "go" / "receipt.json").read_text().count(".whl") == 3


def test_wheels_are_what_indexes_take(tides: Project) -> None:
    """Twine, strictly; with licence, readme, the mark of the server, and a tag per kind of Linux."""
    wheels = sorted((tides.root / "dist" / "go").glob("*.whl"))
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *wheels], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(tides.root / "dist" / "go" / WHEEL) as wheel:
        metadata = wheel.read("tides_mcp-0.1.0.dist-info/METADATA").decode()
        tags = wheel.read("tides_mcp-0.1.0.dist-info/WHEEL").decode()
        assert "tides_mcp-0.1.0.dist-info/licenses/LICENSE" in wheel.namelist()
    assert "mcp-name: io.github.tagship/tides-mcp" in metadata
    assert "Summary: The age of the moon" in metadata
    assert "License-Expression: Apache-2.0" in metadata
    assert tags.count("Tag: py3-none-") == 3


def test_uvx_starts_the_server(tides: Project, tmp_path: Path) -> None:
    """By its name, from a folder of wheels, offline: uv takes the one for this machine."""
    argv = [uv(), "tool", "run", "--no-index", "--find-links", tides.root / "dist" / "go", "tides-mcp"]
    answer = ask(argv, tmp_path, environment(tides))
    assert (answer.name, answer.version, answer.tools) == ("tides-mcp", "0.1.0", {"moon"})


def test_pip_installs_the_program_itself(tides: Project, tmp_path: Path) -> None:
    """Without an index; what it installed is complete, may be executed, and goes when it is uninstalled."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--isolated"]
    files = ["--no-index", "--find-links", str(tides.root / "dist" / "go"), "tides-mcp"]
    subprocess.run([*pip, "install", "--quiet", *files], check=True, env=tides.env())
    program = venv / "bin" / "tides-mcp"
    assert program.read_bytes().startswith(b"\x7fELF")
    assert ask([program], tmp_path, {}).name == "tides-mcp"
    subprocess.run([*pip, "uninstall", "--yes", "--quiet", "tides-mcp"], check=True, env=tides.env())
    assert not program.exists()


def test_npx_starts_the_server(tides: Project, installed: Path) -> None:
    """By its name, offline; npm ran no script, and installed the program of this platform only."""
    answer = ask(["npx", "--offline", "-y", "@octo/tides-mcp"], installed, tides.env())
    assert (answer.name, answer.version, answer.tools) == ("tides-mcp", "0.1.0", {"moon"})
    assert sorted(path.name for path in (installed / "node_modules" / "@octo").iterdir()) == [
        "tides-mcp",
        "tides-mcp-linux-x64",
    ]
    for tarball in (MAIN_TARBALL, HERE_TARBALL):
        assert "scripts" not in json.loads(manifest_of(tides, "go", tarball))


def test_npm_packages_say_what_registries_ask_for(tides: Project) -> None:
    """Platform, licence, repository (which provenance is compared with), and on the main one the server's name."""
    main, here = (json.loads(manifest_of(tides, "go", name)) for name in (MAIN_TARBALL, HERE_TARBALL))
    assert (here["os"], here["cpu"], here["license"]) == (["linux"], ["x64"], "Apache-2.0")
    assert main["repository"]["url"] == "git+https://github.com/octo/go-server.git"
    assert main["mcpName"] == "io.github.tagship/tides-mcp"
    assert main["bin"] == {"tides-mcp": "bin/tides-mcp.js"}
    assert main["optionalDependencies"] == {
        f"@octo/tides-mcp-{name}": "0.1.0" for name in ("darwin-arm64", "linux-x64", "win32-x64")
    }


def test_a_missing_program_is_explained(tides: Project, tmp_path: Path) -> None:
    """What is left out and what to do; nothing on standard output, where MCP is spoken."""
    folder = npm_install(tides, tmp_path, MAIN_TARBALL, HERE_TARBALL)
    shutil.rmtree(folder / "node_modules" / "@octo" / "tides-mcp-linux-x64")
    argv = [folder / "node_modules" / ".bin" / "tides-mcp"]
    done = subprocess.run(argv, env=tides.env(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "@octo/tides-mcp: the package with the program for linux-x64 is not installed" in done.stderr
    assert "--omit=optional" in done.stderr


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """Make a program that tells what reached it, installed by npm; its package has another name than the program."""
    project = example("go-server", tmp_path_factory.mktemp("echo"))
    shutil.rmtree(project.root / "cmd")
    (project.root / "server.json").unlink()
    settings = f"targets: [{HERE}]\npackages:\n  tides-mcp: {{wheel: {{name: echo-mcp}}, npm: {{name: echo-mcp}}}}\n"
    project.commit("feat: echo", {"cmd/echo/main.go": ECHO, "cmd/other/main.go": ECHO, "tagship.yaml": settings})
    project.git("tag", "--force", "v0.1.0")
    built(project)
    folder = tmp_path_factory.mktemp("npm")
    return project, npm_install(project, folder, "echo-mcp-0.1.0.tgz", "echo-mcp-linux-x64-0.1.0.tgz")


def test_arguments_and_exit_codes_pass_through(echo: tuple[Project, Path]) -> None:
    """Also of the command that is called like the package; several programs are all there."""
    _, folder = echo
    for command in ("echo-mcp", "echo", "other"):
        argv = [folder / "node_modules" / ".bin" / command, "a b", ""]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (3, "[a b ]\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_pass_through(echo: tuple[Project, Path], number: signal.Signals) -> None:
    """The program handles it, and its exit code is the launcher's."""
    argv = [echo[1] / "node_modules" / ".bin" / "echo", "wait"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == {signal.SIGTERM: "terminated\n", signal.SIGINT: "interrupt\n"}[number]
        assert process.wait(30) == 7


def test_a_program_that_dies_by_a_signal_takes_the_launcher_along(echo: tuple[Project, Path]) -> None:
    """Whoever waits sees the same signal."""
    argv = [echo[1] / "node_modules" / ".bin" / "echo", "hang"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM


def test_a_wheel_with_another_name_has_a_command_of_that_name(echo: tuple[Project, Path], tmp_path: Path) -> None:
    """`uvx` looks for it; the programs' own names are there, too."""
    project, _ = echo
    source = ["--no-index", "--find-links", str(project.root / "dist" / "go")]
    for words in (["echo-mcp"], ["--from", "echo-mcp", "other"]):
        argv = [uv(), "tool", "run", *source, *words, "x"]
        done = subprocess.run(argv, cwd=tmp_path, env=environment(project), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (3, "[x]\n"), done.stderr


def test_the_same_bytes_twice(echo: tuple[Project, Path], tmp_path: Path) -> None:
    """Wheels and tarballs of one commit are equal, in whatever folder."""
    again = built(clone(echo[0], tmp_path))
    made = [path for path in (echo[0].root / "dist" / "go").iterdir() if path.suffix in {".whl", ".tgz"}]
    assert len(made) == 3
    for path in made:
        assert path.read_bytes() == (again.root / "dist" / "go" / path.name).read_bytes(), path.name


def test_a_crate_is_wrapped_as_its_server_json_says(tmp_path: Path) -> None:
    """Without configuration: a pypi and an npm package that are listed there are made, and answer."""
    transport = {"type": "stdio"}
    document = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github.octo/echo",
        "description": "Answers and does nothing.",
        "version": "1.2.0",
        "packages": [
            {"registryType": "pypi", "identifier": "demo-mcp", "version": "1.2.0", "transport": transport},
            {"registryType": "npm", "identifier": "@octo/demo", "version": "1.2.0", "transport": transport},
        ],
    }
    project = crate(
        tmp_path / "crate",
        src__main_rs=RUST,
        **{"server.json": json.dumps(document), "tagship.yaml": f"targets: [{HERE}]\n", "README.md": "# Demo\n"},
    )
    leg = built(project).root / "dist" / "rust-linux"
    argv = [uv(), "tool", "run", "--no-index", "--find-links", leg, "demo-mcp"]
    assert ask(argv, tmp_path, environment(project)).name == "demo"
    folder = tmp_path / "npm"
    folder.mkdir()
    npm_install(project, folder, "octo-demo-1.2.0.tgz", "octo-demo-linux-x64-1.2.0.tgz", leg="rust-linux")
    assert ask(["npx", "--offline", "-y", "@octo/demo"], folder, project.env()).name == "demo"


def test_a_package_that_the_project_has_itself_is_not_made_again(tmp_path: Path) -> None:
    """Its server.json lists one that its own npm folder is; `false` in the configuration says so for the other one."""
    transport = {"type": "stdio"}
    document = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github.octo/demo",
        "description": "Answers and does nothing.",
        "version": "1.2.0",
        "packages": [
            {"registryType": kind, "identifier": "demo", "version": "1.2.0", "transport": transport}
            for kind in ("pypi", "npm")
        ],
    }
    files = {
        "server.json": json.dumps(document),
        "npm/package.json": json.dumps(
            {"name": "demo", "version": "1.2.0", "optionalDependencies": {"demo-linux-x64": "1"}}
        ),
        "tagship.yaml": "packages:\n  demo: {wheel: false}\n",
    }
    project = crate(tmp_path, src__main_rs=RUST, **files)
    done = project.tagship("build-matrix", "--explain")
    assert done.code == 0, done.said
    assert "the project has a package demo of its own: npm/package.json" in done.said
    planned = json.loads((project.root / "plan.json").read_bytes())
    assert {each["kind"] for each in planned["artifacts"]} & {"wheel", "npm"} == set()
