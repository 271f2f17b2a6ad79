"""Go modules: the example is built for six platforms with zero configuration; what cannot be shipped is refused."""

import base64
import io
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tagship.domain.files.executable import HEAD, problems, read_executable
from tagship.domain.plans.target import Target
from tests.integration.examples import caches, clone, example
from tests.integration.mcp_client import ask
from tests.integration.projects import Project, make
from tests.integration.sboms import both

PLATFORMS = [target for target in Target if target is not Target.ANY]
LEG = Path("dist", "go")
MAIN = 'package main\n\nvar Version = "dev"\n\nfunc main() { println(Version) }\n'
pytestmark = pytest.mark.network


def archive_of(target: Target) -> str:
    return f"tides-mcp-0.1.0-{target}.{'zip' if target.startswith('windows') else 'tar.gz'}"


def content(path: Path) -> dict[str, tuple[bytes, bool]]:
    """Read an archive of either kind: name → bytes and whether it may be executed."""
    data = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return {i.filename: (packed.read(i), bool(i.external_attr >> 16 & 0o100)) for i in packed.infolist()}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {member: tar.extractfile(member) for member in tar.getmembers()}
        return {member.name: (stream.read(), bool(member.mode & 0o100)) for member, stream in members.items() if stream}


def unpacked(project: Project, archive: str, to: Path) -> Path:
    with tarfile.open(project.root / LEG / archive) as tar:
        tar.extractall(to, filter="data")
    return to


def module(folder: Path, **files: str) -> Project:
    """Make a repository of a module without dependencies."""
    named = {name.replace("__", "/").replace("_go", ".go"): text for name, text in files.items()}
    project = make(folder, {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n", **named})
    return Project(project.root, project.home, environment=caches())


def built(project: Project, *arguments: str, **environment: str) -> Project:
    planned = project.tagship("build-matrix", *arguments, **environment)
    assert planned.code == 0, planned.said
    done = project.tagship("build", **environment)
    assert done.code == 0, done.said
    return project


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Release the example once."""
    project = example("go-server", tmp_path_factory.mktemp("go"))
    done = project.tagship("release", "--dist", "dist", XDG_DATA_HOME=str(project.home / "data"))
    assert done.code == 0, done.said
    return project


@pytest.mark.parametrize("target", PLATFORMS)
def test_the_example_has_an_archive_for_every_platform(released: Project, target: Target) -> None:
    """With the program for just that platform, executable, beside licence and readme; nothing else."""
    found = content(released.root / LEG / archive_of(target))
    program = f"tides-mcp{'.exe' if target.startswith('windows') else ''}"
    assert {name for name, (_, executable) in found.items() if executable} == {program}
    assert found.keys() == {program, "LICENSE", "README.md"}
    assert problems(read_executable(found[program][0][:HEAD]), target) == []


def test_the_program_of_this_machine_speaks_mcp_and_knows_its_release(released: Project, tmp_path: Path) -> None:
    """Version, commit and date are in it; Go's own tool reads module and commit from it."""
    folder = unpacked(released, archive_of(Target.LINUX_X86_64), tmp_path)
    answer = ask([folder / "tides-mcp"], tmp_path, released.env())
    assert (answer.name, answer.version, answer.tools) == ("tides-mcp", "0.1.0", {"moon"})
    commit = released.git("rev-parse", "HEAD")
    said = subprocess.run([folder / "tides-mcp", "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"tides-mcp 0.1.0 ({commit}, 2026-03-01T12:00:00Z)\n"
    argv = ["go", "version", "-m", str(folder / "tides-mcp")]
    listed = subprocess.run(argv, env=released.env(), capture_output=True, text=True, check=True).stdout
    for line in (
        "mod\tgithub.com/tagship/tides-mcp\tv0.1.0",
        f"vcs.revision={commit}",
        "vcs.modified=false",
        "CGO_ENABLED=0",
    ):
        assert line in listed


def test_the_sbom_lists_what_the_linker_put_in(released: Project, tmp_path: Path) -> None:
    """Every dependency that Go's own tool reads from the program, by package URL, and the standard library.

    With licence and sum of each, and with what needs it.
    """
    folder = unpacked(released, archive_of(Target.LINUX_X86_64), tmp_path)
    argv = ["go", "version", "-m", str(folder / "tides-mcp")]
    said = subprocess.run(argv, env=released.env(), capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in said.splitlines() if line.startswith("\tdep\t")]
    toolchain = said.partition(": go")[2].split()[0]
    expected = {f"pkg:golang/{row[2]}@{row[3]}" for row in rows} | {f"pkg:golang/stdlib@{toolchain}"}
    document = both(released.root / "dist/sign-and-attest", "tides-mcp-0.1.0")
    found = {component["purl"] for component in document["components"]}
    assert len(expected) > len(("stdlib", "go-sdk"))
    assert found == expected
    assert document["metadata"]["component"]["purl"] == "pkg:golang/github.com/tagship/tides-mcp@v0.1.0"
    libraries = [each for each in document["components"] if each["name"] != "stdlib"]
    assert all(each["licenses"] for each in libraries)
    sums = {base64.b64decode(row[4].removeprefix("h1:")).hex() for row in rows}
    assert {digest["content"] for each in libraries for digest in each["hashes"]} == sums


def test_two_builds_in_two_folders_have_the_same_bytes(released: Project, tmp_path: Path) -> None:
    """Paths and times of the machine are in none of the archives."""
    other = built(clone(released, tmp_path), "--targets", "linux-x86_64,windows-aarch64")
    for target in (Target.LINUX_X86_64, Target.WINDOWS_AARCH64):
        name = archive_of(target)
        assert (other.root / LEG / name).read_bytes() == (released.root / LEG / name).read_bytes()


def test_every_program_of_a_module_is_shipped(tmp_path: Path) -> None:
    """Those of ``cmd``, whatever their files are called; tools and examples are not."""
    project = module(
        tmp_path, cmd__one__one_go=MAIN, cmd__two__main_go=MAIN, tools__gen__main_go=MAIN, examples__x__main_go=MAIN
    )
    built(project, "--targets", "linux-x86_64")
    found = content(project.root / LEG / "demo-1.2.0-linux-x86_64.tar.gz")
    assert found.keys() == {"one", "two"}
    assert b"1.2.0" in found["one"][0]


def test_a_folder_below_cmd_that_is_a_package_is_no_program(tmp_path: Path) -> None:
    """Many programs keep their commands there; one whose files have other names is still told from them."""
    project = module(
        tmp_path,
        main_go=MAIN,
        cmd__serve__serve_go="package serve\n",
        cmd__extra__extra_go=MAIN,
        cmd__root_go="package cmd\n",
    )
    built(project, "--targets", "linux-x86_64")
    assert content(project.root / LEG / "demo-1.2.0-linux-x86_64.tar.gz").keys() == {"demo", "extra"}


def test_a_version_that_the_linker_cannot_set_is_told(tmp_path: Path) -> None:
    """A build file that names another variable than the sources have: the program would say what it always says."""
    makefile = "build:\n\tgo build -ldflags '-X main.version=x' .\n"
    project = module(tmp_path, main_go=MAIN, Makefile=makefile)
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert (done.code, "no program says the version 1.2.0" in done.err, "main.version" in done.err) == (3, True, True)


def test_a_workspace_builds_from_the_modules_beside_it(tmp_path: Path) -> None:
    """As ``go.work`` says: nothing of them is fetched."""
    project = module(
        tmp_path,
        **{
            "go.mod": "module example.com/octo/demo\n\ngo 1.22\n\nrequire example.com/octo/words v0.0.0\n",
            "go.work": "go 1.22\n\nuse (\n\t.\n\t./words\n)\n",
            "words/go.mod": "module example.com/octo/words\n\ngo 1.22\n",
            "words/words.go": 'package words\n\nfunc Hello() string { return "hello" }\n',
        },
        main_go='package main\n\nimport "example.com/octo/words"\n\nfunc main() { println(words.Hello()) }\n',
    )
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert done.code == 0, done.said
    program = unpacked(project, "demo-1.2.0-linux-x86_64.tar.gz", tmp_path / "unpacked") / "demo"
    assert subprocess.run([program], capture_output=True, text=True, check=True).stderr == "hello\n"


def test_two_programs_of_one_name_are_refused(tmp_path: Path) -> None:
    """The module itself and a folder of `cmd`: one would take the other's place in the archive."""
    project = module(tmp_path, main_go=MAIN, cmd__demo__main_go=MAIN)
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert (done.code, "two programs are called demo" in done.err, "cmd/demo" in done.err) == (3, True, True)


def test_a_library_is_no_package_to_build(tmp_path: Path) -> None:
    """It is said why, and that nothing is left."""
    done = module(tmp_path, lib_go="package demo\n").tagship("build-matrix", "--explain")
    assert (done.code, "it is a library: it has no program" in done.err) == (3, True)


def test_a_pull_request_builds_one_platform(tmp_path: Path) -> None:
    """Enough to see that it builds; who names targets gets these."""
    project = module(tmp_path, main_go=MAIN)
    for more, wanted in (([], ["linux-x86_64"]), (["--targets", "macos-aarch64"], ["macos-aarch64"])):
        assert project.tagship("build-matrix", *more, GITHUB_EVENT_NAME="pull_request").code == 0
        assert json.loads((project.root / "plan.json").read_bytes())["legs"][0]["targets"] == wanted


def test_configured_targets_and_runners(tmp_path: Path) -> None:
    """Of the file and of the inputs, which win."""
    project = module(tmp_path, main_go=MAIN)
    config = "targets: [linux-aarch64]\nrunners: {linux-aarch64: arm-of-ours}\n"
    project.commit("chore: configure", {"tagship.yaml": config})
    project.git("tag", "v1.3.0")
    assert project.tagship("build-matrix").code == 0
    leg = json.loads((project.root / "plan.json").read_bytes())["legs"][0]
    assert (leg["runner"], leg["targets"]) == ("arm-of-ours", ["linux-aarch64"])
    assert project.tagship("build-matrix", "--runners", '{"linux-aarch64": "another"}').code == 0
    assert json.loads((project.root / "plan.json").read_bytes())["legs"][0]["runner"] == "another"
    for wrong in ("[1]", '{"linux": "x"}', "{"):
        assert project.tagship("build-matrix", "--runners", wrong).code == 2


def test_source_that_does_not_compile(tmp_path: Path) -> None:
    """The compiler's words, the place, and what to do."""
    project = module(tmp_path, main_go='package main\n\nfunc main() { println("x" + 1) }\n')
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert (done.code, "main.go:3:" in done.err, "go.mod" in done.err) == (3, True, True)
    assert "go build ./..." in done.err
    assert not list((project.root / LEG).iterdir())


def test_a_go_sum_that_is_out_of_date(tmp_path: Path) -> None:
    """The command that mends it is named."""
    project = example("go-server", tmp_path)
    (project.root / "go.sum").write_text("", encoding="utf-8")
    project.commit("chore: lose the sums")
    project.git("tag", "v0.2.0")
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert (done.code, "missing go.sum entry" in done.err, "go mod tidy" in done.err) == (3, True, True)


def test_a_setting_of_the_machine_does_not_mend_go_sum(tmp_path: Path) -> None:
    """What somebody once told `go env -w` changes no release: the sums that are committed count."""
    project = example("go-server", tmp_path)
    settings = project.home / ".config" / "go" / "env"
    settings.parent.mkdir(parents=True)
    settings.write_text("GOFLAGS=-mod=mod\n", encoding="utf-8")
    (project.root / "go.sum").write_text("", encoding="utf-8")
    project.commit("chore: lose the sums")
    project.git("tag", "v0.2.0")
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build")
    assert (done.code, "missing go.sum entry" in done.err) == (3, True)


def test_a_vendor_folder_is_what_is_built(tmp_path: Path) -> None:
    """Its modules are nowhere else."""
    project = module(
        tmp_path,
        **{
            "go.mod": "module example.com/octo/demo\n\ngo 1.22\n\nrequire example.com/octo/words v1.0.0\n",
            "vendor/modules.txt": "# example.com/octo/words v1.0.0\n## explicit; go 1.22\nexample.com/octo/words\n",
            "vendor/example.com/octo/words/words.go": 'package words\n\nfunc Hello() string { return "hello" }\n',
        },
        main_go='package main\n\nimport "example.com/octo/words"\n\nfunc main() { println(words.Hello()) }\n',
    )
    built(project, "--targets", "linux-x86_64")
    assert "demo" in content(project.root / LEG / "demo-1.2.0-linux-x86_64.tar.gz")


def test_without_the_toolchain_the_leg_is_left_out_or_refused(tmp_path: Path) -> None:
    """Left out of what a laptop builds, with the reason; a job that was told to build it fails."""
    project = module(tmp_path, main_go=MAIN)
    tools = tmp_path / "bin"
    tools.mkdir()
    git = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    (tools / "git").symlink_to(git)
    assert project.tagship("build-matrix").code == 0
    for arguments in ([], ["--leg", "go"]):
        done = project.tagship("build", *arguments, PATH=str(tools))
        assert (done.code, "go is not installed" in done.err) == (3, True)


def test_legs_are_built_side_by_side(tmp_path: Path) -> None:
    """Each line says whose it is; a leg that fails does not take the other's files away, and nothing is built twice."""
    backend = '[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n'
    python = backend + '[project]\nname = "snake"\nversion = "1.2.0"\n'
    files = {"python/pyproject.toml": python, "python/src/snake/__init__.py": "", "go/main.go": MAIN}
    made = make(tmp_path, {**files, "go/go.mod": "module example.com/octo/gopher\n\ngo 1.22\n"})
    project = Project(made.root, made.home, environment=caches())
    assert project.tagship("build-matrix", "--targets", "linux-x86_64").code == 0
    done = project.tagship("build", "--jobs", "2")
    assert done.code == 0, done.said
    assert {line.split(":")[0] for line in done.err.splitlines() if "✓" in line} == {"go", "python-any"}
    receipts = sorted(path.parent.name for path in (project.root / "dist").glob("*/receipt.json"))
    assert receipts == ["go", "python-any"]
    again = project.tagship("build", "--jobs", "2", "--json")
    assert again.err.count("kept") == 2
    digests = json.loads(json.loads(again.out)["digests"])
    assert {"go/receipt.json", "python-any/receipt.json", "gopher-1.2.0-linux-x86_64.tar.gz"} < digests.keys()
    assert project.tagship("build", "--jobs", "0").code == 2


def test_completions_and_man_pages_are_in_the_archive(tmp_path: Path) -> None:
    """Those of the program that is shipped, under one name each, whatever the project calls them."""
    files = {
        "main.go": MAIN,
        "contrib/completion/demo.zsh": "#compdef demo\n",
        "contrib/completion/other.bash": "other\n",
        "docs/man/demo.1": ".TH DEMO 1\n",
        "tagship.yaml": "targets: [linux-x86_64]\n",
    }
    made = make(tmp_path, {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n", **files})
    project = built(Project(made.root, made.home, environment=caches()))
    found = content(project.root / LEG / "demo-1.2.0-linux-x86_64.tar.gz")
    assert {name: executable for name, (_, executable) in found.items()} == {
        "completions/_demo": False,
        "demo": True,
        "man/demo.1": False,
    }


def test_archives_are_called_as_the_project_says(tmp_path: Path) -> None:
    """With the triple, `cargo binstall` and `ubi` find them; a scheme that gives no file name is refused."""
    scheme = "archive-name: '{name}-{version}-{triple}'\ntargets: [linux-x86_64, windows-aarch64]\n"
    project = module(tmp_path / "a", main_go=MAIN)
    project.commit("chore: names", {"tagship.yaml": scheme})
    project.git("tag", "--force", "v1.2.0")
    done = project.tagship("build-matrix")
    assert done.code == 0, done.said
    planned = json.loads((project.root / "plan.json").read_bytes())
    names = {each["name"] for each in planned["artifacts"] if each["kind"] == "archive"}
    assert names == {"demo-1.2.0-x86_64-unknown-linux-musl.tar.gz", "demo-1.2.0-aarch64-pc-windows-msvc.zip"}
    project.commit("chore: names", {"tagship.yaml": "archive-name: '{name}/{libc}'\n"})
    project.git("tag", "--force", "v1.2.0")
    refused = project.tagship("build-matrix")
    assert refused.code == 2
    assert "archive-name: '{name}/{libc}' gives no file name: demo/{libc}.tar.gz" in refused.said
