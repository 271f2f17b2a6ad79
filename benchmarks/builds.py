"""What we ourselves take around a build and a release, as whole processes without the tools they call; and big artifacts."""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

import packages
from clock import ROOT, Add, clean, median, once, peak_megabytes

RUNS: Final = 5
_BIG: Final = 1 << 30
_ARCHIVE: Final = """
import sys
from pathlib import Path
from tagship.adapters.files import sha256_of
from tagship.adapters.pack import pack

folder = Path(sys.argv[1])
pack(folder / "big.tar.gz", {"big": folder / "big"}, 0, {"big"})
sha256_of(folder / "big.tar.gz"), sha256_of(folder / "big")
"""


def measure(add: Add, place: Path, tagship: Path) -> None:
    """Measure a build of a trivial package, a release of the example, and 1 GiB that is archived and hashed."""
    trivial = place / "trivial"
    packages.make(trivial, 1)
    once([tagship, "build-matrix"], clean(), cwd=trivial)
    own, whole = _beside(["build"], trivial, again=trivial / "dist")
    add("build of a trivial package, our own part", own, {"whole, with uv": whole}, "≤ 0.3 s")

    project = place / "weather-mcp"
    shutil.copytree(ROOT / "examples" / "python-server", project, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    packages.commit(project, "feat: begin")
    own, whole = _beside(["release"], project, again=project / "releases")
    add("release of the example, our own part", own, {"whole, with all tools": whole}, "≤ 2 s")

    _big(add, place)


def _beside(command: list[str], project: Path, *, again: Path) -> tuple[float, float]:
    """Return the median of our own time, and of the whole; ``again`` is removed before each run, so that it is made anew."""
    own, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "seconds"
        env = {**clean(), "XDG_DATA_HOME": folder}
        argv: list[str | Path] = [sys.executable, "-I", ROOT / "benchmarks" / "aside.py", said, *command]
        for _ in range(RUNS + 1):
            for left in (again, project / "dist"):
                shutil.rmtree(left, ignore_errors=True)
            whole.append(once(argv, env, cwd=project))
            own.append(whole[-1] - float(said.read_text(encoding="utf-8")))
    return statistics.median(own[1:]), statistics.median(whole[1:])


def _big(add: Add, place: Path) -> None:
    folder = place / "big"
    folder.mkdir()
    with (folder / "big").open("wb") as file:
        file.truncate(_BIG)
    argv: list[str | Path] = [sys.executable, "-I", "-c", _ARCHIVE, folder]
    megabytes = peak_megabytes(argv, cwd=folder)
    beside = {
        "gzip": median(["gzip", "-9", "-c", folder / "big"], runs=1),
        "sha256sum": median(["sha256sum", folder / "big"], runs=1),
    }
    add(f"archive and hash a program of 1 GiB ({megabytes:.0f} MB)", median(argv, runs=1), beside, "flat: ≤ 100 MB")
