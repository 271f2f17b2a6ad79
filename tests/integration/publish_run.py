"""Run ``publish`` as people do, as a program, on a project that is built once and planned for a test's own servers."""

import base64
import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

import msgspec

from tagship.cli import main
from tagship.domain.components.licence_policy import ANY
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import ChannelPlan, Leg, Package, Plan, ToolInfo
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tests.tools.door import Door

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Built:
    """A tagged project whose leg is built, and the digests as the job output has them."""

    project: Path
    digests: str


@dataclass(frozen=True)
class Finished:
    """How a run of the command ended, and all it said."""

    code: int
    out: str
    said: str

    @property
    def published(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(json.loads(self.out)["published"])
        return values


@dataclass(frozen=True)
class Publisher:
    """A project of one test, planned for its servers; ``secrets`` must never be seen in what it says."""

    project: Path
    digests: str
    env: dict[str, str]
    secrets: tuple[str, ...] = field(repr=False)

    def command(self, *flags: str) -> list[str]:
        given = ["--digests", self.digests, "--retry-window", "20", "--json", *flags]
        return [sys.executable, "-m", "tagship", "publish", *given]

    def run(self, *flags: str, **env: str) -> Finished:
        done = subprocess.run(
            self.command(*flags),
            cwd=self.project,
            env={**self.env, **env},
            capture_output=True,
            check=False,
            timeout=120,
        )
        return self._finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_here(self, *flags: str, **env: str) -> Finished:
        """Do the same in this process, without the second that a program takes to start; one at a time."""
        out, err = io.StringIO(), io.StringIO()
        around = mock.patch.dict(os.environ, {**self.env, **env}, clear=True)
        with around, contextlib.chdir(self.project), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(self.command(*flags)[3:])
        return self._finished(code, out.getvalue(), err.getvalue())

    def _finished(self, code: int, out: str, err: str) -> Finished:
        assert [secret for secret in self.spellings if secret in out + err] == []
        return Finished(code=code, out=out, said=out + err)

    def run_until_killed(self, arm: Callable[["subprocess.Popen[bytes]"], None]) -> None:
        """Start it, let ``arm`` know the process, and see that it was killed."""
        with subprocess.Popen(
            self.command(), cwd=self.project, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            arm(running)
            running.communicate(timeout=60)
        assert running.returncode == -signal.SIGKILL

    def run_until_killed_at(self, registry: Door, nth: int, *, taken: bool) -> None:
        """Kill it at a request, before or (``taken``) after the registry carried that out; the registry is healthy then."""
        process: list[subprocess.Popen[bytes]] = []

        def kill() -> bool:
            if len(registry.requests) == nth and process[0].poll() is None:
                process[0].send_signal(signal.SIGKILL)
                process[0].wait()
            return False

        if taken:
            registry.after = lambda _method, _path: kill()
        else:
            registry.before = lambda _method, _path: 503 if len(registry.requests) == nth and not kill() else None
        self.run_until_killed(process.append)
        registry.healthy()

    @property
    def spellings(self) -> list[str]:
        """The secrets as they might turn up: plain, in an address, as part of a header."""
        quoted = [urllib.parse.quote(secret, safe="") for secret in self.secrets]
        encoded = [base64.b64encode(secret.encode()).decode() for secret in self.secrets]
        return [*self.secrets, *quoted, *encoded]

    def file(self, name: str) -> Path:
        """Return a built file."""
        (found,) = self.project.glob(f"dist/*/{name}")
        return found


def build(example: str, folder: Path, tag: str = "v0.1.0") -> Built:
    """Build an example once: its bytes serve all tests of a module."""
    ignored = shutil.ignore_patterns("__pycache__", "dist", ".venv", "node_modules")
    shutil.copytree(EXAMPLES / example, folder / example, ignore=ignored)
    return build_folder(folder / example, tag)


def build_folder(project: Path, tag: str) -> Built:
    """Commit, tag and build a project."""
    env = environment(project.parent)
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "feat: start"], ["tag", tag]):
        check(["git", *arguments], project, env)
    tagship(project, env, "build-matrix")
    outputs = json.loads(tagship(project, env, "build", "--json"))
    return Built(project=project, digests=outputs["digests"])


def plan(built: Built, folder: Path, config: str, secrets: dict[str, str], *hidden: str) -> Publisher:
    """Plan a copy of the project anew, with channels; what was built stays what it is."""
    project = folder / built.project.name
    shutil.copytree(built.project, project)
    env = {**environment(folder), **secrets}
    (project / "tagship.yaml").write_text(config, encoding="utf-8")
    tagship(project, env, "build-matrix")
    return Publisher(project=project, digests=built.digests, env=env, secrets=hidden)


@dataclass(frozen=True)
class File:
    """A file that a plan made by hand owes."""

    kind: Any
    data: bytes = field(repr=False)
    target: Target = Target.ANY


def by_hand(
    folder: Path,
    files: dict[str, File],
    channels: list[ChannelPlan],
    secrets: dict[str, str] | None = None,
    *hidden: str,
    version: str = "1.2.0",
    name: str = "dice-mcp",
    details: dict[str, Any] | None = None,
    commit_time: str = "2026-01-01T00:00:00Z",
) -> Publisher:
    """Lay out what a build left, for files that need no build; every channel owes all of them unless it says so."""
    root = folder / f"project-{version}"
    root.mkdir(parents=True)
    spellings = Version.parse(version).spellings
    owner = Package(
        id=name,
        name=name,
        path=".",
        ecosystem="container",
        version=version,
        spellings=spellings,
        license=None,
        entry=None,
        version_sites=(),
        **{"mcp_name": None, **(details or {})},
    )
    artifacts = tuple(
        Artifact(name=file, kind=each.kind, package=name, target=each.target, media_type="application/x", leg="leg")
        for file, each in sorted(files.items())
    )
    leg = Leg(id="leg", runner="x", targets=(Target.ANY,), packages=(name,), artifacts=tuple(sorted(files)))
    made = Plan(
        tool=ToolInfo(name="tagship", version="0"),
        name=name,
        repository="octo/demo",
        commit="0" * 40,
        commit_time=commit_time,
        tag=f"v{version}",
        snapshot=False,
        version=version,
        prerelease="-" in version,
        packages=(owner,),
        legs=(leg,),
        probes=(),
        artifacts=artifacts,
        signatures=(),
        channels=tuple(msgspec.structs.replace(c, artifacts=c.artifacts or tuple(sorted(files))) for c in channels),
        licenses=ANY,
    )
    (root / "plan.json").write_bytes(plans.encode(made))
    (root / "dist" / "leg").mkdir(parents=True)
    for file, each in files.items():
        (root / "dist" / "leg" / file).write_bytes(each.data)
    digests = json.dumps({file: hashlib.sha256(each.data).hexdigest() for file, each in files.items()})
    return Publisher(project=root, digests=digests, env={**environment(folder), **(secrets or {})}, secrets=hidden)


def channel(kind: str, address: str, **more: Any) -> ChannelPlan:
    """Plan a channel of the package ``dice-mcp``."""
    entry = ChannelPlan(id=kind, kind=kind, package="dice-mcp", artifacts=(), address=address, after=())
    return msgspec.structs.replace(entry, **more)


def environment(home: Path) -> dict[str, str]:
    """Give what the programs need, and nothing of the machine's own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ACTIONS_", "GITHUB_", "TAGSHIP_", "GIT_"))
    }
    who = {f"GIT_{role}_{key}": "tester" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "NETRC": str(home / "netrc")}


def tagship(project: Path, env: dict[str, str], *arguments: str) -> str:
    """Run a command that must end well."""
    return check([sys.executable, "-m", "tagship", *arguments], project, env)


def check(argv: list[str], cwd: Path, env: dict[str, str]) -> str:
    """Run a program that must end well, and return what it printed."""
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}"
    return done.stdout.decode()
