"""Reading a repository's history by git."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from tagship.adapters.git_command import GitCommand
from tagship.domain.changes.commits import Commit
from tagship.errors import UsageError

_LOG: Final = "--format=%H%n%P%n%an%n%ae%n%B"


class GitHistory(GitCommand):
    """Commits, tags, branches, and the bytes of files as they were committed."""

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
        if commit not in self._times:
            self._times[commit] = int(self._git("show", "-s", "--format=%ct", commit))
        return datetime.fromtimestamp(self._times[commit], UTC)

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return self._shallow

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD."""
        return bool(self._git("status", "--porcelain", "--untracked-files=no"))

    def dirty(self, files: Sequence[str]) -> tuple[str, ...]:
        """Return which of these files differ from HEAD or are not tracked although they are there."""
        if not files:
            return ()
        listed = self._git("status", "--porcelain", "-z", "--untracked-files=all", "--", *files)
        return tuple(sorted(entry[3:] for entry in listed.split("\0") if entry[3:] in set(files)))

    def tags(self) -> tuple[tuple[str, str], ...]:
        """Return every tag with the commit it is on; history is not walked."""
        listed = self._git("for-each-ref", "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)", "refs/tags")
        entries = (line.split("\0") for line in _lines(listed))
        return tuple((name, peeled or own) for name, own, peeled in entries)

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether a commit is the other one or lies before it."""
        return commit == of or self._try("merge-base", "--is-ancestor", commit, of).code == 0

    def merged_tags(self, commit: str) -> tuple[str, ...]:
        """Return the tags on the commit and its ancestors."""
        return tuple(_lines(self._git("tag", "--merged", commit)))

    def tag_commit(self, tag: str) -> str | None:
        """Return the commit a tag points at, or ``None`` when there is no such tag."""
        done = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/tags/{tag}^{{commit}}")
        return done.stdout.strip() or None

    def log(self, since: str | None, until: str, paths: Sequence[str], without: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits of a range, newest first; those that touch ``paths``, not counting ``without``."""
        span = f"{since}..{until}" if since else until
        if not paths and not without and (since, until) in self._logs:
            return self._logs[since, until]
        limit = [f":(top,literal){path}" for path in paths] + [f":(top,exclude,literal){path}" for path in without]
        arguments = ("log", "-z", _LOG, "--end-of-options", span, *(("--", *limit) if limit else ()))
        text = self._git(*arguments, env={"GIT_LITERAL_PATHSPECS": "0"})
        found = tuple(_commit(entry) for entry in text.split("\0") if entry.strip())
        if not limit:
            self._logs[since, until] = found
        return found

    def remote_url(self) -> str | None:
        """Return the address of ``origin``."""
        if self._origin is None:
            self._origin = self._try("config", "--get", "remote.origin.url").stdout.strip()
        return self._origin or None

    def branch(self) -> str | None:
        """Return the branch that is checked out, ``None`` when HEAD is detached."""
        done = self._try("symbolic-ref", "--quiet", "--short", "HEAD")
        return done.stdout.strip() or None

    def blob(self, commit: str, file: str) -> bytes | None:
        """Return a file as a commit has it, byte for byte; ``None`` when it has none."""
        done = self._try("cat-file", "blob", f"{commit}:{file}")
        return None if done.code else done.out

    def read(self, names: Sequence[str]) -> dict[str, str]:
        """Read blobs, by id or as ``commit:path``, in one call, as text; missing ones are left out."""
        asked = [name for name in names if "\n" not in name]
        done = self._try(
            "cat-file", "--batch", stdin="".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
        )
        return dict(_split_batch(done.out, asked))


def _lines(listed: str) -> list[str]:
    """Split what git lists: names may hold whatever else Python takes for a line's end, as U+2028."""
    return [line for line in listed.split("\n") if line]


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
