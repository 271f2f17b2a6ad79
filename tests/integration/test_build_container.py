"""Images: made around programs, wheels and tarballs, or by a Dockerfile; the same twice; run without any engine."""

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration import images
from tests.integration.examples import caches, clone, example
from tests.integration.images import ENVIRONMENT
from tests.integration.mcp_client import ask
from tests.integration.projects import SHAPES, Project, make
from tests.integration.test_build_go import built
from tests.tools import require
from tests.tools.oci_registry import OciRegistry

pytestmark = pytest.mark.network
NAME = "io.modelcontextprotocol.server.name"
MAIN = 'package main\n\nfunc main() { println("demo") }\n'
GO = {"go.mod": "module example.com/octo/demo\n\ngo 1.22\n", "main.go": MAIN}


def asking(project: Project, package: str, base: str) -> Project:
    """Ask for an image from a base that is on this machine: registries cannot be reached."""
    project.commit(
        "feat: an image", {"tagship.yaml": f"packages:\n  '{package}':\n    container: {{base: '{base}'}}\n"}
    )
    project.git("tag", "--force", "v0.1.0")
    return project


def layout(project: Project, leg: str, name: str) -> Path:
    return project.root / "dist" / leg / name


def index(path: Path) -> dict[str, Any]:
    """Read the index over platforms out of a layout, by the digest that its own index gives."""
    with tarfile.open(path) as tar:
        said = tar.extractfile("index.json")
        assert said
        (root,) = json.load(said)["manifests"]
        blob = tar.extractfile(f"blobs/{root['digest'].replace(':', '/')}")
        assert blob
        found: dict[str, Any] = json.load(blob)
    return found


@pytest.fixture(scope="module")
def tides(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build the Go example's image on nothing at all."""
    images.need("buildah", "skopeo")
    project = example("go-server", tmp_path_factory.mktemp("tides"))
    return built(asking(project, "tides-mcp", "scratch"), **ENVIRONMENT)


def test_one_machine_makes_the_image_of_both_platforms(tides: Project) -> None:
    """From the binaries, without emulation: two manifests in one index, each with its own platform's program."""
    path = layout(tides, "go", "tides-mcp-0.1.0.oci.tar")
    platforms = [each["platform"] for each in index(path)["manifests"]]
    assert platforms == [{"architecture": each, "os": "linux"} for each in ("amd64", "arm64")]
    assert {images.inspect(path, each)["architecture"] for each in ("amd64", "arm64")} == {"amd64", "arm64"}


def test_crane_reads_every_manifest_and_blob_of_the_layout(tides: Project, tmp_path: Path) -> None:
    """Digests, sizes, and what the configurations say of the layers; it gives the layout the digest that skopeo gives it."""
    path, crane = layout(tides, "go", "tides-mcp-0.1.0.oci.tar"), (str(require("crane")), "--insecure")
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "layout", filter="data")
    with OciRegistry(tmp_path / "registry", "crane") as registry:
        at = f"{registry.host}/octo/tides:0.1.0"
        pushed = images.run(*crane, "push", str(tmp_path / "layout"), at).strip()
        images.run(*crane, "validate", "--remote", at)
        assert json.loads(images.run(*crane, "manifest", at)) == index(path)
    raw = images.run("skopeo", "inspect", "--raw", f"oci-archive:{path}").encode()
    assert pushed.endswith(f"@sha256:{hashlib.sha256(raw).hexdigest()}")


def test_an_image_says_what_it_is_and_has_no_rights(tides: Project) -> None:
    """Labels of the OCI and of the MCP Registry, a user that owns nothing, the server as the entry point."""
    config = images.inspect(layout(tides, "go", "tides-mcp-0.1.0.oci.tar"))
    commit = tides.git("rev-parse", "HEAD").strip()
    said = config["config"]["Labels"]
    assert said[NAME] == "io.github.tagship/tides-mcp"
    about = {
        key.rpartition(".")[2]: value for key, value in said.items() if key.startswith("org.opencontainers.image.")
    }
    assert about.pop("description").startswith("The age of the moon")
    assert about == {
        "created": "2026-03-01T12:00:00Z",
        "licenses": "Apache-2.0",
        "revision": commit,
        "source": "https://github.com/octo/go-server",
        "title": "tides-mcp",
        "url": "https://github.com/octo/go-server",
        "version": "0.1.0",
    }
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/tides-mcp"]
    assert config["created"] == "2026-03-01T12:00:00Z"


def test_the_server_in_the_image_answers_and_lists_what_is_in_it(tides: Project, tmp_path: Path) -> None:
    """Run from the layout; its SBOM lies beside it and names the modules that are linked in."""
    path = layout(tides, "go", "tides-mcp-0.1.0.oci.tar")
    with images.container(path) as inside:
        answer = ask([*inside, "/usr/local/bin/tides-mcp"], tmp_path, os.environ)
    assert (answer.name, answer.version) == ("tides-mcp", "0.1.0")
    bill = in_layers(path, "usr/share/sbom/tides-mcp.cdx.json")
    names = {each["name"] for each in json.loads(bill)["components"]}
    assert "github.com/modelcontextprotocol/go-sdk" in names
    assert b"Apache License" in in_layers(path, "usr/share/doc/tides-mcp/LICENSE")


def in_layers(path: Path, name: str) -> bytes:
    """Read a file out of the first platform's layers."""
    with tarfile.open(path) as tar:
        digest = index(path)["manifests"][0]["digest"]
        manifest = tar.extractfile(f"blobs/{digest.replace(':', '/')}")
        assert manifest
        for layer in json.load(manifest)["layers"]:
            blob = tar.extractfile(f"blobs/{layer['digest'].replace(':', '/')}")
            assert blob
            with tarfile.open(fileobj=blob) as files:
                found = next((each for each in files if each.name.lstrip("./") == name and each.isfile()), None)
                stream = files.extractfile(found) if found else None
                if stream:
                    return stream.read()
    raise AssertionError(f"{name} is in no layer")


def test_two_builds_give_one_digest(tides: Project, tmp_path: Path) -> None:
    """In folders of other names: all bytes of the layout are equal."""
    again = built(clone(tides, tmp_path), **ENVIRONMENT)
    name = "tides-mcp-0.1.0.oci.tar"
    assert layout(again, "go", name).read_bytes() == layout(tides, "go", name).read_bytes()


def test_podman_builds_what_buildah_builds(tmp_path: Path) -> None:
    """Where it is the one that is there; byte for byte, when both are of one release."""
    images.need("buildah", "podman", "skopeo")
    asked = "targets: [linux-x86_64]\npackages:\n  demo: {container: {base: scratch}}\n"
    made = make(tmp_path / "one", {**GO, "tagship.yaml": asked})
    project = built(Project(made.root, made.home, environment=caches()), **ENVIRONMENT)
    only = _programs(tmp_path, "git", "sh", "uname", "go", "podman", path=caches()["PATH"])
    again = built(clone(project, tmp_path / "two"), **ENVIRONMENT, PATH=str(only))
    tools = json.loads(layout(again, "go", "receipt.json").read_bytes())["builder"]["tools"]
    assert "podman" in tools
    (name,) = (path.name for path in (project.root / "dist" / "go").glob("*.oci.tar"))
    assert layout(again, "go", name).read_bytes() == layout(project, "go", name).read_bytes()


@pytest.fixture(scope="module", params=["python", "node"])
def with_runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Project]:
    """Build the image of an example that needs a runtime, from that runtime of this machine."""
    images.need("buildah", "skopeo")
    folder = tmp_path_factory.mktemp(request.param)
    name, package, leg, file = {
        "python": ("python-server", "weather-mcp", "python-any", "weather-mcp-0.1.0.oci.tar"),
        "node": ("typescript-server", "@tagship/colours-mcp", "npm-any", "colours-mcp-0.1.0.oci.tar"),
    }[request.param]
    with images.base(request.param, folder) as base:
        first = built(asking(example(name, folder), package, base), **ENVIRONMENT)
        again = built(clone(first, folder / "again"), **ENVIRONMENT)
    made = {path.name for path in layout(first, leg, file).parent.iterdir()} - {"receipt.json"}
    assert len(made) > 1
    for each in made:  # wheel, sdist or tarball, and the image around it
        assert layout(first, leg, each).read_bytes() == layout(again, leg, each).read_bytes(), (
            f"two builds of {each} differ"
        )
    return file.partition("-0")[0], first.at(layout(first, leg, file))


def test_a_server_with_its_dependencies_answers_from_its_image(
    with_runtime: tuple[str, Project], tmp_path: Path
) -> None:
    """Installed for the image's platform, not for this machine; nothing of this machine is in it."""
    name, made = with_runtime
    path = made.root
    started = images.inspect(path)["config"]["Entrypoint"]
    with images.container(path) as inside:
        answer = ask([*inside, *started], tmp_path, os.environ)
    assert (answer.name, answer.version) == (name, "0.1.0")
    bill = json.loads(in_layers(path, f"usr/share/sbom/{name}.cdx.json"))
    assert {"weather-mcp": "pydantic", "colours-mcp": "zod"}[name] in {each["name"] for each in bill["components"]}
    assert str(Path.home()) not in json.dumps(images.inspect(path, "arm64"))


def test_the_projects_own_dockerfile_is_built_and_told_the_version(tmp_path: Path) -> None:
    """In the folder that has what it copies, natively; its health check survives, and its labels are completed."""
    images.need("buildah", "skopeo")
    dockerfile = (
        "FROM scratch\nARG VERSION=dev\nLABEL org.opencontainers.image.title=mine built=$VERSION\nCOPY data /data\n"
        'HEALTHCHECK CMD ["/data/probe"]\nUSER 1000\nENTRYPOINT ["/data/run"]\n'
    )
    server = {"name": "io.github.octo/demo", "description": "A demo", "version": "1.2.0"}
    files = {"docker/Dockerfile": dockerfile, "data/run": "run", "server.json": json.dumps(server), **GO}
    made = make(tmp_path, {**files, "tagship.yaml": "targets: [linux-x86_64]\n"})
    project = built(Project(made.root, made.home, environment=caches()), **ENVIRONMENT)
    path = layout(project, "container-linux-x86_64", "demo-1.2.0-linux-x86_64.oci.tar")
    config = images.inspect(path)["config"]
    assert config["Labels"]["built"] == "1.2.0"
    assert config["Labels"]["org.opencontainers.image.title"] == "mine"
    assert config["Labels"][NAME] == "io.github.octo/demo"
    with tarfile.open(path) as tar:
        digest = index(path)["manifests"][0]["digest"]
        manifest = json.load(tar.extractfile(f"blobs/{digest.replace(':', '/')}"))  # type: ignore[arg-type]
        raw = json.load(tar.extractfile(f"blobs/{manifest['config']['digest'].replace(':', '/')}"))  # type: ignore[arg-type]
    assert raw["config"]["Healthcheck"] == {"Test": ["CMD", "/data/probe"]}


def test_a_dockerfile_that_fails_or_ships_a_secret_is_refused(tmp_path: Path) -> None:
    """With the builder's words or the file's name, and what to do; exit code 3; an image of root's is warned of, and one
    that says another licence.
    """
    images.need("buildah")
    asked = {"tagship.yaml": "targets: [linux-x86_64]\npackages:\n  demo: {container: true}\n", **GO}
    made = make(tmp_path / "a", {**asked, "Dockerfile": "FROM scratch\nCOPY nothing /\n"})
    done = Project(made.root, made.home, environment=caches() | ENVIRONMENT).refused_build()
    assert "nothing" in done.said
    assert "linux/amd64 does not build" in done.said
    dockerfile = "FROM scratch\nLABEL org.opencontainers.image.licenses=MPL-2.0\nCOPY app /app\n"
    licence = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")
    secret = {"Dockerfile": dockerfile, "app/.npmrc": f"//r/:_authToken={'a1b2' * 9}\n", "LICENSE": licence}
    made = make(tmp_path / "b", {**asked, **secret})
    done = Project(made.root, made.home, environment=caches() | ENVIRONMENT).refused_build()
    assert "app/.npmrc" in done.said
    assert "a1b2a1b2" not in done.said
    assert "runs as root" in done.said
    assert "its licence is MPL-2.0, the plan says Apache-2.0" in done.said


def test_what_this_machine_cannot_build_is_left_out_and_said(tmp_path: Path) -> None:
    """Without any builder, and for a platform that a Dockerfile cannot be run on; the rest is released."""
    asked = "packages:\n  demo-server: {container: true}\n"
    project = make(tmp_path, {**SHAPES["hatch"], "tagship.yaml": asked, "Dockerfile": "FROM scratch\n"})
    done = project.tagship(
        "release", "--dist", "dist", PATH=str(_programs(tmp_path, "git", "uname", "sh")), XDG_DATA_HOME=str(tmp_path)
    )
    assert done.code == 0, done.said
    assert "left out demo-server-container of container-linux-x86_64" in done.said
    assert "none of buildah, podman and docker buildx" in done.said


def _programs(folder: Path, *names: str, path: str = "") -> Path:
    """Make a PATH of few programs."""
    place = folder / "bin"
    place.mkdir()
    for name in names:
        found = shutil.which(name, path=path or None)
        assert found, f"{name} is not there"
        (place / name).symlink_to(Path(found).resolve())
    return place
