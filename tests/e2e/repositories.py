"""Git repositories for workflows to run in: made by nobody in particular, at a fixed time, with GitHub as their origin."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SELF = "tagship/tagship"
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Tester", "EMAIL": "tester@example.invalid", "DATE": "2026-03-01T12:00:00Z"}.items()
}


def git(folder: Path, *arguments: str) -> str:
    """Run git as the tester, at a fixed time, also when the tests were started by a hook of git's."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {**IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path, origin: str) -> None:
    """Make a repository with one commit of all that lies in a folder."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", origin)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "feat: begin")


def copy_of_tagship(to: Path, self_reference: str = f"{SELF}/\\1@v1") -> Path:
    """Copy the project as it is now, committed or not, into a repository of its own.

    ``uses: $/…`` (this repository, this commit) is not known to act yet (nektos/act#6189): the copy names itself instead,
    ``tagship/tagship/…@v1``, which the test maps to the copy.
    """
    copy_tracked(ROOT, to)
    for path in to.glob(".github/workflows/*.yml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"uses: \$/([\w/-]+)", f"uses: {self_reference}", text), encoding="utf-8")
    repository(to, f"https://github.com/{SELF}")
    return to


def copy_tracked(source: Path, to: Path) -> None:
    """Copy what git tracks or would track in a working tree, as it is now."""
    listed = git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (source / name).is_file():
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target)
