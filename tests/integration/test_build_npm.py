"""npm packages: installed from the lock, built, packed and checked; what cannot be shipped is refused."""

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.examples import caches, clone, example
from tests.integration.mcp_client import ask
from tests.integration.projects import Project, make
from tests.integration.sboms import both

LEG = Path("dist", "npm-any")
TARBALL = "tagship-colours-mcp-0.1.0.tgz"
START = "#!/usr/bin/env node\nconsole.log('hello');\n"
PLAIN = {"name": "@octo/demo", "version": "1.2.0", "license": "MIT", "bin": {"demo": "main.js"}}
pytestmark = pytest.mark.network


def package(folder: Path, more: Mapping[str, str] | None = None, **manifest: object) -> Project:
    """Make a repository of a package without dependencies."""
    text = json.dumps({**PLAIN, **manifest}, indent=2)
    project = make(folder, {"package.json": text, "main.js": START, **(more or {})})
    return Project(project.root, project.home, environment=caches())


def build(project: Project, **environment: str) -> tuple[int, str]:
    planned = project.tagship("build-matrix", **environment)
    assert planned.code == 0, planned.said
    done = project.tagship("build", **environment)
    return done.code, done.said


def members(tarball: Path) -> dict[str, tuple[bytes, int]]:
    with tarfile.open(fileobj=io.BytesIO(tarball.read_bytes())) as tar:
        files = {member: tar.extractfile(member) for member in tar.getmembers()}
        return {member.name: (stream.read(), member.mode) for member, stream in files.items() if stream}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Release the example once."""
    project = example("typescript-server", tmp_path_factory.mktemp("npm"))
    done = project.tagship("release", XDG_DATA_HOME=str(project.home / "data"))
    assert done.code == 0, done.said
    assert "> tsc" in done.err
    return project


def test_npm_installs_the_tarball_and_its_server_speaks_mcp(released: Project, tmp_path: Path) -> None:
    """In an empty folder, without any script, as ``npx`` would."""
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    argv = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", str(released.root / LEG / TARBALL)]
    subprocess.run(argv, cwd=tmp_path, env=released.env(), check=True, capture_output=True)
    answer = ask([tmp_path / "node_modules" / ".bin" / "colours-mcp"], tmp_path, released.env())
    assert (answer.name, answer.version, answer.tools) == ("colours-mcp", "0.1.0", {"contrast"})
    shown = ["npm", "ls", "--all", "--json"]
    listed = json.loads(subprocess.run(shown, cwd=tmp_path, env=released.env(), check=True, capture_output=True).stdout)
    assert named(listed) - {"@tagship/colours-mcp"} == set(sbom(released))


def named(tree: dict[str, dict[str, object]]) -> set[str]:
    """Name everything in what ``npm ls`` shows."""
    inner: dict[str, dict[str, object]] = tree.get("dependencies", {})  # type: ignore[assignment]
    return set(inner).union(*(named(each) for each in inner.values()))  # type: ignore[arg-type]


def sbom(project: Project) -> dict[str, dict[str, object]]:
    document = both(project.root / "releases/v0.1.0", "colours-mcp-0.1.0")
    assert document["metadata"]["component"]["purl"] == "pkg:npm/%40tagship/colours-mcp@0.1.0"
    assert str(project.root) not in json.dumps(document)
    return {component["name"]: component for component in document["components"]}


def test_the_sbom_tells_licences_and_digests(released: Project) -> None:
    """Of each dependency that people would get."""
    for component in sbom(released).values():
        assert str(component["purl"]).startswith("pkg:npm/")
        assert component["licenses"]
        assert component["hashes"]


def test_the_tarball_holds_what_its_manifest_promises(released: Project) -> None:
    """Types too; the program may be executed, the rest not; no sources, no tests."""
    found = members(released.root / LEG / TARBALL)
    assert {name.removeprefix("package/"): mode for name, (_, mode) in found.items()} == {
        "LICENSE": 0o644, "README.md": 0o644, "package.json": 0o644, "dist/colour.d.ts": 0o644, "dist/colour.js": 0o644,
        "dist/main.d.ts": 0o644, "dist/main.js": 0o755,
    }  # fmt: skip


def test_two_builds_in_two_folders_have_the_same_bytes(released: Project, tmp_path: Path) -> None:
    """Another folder, another time."""
    other = clone(released, tmp_path)
    code, said = build(other)
    assert code == 0, said
    assert (other.root / LEG / TARBALL).read_bytes() == (released.root / LEG / TARBALL).read_bytes()


def test_the_plan_says_what_it_runs_on(released: Project) -> None:
    """The lines of Node.js that ``engines`` means."""
    plan = json.loads((released.root / "dist" / "plan.json").read_bytes())
    assert plan["packages"][0]["runtimes"]["node"][0] == "20"
    details = plan["packages"][0]["details"]
    assert (details["manager"], details["lock"]) == ("npm", ".")


def test_a_lock_that_is_out_of_date(tmp_path: Path) -> None:
    """The words of npm, and the command that mends it."""
    project = example("typescript-server", tmp_path)
    manifest = json.loads((project.root / "package.json").read_text(encoding="utf-8"))
    manifest["dependencies"]["left-pad"] = "1.3.0"
    (project.root / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    project.commit("chore: ask for more")
    project.git("tag", "--force", "v0.1.0")
    code, said = build(project)
    assert (code, "in sync" in said, "npm install --package-lock-only" in said) == (3, True, True)


@pytest.mark.parametrize(
    ("manifest", "files", "said"),
    [
        ({"bin": {"demo": "gone.js"}}, {}, ["bin: gone.js, which the command demo starts, is not in it"]),
        ({}, {"main.js": "console.log(1)\n"}, ["bin: main.js does not begin with #!/usr/bin/env node"]),
        ({"types": "dist/x.d.ts", "files": ["main.js"]}, {}, ["types: dist/x.d.ts is not in it"]),
        (
            {"main": "lib", "exports": {".": {"import": "./m.mjs", "types": "./m.d.ts"}, "./x/*": "./x/*.js"}},
            {},
            ["main: lib is not in it", "exports: m.mjs is not in it", "exports: m.d.ts is not in it"],
        ),
        ({"dependencies": {"other": "workspace:^"}, "bundleDependencies": ["other"]}, {"package-lock.json": "{}"}, []),
        (
            {"files": ["main.js", "conf"]},
            {"conf/.env": "A=1\n"},
            ["package/conf/.env: its name is one of files that hold secrets"],
        ),
        ({"scripts": {"build": "echo the last words && exit 7"}}, {}, ["its script 'build' failed", "the last words"]),
        (
            {"scripts": {"build": "npm pkg set version=0.0.0"}},
            {},
            ["it says that it is @octo/demo@0.0.0, the plan says @octo/demo@1.2.0"],
        ),
    ],
)
def test_what_is_not_as_promised_is_refused(
    manifest: dict[str, object], files: dict[str, str], said: list[str], tmp_path: Path
) -> None:
    """All of it at once, before anything is shipped."""
    project = package(tmp_path, files, **manifest)
    code, output = build(project)
    assert code == 3
    for words in said:
        assert words in output
    assert not list((project.root / LEG).iterdir())
    assert "Traceback" not in output


def test_a_build_script_sees_no_secret(tmp_path: Path) -> None:
    """Neither a job's tokens nor those of the user's ``.npmrc``, whose registry counts all the same."""
    look = "for (const [k, v] of Object.entries(process.env)) console.log('SEEN', k, v);"
    npmrc = "import { execSync } from 'node:child_process'; console.log('LIST', String(execSync('npm config list --json')));"
    project = package(tmp_path, {"look.mjs": look + npmrc}, scripts={"build": "node look.mjs"}, files=["main.js"])
    settings = tmp_path / "npmrc"
    settings.write_text(
        "//registry.example/:_authToken=planted-1\nregistry=https://registry.npmjs.org/\n_auth=planted-2\n",
        encoding="utf-8",
    )
    planted = {"GITHUB_TOKEN": "planted-3", "NPM_TOKEN": "planted-4", "NODE_AUTH_TOKEN": "planted-5"}
    planted |= {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "planted-6",
        "TAGSHIP_KEY": "planted-7",
        "AWS_SECRET_ACCESS_KEY": "planted-8",
    }
    code, said = build(project, **planted, NPM_CONFIG_USERCONFIG=str(settings))
    assert (code, "SEEN PATH" in said, "registry.npmjs.org" in said) == (0, True, True)
    assert "planted" not in said


def test_a_package_of_a_workspace_is_built_after_those_it_needs(tmp_path: Path) -> None:
    """By the lock of the workspace's root; each has a tarball of its own."""
    write = "node -e \"require('fs').writeFileSync('made.js', {0})\""
    core = {"name": "@octo/core", "version": "1.2.0", "license": "MIT", "main": "made.js", "files": ["made.js"],
            "scripts": {"build": write.format("'module.exports = 41 + 1'")}}  # fmt: skip
    server = {"name": "@octo/server", "version": "1.2.0", "license": "MIT", "main": "made.js", "files": ["made.js"],
              "dependencies": {"@octo/core": "^1.2.0"},
              "scripts": {"build": write.format("'// ' + require('@octo/core')")}}  # fmt: skip
    root = {"private": True, "workspaces": ["packages/*"]}
    files = {"package.json": root, "packages/core/package.json": core, "packages/server/package.json": server}
    project = make(tmp_path, {name: json.dumps(content, indent=1) for name, content in files.items()})
    project = Project(project.root, project.home, environment=caches())
    subprocess.run(
        ["npm", "install", "--package-lock-only"], cwd=project.root, env=project.env(), check=True, capture_output=True
    )
    project.commit("chore: lock")
    project.git("tag", "--force", "v1.2.0")
    code, said = build(project)
    assert code == 0, said
    assert members(project.root / LEG / "octo-server-1.2.0.tgz")["package/made.js"][0] == b"// 42"
    assert "package/made.js" in members(project.root / LEG / "octo-core-1.2.0.tgz")


def test_generated_packages_of_a_program_are_not_built(tmp_path: Path) -> None:
    """They are what a Go or Rust program is wrapped in; the reason is told."""
    wrapper = {
        "name": "demo",
        "version": "1.2.0",
        "optionalDependencies": {"demo-linux-x64": "1.2.0", "demo-darwin-arm64": "1.2.0"},
    }
    part = {"name": "demo-linux-x64", "version": "1.2.0", "os": ["linux"], "cpu": ["x64"]}
    files = {"npm/demo/package.json": json.dumps(wrapper), "npm/demo-linux-x64/package.json": json.dumps(part)}
    project = make(
        tmp_path,
        {**files, "go.mod": "module example.com/octo/demo\n\ngo 1.22\n", "main.go": "package main\n\nfunc main() {}\n"},
    )
    done = project.tagship("build-matrix", "--explain")
    assert done.code == 0, done.said
    assert "npm/demo: it chooses among packages of programs" in done.err
    assert "npm/demo-linux-x64: it holds a program for one platform" in done.err
    assert [each["ecosystem"] for each in json.loads((project.root / "plan.json").read_bytes())["packages"]] == ["go"]


def test_the_projects_own_package_manager_is_asked_for(tmp_path: Path) -> None:
    """A lock of pnpm is pnpm's: without it nothing is guessed."""
    project = package(tmp_path, {"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, dependencies={"zod": "^4"})
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "npm", "node"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (tools / name).symlink_to(found)
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build", "--leg", "npm-any", PATH=str(tools))
    assert (done.code, "pnpm is not installed" in done.err) == (3, True)


def test_a_dependency_whose_licence_is_not_allowed_stops_the_release(tmp_path: Path) -> None:
    """After the build, before anything is signed: by the SBOM, with the component's name; nothing is released."""
    project = example("typescript-server", tmp_path)
    project.commit(
        "feat: a policy", {"tagship.yaml": "licenses: {allow: [Apache-2.0], ignore: ['@modelcontextprotocol/*']}\n"}
    )
    project.git("tag", "--force", "v0.1.0")
    done = project.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 3, done.said
    assert "zod" in done.said
    assert "its licence is MIT, which is not allowed" in done.said
    assert "Traceback" not in done.said
    assert not (project.root / "releases").exists()
