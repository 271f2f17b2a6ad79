"""A Homebrew formula, read and tested as Homebrew does; Scoop and WinGet manifests, compared with the release."""

import json
import platform
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.integration.examples import caches, example
from tests.integration.projects import Project, make
from tests.integration.test_linux_packages import needed

SETTINGS = """
installers: [homebrew, scoop, winget]
targets: [linux-x86_64, macos-aarch64, windows-x86_64]
"""
HOME = "https://github.com/octo/go-server"
pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release the Go example, once."""
    project = example("go-server", tmp_path_factory.mktemp("managers"))
    more = {"completions/tides-mcp.bash": "complete tides-mcp\n", "man/tides-mcp.1": ".TH TIDES 1\n"}
    project.commit("feat: manifests", {"tagship.yaml": SETTINGS, **more})
    project.git("tag", "--force", "v0.1.0")
    done = project.tagship("release", XDG_DATA_HOME=str(project.home / "data"))
    assert done.code == 0, done.said
    return project.root / "releases" / "v0.1.0"


def digests(folder: Path) -> dict[str, str]:
    return dict(line.split("  ")[::-1] for line in (folder / "checksums.txt").read_text().splitlines())


def asset(name: str) -> str:
    return f"{HOME}/releases/download/v0.1.0/{name}"


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64", reason="the program is for another machine"
)
def test_a_formula_says_what_is_released_and_its_test_speaks_mcp(released: Path, tmp_path: Path) -> None:
    """Addresses and digests per platform; where files go; and its own test asks the program for its version."""
    formula = released / "tides-mcp.rb"
    subprocess.run([needed("ruby"), "-c", formula], check=True, capture_output=True)
    with tarfile.open(released / "tides-mcp-0.1.0-linux-x86_64.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    reader = Path(__file__).with_name("formula.rb")
    done = subprocess.run([needed("ruby"), reader, formula, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sums = digests(released)
    files = {
        "on_linux on_intel": "tides-mcp-0.1.0-linux-x86_64.tar.gz",
        "on_macos on_arm": "tides-mcp-0.1.0-macos-aarch64.tar.gz",
    }
    assert json.loads(done.stdout) == {
        "class": "TidesMcp",
        "desc": "Age of the moon and what the tides are like",
        "homepage": HOME,
        "version": "0.1.0",
        "license": "Apache-2.0",
        "files": {place: {"url": asset(name), "sha256": sums[name]} for place, name in files.items()},
        "installed": {
            "bin": ["tides-mcp"],
            "bash_completion": [{"completions/tides-mcp.bash": "tides-mcp"}],
            "man1": ["man/tides-mcp.1"],
        },
    }


def test_a_formula_whose_program_answers_otherwise_fails(released: Path, tmp_path: Path) -> None:
    """The test is one: a program that says another version does not pass."""
    text = (released / "tides-mcp.rb").read_text(encoding="utf-8")
    (tmp_path / "tides-mcp.rb").write_text(
        text.replace('assert_equal "0.1.0"', 'assert_equal "0.2.0"'), encoding="utf-8"
    )
    with tarfile.open(released / "tides-mcp-0.1.0-linux-x86_64.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    argv = [needed("ruby"), Path(__file__).with_name("formula.rb"), tmp_path / "tides-mcp.rb", tmp_path]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert 'expected "0.2.0", found "0.1.0"' in done.stderr


def test_a_scoop_manifest_says_what_is_released(released: Path) -> None:
    """And how the next version is found."""
    name = "tides-mcp-0.1.0-windows-x86_64.zip"
    assert json.loads((released / "tides-mcp.scoop.json").read_bytes()) == {
        "version": "0.1.0",
        "description": "Age of the moon and what the tides are like",
        "homepage": HOME,
        "license": "Apache-2.0",
        "architecture": {"64bit": {"url": asset(name), "hash": digests(released)[name]}},
        "bin": ["tides-mcp.exe"],
        "checkver": {"github": HOME},
        "autoupdate": {
            "architecture": {
                "64bit": {"url": asset(name).replace("0.1.0", "$version")},
            },
            "hash": {"url": "$baseurl/checksums.txt"},
        },
    }


def test_winget_manifests_say_what_is_released(released: Path) -> None:
    """Three files of one identity; the program in the ZIP file is a portable one."""
    name = "tides-mcp-0.1.0-windows-x86_64.zip"
    kinds = {"version": "yaml", "installer": "installer.yaml", "defaultLocale": "locale.en-US.yaml"}
    said = {kind: yaml.safe_load((released / f"tides-mcp.winget.{end}").read_bytes()) for kind, end in kinds.items()}
    for kind, manifest in said.items():
        assert (manifest["PackageIdentifier"], manifest["PackageVersion"]) == ("octo.tides-mcp", "0.1.0")
        assert (manifest["ManifestType"], manifest["ManifestVersion"]) == (kind, "1.10.0")
    assert said["installer"]["NestedInstallerFiles"] == [
        {"RelativeFilePath": "tides-mcp.exe", "PortableCommandAlias": "tides-mcp"}
    ]
    assert said["installer"]["Installers"] == [
        {"Architecture": "x64", "InstallerUrl": asset(name), "InstallerSha256": digests(released)[name].upper()}
    ]
    assert said["defaultLocale"]["License"] == "Apache-2.0"


def test_a_release_on_no_server_has_no_addresses(tmp_path: Path) -> None:
    """That is told, and what to do; nothing is signed."""
    files = {
        "go.mod": "module example.com/octo/demo\n\ngo 1.22\n",
        "main.go": "package main\n\nfunc main() {}\n",
        "tagship.yaml": "installers: [homebrew]\ntargets: [linux-x86_64]\n",
    }
    made = make(tmp_path, files)
    project = Project(made.root, made.home, environment=caches())
    done = project.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 3
    assert "demo: it is not known where its archives will be downloaded from" in done.said
    assert not (project.root / "releases").exists()
