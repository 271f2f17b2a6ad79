"""Our four examples, in every kind of file that they ship as: started from that file, each of them answers."""

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import images, test_build_rust
from tests.integration.examples import example, released_once
from tests.integration.images import ENVIRONMENT
from tests.integration.projects import Project

pytestmark = pytest.mark.network
HERE = "linux-x86_64"
PROGRAM = (
    "targets: [linux-x86_64]\npackages:\n  {name}:\n    container: {{base: scratch}}\n    mcpb: true\n    wheel: true\n"
    "    npm: true\n    linux-packages: {{formats: [deb, rpm], maintainer: Octo <octo@example.org>}}\n"
)
WITH_RUNTIME = "packages:\n  '{name}':\n    container: {{base: '{base}'}}\n    mcpb: true\n"
KINDS = {
    "go-server": {"archive", "image", "mcpb", "wheel", "npm", "deb", "rpm"},
    "rust-server": {"archive", "image", "mcpb", "wheel", "npm", "deb", "rpm"},
    "python-server": {"wheel", "sdist", "image", "mcpb"},
    "typescript-server": {"npm", "image", "mcpb"},
}
NAMES = {
    "go-server": "tides-mcp",
    "rust-server": "dice-mcp",
    "python-server": "weather-mcp",
    "typescript-server": "@tagship/colours-mcp",
}


@pytest.fixture(scope="module", params=list(KINDS))
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Project]]:
    """Release an example with everything that can be made of it."""
    yield from release(request.param, tmp_path_factory.mktemp(request.param))


def release(name: str, folder: Path) -> Iterator[tuple[str, Project]]:
    """Ask for all kinds of files, on a base of this machine where the server needs a runtime."""
    images.need("buildah", "skopeo", "dpkg-deb", "rpm2cpio", "cpio")
    if name == "rust-server":
        yield (
            name,
            released_once(name, "everything", lambda project: released_with(project, PROGRAM.format(name=NAMES[name]))),
        )
        return
    project = example(name, folder)
    if name == "go-server":
        released_with(project, PROGRAM.format(name=NAMES[name]))
        yield name, project
        return
    kind = {"python-server": "python", "typescript-server": "node"}[name]
    with images.base(kind, folder) as base:
        released_with(project, WITH_RUNTIME.format(name=NAMES[name], base=base))
        yield name, project


def released_with(project: Project, settings: str) -> str:
    project.commit("feat: everything", {"tagship.yaml": settings})
    project.git("tag", "--force", "v0.1.0")
    data = str(project.home / "data")
    done = project.tagship("release", TAGSHIP_PROBES="true", XDG_DATA_HOME=data, **ENVIRONMENT)
    assert done.code == 0, done.said
    return done.said


def report(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.root / "dist" / "probe" / "mcp-probe.json").read_bytes())
    return found


def test_every_kind_of_file_was_started_and_answers(released: tuple[str, Project]) -> None:
    """One probe at least per kind, on this platform, with the same tools, the plan's version, and measured figures."""
    name, project = released
    found = report(project)
    plan = json.loads((project.root / "dist" / "plan.json").read_bytes())
    kinds = {artifact["name"]: artifact["kind"] for artifact in plan["artifacts"]}
    assert {probe["verdict"] for probe in found["probes"]} == {"ok"}, found
    assert {kinds[probe["artifact"]] for probe in found["probes"]} == KINDS[name]
    tools = {tuple(sorted(tool["name"] for tool in probe["tools"])) for probe in found["probes"]}
    assert len(tools) == 1
    assert {probe["server"]["version"] for probe in found["probes"]} == {"0.1.0"}
    assert all(found["measured"][probe["id"]]["peak_memory"] > 0 for probe in found["probes"])
    assert all(probe["exit"]["how"] == "stdin-closed" for probe in found["probes"])


@pytest.mark.parametrize("released", ["rust-server"], indirect=True, scope="module")
def test_a_program_has_the_same_bytes_from_another_folder(released: tuple[str, Project]) -> None:
    """With all that it is linked with, whose paths would be in it as well: both were compiled from nothing."""
    _, project = released
    other = released_once("rust-server", "released", test_build_rust.release)
    archive = Path("dist", "rust-linux", "dice-mcp-0.1.0-linux-x86_64.tar.gz")
    assert project.root != other.root
    assert (project.root / archive).read_bytes() == (other.root / archive).read_bytes()


def test_bundles_and_catalogs_name_the_tools(released: tuple[str, Project]) -> None:
    """The manifest of the bundle, and the list for Docker's catalog, have what the server lists."""
    _, project = released
    folder = project.root / "releases" / "v0.1.0"
    tools = {tool["name"] for tool in report(project)["probes"][0]["tools"]}
    (bundle,) = folder.glob("*.mcpb")
    with zipfile.ZipFile(bundle) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    assert {tool["name"] for tool in manifest["tools"]} == tools
    (catalog,) = folder.glob("*.tools.json")
    assert {tool["name"] for tool in json.loads(catalog.read_bytes())} == tools


def test_what_is_for_other_platforms_is_left_out_and_said(tmp_path: Path) -> None:
    """Without the runtime or on another system: the report says of each probe why it was not carried out."""
    project = example("go-server", tmp_path)
    data = str(project.home / "data")
    done = project.tagship("release", TAGSHIP_PROBES="true", XDG_DATA_HOME=data)
    assert done.code == 0, done.said
    found = report(project)
    assert [probe["id"] for probe in found["probes"]] == [f"tides-mcp-archive-{HERE}"]
    assert len(found["left_out"]) == 5
    assert f"it runs on windows-aarch64, this machine is {HERE}" in found["left_out"].values()
    assert sys.platform == "linux"
