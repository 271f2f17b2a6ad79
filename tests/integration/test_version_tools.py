"""The tools themselves agree with what version-bump writes: npm with its lock, cargo with its own, uv with its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tagship.ecosystems.go import PLUGIN as GO
from tests.integration import projects
from tests.integration.projects import Project
from tests.tools import go_toolchain
from tests.unit.samples import Tree
from tests.unit.test_other_ecosystems import CARGO, MEMBER, SERVER


def needs(program: str) -> None:
    """Skip loudly on a laptop without a tool; fail where all must be there."""
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is missing")


def run(project: Project, *argv: str) -> str:
    home = Path(os.environ.get("HOME", "/"))
    rust = {
        name: os.environ.get(name, str(home / at))
        for name, at in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo"))
    }
    done = subprocess.run(argv, cwd=project.root, env=project.env(**rust), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bumped(folder: Path, files: Mapping[str, str], *lock: str) -> Project:
    """Make a project, let its tool write the lock, release it, add a feature and bump it."""
    project = projects.make(folder, files, tag="")
    for command in lock:
        run(project, *command.split())
    project.commit("chore: lock")
    project.git("tag", "v1.2.0")
    project.commit("feat: more")
    done = project.tagship("version-bump", "--mode", "commit")
    assert done.code == 0, done.said
    assert project.git("status", "--porcelain") == ""
    return project


def test_npm_takes_the_lock_as_it_is(tmp_path: Path) -> None:
    """`npm install` would write nothing: the lock says what the manifests say, in a workspace with ranges."""
    needs("npm")
    root = {"name": "root", "private": True, "version": "1.2.0", "workspaces": ["packages/*"]}
    core = {"name": "@octo/core", "version": "1.2.0"}
    web = {"name": "@octo/web", "version": "1.2.0", "dependencies": {"@octo/core": "^1.2.0"}}
    files = {f"packages/{n}/package.json": json.dumps(d, indent=4) for n, d in (("core", core), ("web", web))}
    install = "npm install --package-lock-only --ignore-scripts --offline --no-audit --no-fund"
    project = bumped(tmp_path, {"package.json": json.dumps(root), **files}, install)
    before = (project.root / "package-lock.json").read_bytes()
    assert before.count(b"1.3.0") == 5
    run(project, *install.split())
    assert (project.root / "package-lock.json").read_bytes() == before
    listed = json.loads(run(project, "npm", "pkg", "get", "version", "--workspaces"))
    assert listed == {"@octo/core": "1.3.0", "@octo/web": "1.3.0"}


def test_cargo_takes_the_lock_as_it_is(tmp_path: Path) -> None:
    """`cargo metadata --locked` accepts workspace inheritance, path dependencies and the lock."""
    needs("cargo")
    once = "".join(
        line for line in SERVER.splitlines(keepends=True) if not line.startswith(("alias", "loose", "serde"))
    )
    files = {
        "Cargo.toml": CARGO.replace('serde = "1.2.0"\n', "").replace("[workspace]\n", '[workspace]\nresolver = "2"\n'),
        "crates/core/Cargo.toml": MEMBER + 'edition = "2021"\n\n[features]\nx = []\n',
        "crates/core/src/lib.rs": "",
        "crates/server/Cargo.toml": once.replace('name = "mcp-server"', 'name = "mcp-server"\npath = "src/main.rs"'),
        "crates/server/src/main.rs": "fn main() {}\n",
    }
    project = bumped(tmp_path, files, "cargo generate-lockfile --offline")
    described = json.loads(run(project, "cargo", "metadata", "--locked", "--offline", "--format-version", "1"))
    assert {package["name"]: package["version"] for package in described["packages"]} == {
        "core": "1.3.0",
        "server": "1.3.0",
    }


def test_uv_takes_the_lock_as_it_is(tmp_path: Path) -> None:
    """`uv lock --check` accepts a workspace whose members pin each other."""
    needs("uv")
    member = '[project]\nname = "{name}"\nversion = "1.2.0"\nrequires-python = ">=3.11"\ndependencies = [{needs}]\n'
    build = '[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n'
    sources = "[tool.uv.sources]\ncore = { workspace = true }\n"
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        "packages/core/pyproject.toml": member.format(name="core", needs="") + build,
        "packages/web/pyproject.toml": member.format(name="web", needs='"core==1.2.0"') + build + sources,
    }
    project = bumped(tmp_path, files, "uv lock --offline")
    run(project, "uv", "lock", "--check", "--offline")
    assert '"core==1.3.0"' in (project.root / "packages/web/pyproject.toml").read_text(encoding="utf-8")


def test_go_reads_the_constant(tmp_path: Path) -> None:
    """The program says the new version; a module below the root gets a tag that Go understands."""
    go = go_toolchain.find()
    main = 'package main\n\nimport "fmt"\n\nconst version = "1.2.0"\n\nfunc main() { fmt.Println(version) }\n'
    files = {"go.mod": "module example.com/weather\n\ngo 1.21\n", "main.go": main}
    project = bumped(tmp_path, files)
    assert run(project, "env", f"GOTOOLCHAIN={go.switching}", str(go.program), "run", ".").strip() == "1.3.0"
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("name", ["package-lock.json", "npm-shrinkwrap.json"])
def test_npm_takes_every_version_of_its_lock(tmp_path: Path, name: str, version: int) -> None:
    """With each way to ask for a package beside it, tabs, and by either name of the file."""
    needs("npm")
    asks = {
        "dependencies": {"a": "^1.2.0"}, "devDependencies": {"b": "~1.2.0"}, "optionalDependencies": {"c": ">=1.2.0"},
        "peerDependencies": {"d": "1.2.0"},
    }  # fmt: skip
    files = {f"packages/{n}/package.json": json.dumps({"name": n, "version": "1.2.0"}) for n in "abcd"}
    files["packages/e/package.json"] = json.dumps({"name": "e", "version": "1.2.0", **asks}, indent="\t") + "\n"
    root = {
        "name": "root",
        "private": True,
        "version": "1.2.0",
        "workspaces": ["packages/*"],
        "dependencies": {"e": "1.2.0"},
    }
    install = (
        f"npm install --package-lock-only --lockfile-version={version} --ignore-scripts --offline --no-audit --no-fund"
    )
    rename = [f"mv package-lock.json {name}"] if name != "package-lock.json" else []
    project = bumped(tmp_path, {"package.json": json.dumps(root, indent=2), **files}, install, *rename)
    before = (project.root / name).read_bytes()
    assert json.loads(before)["lockfileVersion"] == version
    assert b"1.2.0" not in before
    run(project, *install.split())
    assert (project.root / name).read_bytes() == before


def test_cargo_takes_every_way_to_ask_for_a_crate(tmp_path: Path) -> None:
    """Tables, inline tables, dotted keys, targets, other names, CRLF; an excluded crate has a lock of its own."""
    needs("cargo")
    package = '[package]\nname = "{}"\nedition = "2021"\nversion{}\n'
    shared = package.format("{}", ".workspace = true")
    asks = """
[dependencies]
a.path = "../a" # dotted
a.version = "=1.2.0"
second = { package = "b", path = "../b", version = "^1.2.0" }
e = { workspace = true }

[target.'cfg(unix)'.build-dependencies.c]
path = "../c" # 1.2.0
version = '~1.2.0'
[dev-dependencies]
d={version="1.2.0",path="../d"}"""
    manifests = {f"crates/{name}/Cargo.toml": shared.format(name) for name in "abcde"}
    sources = dict.fromkeys([f"crates/{name}/src/lib.rs" for name in "abcdef"], "") | {"apart/src/lib.rs": ""}
    files = {
        "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\nexclude = ["apart"]\n'
        '[workspace.package]\nversion = "1.2.0"\n'
        '[workspace.dependencies]\ne = { path = "crates/e", version = "1.2.0" } # of all\n',
        "crates/f/Cargo.toml": (shared.format("f") + asks).replace("\n", "\r\n"),
        "apart/Cargo.toml": package.format("apart", ' = "1.2.0"')
        + '[dependencies]\na = { path = "../crates/a", version = "1.2.0" }\n',
        **manifests, **sources,
    }  # fmt: skip
    lock = "cargo generate-lockfile --offline"
    project = bumped(tmp_path, files, lock, f"{lock} --manifest-path apart/Cargo.toml")
    for manifest, names in (("Cargo.toml", set("abcdef")), ("apart/Cargo.toml", {"a", "apart"})):
        argv = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path", manifest]
        packages = json.loads(run(project, *argv))["packages"]
        assert {each["name"]: each["version"] for each in packages} == dict.fromkeys(names, "1.3.0")
    after = (project.root / "crates/f/Cargo.toml").read_bytes().decode()
    assert after == files["crates/f/Cargo.toml"].replace("1.2.0", "1.3.0").replace("# 1.3.0", "# 1.2.0")


@pytest.mark.parametrize(
    ("file", "source", "name"),
    [
        ("internal/version/v.go", 'package version\n\nvar (\n\tCommit  = "none"\n\tVersion = "dev"\n)\n', "version"),
        ("buildinfo/x.go", "package other\n\nvar BuildVersion string // set later\n", "other"),
        ("version.go", 'package main\n\nvar version = "0.0.0-dev"\n', ""),
    ],
)
def test_the_linker_sets_the_variable_that_was_found(tmp_path: Path, file: str, source: str, name: str) -> None:
    """``-X`` with the name that detection gives it changes what the program says."""
    go = go_toolchain.find()
    main = f'import {name} "example.com/w/{file.rpartition("/")[0]}"' if name else ""
    variable = (
        next(word for word in source.split() if word.endswith("ersion") and word != "version") if name else "version"
    )
    says = f"{name}.{variable}" if name else variable
    files = {
        "go.mod": "module example.com/w\n\ngo 1.21\n",
        file: source,
        "main.go": f"package main\n\n{main}\n\nfunc main() {{ println({says}) }}\n",
    }
    (package,), _ = GO.detect(Tree(files), ())
    project = projects.make(tmp_path, files, tag="")
    argv = [str(go.program), "run", "-ldflags", f"-X {package.details['ldflags']}=7.8.9", "."]
    env = {**project.env(), "GOTOOLCHAIN": go.switching}
    done = subprocess.run(argv, cwd=project.root, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "7.8.9")
