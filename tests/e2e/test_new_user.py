"""A new user's first release, as they would do it: an empty folder, a few commands, no file edited, and a server that answers.

What a person types are the commands of docs/quick-start.md; it goes through :class:`Person`, which counts. What is asked of them
only here, such as addresses on loopback, comes by environment. What GitHub does by itself after a push is act's.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.test_workflows import CHAIN, RELEASE, environment, make_known, planned
from tests.fakes.github import GithubServer
from tests.integration.examples import caches
from tests.tools.node import openapi_description
from tests.tools.npm_registry import NpmRegistry
from tests.tools.pypi_server import TOKEN, PypiServer

TAGSHIP = (sys.executable, "-m", "tagship")
UVX = ["uvx", "--from", "tagship[all]", "tagship"]
MOST = 12
COMMIT = "0123456789abcdef0123456789abcdef01234567"
pytestmark = [pytest.mark.e2e, pytest.mark.network]


@dataclass
class Person:
    """Somebody at a terminal in a folder that was empty; ``typed`` counts the commands."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    typed: int = 0

    def types(self, *argv: str | Path) -> str:
        """Run one command and return what it printed to standard output."""
        self.typed += 1
        assert self.typed <= MOST
        left_out = ("GITHUB_", "TAGSHIP_", "GIT_")
        kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith(left_out)}
        env = {**kept, **act.IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, **self.env}
        words = [str(word) for word in argv]
        done = subprocess.run(
            words, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def follows(self, section: str, upto: str = "") -> None:
        """Type the commands of a section of docs/quick-start.md, as far as the first that begins like ``upto``."""
        self.folder.mkdir(parents=True)
        page = (act.ROOT / "docs" / "quick-start.md").read_text(encoding="utf-8")
        block = page.partition(f"\n## {section}\n")[2].partition("```console\n")[2].partition("```")[0]
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            if upto and " ".join(words).endswith(upto):
                break
            self.types(*(TAGSHIP + tuple(words[4:]) if words[:4] == UVX else words))

    def asks(self, command: str) -> dict[str, Any]:
        """Start a server as its users do, and return what ``probe`` says of it."""
        said = self.types(*TAGSHIP, "probe", "--command", command, "--expect-version", "0.1.0", "--json")
        outputs: dict[str, Any] = json.loads(said)
        assert outputs["status"] == "ok"
        return outputs


@pytest.mark.parametrize("form", ["reusable", "composite"])
def test_a_python_server_from_an_empty_folder_to_uvx(
    form: str, secrets: Mapping[str, str], tagship_copy: Path, tmp_path: Path
) -> None:
    """init, commit, tag; the workflow that init wrote releases and publishes it; uvx installs it and it answers."""
    commit = act.git(tagship_copy, "rev-parse", "HEAD")
    person = Person(tmp_path / "weather")
    known = ["octo/weather", "tagship/tagship"]
    with (
        PypiServer(tmp_path / "index") as index,
        GithubServer(known, description=openapi_description()) as github,
    ):
        said = {"FORM": form, "SIGNERS": "key", "CHANNELS": f"pypi={index.address}", "REF": commit}
        person.env |= {f"TAGSHIP_{name}": value for name, value in said.items()}
        person.follows("Python", upto="tagship release")
        person.types("git", "remote", "add", "origin", "https://github.com/octo/weather")

        make_known(github, "octo/weather", person.folder)
        github.repository("octo/weather").tags["v0.1.0"] = act.git(person.folder, "rev-parse", "HEAD")
        ours = {f"{act.SELF}@{reference}": tagship_copy for reference in ("v1", commit)}
        hidden = {**secrets, "TAGSHIP_PYPI_TOKEN": TOKEN}
        runner = Act(person.folder, tmp_path / "act", environment(github), hidden, ours)
        owner = {"full_name": "octo/weather", "name": "weather", "owner": {"login": "octo"}, "default_branch": "main"}
        run = runner.run("push", RELEASE, payload={**act.push_of_tag("v0.1.0"), "repository": owner})

        run.assert_succeeded(*(CHAIN if form == "reusable" else ("release",)), "publish")
        (release,) = github.repository("octo/weather").releases.values()
        assert (release.tag_name, release.draft) == ("v0.1.0", False)
        assert {asset.name for asset in github.repository("octo/weather").assets.values()} == planned(
            "weather", "0.1.0"
        )
        assert index.files == {"weather-0.1.0-py3-none-any.whl", "weather-0.1.0.tar.gz"}
        assert TOKEN not in run.log
        answer = person.asks(f"uvx --index {index.address}simple/ weather")
        assert set(json.loads(answer["tools"])) == {"sun", "comfort"}
        github.quiesce()
        assert github.violations == []
    assert act.git(person.folder, "status", "--porcelain") == ""


def test_an_npm_server_from_an_empty_folder_to_npx(tmp_path: Path) -> None:
    """The same on one's own machine: released into a folder, published, and started by npx from the registry.

    That all lines of Node.js are probed before is the example's test (test_probe_examples.py): here npx is what asks.
    """
    person = Person(tmp_path / "weather", {**caches(), "XDG_DATA_HOME": str(tmp_path / "data")})
    with NpmRegistry(tmp_path / "registry") as registry:
        person.env |= {"TAGSHIP_REF": COMMIT, "TAGSHIP_CHANNELS": f"npm={registry.address}", "TAGSHIP_PROBES": "false"}
        person.follows("TypeScript")
        del person.env["TAGSHIP_CHANNELS"]
        person.env["TAGSHIP_NPM_TOKEN"] = registry.token
        person.types(*TAGSHIP, "publish", "--plan", "dist/plan.json")
        answer = person.asks(f"npx -y --@octo:registry={registry.address} @octo/weather")
    assert set(json.loads(answer["tools"])) == {"contrast"}
    assert act.git(person.folder, "status", "--porcelain") == ""


def test_a_go_server_from_an_empty_folder_to_an_installed_program(tmp_path: Path) -> None:
    """The program out of the release's archive answers."""
    person = Person(tmp_path / "weather", {**caches(), "XDG_DATA_HOME": str(tmp_path / "data")})
    person.env |= {"TAGSHIP_REF": COMMIT, "TAGSHIP_TARGETS": "linux-x86_64"}
    person.follows("Go")
    person.types("tar", "-xzf", "releases/v0.1.0/weather-0.1.0-linux-x86_64.tar.gz", "-C", "releases")
    answer = person.asks(str(person.folder / "releases" / "weather"))
    assert set(json.loads(answer["tools"])) == {"moon"}
    assert act.git(person.folder, "status", "--porcelain") == ""


def test_a_rust_server_is_planned_and_its_lock_is_whole(tmp_path: Path) -> None:
    """Compiling it is another test's (the example's): here cargo takes the lock as it is, and the plan has six programs."""
    person = Person(tmp_path / "weather", caches())
    person.env["TAGSHIP_REF"] = COMMIT
    person.follows("Rust", upto="tagship release")
    person.types("cargo", "metadata", "--locked", "--format-version", "1")
    outputs = json.loads(person.types(*TAGSHIP, "build-matrix", "--json", "--plan", "../plan.json"))
    assert (outputs["tag"], json.loads(outputs["packages"])) == ("v0.1.0", ["weather"])
    files = {
        artifact["name"] for artifact in json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["artifacts"]
    }
    assert len({name for name in files if name.endswith((".tar.gz", ".zip")) and "-0.1.0-" in name}) == 6
    assert act.git(person.folder, "status", "--porcelain") == ""
