"""npm, Rust and Go: what is found, every place of its version, and edits that change nothing else."""

import contextlib
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ecosystems import go, npm, rust
from tagship.errors import ProjectError
from tagship.parts.plan.detect import detect
from tagship.ports import Found
from tagship.settings import Config
from tests.unit.samples import Tree

NEW = Version.parse("2.0.0-rc.1")


def found(files: Mapping[str, str]) -> dict[str, Found]:
    """Detect, and return the packages by name."""
    return {each.name: each for each in detect(Tree(dict(files)), Config())[0]}


def reasons(files: Mapping[str, str]) -> dict[str, str]:
    return {skip.path: skip.reason for skip in detect(Tree(dict(files)), Config())[1]}


def places(package: Found) -> list[tuple[str, int, str]]:
    return [(site.file, site.line, site.version) for site in package.sites]


def bumped(files: Mapping[str, str], versions: Mapping[str, Version]) -> dict[str, str]:
    """Write the new versions of some packages everywhere they stand."""
    texts = dict(files)
    for package in found(files).values():
        for site in package.sites:
            version = versions.get(site.package or package.name)
            if version:
                texts[site.file] = replace(texts[site.file], site, version)
    return texts


ROOT = '{\n\t"name": "root",\n\t"private": true,\n\t"version": "1.2.0",\n\t"workspaces": ["packages/*"]\n}\n'
CORE = '{ "name": "@octo/core", "version": "1.2.0", "mcpName": "io.github.octo/core", "license": "MIT" }'
WEB = """{
    "name": "@octo/web",
    "version": "1.2.0",
    "bin": {"other": "o.js", "web": "w.js"},
    "dependencies": {"@octo/core": "^1.2.0", "left-pad": "1.2.0"},
    "devDependencies": {"@octo/core": "workspace:~1.2.0"},
    "peerDependencies": {"@octo/core": ">=1 <3"},
    "optionalDependencies": {"@octo/core": "catalog:"}
}
"""
LOCK = json.dumps(
    {
        "name": "root",
        "version": "1.2.0",
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "root", "version": "1.2.0"},
            "node_modules/left-pad": {"version": "1.2.0"},
            "packages/core": {"name": "@octo/core", "version": "1.2.0"},
            "packages/web": {"name": "@octo/web", "version": "1.2.0", "dependencies": {"@octo/core": "^1.2.0"}},
        },
    },
    indent=2,
)
WORKSPACE = {
    "package.json": ROOT, "package-lock.json": LOCK, "packages/core/package.json": CORE, "packages/web/package.json": WEB,
}  # fmt: skip


def test_npm_workspaces_with_their_lock_and_ranges() -> None:
    """Every package, its entry in the lock, and the ranges by which they ask for each other."""
    packages = found(WORKSPACE)
    assert set(packages) == {"root", "@octo/core", "@octo/web"}
    core, web, root = packages["@octo/core"], packages["@octo/web"], packages["root"]
    assert (core.mcp_name, core.license, core.private, root.private) == ("io.github.octo/core", "MIT", False, True)
    assert (web.entry, web.depends) == ("web", ("@octo/core", "left-pad"))
    assert places(core) == [("packages/core/package.json", 1, "1.2.0"), ("package-lock.json", 15, "1.2.0")]
    asked = [(site.template, site.package) for site in web.sites if site.package]
    assert asked == [
        ("^{version}", "@octo/core"), ("workspace:~{version}", "@octo/core"), ("^{version}", "@octo/core"),
    ]  # fmt: skip
    assert [line for file, line, _ in places(root) if file == "package-lock.json"] == [3, 8]


def test_npm_edits_change_nothing_else() -> None:
    """Tabs, order, another package's version and everybody else's ranges stay."""
    texts = bumped(WORKSPACE, {"@octo/core": NEW})
    assert texts["package.json"] == ROOT
    assert texts["packages/core/package.json"] == CORE.replace("1.2.0", "2.0.0-rc.1")
    expected = WEB.replace('core": "^1.2.0', 'core": "^2.0.0-rc.1').replace("~1.2.0", "~2.0.0-rc.1")
    assert texts["packages/web/package.json"] == expected
    lock = json.loads(texts["package-lock.json"])
    assert lock["packages"]["packages/core"]["version"] == "2.0.0-rc.1"
    assert lock["packages"]["packages/web"]["dependencies"] == {"@octo/core": "^2.0.0-rc.1"}
    assert (lock["version"], lock["packages"]["node_modules/left-pad"]["version"]) == ("1.2.0", "1.2.0")


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"package.json": '{"name": "x"}'}, set()),
        ({"package.json": '{"private": true, "workspaces": ["a"]}'}, set()),
        ({"package.json": '{"version": "1.0.0"}'}, {"workspace"}),
        ({"a/package.json": '{"version": "1.0.0"}'}, set()),
        ({"node_modules/x/package.json": CORE}, set()),
        ({"examples/x/package.json": CORE}, set()),
        ({"package.json": '{"name": "x", "version": "0.0.0"}'}, {"x"}),
        ({"package.json": '\ufeff{"name": "x", "version": "1.0.0"}'}, {"x"}),
    ],
)
def test_which_npm_manifests_are_packages(files: Mapping[str, str], names: set[str]) -> None:
    """A name and a version; the root may lack the name."""
    assert set(found(files)) == names
    assert all(package.version in {"1.0.0", ""} for package in found(files).values())


def test_old_locks_have_one_place() -> None:
    """Version 1 says it at the top only; npm-shrinkwrap.json is the same file by another name."""
    files = {
        "package.json": '{"name": "x", "version": "1.2.0"}',
        "npm-shrinkwrap.json": '{"version": "1.2.0", "dependencies": {}}',
    }
    assert places(found(files)["x"])[1:] == [("npm-shrinkwrap.json", 1, "1.2.0")]


def test_a_private_package_with_a_version_of_its_own_is_left_alone() -> None:
    """A front end beside a server is not released with it; one that carries the server's version is."""
    python = '[project]\nname = "server"\nversion = "1.2.0"\n[build-system]\nrequires = ["hatchling"]\n'
    front = '{"name": "front", "private": true, "version": "0.4.0"}'
    files = {"pyproject.toml": python, "ui/package.json": front}
    assert set(found(files)) == {"server"}
    assert "version of its own" in reasons(files)["ui"]
    assert set(found({**files, "ui/package.json": front.replace("0.4.0", "1.2.0")})) == {"server", "front"}


CARGO = """# the workspace
[workspace]
members = ["crates/*"]

[workspace.package]
version = "1.2.0" # of all
license = "Apache-2.0"

[workspace.dependencies]
core = { path = "crates/core", version = "=1.2.0" }
serde = "1.2.0"
"""
MEMBER = """[package]
name = "core"
version.workspace = true
license.workspace = true
"""
SERVER = """[package]
name = "server"
version = '1.2.0'
publish = false

[[bin]]
name = "mcp-server"

[dependencies]
core = { path = "../core", version = "1.2.0", features = ["x"] } # keep
alias = { package = "core", path = "../core", version = "^1.2.0" }
loose = { path = "../core", version = "1.2" }
serde = { version = "1.2.0" }

[target.'cfg(unix)'.dev-dependencies.core]
path = "../core"
version = "~1.2.0"
"""
CARGO_LOCK = """version = 4

[[package]]
name = "core"
version = "1.2.0"

[[package]]
name = "serde"
version = "1.2.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "server"
version = "1.2.0"
dependencies = [
 "core",
]
"""
CRATES = {
    "Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK, "crates/core/Cargo.toml": MEMBER, "crates/core/src/lib.rs": "",
    "crates/server/Cargo.toml": SERVER, "crates/server/src/main.rs": "",
}  # fmt: skip


def test_crates_inherit_ask_and_are_locked() -> None:
    """A member's version stands in its workspace; path dependencies name one as well; the lock has own entries."""
    packages = found(CRATES)
    core, server = packages["core"], packages["server"]
    assert (core.version, core.license, core.entry, core.private) == ("1.2.0", "Apache-2.0", None, False)
    assert (server.entry, server.private, "core" in server.depends) == ("server", True, True)
    assert ("Cargo.toml", 6, "1.2.0") in places(core)
    assert ("Cargo.lock", 5, "1.2.0") in places(core)
    assert ("Cargo.lock", 14, "1.2.0") in places(server)
    assert {site.template for site in (*core.sites, *server.sites) if site.package == "core"} == {
        "{version}", "^{version}", "~{version}", "={version}",
    }  # fmt: skip


def test_crate_edits_change_nothing_else() -> None:
    """Comments, quotes, inline tables and other crates' versions stay."""
    texts = bumped(CRATES, {"core": NEW, "server": NEW})
    new = "2.0.0-rc.1"
    assert texts["Cargo.toml"] == CARGO.replace('version = "1.2.0" #', f'version = "{new}" #').replace(
        "=1.2.0", f"={new}"
    )
    assert texts["crates/core/Cargo.toml"] == MEMBER
    changed = SERVER.replace("'1.2.0'", f"'{new}'").replace('"1.2.0", f', f'"{new}", f').replace("^1.2.0", f"^{new}")
    assert texts["crates/server/Cargo.toml"] == changed.replace("~1.2.0", f"~{new}")
    assert texts["Cargo.lock"].count(new) == 2
    assert 'name = "serde"\nversion = "1.2.0"' in texts["Cargo.lock"]


MAIN = 'package main\n\nimport "fmt"\n\nvar version = "dev"\n\nfunc main() { fmt.Println(version) }\n'
GO = {
    "go.mod": "module github.com/octo/weather/v2\n\ngo 1.24\n",
    "cmd/weather/main.go": MAIN,
    "cmd/admin/main.go": "package main\nfunc main() {}\n",
    "internal/version/version.go": 'package version\n\n// Version is it.\nconst Version = "1.2.0"\n',
    "version/VERSION": "v1.2.0\n",
    "sdk/go.mod": "module github.com/octo/weather/v2/sdk\n\nrequire github.com/octo/weather/v2 v2.0.0\n",
    "sdk/version.go": 'package sdk\n\nvar Version = "unknown"\n',
}


def test_go_modules_their_constants_and_linker_variables() -> None:
    """The tag decides; what repeats it is found, and so is what the linker is to set."""
    packages = found(GO)
    weather, sdk = packages["weather"], packages["sdk"]
    assert (weather.version, weather.entry, weather.details["ldflags"]) == ("", "weather", "main.version")
    assert places(weather) == [("internal/version/version.go", 4, "1.2.0"), ("version/VERSION", 1, "1.2.0")]
    assert sdk.details["ldflags"] == "github.com/octo/weather/v2/sdk.Version"
    assert (sdk.path, sdk.depends) == ("sdk", ("weather",))
    texts = bumped(GO, {"weather": NEW})
    assert texts["internal/version/version.go"].endswith('const Version = "2.0.0-rc.1"\n')
    assert texts["version/VERSION"] == "v2.0.0-rc.1\n"
    assert texts["cmd/weather/main.go"] == MAIN


@pytest.mark.parametrize("file", ["package.json", "Cargo.toml", "go.mod"])
def test_broken_manifests_are_told_together(file: str) -> None:
    """With file and line; a good one beside it is no excuse."""
    with pytest.raises(ProjectError) as caught:
        detect(Tree({file: "{", f"a/{file}": "{"}), Config())
    assert {(problem.file, problem.line) for problem in caught.value.problems} == {(file, 1), (f"a/{file}", 1)}
    assert all(problem.hint for problem in caught.value.problems)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)
KEYS = ["name", "version", "private", "bin", "dependencies", "license", "mcpName", "workspaces", "packages"]


@given(st.dictionaries(st.sampled_from(KEYS), values), st.dictionaries(st.sampled_from(KEYS), values))
def test_any_npm_manifest_and_lock_is_read_or_refused(manifest: object, lock: object) -> None:
    """Whatever stands in the place of a field."""
    tree = Tree({"package.json": json.dumps(manifest), "package-lock.json": json.dumps(lock)})
    with contextlib.suppress(ProjectError):
        npm.PLUGIN.detect(tree, ())


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_read_or_refused(first: str, second: str) -> None:
    """No text crashes the other two."""
    for plugin, file in ((rust.PLUGIN, "Cargo.toml"), (go.PLUGIN, "go.mod")):
        with contextlib.suppress(ProjectError):
            plugin.detect(Tree({file: first, "Cargo.lock": second, "main.go": second}), ())
