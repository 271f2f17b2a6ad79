"""A bare git repository as the keeper of branches, tags and commits: what the API writes is there for git, and back."""

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.fakes.github.objects import MergeConflictError
from tests.fakes.github.rules import is_well_formed_ref
from tests.fakes.github.values import Commit, Person

SHA: Final = re.compile(r"[0-9a-f]{40}")
PERSON: Final = re.compile(r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<seconds>\d+) [+-]\d{4}")
SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----\n \n c3RhbmQtaW4=\n -----END PGP SIGNATURE-----"
IDENTITY: Final = {"NAME": "GitHub", "EMAIL": "noreply@github.com", "DATE": "1767225600 +0000"}


class GitError(Exception):
    """Git said no."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Git:
    """Runs git in one repository, with nobody's configuration."""

    def __init__(self, folder: Path, default_branch: str) -> None:
        self.folder = folder
        if not (folder / "HEAD").exists():
            folder.mkdir(parents=True, exist_ok=True)
            self("init", "--quiet", "--bare", f"--initial-branch={default_branch}")

    def __call__(self, *arguments: str, data: bytes = b"", **variables: str) -> bytes:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": str(self.folder)}
        own |= {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in IDENTITY.items()}
        env = inherited | own | variables
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=env, input=data, capture_output=True, check=False)
        if done.returncode != 0:
            raise GitError(done.returncode, f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def text(self, *arguments: str, data: bytes = b"", **variables: str) -> str:
        return self(*arguments, data=data, **variables).decode(errors="replace").strip()


class GitRefs(MutableMapping[str, str]):
    """Branches or tags as a dictionary: short name to the sha of the commit."""

    def __init__(self, git: Git, prefix: str) -> None:
        self._git = git
        self._prefix = prefix

    def __getitem__(self, name: str) -> str:
        return self._parsed(name, "^{commit}")

    def __setitem__(self, name: str, sha: str) -> None:
        self._git("update-ref", self._prefix + name, sha)

    def __delitem__(self, name: str) -> None:
        self._git("update-ref", "-d", self._prefix + name, self._parsed(name, ""))

    def __iter__(self) -> Iterator[str]:
        for line in self._git.text("for-each-ref", "--format=%(refname)", self._prefix).splitlines():
            yield line.removeprefix(self._prefix)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def target(self, name: str) -> tuple[str, str]:
        """Tell what the ref itself points to, and that object's type: an annotated tag is one."""
        sha = self._parsed(name, "")
        return sha, self._git.text("cat-file", "-t", sha)

    def _parsed(self, name: str, peel: str) -> str:
        if not is_well_formed_ref(name):
            raise KeyError(name)
        try:
            return self._git.text("rev-parse", "--verify", "--quiet", f"{self._prefix}{name}{peel}")
        except GitError:
            raise KeyError(name) from None


class GitCommits(MutableMapping[str, Commit]):
    """Commits as a dictionary that is only read: `GitObjects.write` makes them."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._known: dict[str, Commit] = {}

    def __getitem__(self, sha: str) -> Commit:
        if sha not in self._known:
            self._known[sha] = self._read(sha)
        return self._known[sha]

    def __setitem__(self, sha: str, commit: Commit) -> None:
        raise TypeError("a commit of git is made by git")

    def __delitem__(self, sha: str) -> None:
        raise TypeError("a commit of git is not deleted")

    def __iter__(self) -> Iterator[str]:
        yield from self._git.text("rev-list", "--all").splitlines()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, sha: str) -> Commit:
        if not SHA.fullmatch(sha):
            raise KeyError(sha)
        try:
            return parsed(sha, self._git("cat-file", "commit", sha).decode(errors="replace"))
        except GitError:
            raise KeyError(sha) from None


class GitObjects:
    """`Objects` over git's own plumbing."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def write(self, draft: Commit) -> Commit:
        tree = draft.tree or self._git.text("mktree")
        raw = written(replace(draft, tree=tree)).encode()
        sha = self._git.text("hash-object", "-t", "commit", "-w", "--stdin", data=raw)
        return replace(draft, sha=sha, tree=tree)

    def file(self, tree: str, path: str) -> tuple[str, bytes] | None:
        found = self._git.text("--literal-pathspecs", "ls-tree", "-z", tree, "--", path).rstrip("\0").split()
        if len(found) < 3 or found[1] != "blob":
            return None
        return found[2], self._git("cat-file", "blob", found[2])

    def listing(self, tree: str) -> Mapping[str, tuple[str, int]]:
        lines = self._git.text("ls-tree", "-r", "-z", "--long", tree).rstrip("\0").split("\0")
        found = [line.partition("\t") for line in lines if line]
        return {path: (about.split()[2], int(about.split()[3])) for about, _, path in found}

    def blob(self, sha: str) -> bytes | None:
        if not SHA.fullmatch(sha):
            return None
        try:
            return self._git("cat-file", "blob", sha)
        except GitError:
            return None

    def keep(self, data: bytes) -> str:
        return self._git.text("hash-object", "-w", "--stdin", data=data)

    def edited(self, tree: str, additions: Mapping[str, bytes], deletions: Collection[str]) -> str:
        with self._index() as index:
            if tree:
                self._git("read-tree", tree, GIT_INDEX_FILE=index)
            lines = [f"0 {'0' * 40}\t{path}" for path in deletions]
            for path, data in additions.items():
                blob = self._git.text("hash-object", "-w", "--stdin", data=data)
                lines.append(f"100644 {blob}\t{path}")  # executable bits are lost: babarot/gh-infra#167
            text = "".join(f"{line}\0" for line in lines).encode()
            self._git("update-index", "-z", "--index-info", data=text, GIT_INDEX_FILE=index)
            return self._git.text("write-tree", GIT_INDEX_FILE=index)

    def merged(self, base: str, ours: str, theirs: str) -> str:
        # Commits that exist for the merge alone name its base: `merge-tree --merge-base` came with git 2.40 only.
        root = self._git.text("commit-tree", base, "-m", "base")
        sides = [self._git.text("commit-tree", side, "-p", root, "-m", "side") for side in (ours, theirs)]
        try:
            return self._git.text("merge-tree", "--write-tree", *sides).splitlines()[0]
        except GitError as error:
            raise MergeConflictError(str(error)) from error

    def between(self, excluded: str | None, head: str) -> list[str]:
        hidden = [f"^{excluded}"] if excluded else []
        return self._git.text("rev-list", "--topo-order", "--reverse", head, *hidden).splitlines()

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self._git.text("merge-base", one, other)
        except GitError:
            return None

    @contextmanager
    def _index(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=self._git.folder) as folder:
            yield str(Path(folder) / "index")


def written(commit: Commit) -> str:
    """Write a commit as git stores it; a signature of GitHub's says so, though none could check it."""
    lines = [f"tree {commit.tree}", *(f"parent {sha}" for sha in commit.parents)]
    lines.append(f"author {_stamp(commit.author, commit.authored or commit.date)}")
    lines.append(f"committer {_stamp(commit.committer, commit.date)}")
    if commit.signature:
        lines.append(f"gpgsig {SIGNATURE}")
    return "\n".join(lines) + f"\n\n{commit.message}\n"


def parsed(sha: str, raw: str) -> Commit:
    """Read a commit as git stores it."""
    head, _, message = raw.partition("\n\n")
    lines = [line.partition(" ") for line in head.splitlines() if not line.startswith(" ")]
    fields = {name: value for name, _, value in lines}
    author, authored = _person(fields["author"])
    committer, committed = _person(fields["committer"])
    return Commit(
        sha=sha,
        message=message.rstrip("\n"),
        date=committed,
        parents=tuple(value for name, _, value in lines if name == "parent"),
        tree=fields["tree"],
        author=author,
        authored=None if authored == committed else authored,
        committer=committer,
        signature="gpgsig" in fields,
    )


def _stamp(person: Person, date: datetime) -> str:
    return f"{person.name} <{person.email}> {int(date.timestamp())} +0000"


def _person(text: str) -> tuple[Person, datetime]:
    found = PERSON.fullmatch(text)
    assert found is not None, text
    moment = datetime.fromtimestamp(int(found["seconds"]), tz=UTC)
    return Person(name=found["name"], email=found["email"]), moment
