"""Runs whole workflows on this machine by ``act``, without Docker, against stand-ins for what only GitHub has.

act skips a job silently when no runner label matches and still exits 0, so success is read from its JSON log: each planned
job must have said that it succeeded (:meth:`Run.assert_succeeded`). What act leaves out must be proved otherwise: it looks
at no branch or tag filters, permissions, time limits, concurrency or environments.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tagship.domain.plans.target import Target
from tests.e2e import act_log
from tests.e2e.act_log import Run
from tests.e2e.repositories import IDENTITY, ROOT, SELF, copy_of_tagship, git, repository
from tests.tools import require

__all__ = ["IDENTITY", "ROOT", "SELF", "Act", "Run", "copy_of_tagship", "git", "push_of_tag", "repository"]

STAND_INS: Final = ROOT / "tests" / "fakes" / "actions"
LABELS: Final = sorted({"ubuntu-latest", *(target.runner for target in Target)})
# Whatever they are pinned to, by whatever is run.
_USES: Final = re.compile(
    rf"""uses:\s*["']?(actions/(?:{"|".join(path.parent.name for path in STAND_INS.glob("*/action.yml"))})@[\w.-]+)"""
)
# Variables that tell a program it runs on GitHub, or where its own files are: of this machine, none reach a run.
_OURS: Final = ("GITHUB_", "ACTIONS_", "RUNNER_", "TAGSHIP_", "XDG_", "GIT_")
_TIME_LIMIT: Final = 600


@dataclass(frozen=True)
class Act:
    """One repository in which workflows run; ``folder`` takes act's own files and the artifacts.

    ``actions`` says where a repository lies that is used as ``owner/name@ref``.
    """

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
        # act reads the inputs of a manual run from the event, too, and looks at nothing else once there is one.
        self._begin({**(payload or {}), **({"inputs": dict(inputs)} if inputs else {})})
        argv: list[str] = [str(require("act")), event, "-W", workflow, "-e", str(self.folder / "event.json"), "--json"]
        argv += _options("-P", dict.fromkeys(LABELS, "-self-hosted"))
        argv += _options("--local-repository", {**self._stand_ins(), **self.actions})
        argv += _options("--input", inputs or {})
        argv += _options("--env", self._job_environment())
        argv += [part for name in self.secrets for part in ("-s", name)]
        env = self._process_environment()
        with subprocess.Popen(
            argv, cwd=self.repository, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        ) as process:  # fmt: skip
            output, errors = _wait(process)
        return act_log.read(process.returncode, output, errors)

    @property
    def artifacts(self) -> Path:
        """The folder in which each artifact has one of its name."""
        return self.folder / "artifacts"

    def _begin(self, payload: Mapping[str, Any]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("artifacts", "home"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "event.json").write_text(json.dumps({**_event(), **payload}), encoding="utf-8")
        git(self.repository, "clone", "--quiet", "--bare", str(self.repository), str(self.folder / "server.git"))

    def _stand_ins(self) -> dict[str, Path]:
        return {uses: STAND_INS / uses.split("@")[0].removeprefix("actions/") for uses in self._used()}

    def _used(self) -> set[str]:
        places = (self.repository, *self.actions.values())
        files = (path for place in places for end in ("yml", "yaml") for path in place.glob(f"**/*.{end}"))
        texts = (path.read_text(encoding="utf-8") for path in files if ".venv" not in path.parts)
        return {uses for text in texts for uses in _USES.findall(text)}

    def _job_environment(self) -> dict[str, str]:
        own = {"ARTIFACTS": self.artifacts, "SERVER": self.folder / "server.git", "STAND_INS": STAND_INS}
        named = {f"TAGSHIP_{name}": str(path) for name, path in own.items()}
        # One tool cache for all tests, so that actions start warm.
        return {**named, "RUNNER_TOOL_CACHE": str(ROOT / ".cache" / "tests" / "tool-cache"), **self.environment}

    def _process_environment(self) -> dict[str, str]:
        """Keep the run apart from this machine's user, and secrets out of argv."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        home = str(self.folder / "home")
        own = {"HOME": home, "XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_CONFIG_HOME": home}
        return {**kept, **own, **IDENTITY, "UV_CACHE_DIR": _uv_cache(), **self.secrets}


def push_of_tag(tag: str) -> dict[str, Any]:
    """Return the payload of a tag push."""
    return {"ref": f"refs/tags/{tag}", "ref_type": "tag"}


def _wait(process: "subprocess.Popen[str]") -> tuple[str, str]:
    try:
        return process.communicate(timeout=_TIME_LIMIT)
    except BaseException:
        os.killpg(process.pid, 9)  # the steps, too
        raise


def _options(name: str, values: Mapping[str, object]) -> Iterable[str]:
    return [part for key, value in values.items() for part in (name, f"{key}={value}")]


def _event() -> dict[str, Any]:
    owner = {"login": "octo"}
    return {"repository": {"full_name": "octo/demo", "name": "demo", "owner": owner, "default_branch": "main"}}


def _uv_cache() -> str:
    return os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
