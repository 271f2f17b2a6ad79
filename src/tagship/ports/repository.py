"""The repository that is released, and the files of one of its commits."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tagship.domain.changes.commits import Commit


class SourceTree(Protocol):
    """The files of one commit below the project's folder; paths are relative to it, with ``/``."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files as UTF-8 text (undecodable bytes are replaced); missing ones are left out."""


class Vcs(Protocol):
    """The repository that is released."""

    @property
    def root(self) -> Path:
        """The repository's top folder."""

    def head(self) -> str:
        """Return the commit id of HEAD."""

    def commit_time(self, commit: str) -> datetime:
        """Return when the commit was made, UTC."""

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD."""

    def dirty(self, files: Sequence[str]) -> tuple[str, ...]:
        """Return which of these files differ from HEAD, or are there and not tracked; paths from the top folder."""

    def tags(self) -> tuple[tuple[str, str], ...]:
        """Return every tag with the commit it is on; history is not walked."""

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether a commit is the other one or lies before it."""

    def merged_tags(self, commit: str) -> tuple[str, ...]:
        """Return the tags on the commit and its ancestors."""

    def tag_commit(self, tag: str) -> str | None:
        """Return the commit a tag points at, or ``None`` when there is no such tag."""

    def log(self, since: str | None, until: str, paths: Sequence[str], without: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits of a range, newest first; those that touch ``paths``, not counting ``without``."""

    def blob(self, commit: str, file: str) -> bytes | None:
        """Return a file as a commit has it, byte for byte; ``None`` when it has none."""

    def remote_url(self) -> str | None:
        """Return the address of ``origin``."""

    def tree(self, commit: str, folder: str) -> SourceTree:
        """Open the files of a commit below a folder of the repository."""

    def work_tree(self, folder: str) -> SourceTree:
        """Open the files below a folder as they lie on disk: those that are tracked or would be."""

    def export(self, commit: str, to: Path) -> None:
        """Clone the commit, with its tags and nothing uncommitted, into a new folder."""

    def alone(self, head: str) -> AbstractContextManager[None]:
        """Keep other runs of ours out of this clone while something is made on top of ``head``, or refuse."""

    def commit(self, files: Sequence[str], message: str) -> str:
        """Commit these files and return the commit id."""

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag."""

    def branch(self) -> str | None:
        """Return the branch that is checked out, ``None`` when HEAD is detached."""

    def push(self, references: Sequence[str], token: str) -> None:
        """Push to ``origin``, all references or none."""

    def take_back(self, to: str, tags: Sequence[str], files: Sequence[str]) -> None:
        """Undo our own commit and tags and unstage the files, after something failed or a push was refused."""

    def fetch(self, reference: str, token: str) -> str:
        """Fetch one reference of ``origin`` and return the commit it is on; no branch of the clone moves."""

    def deepen(self, token: str) -> None:
        """Fetch the history and the tags that a shallow clone lacks."""
