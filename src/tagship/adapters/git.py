"""Git, by its own command: the repository as steps see it, and the files of its commits."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tagship.adapters.git_changes import GitChanges
from tagship.adapters.git_history import GitHistory


class Git(GitHistory, GitChanges):
    """:class:`tagship.ports.Vcs` over the git command."""

    def tree(self, commit: str, folder: str) -> "GitTree":
        """Open the files of a commit below a folder of the repository."""
        prefix = "" if folder in {"", "."} else folder.rstrip("/") + "/"
        limit = (prefix,) if prefix else ()
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit, *limit)
        entries = (entry.partition("\t") for entry in listed.split("\0"))
        blobs = {
            name.removeprefix(prefix): kind.split()[2] for kind, _, name in entries if name.startswith(prefix) and name
        }
        return GitTree(self, blobs)

    def work_tree(self, folder: str) -> "WorkTree":
        """Open the files as they lie on disk: those that git tracks or would track."""
        prefix = "" if folder in {"", "."} else folder.rstrip("/") + "/"
        listed = self._git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", prefix or ".")
        names = sorted({name for name in listed.split("\0") if name.startswith(prefix) and name})
        return WorkTree(self.root / prefix, tuple(name.removeprefix(prefix) for name in names))


class WorkTree:
    """:class:`tagship.ports.SourceTree` of the files on disk, committed or not."""

    def __init__(self, folder: Path, paths: tuple[str, ...]) -> None:
        self._folder = folder
        self._paths = tuple(path for path in paths if (folder / path).is_file() or (folder / path).is_symlink())

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return self._paths

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files as text; missing ones are left out. Of a link, as a commit has it, only where it leads."""
        existing = set(self._paths)
        return {path: self._content(self._folder / path) for path in paths if path in existing}

    def _content(self, path: Path) -> str:
        return path.readlink().as_posix() if path.is_symlink() else path.read_bytes().decode("utf-8", "replace")


class GitTree:
    """:class:`tagship.ports.SourceTree` of one commit, read from git's objects: what lies about uncommitted is not seen."""

    def __init__(self, git: Git, blobs: Mapping[str, str]) -> None:
        self._git = git
        self._blobs = blobs
        self._paths = tuple(sorted(blobs))  # as Python sorts: layout.below and layout.has look things up by that
        self._known: dict[str, str] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return self._paths

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files as text; each is fetched once."""
        new = [path for path in paths if path in self._blobs and path not in self._known]
        if new:  # by id: git would walk down to each name
            texts = self._git.read([self._blobs[path] for path in new])
            self._known |= {path: texts[blob] for path in new if (blob := self._blobs[path]) in texts}
        return {path: self._known[path] for path in paths if path in self._known}
