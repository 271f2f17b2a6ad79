"""A new server in a repository of its own: the files of a template, and git."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from tagship.adapters.files import write_all
from tagship.domain.plans import planning
from tagship.domain.setup.new_server import Names, filled_in
from tagship.domain.text import structs
from tagship.errors import ProjectError, UsageError
from tagship.ports import Finished, Tools

_MODE: Final = 0o644
_GIT_FOLDER: Final = ".git"


def template(language: str) -> dict[str, str]:
    """Return the files of a language's template."""
    data = (resources.files("tagship") / "templates" / "new" / f"{language}.json").read_bytes()
    return {path: "\n".join(lines) for path, lines in structs.decode(data, dict[str, list[str]]).items()}


def place(root: Path, name: str, tools: Tools) -> Path:
    """Return where a new server goes: here, if nothing is here yet, else into a folder of its name.

    Raises:
        UsageError: that is there already, or the place belongs to another repository.

    """
    folder = root if not _holds_anything(root) else root / name
    if folder != root and folder.exists() and _holds_anything(folder):
        hint = f"choose another name, or work on what is there: cd {name} && tagship init"
        raise UsageError("there is something already", file=name, hint=hint)
    if not (folder / _GIT_FOLDER).exists() and (top := _repository_around(root, tools)):
        hint = "begin in a folder outside of it: a new server gets a repository of its own"
        raise UsageError(f"this is inside of the repository {top}", file=root.name, hint=hint)
    return folder


def origin(folder: Path, tools: Tools) -> str | None:
    """Return ``owner/name`` of a repository that was made at GitHub and cloned empty."""
    if not (folder / _GIT_FOLDER).exists():
        return None
    return planning.repository_name(_git(["remote", "get-url", "origin"], folder, tools).stdout.strip())


def known_owner(root: Path, tools: Tools) -> str | None:
    """Return the user's name at GitHub, where git knows it (https://git-scm.com/docs/git-config)."""
    return _git(["config", "--get", "github.user"], root, tools).stdout.strip() or None


def write(folder: Path, language: str, names: Names, more: Mapping[str, str], tools: Tools) -> list[str]:
    """Write all files and begin a repository; return their paths.

    Raises:
        ProjectError: git cannot begin one.
        UsageError: the folder cannot be written.

    """
    files = {**filled_in(template(language), names), **more}
    write_all({folder / path: (text.encode(), _MODE) for path, text in files.items()})
    if not (folder / _GIT_FOLDER).exists():
        done = _git(["init", "--quiet", "--initial-branch", "main"], folder, tools)
        if done.code:
            raise ProjectError(f"git init failed: {done.last_lines(1)}", hint="run it by hand in the new folder")
    return sorted(files)


def _holds_anything(folder: Path) -> bool:
    return folder.is_dir() and any(path.name != _GIT_FOLDER for path in folder.iterdir())


def _repository_around(root: Path, tools: Tools) -> str:
    return _git(["rev-parse", "--show-toplevel"], root, tools).stdout.strip()


def _git(arguments: list[str], folder: Path, tools: Tools) -> Finished:
    environment = {**tools.environment, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return tools.shell.run(["git", *arguments], cwd=folder, env=environment, timeout=60)
