"""What the artifact stand-ins do: a folder (``TAGSHIP_ARTIFACTS``) in place of GitHub's artifact storage.

Imitated of actions/upload-artifact v7: a name can be used once per run; one search path is the artifact's root, of several
the folder that they share; file modes are lost; hidden files stay behind. Of actions/download-artifact v8: a named
artifact, the only one, or merged ones land in the path itself, several in folders of their names.
"""

import fnmatch
import glob
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

STORE = Path(os.environ["TAGSHIP_ARTIFACTS"])
FORBIDDEN = re.compile(r'["<>:|*?\r\n\\/]|^$')
MAGIC = re.compile(r"[*?\[]")


def asked(name: str) -> str:
    """Read an input of the action."""
    return os.environ.get(f"STAND_IN_{name}", "")


def main() -> None:
    """Upload or download, as asked."""
    {"upload": upload, "download": download}[sys.argv[1]]()


def upload() -> None:
    """Keep the files that the paths match."""
    name, lines = asked("NAME"), [line.strip() for line in asked("PATH").splitlines()]
    if FORBIDDEN.search(name):
        sys.exit(f"::error::the artifact name is not valid: {name!r}")
    patterns = [os.path.abspath(line) for line in lines if line and line[0] not in "!#"]  # noqa: PTH100  (keeps globs)
    excluded = {file for line in lines if line.startswith("!") for file in found(os.path.abspath(line[1:]))}  # noqa: PTH100
    files = {file for pattern in patterns for file in found(pattern)} - excluded
    if not files:
        nothing(asked("NONE"))
    if (STORE / name).exists() and asked("OVERWRITE") != "true":
        sys.exit(f"::error::(409) Conflict: an artifact named {name} exists already on the workflow run")
    keep(name, sorted(files), root_of(patterns, files))


def found(pattern: str) -> Iterator[Path]:
    """Find the files that a pattern means; a folder means all below it."""
    hidden = asked("HIDDEN") == "true"
    top = search_path(pattern)
    for hit in map(Path, glob.glob(pattern, recursive=True, include_hidden=hidden)):  # noqa: PTH207  (absolute ones)
        for path in [hit, *hit.rglob("*")] if hit.is_dir() else [hit]:
            below = (top.name, *path.relative_to(top).parts)
            if path.is_file() and (hidden or not any(part.startswith(".") for part in below)):
                yield path


def search_path(pattern: str) -> Path:
    """Cut a pattern before its first wildcard."""
    parts = Path(pattern).parts
    plain = next((number for number, part in enumerate(parts) if MAGIC.search(part)), len(parts))
    return Path(*parts[:plain])


def root_of(patterns: list[str], files: set[Path]) -> Path:
    """Find the folder that becomes the artifact's root."""
    root = Path(os.path.commonpath([search_path(pattern) for pattern in patterns]))
    return root.parent if files == {root} else root


def nothing(behaviour: str) -> None:
    """End as asked when no file was found."""
    if behaviour != "ignore":
        sys.stdout.write(f"::{'error' if behaviour == 'error' else 'warning'}::no files were found to upload\n")
    sys.exit(1 if behaviour == "error" else 0)


def keep(name: str, files: list[Path], root: Path) -> None:
    """Copy the files; they are there all at once or not at all."""
    digest = hashlib.sha256()
    part = STORE / f".{name}.{os.getpid()}"
    for file in files:
        place = part / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
        digest.update(
            f"{place.relative_to(part).as_posix()}\0{hashlib.sha256(place.read_bytes()).hexdigest()}\n".encode()
        )
    shutil.rmtree(STORE / name, ignore_errors=True)
    part.rename(STORE / name)
    tell("artifact-id", str(int(digest.hexdigest()[:8], 16)))
    tell("artifact-digest", digest.hexdigest())


def download() -> None:
    """Bring one artifact, or those that match, or all."""
    to, name = Path(asked("PATH") or os.environ["GITHUB_WORKSPACE"]).absolute(), asked("NAME")
    there = sorted(path.name for path in STORE.iterdir() if not path.name.startswith("."))
    if name and name not in there:
        sys.exit(f"::error::Artifact not found for name: {name}")
    chosen = [name] if name else [each for each in there if fnmatch.fnmatchcase(each, asked("PATTERN") or "*")]
    flat = len(chosen) == 1 or asked("MERGE") == "true"
    for artifact in chosen:
        shutil.copytree(STORE / artifact, to if flat else to / artifact, dirs_exist_ok=True)
    tell("download-path", str(to))


def tell(name: str, value: str) -> None:
    """Give an output."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"{name}={value}\n")


main()
