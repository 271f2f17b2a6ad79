"""version-bump in a project that repeats its version in every kind of file."""

import json
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project

FILES = {
    "server.json": '{"name": "io.github.octo/demo-server", "version": "@", "packages": ['
    '{"registryType": "pypi", "identifier": "demo-server", "version": "@"},\n'
    '{"registryType": "oci", "identifier": "ghcr.io/octo/demo-server:v@"}]}\n',
    "manifest.json": '{"manifest_version": "0.3", "name": "demo", "version": "@"}\r\n',
    "web/manifest.json": '{"manifest_version": 3, "version": "1.2.0"}\n',
    "gemini-extension.json": '\ufeff{"name": "demo", "version": "@"}',
    ".claude-plugin/plugin.json": '{"name": "demo", "version": "@"}\n',
    ".claude-plugin/marketplace.json": '{"name": "demo", "plugins": [{"name": "demo", "source": "./", "version": "@"}]}\n',
    "chart/Chart.yaml": 'apiVersion: v2\nname: demo\nversion: 0.4.1 # its own\nappVersion: "v@"\n',
    "Dockerfile": 'FROM python:3.12\nARG VERSION=@\nLABEL org.opencontainers.image.version="$VERSION"\n',
    "README.md": projects.README + "pip install demo==1.2.0\n<!-- tagship-version: begin -->\nuvx demo-server@@\n"
    "<!-- tagship-version: end -->\n",
    "docs/install.md": "npx demo@@ <!-- x-release-please-version -->\n",
    "CITATION.cff": "cff-version: 1.2.0\nversion: @\n",
    "deploy/values.yaml": "image:\r\n  tag: '@' # pinned\r\n  pullPolicy: Always\r\n",
    "deploy/run.sh": "docker run ghcr.io/octo/demo-server:@ sh -c 'echo 1.2.0'\n",
    "sandbox/CITATION.cff": "cff-version: 1.2.0\nversion: 0.1.0\n",
}
CONFIGURATION = r"""
exclude: [sandbox]
version:
  sites:
    - {file: deploy/values.yaml, path: image.tag}
    - {file: deploy/run.sh, pattern: 'demo-server:(?P<version>\S+)'}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project at 1.2.0."""
    files = {
        name: text.replace("@@", "\0").replace("@", "1.2.0").replace("\0", "@1.2.0") for name, text in FILES.items()
    }
    return projects.make(tmp_path, {**projects.SHAPES["hatch"], **files, "tagship.yaml": CONFIGURATION})


def test_everything_follows_and_nothing_else_changes(project: Project) -> None:
    """Byte for byte; a second look says that all places agree."""
    project.commit("feat: more")
    done = project.tagship("version-bump", "--mode", "commit")
    assert done.code == 0, done.said
    for name, text in FILES.items():
        expected = text.replace("@@", "\0").replace("@", "1.3.0").replace("\0", "@1.3.0")
        assert (project.root / name).read_bytes() == expected.encode(), name
    changed = set(project.git("show", "--name-only", "--format=", "HEAD").splitlines())
    assert changed == {*FILES, "pyproject.toml", "CHANGELOG.md"} - {"web/manifest.json", "sandbox/CITATION.cff"}
    done = project.tagship("version-bump", "--check")
    assert done.code == 0, done.said


def test_each_stale_place_is_told_with_its_line(project: Project) -> None:
    """``--check`` names every file that says something else, and exits 1."""
    stale = {name: (project.root / name).read_bytes().decode().replace("1.2.0", "1.1.0") for name in FILES}
    kept = {"web/manifest.json", "sandbox/CITATION.cff"}
    project.commit("chore: forget", {name: text for name, text in stale.items() if name not in kept})
    done = project.tagship("version-bump", "--check")
    assert done.code == 1
    for name in set(FILES) - kept:
        assert f"{name}:" in done.err, done.err
    assert "web/manifest.json" not in done.err
    assert "sandbox" not in done.err
    assert "deploy/values.yaml:2: demo-server says version 1.1.0 here, the release is 1.2.0" in done.err


def test_broken_entries_are_told_together(project: Project) -> None:
    """Exit 2, each entry by its key."""
    sites = [{"file": "nowhere.txt", "pattern": "(?P<version>.+)"}, {"file": "README.md", "path": "a"}]
    project.commit("chore: break", {"tagship.yaml": json.dumps({"version": {"sites": sites}})})
    done = project.tagship("version-bump", "--mode", "none")
    assert done.code == 2
    assert "nowhere.txt: version.sites[0]: the file is not committed" in done.err
    assert "README.md: version.sites[1]: only .json" in done.err


def test_plugins_of_a_marketplace_belong_to_the_packages_in_their_folders(tmp_path: Path) -> None:
    """In a repository of several packages each listed plug-in follows its own."""
    listed = [
        {"name": name, "source": f"./packages/{name}", "version": version}
        for name, version in (("a", "1.2.0"), ("b", "2.0.0"))
    ]
    marketplace = json.dumps({"name": "m", "plugins": listed})
    packages = {
        f"packages/{name}/{file}": text.replace("demo-server", f"demo-{name}").replace("1.2.0", version)
        for name, version in (("a", "1.2.0"), ("b", "2.0.0"))
        for file, text in {"pyproject.toml": projects.SHAPES["hatch"]["pyproject.toml"], "README.md": "# x\n"}.items()
    }
    project = projects.make(tmp_path, {**packages, ".claude-plugin/marketplace.json": marketplace}, tag="")
    project.git("tag", "demo-a-v1.2.0")
    project.git("tag", "demo-b-v2.0.0")
    project.commit("feat: more", {"packages/b/x.txt": "x"})
    done = project.tagship("version-bump", "--mode", "files")
    assert done.code == 0, done.said
    made = json.loads((project.root / ".claude-plugin/marketplace.json").read_text(encoding="utf-8"))
    assert [plugin["version"] for plugin in made["plugins"]] == ["1.2.0", "2.1.0"]


def test_what_a_package_says_that_is_not_released_is_nobodys(tmp_path: Path) -> None:
    """``release: false`` leaves a package's folder alone: its files do not follow the package around it."""
    inner = projects.SHAPES["hatch"]["pyproject.toml"].replace("demo-server", "demo-inner").replace("1.2.0", "0.3.0")
    bundle = '{"manifest_version": "0.3", "name": "inner", "version": "0.3.0"}\n'
    files = {
        **projects.SHAPES["hatch"],
        "inner/pyproject.toml": inner,
        "inner/README.md": "# Inner\n",
        "inner/manifest.json": bundle,
        "tagship.yaml": "packages: {demo-inner: {release: false}}\n",
    }
    project = projects.make(tmp_path, files)
    project.commit("feat: more")
    done = project.tagship("version-bump", "--mode", "files")
    assert done.code == 0, done.said
    assert (project.root / "inner/manifest.json").read_text(encoding="utf-8") == bundle
    assert (project.root / "inner/pyproject.toml").read_text(encoding="utf-8") == inner
    assert 'version = "1.3.0"' in (project.root / "pyproject.toml").read_text(encoding="utf-8")


def test_a_project_of_no_language_has_versions_too(tmp_path: Path) -> None:
    """A remote server is only described: its version is checked and bumped; there is nothing to build."""
    server = '{"name": "io.github.octo/weather", "version": "1.2.0", "remotes": []}\n'
    chart = "apiVersion: v2\nname: weather\nversion: 1.2.0\nappVersion: 1.1.0\n"
    project = projects.make(tmp_path, {"server.json": server, "Chart.yaml": chart})
    checked = project.tagship("version-bump", "--check")
    assert checked.code == 1
    assert "Chart.yaml:4" in checked.err
    project.commit("feat: more")
    bumped = project.tagship("version-bump", "--mode", "commit")
    assert bumped.code == 0, bumped.said
    assert json.loads((project.root / "server.json").read_text(encoding="utf-8"))["version"] == "1.3.0"
    assert project.git("tag", "--points-at", "HEAD") == "v1.3.0"
    assert project.tagship("version-bump", "--check").code == 0
    planned = project.tagship("build-matrix")
    assert planned.code == 3
    assert "nothing to publish" in planned.err
