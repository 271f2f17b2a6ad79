"""Runs whole workflows on this machine by ``act``, without Docker, against stand-ins for what only GitHub has.

act skips a job silently when no runner label matches and still exits 0, so success is read from its JSON log: each planned
job must have said that it succeeded (:meth:`Run.assert_succeeded`).
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tools import require

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = ROOT / "tests" / "fakes" / "actions"
LABELS = ("ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025", "ubuntu-latest")
SELF = "tagship/tagship"
_USES = re.compile(r"uses:\s*(actions/(?:checkout|upload-artifact|download-artifact)@[0-9A-Za-z.]+)")
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Tester", "EMAIL": "tester@example.invalid", "DATE": "2026-03-01T12:00:00Z"}.items()
}


@dataclass(frozen=True)
class Run:
    """What a run left: its exit code, its log, and the jobs with their results."""

    code: int
    log: str
    jobs: Mapping[str, str] = field(default_factory=dict)

    def assert_succeeded(self, *jobs: str) -> None:
        """Fail with the log unless exactly these jobs ran and succeeded."""
        assert dict(self.jobs) == dict.fromkeys(jobs, "success"), self.log[-12000:]
        assert self.code == 0, self.log[-12000:]


@dataclass(frozen=True)
class Act:
    """One repository in which workflows run; ``folder`` takes act's own files and the artifacts."""

    repository: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, Path] = field(default_factory=dict)

    def run(
        self,
        event: str,
        workflow: str,
        *,
        payload: Mapping[str, Any] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Run:
        """Run one workflow for one event."""
        shutil.rmtree(self.folder, ignore_errors=True)
        artifacts = self.folder / "artifacts"
        artifacts.mkdir(parents=True)
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps({**_event(), **(payload or {})}), encoding="utf-8")
        argv: list[str] = [str(require("act")), event, "-W", workflow, "-e", str(event_file), "--json"]
        argv += [part for label in LABELS for part in ("-P", f"{label}=-self-hosted")]
        places = {
            **{uses: STAND_INS / uses.split("@")[0].split("/")[1] for uses in self._stood_in_for()},
            **self.actions,
        }
        argv += [part for uses, place in places.items() for part in ("--local-repository", f"{uses}={place}")]
        argv += [part for name, value in (inputs or {}).items() for part in ("--input", f"{name}={value}")]
        server = self.folder / "server.git"
        git(self.repository, "clone", "--quiet", "--bare", str(self.repository), str(server))
        own = {"ARTIFACTS": artifacts, "SERVER": server, "STAND_INS": STAND_INS}
        environment = {f"TAGSHIP_{name}": str(path) for name, path in own.items()}
        environment |= {"RUNNER_TOOL_CACHE": str(_tool_cache()), **self.environment}
        argv += [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        argv += [part for name in self.secrets for part in ("-s", name)]
        done = subprocess.run(
            argv,
            cwd=self.repository,
            env=self._process_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        return Run(code=done.returncode, log=_readable(done.stdout) + done.stderr, jobs=_results(done.stdout))

    def _stood_in_for(self) -> set[str]:
        files = [path for place in (self.repository, *self.actions.values()) for path in place.glob("**/*.yml")]
        return {
            uses
            for path in files
            if ".venv" not in path.parts
            for uses in _USES.findall(path.read_text(encoding="utf-8"))
        }

    def _process_environment(self) -> dict[str, str]:
        """Keep the run apart from this machine's user, and secrets out of argv."""
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("GITHUB_", "ACTIONS_", "RUNNER_", "TAGSHIP_", "XDG_"))
        }
        home = self.folder / "home"
        home.mkdir()
        own = {"HOME": str(home), "XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_CONFIG_HOME": str(home)}
        return {**kept, **own, **IDENTITY, "UV_CACHE_DIR": _uv_cache(), **self.secrets}


def git(folder: Path, *arguments: str) -> str:
    """Run git as the tester, at a fixed time."""
    env = {**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def copy_of_tagship(to: Path) -> Path:
    """Copy the project as it is now into a repository of its own.

    ``uses: $/…`` (this repository, this commit) is not known to act yet (nektos/act#6189): the copy names itself instead,
    ``tagship/tagship/…@v1``, which the test maps to the copy.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    for path in to.glob(".github/workflows/*.yml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"uses: \$/([\w/-]+)", rf"uses: {SELF}/\1@v1", text), encoding="utf-8")
    repository(to, f"https://github.com/{SELF}")
    return to


def repository(folder: Path, origin: str) -> None:
    """Make a repository with one commit of all that lies in a folder."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", origin)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "feat: begin")


def push_of_tag(tag: str) -> dict[str, Any]:
    """Return the payload of a tag push."""
    return {"ref": f"refs/tags/{tag}", "ref_type": "tag"}


def _event() -> dict[str, Any]:
    owner = {"login": "octo"}
    return {"repository": {"full_name": "octo/demo", "name": "demo", "owner": owner, "default_branch": "main"}}


def _results(output: str) -> dict[str, str]:
    results: dict[str, str] = {}
    for line in output.splitlines():
        entry = _entry(line)
        if "jobResult" in entry:
            results[str(entry["jobID"])] = str(entry["jobResult"])
    return results


def _readable(output: str) -> str:
    lines = (_entry(line) for line in output.splitlines())
    return "\n".join(
        f"[{line.get('job', '')}] {str(line.get('msg', '')).rstrip()}" for line in lines if line.get("msg")
    )


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return {"msg": line}
    return entry if isinstance(entry, dict) else {}


def _uv_cache() -> str:
    return os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")


def _tool_cache() -> Path:
    """Share one tool cache among the tests, so that actions start warm."""
    return ROOT / ".cache" / "tests" / "tool-cache"
