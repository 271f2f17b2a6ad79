"""build-matrix: what is planned for real repositories, and that the same commit always gives the same plan."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tagship.domain.manifests.server_json import CURRENT
from tests.integration import projects
from tests.integration.projects import Project

HATCH = projects.SHAPES["hatch"]
WHEEL, SDIST = "demo_server-1.2.0-py3-none-any.whl", "demo_server-1.2.0.tar.gz"
MINI = '[project]\nname = "{name}"\nversion = "{version}"\n' + projects.HATCH


def plan(project: Project, *arguments: str, **environment: str) -> dict[str, Any]:
    """Plan, and return what was written."""
    done = project.tagship("build-matrix", *arguments, **environment)
    assert done.code == 0, done.said
    made: dict[str, Any] = json.loads((project.root / "plan.json").read_bytes())
    return made


def clone(project: Project, to: Path) -> Project:
    """Clone a project elsewhere."""
    to.parent.mkdir(parents=True, exist_ok=True)
    project.git("clone", "--quiet", str(project.root), str(to))
    return project.at(to)


@pytest.mark.parametrize("shape", sorted(projects.SHAPES))
def test_every_backend_is_planned_with_zero_configuration(shape: str, tmp_path: Path) -> None:
    """Package, version, leg, probe and all file names come from the committed files and the tag alone."""
    made = plan(projects.make(tmp_path, projects.SHAPES[shape]), TAGSHIP_PROBES="true")
    (package,) = made["packages"]
    assert {key: package[key] for key in ("id", "path", "ecosystem", "version", "license", "mcp_name", "entry")} == {
        "id": "demo-server",
        "path": ".",
        "ecosystem": "python",
        "version": "1.2.0",
        "license": "MIT",
        "mcp_name": "io.github.octo/demo-server",
        "entry": "demo-server",
    }
    assert (made["tag"], made["version"], made["snapshot"], made["prerelease"]) == ("v1.2.0", "1.2.0", False, False)
    (leg,) = made["legs"]
    assert (leg["id"], leg["packages"], leg["artifacts"]) == ("python-any", ["demo-server"], [WHEEL, SDIST])
    assert {probe["artifact"] for probe in made["probes"]} == {WHEEL, SDIST}
    boms = {"demo-server-1.2.0.cdx.json", "demo-server-1.2.0.spdx.json"}
    documents = {"checksums.txt", "demo-server-1.2.0.release.json", "demo-server-1.2.0.mcp-probe.json", *boms}
    files = {WHEEL, SDIST} | documents
    names = [artifact["name"] for artifact in made["artifacts"]]
    others = {"signing-key.pub", "demo-server-1.2.0.intoto.jsonl"}
    assert set(names) == files | {f"{name}.sigstore.json" for name in files} | others
    assert names == sorted(names)


def test_the_same_commit_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    """Two clones in folders of other names: nothing of the machine, the folder or the clock is in a plan."""
    project = projects.make(tmp_path / "one", HATCH)
    first, second = (clone(project, tmp_path / name / "work") for name in ("here", "there"))
    assert plan(first, TZ="Asia/Tokyo") == plan(second, TZ="America/Lima", LANG="C")
    texts = [(one.root / "plan.json").read_bytes() for one in (first, second)]
    assert texts[0] == texts[1]
    assert str(tmp_path).encode() not in texts[0]


def test_commit_and_time_are_those_of_the_commit(tmp_path: Path) -> None:
    """The plan is bound to one commit, with its time in UTC."""
    project = projects.make(tmp_path, HATCH)
    made = plan(project)
    assert made["commit"] == project.git("rev-parse", "HEAD")
    assert made["commit_time"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("https://github.com/octo/demo.git", "octo/demo"),
        ("git@github.com:octo/demo.git", "octo/demo"),
        ("https://somebody:very-secret@github.com/octo/demo", "octo/demo"),
        ("/srv/git/octo/demo.git", None),
    ],
)
def test_the_repository_comes_from_origin(address: str, slug: str | None, tmp_path: Path) -> None:
    """As owner and name, never with a login in it; a folder is none."""
    project = projects.make(tmp_path, HATCH)
    project.git("remote", "add", "origin", address)
    assert plan(project)["repository"] == slug
    assert "very-secret" not in (project.root / "plan.json").read_text(encoding="utf-8")


def test_without_a_tag_it_is_a_snapshot_of_the_files_version(tmp_path: Path) -> None:
    """No tag: the version in the files decides."""
    made = plan(projects.make(tmp_path, HATCH, tag=""))
    assert (made["snapshot"], made["tag"], made["version"]) == (True, "v1.2.0", "1.2.0")


@pytest.mark.parametrize("shape", ["hatch-vcs", "setuptools-scm"])
def test_a_version_from_git_without_a_tag_is_refused(shape: str, tmp_path: Path) -> None:
    """Never a fallback such as 0.0.0: exit 2, and the remedy is a tag."""
    project = projects.make(tmp_path, projects.SHAPES[shape], tag="")
    done = project.tagship("build-matrix")
    assert done.code == 2
    assert "the version comes from git tags, and this commit has none" in done.err
    assert "git tag" in done.err
    assert not (project.root / "plan.json").exists()


@pytest.mark.parametrize("shape", ["hatch-vcs", "setuptools-scm"])
def test_of_several_tags_the_highest_version_counts(shape: str, tmp_path: Path) -> None:
    """By SemVer, not by letters; tags that are no version do not count; an asked-for one wins."""
    project = projects.make(tmp_path, projects.SHAPES[shape], tag="v1.9.0")
    for tag in ("v1.10.0-rc.1", "v1.10.0", "latest", "zzz"):
        project.git("tag", tag)
    assert plan(project)["tag"] == "v1.10.0"
    made = plan(project, "--tag", "v1.10.0-rc.1")
    assert (made["tag"], made["prerelease"]) == ("v1.10.0-rc.1", True)
    assert made["packages"][0]["spellings"]["pep440"] == "1.10.0rc1"


def test_the_pushed_tag_is_honoured(tmp_path: Path) -> None:
    """GITHUB_REF decides where nobody says otherwise; the input stands above it; a branch is no tag."""
    project = projects.make(tmp_path, projects.SHAPES["hatch-vcs"], tag="v1.2.0")
    project.git("tag", "v1.3.0")
    assert plan(project, GITHUB_REF="refs/tags/v1.2.0")["tag"] == "v1.2.0"
    assert plan(project, "--tag", "v1.3.0", GITHUB_REF="refs/tags/v1.2.0")["tag"] == "v1.3.0"
    assert plan(project, GITHUB_REF="refs/heads/v1.2.0")["tag"] == "v1.3.0"
    done = project.tagship("build-matrix", GITHUB_REF="refs/tags/v7.0.0")
    assert (done.code, "there is no tag 'v7.0.0'" in done.err) == (2, True)


def test_an_annotated_tag_is_as_good_as_a_light_one(tmp_path: Path) -> None:
    """It is followed to its commit."""
    project = projects.make(tmp_path, HATCH, tag="")
    project.git("tag", "--annotate", "--message", "release", "v1.2.0")
    assert plan(project, "--tag", "v1.2.0")["snapshot"] is False


WORKSPACE = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    "packages/beta/pyproject.toml": MINI.format(name="beta", version="1.2.0"),
    "packages/alpha/pyproject.toml": MINI.format(name="alpha", version="1.2.0"),
    "examples/toy/pyproject.toml": MINI.format(name="toy", version="0.1.0"),
    "tests/fixture/pyproject.toml": "this is not TOML [",
    "old/pyproject.toml": MINI.format(name="old", version="0.1.0"),
    "quiet/pyproject.toml": MINI.format(name="quiet", version="1.2.0"),
    "held/pyproject.toml": MINI.format(name="held", version="1.2.0"),
    "held/DO_NOT_RELEASE": "",
    "tagship.yaml": "exclude: [old]\npackages:\n  quiet:\n    release: false\n",
}


def test_a_workspace_is_planned_as_a_whole_and_explains_what_it_leaves_out(tmp_path: Path) -> None:
    """Members sorted, one leg for all; examples, tests and what the configuration says stay out, each with a reason."""
    project = projects.make(tmp_path, WORKSPACE)
    made = plan(project)
    assert [(package["id"], package["path"]) for package in made["packages"]] == [
        ("alpha", "packages/alpha"),
        ("beta", "packages/beta"),
    ]
    assert [leg["packages"] for leg in made["legs"]] == [["alpha", "beta"]]
    assert "left out" not in project.tagship("build-matrix").said
    said = project.tagship("build-matrix", "--explain").err
    for place, reason in {
        "pyproject.toml": "it only configures tools",
        "examples/toy/pyproject.toml": "it lies in a folder named 'examples'",
        "tests/fixture/pyproject.toml": "it lies in a folder named 'tests'",
        "old/pyproject.toml": "the configuration excludes 'old'",
        "quiet": "the configuration says release: false",
        "held": "the file DO_NOT_RELEASE beside it says so",
    }.items():
        assert f"left out {place}: {reason}" in said
    assert "alpha is no MCP server, as far as can be seen" in said


NPM = '{"name": "NAME", "version": "1.2.0", "license": "MIT"}'
LEFT_OUT = {
    "examples/a/package.json": (NPM, "it lies in a folder named 'examples'"),
    "tests/fixtures/Cargo.toml": ("[", "it lies in a folder named 'tests'"),
    "testdata/go.mod": ("module x\n", "it lies in a folder named 'testdata'"),
    "vendor/lib/go.mod": ("module x\n", "it lies in a folder named 'vendor'"),
    "third_party/lib/pyproject.toml": ("[", "it lies in a folder named 'third_party'"),
    "templates/new/package.json": ("{{", "it lies in a folder named 'templates'"),
    "{{cookiecutter.name}}/pyproject.toml": ("{{", "it lies in a folder of a template, '{{cookiecutter.name}}'"),
    "generator/package.json": (NPM.replace("NAME", "{{name}}"), "its name is a template's: {{name}}"),
    "scaffold/pyproject.toml": (
        MINI.format(name="{{ name }}", version="1.2.0"),
        "its name is a template's: {{ name }}",
    ),
    "seed/Cargo.toml": (
        '[package]\nname = "{{project-name}}"\nversion = "1.2.0"\n',
        "its name is a template's: {{project-name}}",
    ),
    "web": (NPM.replace('"license"', '"private": true, "license"'), "it is private"),
    "lib": ('[package]\nname = "lib"\nversion = "1.2.0"\nedition = "2021"\npublish = false\n', "it is private"),
    "ours/pyproject.toml": (
        MINI.format(name="ours", version='1.2.0"\nclassifiers = ["Private :: Do Not Upload"]\ndescription = "'),
        "its classifiers say Private",
    ),
    "bare/package.json": ('{"name": "bare"}', "it is without a version"),
    "go/lib": ("module example.com/octo/lib\n\ngo 1.22\n", "it is a library: it has no program"),
}


def test_what_is_not_shipped_is_left_out_in_every_language_and_explained(tmp_path: Path) -> None:
    """Examples, fixtures, vendored, private and template packages, however broken they are for their tools."""
    places = {"web": "web/package.json", "lib": "lib/Cargo.toml", "go/lib": "go/lib/go.mod"}
    files = {places.get(path, path): text for path, (text, _) in LEFT_OUT.items()}
    more = {
        "lib/src/lib.rs": "",
        "go/lib/lib.go": "package lib\n",
        "pyproject.toml": MINI.format(name="real", version="1.2.0"),
    }
    project = projects.make(tmp_path, {**files, **more})
    assert [package["id"] for package in plan(project)["packages"]] == ["real"]
    said = project.tagship("build-matrix", "--explain").err
    lines = [line for line in said.splitlines() if line.startswith("left out")]
    for path, (_, reason) in LEFT_OUT.items():
        assert any(line.startswith(f"left out {path}: ") and reason in line for line in lines), (path, said)


def test_a_thousand_packages_are_few_jobs(tmp_path: Path) -> None:
    """GitHub starts 256 jobs of a matrix; a project with more packages than that gets jobs that build several."""
    cargo = '[package]\nname = "NAME"\nversion = "1.2.0"\nedition = "2021"\nlicense = "MIT"\n'
    files = {}
    for number in range(130):
        name = f"server-{number}"
        files[f"crates/{name}/Cargo.toml"] = cargo.replace("NAME", name)
        files[f"crates/{name}/src/main.rs"] = "fn main() {}\n"
        files[f"npm/{name}/package.json"] = NPM.replace("NAME", f"@octo/{name}")
        files[f"python/{name}/pyproject.toml"] = MINI.format(name=f"py-{name}", version="1.2.0")
    project = projects.make(tmp_path, files)
    planned = project.tagship("build-matrix", "--json")
    assert planned.code == 0, planned.said
    jobs = json.loads(json.loads(planned.out)["matrix"])["include"]
    assert len(jobs) <= 32
    made = json.loads((project.root / "plan.json").read_bytes())
    assert len(made["packages"]) == 390
    assert {leg["id"] for leg in made["legs"]} == {job["leg"] for job in jobs}
    owed = [name for leg in made["legs"] for name in leg["artifacts"]]
    assert len(owed) == len(set(owed)) == 130 * (6 + 1 + 2)


def test_packages_of_different_versions_need_a_tag(tmp_path: Path) -> None:
    """A snapshot has one version, so none is guessed; exit 2 names both."""
    files = {**WORKSPACE, "packages/beta/pyproject.toml": MINI.format(name="beta", version="2.0.0")}
    done = projects.make(tmp_path, files, tag="").tagship("build-matrix")
    assert done.code == 2
    assert "different versions: 1.2.0, 2.0.0" in done.err


def test_a_follower_that_drifted_is_warned_about_at_its_place(tmp_path: Path) -> None:
    """Only the deciding place stops a release; others are warnings with file and line."""
    module = projects.MODULE.format(version='__version__ = "1.1.0"')
    package = {"registryType": "pypi", "identifier": "demo-server", "version": "1.0.0", "transport": {"type": "stdio"}}
    server = {"$schema": CURRENT}
    server |= {"name": "io.github.octo/demo-server", "description": "A demo", "version": "1.1.0", "packages": [package]}
    files = {**HATCH, "src/demo_server/__init__.py": module, "server.json": json.dumps(server, indent=1)}
    files["README.md"] = "mcp-name: io.github.octo/demo-server\n"
    done = projects.make(tmp_path, files).tagship("build-matrix", GITHUB_ACTIONS="true")
    assert done.code == 0
    warnings = sorted(line for line in done.err.splitlines() if line.startswith("::warning"))
    for line, start in zip(
        warnings,
        (
            "::warning file=server.json,line=10::demo-server says version 1.0.0 here",
            "::warning file=server.json,line=5::demo-server says version 1.1.0 here",
            "::warning file=src/demo_server/__init__.py,line=3::demo-server says version 1.1.0 here",
        ),
        strict=True,
    ):
        assert line.startswith(start)


def test_uncommitted_files_are_not_seen_and_warned_about(tmp_path: Path) -> None:
    """A changed manifest and a new package change nothing in the plan."""
    project = projects.make(tmp_path, HATCH)
    before = plan(project)
    assert "uncommitted" not in project.tagship("build-matrix").said
    manifest = project.root / "pyproject.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("demo-server", "changed"), encoding="utf-8")
    other = project.root / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text(MINI.format(name="other", version="1.2.0"), encoding="utf-8")
    done = project.tagship("build-matrix")
    assert json.loads((project.root / "plan.json").read_bytes()) == before
    assert "there are uncommitted changes; the release is made from the commit" in done.err


def test_a_sub_folder_is_a_project_of_its_own(tmp_path: Path) -> None:
    """As working-directory and as current folder: paths are read from there, packages elsewhere are not seen."""
    files = {f"servers/demo/{name}": text for name, text in HATCH.items()}
    project = projects.make(tmp_path, {**files, "pyproject.toml": MINI.format(name="above", version="9.9.9")})
    inside = project.root / "servers" / "demo"
    made = plan(project.at(inside))
    assert [(package["id"], package["path"]) for package in made["packages"]] == [("demo-server", ".")]
    text = (inside / "plan.json").read_bytes()
    (inside / "plan.json").unlink()
    assert project.tagship("build-matrix", "--working-directory", "servers/demo").code == 0
    assert (inside / "plan.json").read_bytes() == text


@pytest.mark.parametrize("folder", ["with space", "a, b", "a[1]", "ümläut", "-dash", ":(top)", "quote'd"])
def test_a_folder_may_have_any_name(folder: str, tmp_path: Path) -> None:
    """Nothing in a path is read as a pattern, a list or an option."""
    project = projects.make(tmp_path / folder, {f"{folder}/{name}": text for name, text in HATCH.items()})
    made = plan(project.at(project.root / folder))
    assert [package["id"] for package in made["packages"]] == ["demo-server"]


def test_the_job_gets_its_outputs_and_a_summary(tmp_path: Path) -> None:
    """Every output of the action's page, framed so that no value can forge another; a table of the packages."""
    project = projects.make(tmp_path, HATCH)
    output, summary = tmp_path / "output", tmp_path / "summary"
    done = project.tagship(
        "build-matrix", "--json", GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true"
    )
    assert done.code == 0, done.said
    values = read_outputs(output.read_text(encoding="utf-8"))
    digest = hashlib.sha256((project.root / "plan.json").read_bytes()).hexdigest()
    assert values["plan-digest"] == digest
    assert (values["plan"], values["version"], values["tag"], values["prerelease"]) == (
        "plan.json",
        "1.2.0",
        "v1.2.0",
        "false",
    )
    assert json.loads(values["matrix"]) == {"include": [{"leg": "python-any", "runner": "ubuntu-24.04", "slot": 0}]}
    assert json.loads(values["packages"]) == ["demo-server"]
    assert set(values) == set(json.loads(done.out))
    assert "demo-server" in summary.read_text(encoding="utf-8")


def read_outputs(text: str) -> dict[str, str]:
    """Read ``name<<delimiter`` blocks as the runner does."""
    lines, values = iter(text.splitlines()), {}
    for line in lines:
        name, delimiter = line.split("<<")
        block: list[str] = []
        while (part := next(lines)) != delimiter:
            block.append(part)
        values[name] = "\n".join(block)
    return values


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    """The digest that is promised is the one that comes."""
    project = projects.make(tmp_path, HATCH)
    said = project.tagship("build-matrix", "--dry-run", "--json")
    assert not (project.root / "plan.json").exists()
    assert project.tagship("build-matrix", "--json").out == said.out


def test_a_server_json_that_the_registry_refuses_is_told_before_anything_is_built(tmp_path: Path) -> None:
    """Five mistakes of one file at once, each with its line; exit code 3 and no plan."""
    package = {"registryType": "pypi", "identifier": "demo-server", "version": "latest", "transport": {"type": "stdio"}}
    image = {"registryType": "oci", "identifier": "demo", "version": "1.2.0", "transport": {"type": "stdio"}}
    document = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github.octo/demo-server",
        "description": "x" * 101,
        "version": "1.x",
        "packages": [package, image],
    }
    project = projects.make(tmp_path, {**projects.SHAPES["hatch"], "server.json": json.dumps(document, indent=2)})
    done = project.tagship("build-matrix")
    assert done.code == 3
    for said in (
        "server.json:4: description",
        "server.json:5: version is '1.x'",
        "server.json:10: packages.0.version is 'latest'",
        "server.json:17: identifier is 'demo'",
        "server.json:18: an OCI package has a version",
    ):
        assert said in done.said, done.said
    assert "Traceback" not in done.said
    assert not (project.root / "plan.json").exists()


def test_what_no_backend_would_build_is_told_when_it_is_planned(tmp_path: Path) -> None:
    """No version at all and Pythons that cannot be read: both at once, with their lines; exit code 3 and no plan."""
    text = projects.SHAPES["hatch"]["pyproject.toml"].replace('version = "1.2.0"\n', "")
    text = re.sub(r"requires-python = .*", 'requires-python = ">=3.x"', text)
    project = projects.make(tmp_path, {**projects.SHAPES["hatch"], "pyproject.toml": text})
    done = project.tagship("build-matrix")
    assert done.code == 3, done.said
    assert re.search(r"pyproject\.toml:\d+: \[project\] has no version", done.err)
    assert re.search(r"pyproject\.toml:\d+: requires-python cannot be read: '>=3\.x'", done.err)
    assert not (project.root / "plan.json").exists()


def test_of_one_value_in_server_json_one_thing_is_told(tmp_path: Path) -> None:
    """The schema says it once for each shape that could be meant, and the rules again; what is lacking are several things."""
    package = {"registryType": "pypi", "identifier": "demo server", "version": None, "transport": {"type": 5}}
    package |= {"environmentVariables": ["x"]}
    document = {
        "$schema": CURRENT,
        "name": "",
        "description": "It demonstrates.",
        "version": "1.2.0",
        "repository": {},
        "packages": [package],
    }
    project = projects.make(tmp_path, {**projects.SHAPES["hatch"], "server.json": json.dumps(document, indent=2)})
    done = project.tagship("build-matrix")
    assert done.code == 3, done.said
    told = [line.partition("server.json")[2] for line in done.err.splitlines() if "server.json:" in line]
    assert told == [
        ': repository: "url" is a required property',
        ': repository: "source" is a required property',
        ':3: name: "" is shorter than 3 characters',
        ':10: packages.0.transport.type: 5 is not of type "string"',
        ":10: pypi package 'demo server' has no version",
        ":10: identifier is 'demo server'",
        ':16: packages.0.environmentVariables.0: "x" is not of type "object"',
    ], done.err


def test_the_licence_of_a_package_is_known_and_compared_with_its_text(tmp_path: Path) -> None:
    """A Go module has no other word than its licence file; a manifest that says something else is warned of."""
    text = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")
    main = "package main\n\nfunc main() {}\n"
    files = {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n", "main.go": main, "LICENSE": text}
    go = projects.make(tmp_path / "go", files)
    assert go.tagship("build-matrix").code == 0
    assert [each["license"] for each in json.loads((go.root / "plan.json").read_bytes())["packages"]] == ["Apache-2.0"]
    python = projects.make(tmp_path / "python", {**projects.SHAPES["hatch"], "LICENSE": text})
    done = python.tagship("build-matrix")
    assert done.code == 0
    assert "LICENSE: demo-server says its licence is MIT, the text is Apache-2.0" in done.said


@pytest.mark.network
def test_the_licence_inside_what_was_built_is_compared_with_the_plans(tmp_path: Path) -> None:
    """PyPI shows what the metadata says: a package of a known licence that says none there is warned of, file by file."""
    text = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")
    shape = projects.SHAPES["hatch"]
    silent = {**shape, "pyproject.toml": shape["pyproject.toml"].replace('license = "MIT"\n', ""), "LICENSE": text}
    project = projects.make(tmp_path, silent)
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build")
    assert done.code == 0, done.said
    assert done.said.count("its metadata says no licence, the plan says Apache-2.0") == 2
