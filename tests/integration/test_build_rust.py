"""Crates: the example is built with zero configuration, static on Linux; what cannot be shipped is refused."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tagship.domain.files.executable import HEAD, problems, read_executable
from tagship.domain.plans.target import Target
from tests.integration.examples import caches, clone, example, released_once
from tests.integration.mcp_client import ask
from tests.integration.projects import Project, make
from tests.integration.sboms import both

LEG = Path("dist", "rust-linux")
LINUX = (Target.LINUX_X86_64, Target.LINUX_AARCH64)
MANIFEST = '[package]\nname = "demo"\nversion = "1.2.0"\nedition = "2021"\n'
LOCK = 'version = 4\n\n[[package]]\nname = "demo"\nversion = "1.2.0"\n'
MAIN = 'fn main() { println!("{}", env!("CARGO_PKG_VERSION")); }\n'
pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(sys.platform != "linux", reason="builds the legs of Linux"),
]


def archive_of(target: Target) -> str:
    return f"dice-mcp-0.1.0-{target}.tar.gz"


def crate(folder: Path, manifest: str = MANIFEST, lock: str = LOCK, **files: str) -> Project:
    """Make a repository of a crate without dependencies."""
    named = {name.replace("__", "/").replace("_rs", ".rs"): text for name, text in files.items()}
    project = make(folder, {"Cargo.toml": manifest, "Cargo.lock": lock, **named})
    return Project(project.root, project.home, environment=caches())


def build(project: Project, *targets: Target) -> tuple[int, str]:
    planned = project.tagship("build-matrix", "--targets", ",".join(targets or (Target.LINUX_X86_64,)))
    assert planned.code == 0, planned.said
    done = project.tagship("build")
    return done.code, done.said


def release(project: Project) -> str:
    done = project.tagship("release", XDG_DATA_HOME=str(project.home / "data"))
    assert done.code == 0, done.said
    return done.said


@pytest.fixture(scope="session")
def released() -> Project:
    """Release the example once: its dependencies take a minute to compile."""
    return released_once("rust-server", "released", release)


@pytest.mark.parametrize("target", LINUX)
def test_the_programs_of_linux_need_no_library(released: Project, target: Target) -> None:
    """For both architectures, from one machine; licence and readme beside them."""
    with tarfile.open(released.root / LEG / archive_of(target)) as tar:
        members = {member.name: member.mode for member in tar.getmembers()}
        program = tar.extractfile("dice-mcp")
        assert program
        head = program.read(HEAD)
    assert members == {"dice-mcp": 0o755, "LICENSE": 0o644, "README.md": 0o644}
    assert problems(read_executable(head), target) == []


def test_the_program_of_this_machine_speaks_mcp(released: Project, tmp_path: Path) -> None:
    """And knows its version; nothing of the machine that built it is in it."""
    with tarfile.open(released.root / LEG / archive_of(Target.LINUX_X86_64)) as tar:
        tar.extractall(tmp_path, filter="data")
    answer = ask([tmp_path / "dice-mcp"], tmp_path, released.env())
    assert (answer.name, answer.version, answer.tools) == ("dice-mcp", "0.1.0", {"chance"})
    inside = (tmp_path / "dice-mcp").read_bytes()
    for path in (str(Path.home() / ".cargo"), "/tagship-build-", "/tagship-target-"):
        assert path.encode() not in inside


def test_what_this_machine_cannot_build_is_left_out_and_said(released: Project) -> None:
    """MacOS and Windows have legs of their own; a release from here is planned without them."""
    said = (released.root.parent / "said.txt").read_text(encoding="utf-8")
    assert "left out dice-mcp of rust-macos: it needs macOS" in said
    assert "left out dice-mcp of rust-windows-aarch64: it needs Windows" in said
    plan = json.loads((released.root / "dist" / "plan.json").read_bytes())
    assert [leg["id"] for leg in plan["legs"]] == ["rust-linux"]


def test_every_platform_is_planned_on_a_runner_of_its_own_system(tmp_path: Path) -> None:
    """Five runners are enough for six platforms."""
    project = example("rust-server", tmp_path)
    assert project.tagship("build-matrix").code == 0
    plan = json.loads((project.root / "plan.json").read_bytes())
    assert {leg["id"]: (leg["runner"], len(leg["targets"])) for leg in plan["legs"]} == {
        "rust-linux": ("ubuntu-24.04", 2),
        "rust-macos": ("macos-15", 2),
        "rust-windows-x86_64": ("windows-2025", 1),
        "rust-windows-aarch64": ("windows-11-arm", 1),
    }
    done = project.tagship("build", "--leg", "rust-macos")
    assert (done.code, "it needs macOS" in done.err) == (3, True)


def test_the_sbom_lists_what_cargo_links_in(released: Project) -> None:
    """Every normal dependency that cargo's own tree shows, with licence and digest, and nothing that only builds."""
    argv = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    argv += ["--target", "x86_64-unknown-linux-musl"]
    env = {**released.env(), "HOME": str(Path.home())}
    said = subprocess.run(argv, cwd=released.root, env=env, capture_output=True, text=True, check=True).stdout
    shown = {tuple(line.split()[:2]) for line in said.splitlines() if line.strip()}
    expected = {(name, version.removeprefix("v")) for name, version in shown} - {("dice-mcp", "0.1.0")}
    document = both(released.root / "releases/v0.1.0", "dice-mcp-0.1.0")
    assert {(each["name"], each["version"]) for each in document["components"]} == expected
    assert all(each["licenses"] and each["hashes"] for each in document["components"])
    assert document["metadata"]["component"]["purl"] == "pkg:cargo/dice-mcp@0.1.0"


def test_two_builds_in_two_folders_have_the_same_bytes(tmp_path: Path) -> None:
    """Paths of source, target folder and home are in none of them, those of panics neither."""
    main = 'fn main() { let n: Vec<u8> = std::env::args().map(|a| a.len() as u8).collect(); println!("{}", n[n.len() - 1]); }\n'
    project = crate(tmp_path / "one", src__main_rs=main)
    other = clone(project, tmp_path / "two")
    for each in (project, other):
        code, said = build(each)
        assert code == 0, said
    name = "demo-1.2.0-linux-x86_64.tar.gz"
    assert (project.root / LEG / name).read_bytes() == (other.root / LEG / name).read_bytes()


def test_every_program_of_a_crate_is_shipped(tmp_path: Path) -> None:
    """Built by the project's own profile for what it ships, where there is one."""
    manifest = MANIFEST + '\n[profile.dist]\ninherits = "release"\nstrip = true\n'
    project = crate(tmp_path, manifest, src__main_rs=MAIN, src__bin__admin_rs=MAIN)
    code, said = build(project)
    assert code == 0, said
    assert "`dist` profile" in said
    with tarfile.open(project.root / LEG / "demo-1.2.0-linux-x86_64.tar.gz") as tar:
        assert set(tar.getnames()) == {"admin", "demo"}


@pytest.mark.parametrize(
    ("lock", "main", "said"),
    [
        (LOCK.replace("1.2.0", "1.1.0"), MAIN, ["cargo update --workspace", "Cargo.lock"]),
        (LOCK, "fn main() { let x: u8 = 1000u64; }\n", ["mismatched types", "cargo build --release --locked"]),
    ],
)
def test_what_does_not_build_is_told_with_the_compilers_words(
    lock: str, main: str, said: list[str], tmp_path: Path
) -> None:
    """And what to do about it; nothing half built is left."""
    project = crate(tmp_path, lock=lock, src__main_rs=main)
    code, output = build(project)
    assert code == 3
    for words in said:
        assert words in output
    assert not list((project.root / LEG).iterdir())


def test_a_build_script_sees_no_secret(tmp_path: Path) -> None:
    """It is project code like any other."""
    look = 'fn main() { for (k, v) in std::env::vars() { println!("cargo:warning=SEEN {k} {v}"); } }\n'
    project = crate(tmp_path, build_rs=look, src__main_rs=MAIN)
    planted = {
        "GITHUB_TOKEN": "planted",
        "CARGO_REGISTRY_TOKEN": "planted",
        "ACTIONS_RUNTIME_TOKEN": "planted",
        "TAGSHIP_KEY": "planted",
    }
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build", **planted)
    assert (done.code, "SEEN PATH" in done.err, "planted" in done.said) == (0, True, False)


def test_without_cargo(tmp_path: Path) -> None:
    """The leg cannot be built, and it is said what is missing."""
    project = crate(tmp_path, src__main_rs=MAIN)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build", "--leg", "rust-linux", PATH=str(tmp_path / "bin"))
    assert (done.code, "cargo is not installed" in done.err) == (3, True)
