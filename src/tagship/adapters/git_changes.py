"""Changing a repository by git: commit, tag, push, fetch; and taking back what a refused push leaves behind."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tagship.adapters.git_command import GitCommand
from tagship.adapters.lock import lock
from tagship.errors import ProjectError, RemoteRefused, RemoteUnreachable, UsageError
from tagship.ports import Finished

_BOT: Final = {"NAME": "github-actions[bot]", "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com"}
"""The account behind a job's own token (docs.github.com/apps, the id is public)."""


_NETWORK: Final = ("Could not resolve", "unable to access", "Connection", "timed out", "early EOF", "hung up")
_REFUSED: Final = ("403", "401", "Permission", "denied", "Authentication failed", "could not read Username")


class GitChanges(GitCommand):
    """Writing, locally and to ``origin``."""

    def export(self, commit: str, to: Path) -> None:
        """Clone the commit, with its tags and nothing uncommitted, into a new folder."""
        self._git("clone", "--quiet", "--no-checkout", "--local", "--no-hardlinks", "--", str(self._root), str(to))
        clone = (
            "-C",
            str(to),
            "-c",
            "advice.detachedHead=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.autocrlf=false",
        )
        self._git(*clone, "checkout", "--quiet", "--detach", commit)

    @contextmanager
    def alone(self, head: str) -> Iterator[None]:
        """Keep other runs of ours out of this clone while something is made on top of ``head``.

        Raises:
            ProjectError: another run is in here, or has been: HEAD is not where it was.

        """
        with lock(self._root / self._git("rev-parse", "--git-path", "tagship.lock").strip()) as ours:
            if not ours or self._git("rev-parse", "HEAD").strip() != head:
                hint = "wait for it, and run it again"
                raise ProjectError("another version-bump, or another git, works in this clone", hint=hint)
            yield

    def commit(self, files: Sequence[str], message: str) -> str:
        """Commit these files and return the commit id."""
        self._env |= self._identity()
        self._git("add", "--", *files)
        self._git("commit", "--quiet", "--file=-", "--cleanup=verbatim", "--only", "--", *files, stdin=message)
        self._head = self._git("rev-parse", "HEAD").strip()
        return self._head

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag."""
        self._git("tag", "--annotate", "--file=-", "--end-of-options", name, commit, stdin=message)

    def take_back(self, to: str, tags: Sequence[str], files: Sequence[str]) -> None:
        """Undo our own commit and tags, and unstage the files; their bytes on disk are the caller's business."""
        made = self._git("rev-parse", "HEAD").strip()
        for tag in tags:
            at = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/tags/{tag}^{{commit}}")
            if at.stdout.strip() == made:
                self._try("tag", "--delete", "--", tag)
        if made != to:
            self._git("reset", "--quiet", "--soft", to)
            self._head = to
        self._try("reset", "--quiet", "--", *files)

    def push(self, references: Sequence[str], token: str) -> None:
        """Push to ``origin``, all references or none.

        The token travels in an environment variable, never in argv, address or configuration file.

        Raises:
            RemoteRefused: a rule, a missing right, or a branch that moved on.
            RemoteUnreachable: no answer.

        """
        done = self._with_token(token, "push", "--atomic", "--quiet", "origin", *references)
        if done.code:
            raise _refusal("push", done, "allow this token to push, or use mode: pull-request")

    def fetch(self, reference: str, token: str) -> str:
        """Fetch one reference of ``origin`` and return the commit it is on; no branch of the clone moves."""
        done = self._with_token(token, "fetch", "--quiet", "--no-tags", "origin", reference)
        if done.code:
            raise _refusal("fetch", done, "let actions/checkout keep its credentials, or pass `token`")
        return self._git("rev-parse", "FETCH_HEAD^{commit}").strip()

    def deepen(self, token: str) -> None:
        """Fetch the history and the tags that a shallow clone lacks."""
        done = self._with_token(token, "fetch", "--quiet", "--unshallow", "--tags", "origin")
        if done.code:
            raise _refusal("fetch", done, "give actions/checkout `fetch-depth: 0` instead")
        self._shallow = False

    def _with_token(self, token: str, *arguments: str) -> Finished:
        env: dict[str, str] = {}
        options: tuple[str, ...] = ()
        if token:
            basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            env["TAGSHIP_GIT_HEADER"] = f"Authorization: Basic {basic}"
            options = ("--config-env=http.extraHeader=TAGSHIP_GIT_HEADER",)
        return self._try(*arguments, env=env, options=options, timeout=300)

    def _identity(self) -> dict[str, str]:
        """Name a committer where git knows none: on a runner the bot that owns the job's token.

        Raises:
            UsageError: nobody is configured, and this is no runner.

        """
        if self._try("var", "GIT_COMMITTER_IDENT", env=self._strict()).code == 0:
            return {}
        if self._env.get("GITHUB_ACTIONS") != "true":
            hint = "run git config user.name and git config user.email"
            raise UsageError("git does not know who commits", hint=hint)
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _BOT.items()}

    def _strict(self) -> dict[str, str]:
        """Keep git from making up an identity of the machine's name."""
        count = int(self._env.get("GIT_CONFIG_COUNT", "0"))
        only = {f"GIT_CONFIG_KEY_{count}": "user.useConfigOnly", f"GIT_CONFIG_VALUE_{count}": "true"}
        return {**only, "GIT_CONFIG_COUNT": str(count + 1)}


def _refusal(doing: str, done: Finished, hint: str) -> RemoteRefused | RemoteUnreachable | UsageError:
    """Tell the failures of a remote git apart."""
    said = done.last_lines(12)
    if "'origin' does not appear to be a git repository" in said:
        return UsageError("the clone has no remote `origin`", hint="run git remote add origin ADDRESS")
    if "non-fast-forward" in said or "fetch first" in said or "stale info" in said:
        moved = "somebody pushed in the meantime, perhaps another version-bump; pull, and run it again"
        return RemoteRefused(f"git {doing} was refused: the branch moved on\n{said}", hint=moved)
    if any(word in said for word in _NETWORK) and not any(word in said for word in _REFUSED):
        return RemoteUnreachable(f"git {doing} failed:\n{said}", hint="run it again: nothing was changed")
    return RemoteRefused(f"git {doing} was refused:\n{said}", hint=hint)
