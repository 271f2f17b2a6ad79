"""Git, by its own command: few calls, NUL-separated answers, nothing that a repository's content could turn into options."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tagship.domain.commits import Commit
from tagship.errors import ProjectError, RemoteRefused, UsageError
from tagship.ports import Shell

_SAFE: Final = (
    "git", "--literal-pathspecs", "-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "gc.auto=0",
)  # fmt: skip

_BOT: Final = {"NAME": "github-actions[bot]", "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com"}
"""The account behind a job's own token (docs.github.com/apps, the id is public)."""


class Git:
    """:class:`tagship.ports.Vcs` over the git command."""

    def __init__(self, folder: Path, shell: Shell, environment: Mapping[str, str]) -> None:
        self._shell = shell
        self._env = {**environment, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        self._folder = folder
        self._root, self._shallow, self._head = self._look(folder)

    @property
    def root(self) -> Path:
        """The repository's top folder."""
        return self._root

    def head(self) -> str:
        """Return the commit id of HEAD.

        Raises:
            UsageError: there is no commit yet.

        """
        if not self._head:
            raise UsageError("the repository has no commit yet", hint="commit the project first")
        return self._head

    def commit_time(self, commit: str) -> datetime:
        """Return when the commit was made, UTC."""
        return datetime.fromtimestamp(int(self._git("show", "-s", "--format=%ct", commit)), UTC)

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return self._shallow

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD."""
        return bool(self._git("status", "--porcelain", "--untracked-files=no"))

    def tags_at(self, commit: str) -> tuple[str, ...]:
        """Return the tags on one commit."""
        return tuple(self._git("tag", "--points-at", commit).splitlines())

    def merged_tags(self, commit: str) -> tuple[str, ...]:
        """Return the tags on the commit and its ancestors."""
        return tuple(self._git("tag", "--merged", commit).splitlines())

    def tag_commit(self, tag: str) -> str | None:
        """Return the commit a tag points at, or ``None`` when there is no such tag."""
        done = self._shell.run(
            [*_SAFE, "rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/tags/{tag}^{{commit}}"],
            cwd=self._root,
            env=self._env,
        )
        return done.stdout.strip() or None

    def log(self, since: str | None, until: str, path: str) -> tuple[Commit, ...]:
        """Return the commits of a range that touch ``path``, newest first."""
        span = f"{since}..{until}" if since else until
        limit = ("--", path) if path not in {"", "."} else ()
        text = self._git("log", "-z", "--format=%H%n%P%n%an%n%ae%n%B", "--end-of-options", span, *limit)
        return tuple(_commit(entry) for entry in text.split("\0") if entry.strip())

    def remote_url(self) -> str | None:
        """Return the address of ``origin``."""
        done = self._shell.run([*_SAFE, "config", "--get", "remote.origin.url"], cwd=self._root, env=self._env)
        return done.stdout.strip() or None

    def tree(self, commit: str, folder: str) -> "GitTree":
        """Open the files of a commit below a folder of the repository."""
        prefix = "" if folder in {"", "."} else folder.rstrip("/") + "/"
        limit = (prefix,) if prefix else ()
        names = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", commit, *limit)
        paths = tuple(name.removeprefix(prefix) for name in names.split("\0") if name.startswith(prefix) and name)
        return GitTree(self, commit, prefix, paths)

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

    def commit(self, files: Sequence[str], message: str) -> str:
        """Commit these files and return the commit id."""
        self._env |= self._identity()
        self._git("add", "--", *files)
        self._git("commit", "--quiet", "--file=-", "--only", "--", *files, stdin=message)
        self._head = self._git("rev-parse", "HEAD").strip()
        return self._head

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag."""
        self._git("tag", "--annotate", "--file=-", "--end-of-options", name, commit, stdin=message)

    def branch(self) -> str | None:
        """Return the branch that is checked out, ``None`` when HEAD is detached."""
        done = self._shell.run([*_SAFE, "symbolic-ref", "--quiet", "--short", "HEAD"], cwd=self._root, env=self._env)
        return done.stdout.strip() or None

    def push(self, references: Sequence[str], token: str) -> None:
        """Push to ``origin``, all references or none.

        The token travels in an environment variable, never in argv, address or configuration file.
        """
        env = dict(self._env)
        header: tuple[str, ...] = ()
        if token:
            basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            env["TAGSHIP_GIT_HEADER"] = f"Authorization: Basic {basic}"
            header = ("--config-env=http.extraHeader=TAGSHIP_GIT_HEADER",)
        argv = [*_SAFE, *header, "push", "--atomic", "--quiet", "origin", *references]
        done = self._shell.run(argv, cwd=self._root, env=env, timeout=120)
        if done.code:
            hint = "the branch or tag may be protected: use mode: files and open a pull request, or allow this token"
            raise RemoteRefused(f"git push was refused:\n{done.last_lines(5)}", hint=hint)

    def read(self, names: Sequence[str]) -> dict[str, str]:
        """Read blobs named ``commit:path`` in one call, as text; missing ones are left out."""
        asked = [name for name in names if "\n" not in name]
        done = self._shell.run(
            [*_SAFE, "cat-file", "--batch"],
            cwd=self._root,
            env=self._env,
            input_bytes="".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape"),
        )
        return dict(_split_batch(done.out, asked))

    def _identity(self) -> dict[str, str]:
        """Name a committer where git knows none: on a runner the bot that owns the job's token.

        Raises:
            UsageError: nobody is configured, and this is no runner.

        """
        if self._shell.run([*_SAFE, "var", "GIT_COMMITTER_IDENT"], cwd=self._root, env=self._strict()).code == 0:
            return {}
        if self._env.get("GITHUB_ACTIONS") != "true":
            hint = "run git config user.name and git config user.email"
            raise UsageError("git does not know who commits", hint=hint)
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _BOT.items()}

    def _strict(self) -> dict[str, str]:
        """Keep git from making up an identity of the machine's name."""
        count = int(self._env.get("GIT_CONFIG_COUNT", "0"))
        only = {f"GIT_CONFIG_KEY_{count}": "user.useConfigOnly", f"GIT_CONFIG_VALUE_{count}": "true"}
        return {**self._env, **only, "GIT_CONFIG_COUNT": str(count + 1)}

    def _look(self, folder: Path) -> tuple[Path, bool, str]:
        argv = [*_SAFE, "rev-parse", "--show-toplevel", "--is-shallow-repository", "HEAD"]
        done = self._shell.run(argv, cwd=folder, env=self._env)
        lines = done.stdout.splitlines()
        if "dubious ownership" in done.stderr:
            hint = "the folder belongs to another user; run git config --global --add safe.directory <folder>"
            raise UsageError("git refuses this repository", file=str(folder), hint=hint)
        if len(lines) < 2:  # noqa: PLR2004
            hint = "run `git init` and commit, or point working-directory at a clone (in a workflow: actions/checkout)"
            raise UsageError("not a git repository", file=folder.name or str(folder), hint=hint)
        return Path(lines[0]), lines[1] == "true", lines[2] if done.code == 0 else ""

    def _git(self, *arguments: str, stdin: str | None = None) -> str:
        data = stdin.encode() if stdin is not None else None
        done = self._shell.run([*_SAFE, *arguments], cwd=self._root, env=self._env, input_bytes=data)
        if done.code:
            last = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise ProjectError(f"git {arguments[0]} failed: {last[-1]}", hint="run the same git command by hand")
        return done.stdout


class GitTree:
    """:class:`tagship.ports.SourceTree` of one commit, read from git's objects: what lies about uncommitted is not seen."""

    def __init__(self, git: Git, commit: str, prefix: str, paths: tuple[str, ...]) -> None:
        self._git = git
        self._commit = commit
        self._prefix = prefix
        self._paths = paths
        self._known: dict[str, str] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return self._paths

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files as text; each is fetched once."""
        existing = set(self._paths)
        new = [path for path in paths if path in existing and path not in self._known]
        start = f"{self._commit}:{self._prefix}"
        if new:
            texts = self._git.read([start + path for path in new])
            self._known |= {name.removeprefix(start): text for name, text in texts.items()}
        return {path: self._known[path] for path in paths if path in self._known}


def _commit(entry: str) -> Commit:
    """Read one entry of the log: id, parents, name and address of the author, message."""
    commit, parents, author, email, message = (*entry.lstrip("\n").split("\n", 4), "", "", "", "")[:5]
    return Commit(id=commit, message=message.strip(), parents=tuple(parents.split()), author=author, email=email)


def _split_batch(data: bytes, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Take the answer of ``git cat-file --batch`` apart: ``<id> <type> <size>``, the bytes, a line end."""
    at = 0
    for name in names:
        end = data.index(b"\n", at)
        header = data[at:end].split(b" ")
        at = end + 1
        if header[-1] == b"missing" or len(header) != 3:  # noqa: PLR2004
            continue
        size = int(header[2])
        yield name, data[at : at + size].decode("utf-8", "replace")
        at += size + 1
