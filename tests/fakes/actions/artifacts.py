"""What the artifact stand-ins do: a folder (``TAGSHIP_ARTIFACTS``) in place of GitHub's artifact storage.

Imitated of actions/upload-artifact v7 and download-artifact v8: a name can be used once per run; the least common folder
of the paths is the artifact's root; file modes are lost; without a name every artifact lands in a folder of its own.
"""

import glob
import os
import shutil
import sys
from pathlib import Path


def main() -> None:
    """Upload or download, as asked."""
    {"upload": upload, "download": download}[sys.argv[1]]()


def upload() -> None:
    """Keep the files that the paths match."""
    target = Path(os.environ["TAGSHIP_ARTIFACTS"], os.environ["STAND_IN_NAME"])
    patterns = filter(None, map(str.strip, os.environ["STAND_IN_PATH"].splitlines()))
    hits = [Path(hit) for pattern in patterns for hit in glob.glob(pattern)]  # noqa: PTH207  (absolute ones too)
    files = [file for hit in hits for file in ([hit] if hit.is_file() else hit.rglob("*")) if file.is_file()]
    if not files:
        sys.exit("::error::no files to upload" if os.environ["STAND_IN_NONE"] == "error" else 0)
    if target.exists():
        sys.exit(f"::error::an artifact named {target.name} exists already in this run")
    root = Path(os.path.commonpath([str(hit if hit.is_dir() else hit.parent) for hit in hits]))
    for file in files:
        place = target / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def download() -> None:
    """Bring one artifact, or all."""
    store, to = Path(os.environ["TAGSHIP_ARTIFACTS"]), Path(os.environ["STAND_IN_PATH"])
    name = os.environ["STAND_IN_NAME"]
    if name and not (store / name).is_dir():
        sys.exit(f"::error::there is no artifact named {name}")
    for artifact in [store / name] if name else sorted(store.iterdir()):
        shutil.copytree(artifact, to if name else to / artifact.name, dirs_exist_ok=True)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"download-path={to}\n")


main()
