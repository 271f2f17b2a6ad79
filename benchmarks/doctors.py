"""``doctor`` offline, as whole processes: our own repository beside zizmor, which looks at its workflows alone; 100 packages."""

import shutil
import sys
from pathlib import Path
from typing import Final

import packages
from clock import ROOT, Add, median

SCRIPTS: Final = Path(sys.executable).parent
_LIMIT: Final = "≤ 2 s"


def measure(add: Add, place: Path, tagship: Path) -> None:
    """Measure an example, ourselves, and a repository of many packages with our workflows."""
    project = place / "doctor-example"
    shutil.copytree(ROOT / "examples" / "python-server", project, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    packages.commit(project, "feat: begin")
    add("doctor, the example, offline", median([tagship, "doctor"], cwd=project, check=False), {}, _LIMIT)

    zizmor = [SCRIPTS / "zizmor", "--offline", "--no-progress", "--quiet", ".github"]
    own = median([tagship, "doctor"], check=False)
    add("doctor, this repository, offline", own, {"zizmor": median(zizmor, check=False)}, _LIMIT)

    many = place / "doctor-many"
    packages.make(many, 100, mixed=True)
    shutil.copytree(ROOT / ".github", many / ".github")
    packages.commit(many, "ci: release")
    add("doctor, 100 packages, offline", median([tagship, "doctor"], cwd=many, check=False), {}, _LIMIT)
