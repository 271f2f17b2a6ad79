"""Formulas of Python and npm packages: what they say, and the installation they describe, carried out as Homebrew does."""

import html
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.examples import caches, example
from tests.integration.projects import Project
from tests.integration.test_linux_packages import needed

READER = Path(__file__).with_name("formula.rb")
SETTINGS = "installers: [homebrew]\n"
EXTRA = "packages: {weather-mcp: {extras: [written]}}\n"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        platform.system() != "Linux" or platform.machine() != "x86_64",
        reason="the installation is that of Linux on Intel",
    ),
]


def released(project: Project, files: Mapping[str, str], **env: str) -> Path:
    """Release a project with a formula."""
    project.commit("feat: a formula", {"tagship.yaml": SETTINGS, **files})
    project.git("tag", "--force", "v0.1.0")
    done = project.tagship("release", **env)
    assert done.code == 0, done.said
    return project.root / "releases" / "v0.1.0"


def installed(formula: Path, home: Path) -> dict[str, Any]:
    """Install by a formula and run its test; return what it says."""
    subprocess.run([needed("ruby"), "-c", formula], check=True, capture_output=True)
    pythons = str(Path(getattr(sys, "_base_executable", sys.executable)).parent)
    env = {**os.environ, **caches(), "HOME": str(home), "PATH": os.pathsep.join([pythons, os.environ["PATH"]])}
    argv = [needed("ruby"), READER, formula, formula.parent, home / "keg"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def digest(folder: Path, name: str) -> str:
    sums = (line.split("  ") for line in (folder / "checksums.txt").read_text(encoding="utf-8").splitlines())
    return next(sha256 for sha256, file in sums if file == name)


@pytest.fixture(scope="module")
def weather(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release the Python example for the Python of this machine alone, once; it does not start without one of its extras."""
    project = example("python-server", tmp_path_factory.mktemp("formulas"))
    manifest = (project.root / "pyproject.toml").read_text(encoding="utf-8").replace(">=3.11", f"=={PYTHON}.*")
    server = "src/weather_mcp/server.py"
    files = {
        "pyproject.toml": f'{manifest}\n[project.optional-dependencies]\nwritten = ["tomli-w"]\n',
        server: (project.root / server).read_text(encoding="utf-8") + "\n\nimport tomli_w  # noqa: E402, F401\n",
        "tagship.yaml": SETTINGS + EXTRA,
    }
    return released(project, files)


def test_extras_that_are_said_are_installed_and_listed_everywhere(weather: Path) -> None:
    """The probes had them, or the server would not have been released; the SBOM lists them; users are told them."""
    bill = json.loads((weather / "weather-mcp-0.1.0.cdx.json").read_bytes())
    assert "tomli_w" in {each["name"] for each in bill["components"]}
    wheel = "https://github.com/octo/python-server/releases/download/v0.1.0/weather_mcp-0.1.0-py3-none-any.whl"
    page = html.unescape((weather / "index.html").read_text(encoding="utf-8"))
    assert f"uvx --from 'weather-mcp[written] @ {wheel}' weather-mcp" in page
    notes = json.loads((weather / "release.json").read_bytes())["notes"]
    assert "pip install './weather_mcp-0.1.0-py3-none-any.whl[written]'" in notes  # those of a folder know no address


def test_an_extra_that_a_package_lacks_is_refused_when_it_is_built(tmp_path: Path) -> None:
    """By name, with those that there are; exit 3."""
    project = example("python-server", tmp_path)
    project.commit("feat: settings", {"tagship.yaml": EXTRA})
    project.git("tag", "--force", "v0.1.0")
    assert project.tagship("build-matrix").code == 0
    done = project.tagship("build")
    assert done.code == 3, done.said
    assert "weather-mcp has no extra 'written'" in done.said
    assert "the package has none" in done.said


def test_a_python_server_is_installed_by_wheels_with_digests_and_answers(weather: Path, tmp_path: Path) -> None:
    """Everything it needs is a resource; pip asks no index; only its own command is linked; the test speaks MCP."""
    said = installed(weather / "weather-mcp.rb", tmp_path)
    wheel = "weather_mcp-0.1.0-py3-none-any.whl"
    at = f"https://github.com/octo/python-server/releases/download/v0.1.0/{wheel}"
    assert said["files"] == {"": {"url": at, "sha256": digest(weather, wheel)}}
    assert (said["class"], said["version"], said["license"]) == ("WeatherMcp", "0.1.0", "Apache-2.0")
    assert said["needs"] == [f"python@{PYTHON}"]
    assert said["installed"] == {"bin": ["weather-mcp"]}
    by_name = {each["name"]: each for each in said["resources"] if each["places"] in ([], ["on_linux", "on_intel"])}
    assert {"mcp", "pydantic-core", "tomli-w"} <= by_name.keys()
    site = tmp_path / "keg" / "libexec" / "lib" / f"python{PYTHON}" / "site-packages"
    distributions = {path.name.partition("-")[0].replace("_", "-").lower() for path in site.glob("*.dist-info")}
    assert distributions == {"weather-mcp", *by_name}


def test_what_differs_between_platforms_has_a_block_for_each(weather: Path) -> None:
    """A compiled wheel is named for both processors of both systems; a universal one once."""
    text = (weather / "weather-mcp.rb").read_text(encoding="utf-8")
    assert text.count('resource "pydantic-core"') == 4
    assert text.count('resource "mcp"') == 1
    for block, mark in (("on_macos", "macosx"), ("on_linux", "manylinux")):
        inside = text.partition(f"  {block} do\n")[2].partition("\n  end\n")[0]
        urls = [line for line in inside.splitlines() if "pydantic_core" in line]
        assert [mark in url for url in urls] == [True, True]
    assert "depends_on arch" not in text


def test_a_resource_that_is_not_what_was_locked_is_not_installed(weather: Path, tmp_path: Path) -> None:
    """The digest is what counts; of one changed letter nothing is left to chance."""
    text = (weather / "weather-mcp.rb").read_text(encoding="utf-8")
    digest_line = next(line for line in text.splitlines() if "sha256" in line)
    (tmp_path / "weather-mcp.rb").write_text(text.replace(digest_line, f'  sha256 "{"0" * 64}"'), encoding="utf-8")
    (tmp_path / "weather_mcp-0.1.0-py3-none-any.whl").symlink_to(weather / "weather_mcp-0.1.0-py3-none-any.whl")
    argv = [needed("ruby"), READER, tmp_path / "weather-mcp.rb", tmp_path, tmp_path / "keg"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "SHA-256 is" in done.stderr


def test_an_npm_server_is_installed_by_its_tarball_and_answers(tmp_path: Path) -> None:
    """It is installed as Homebrew asks npm to; its command is linked."""
    folder = released(example("typescript-server", tmp_path / "project"), {}, TAGSHIP_PROBES="false")
    said = installed(folder / "colours-mcp.rb", tmp_path)
    file = "tagship-colours-mcp-0.1.0.tgz"
    at = f"https://github.com/octo/typescript-server/releases/download/v0.1.0/{file}"
    assert said["files"] == {"": {"url": at, "sha256": digest(folder, file)}}
    assert (said["class"], said["needs"]) == ("ColoursMcp", ["node"])
    assert said["installed"] == {"bin": ["colours-mcp"]}
    assert (tmp_path / "keg" / "bin" / "colours-mcp").resolve().is_relative_to(tmp_path / "keg" / "libexec")
