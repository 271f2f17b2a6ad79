"""Calling git: few calls, NUL-separated answers, nothing that a repository's content could turn into options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tagship.domain.changes.commits import Commit
from tagship.errors import ProjectError, UsageError
from tagship.ports import Finished, Shell

_SAFE: Final = (
    "git", "-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "gc.auto=0",
)  # fmt: skip
_TOLD: Final = 3
"""So many of the last lines that git or a hook says are told."""
_LOCKED: Final = ("index.lock", "cannot lock ref", "Unable to create")


class GitCommand:
    """A repository on disk, and git with an environment that asks nobody anything."""

    def __init__(self, folder: Path, shell: Shell, environment: Mapping[str, str]) -> None:
        self._shell = shell
        fixed = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1"}
        self._env = {**environment, **fixed}
        self._root, self._shallow, self._head = self._look(folder)
        self._origin: str | None = None
        self._times: dict[str, int] = {}
        self._logs: dict[tuple[str | None, str], tuple[Commit, ...]] = {}

    @property
    def root(self) -> Path:
        """The repository's top folder."""
        return self._root

    def _try(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        timeout: float = 600,
    ) -> Finished:
        """Run git whatever its exit code; ``env`` comes on top, ``options`` before the command's name."""
        argv = [*_SAFE, *options, *arguments]
        return self._shell.run(
            argv, cwd=self._root, env={**self._env, **(env or {})}, input_bytes=stdin, timeout=timeout
        )

    def _git(self, *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git and return what it prints.

        Raises:
            ProjectError: it failed.

        """
        done = self._try(*arguments, stdin=stdin.encode() if stdin is not None else None, env=env)
        if done.code:
            lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip() and line[:5] != "hint:"]
            said = " ".join(line.strip() for line in lines[-_TOLD:]) or "no message"
            locked = any(word in done.stderr for word in _LOCKED)
            hint = (
                "another git, perhaps another version-bump, works in this clone: wait for it, and run it again"
                if locked
                else "run the same git command by hand"
            )
            raise ProjectError(f"git {arguments[0]} failed: {said}", hint=hint)
        return done.stdout

    def _look(self, folder: Path) -> tuple[Path, bool, str]:
        argv = [*_SAFE, "rev-parse", "--show-toplevel", "--is-shallow-repository", "HEAD"]
        done = self._shell.run(argv, cwd=folder, env=self._env)
        lines = done.stdout.splitlines()
        if "dubious ownership" in done.stderr:
            hint = "the folder belongs to another user; run git config --global --add safe.directory <folder>"
            raise UsageError("git refuses this repository", file=str(folder), hint=hint)
        if len(lines) < 2 and "not a git repository" not in done.stderr and done.stderr.strip():  # noqa: PLR2004
            said = done.stderr.strip().splitlines()[-1].removeprefix("fatal: ")
            hint = "run `git status` there"
            raise UsageError(f"git cannot read this repository: {said}", file=folder.name or str(folder), hint=hint)
        if len(lines) < 2:  # noqa: PLR2004
            hint = "run `git init` and commit, or point working-directory at a clone (in a workflow: actions/checkout)"
            raise UsageError("not a git repository", file=folder.name or str(folder), hint=hint)
        return Path(lines[0]), lines[1] == "true", lines[2] if done.code == 0 else ""
