"""``make bench``: what start-up, planning and our own part of a release cost, as medians of this run, beside peers.

Absolute times depend on the machine; quote the ratios. Peers come from PyPI into ``.cache/bench``, pinned below. The
results are printed and written to ``benchmarks/RESULTS.md``, with a picture, ``benchmarks/results.svg``.
"""

import compileall
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import builds
import doctors
import growth
import packages
import probes
import publishing
import releases
import repositories
import signatures
import versions
from clock import ROOT, Add, clean, median, once

CACHE: Final = ROOT / ".cache" / "bench"
PEERS: Final = ("python-semantic-release==10.6.1", "git-cliff==2.13.1")
DRAWS: Final = ("matplotlib==3.11.2",)
COLD_RUNS: Final = 3
SCRIPTS: Final = Path(sys.executable).parent


def main() -> int:
    """Measure everything, print and write the table."""
    for folder in (ROOT / "src" / "tagship", sysconfig.get_path("purelib")):
        compileall.compile_dir(folder, quiet=2, workers=0)  # as an installer leaves it
    rows: list[tuple[str, str, str, str]] = []
    wanted: dict[str, float] = {}

    def add(what: str, seconds: float, peers: Mapping[str, float], limit: str) -> None:
        beside = ", ".join(f"{name} {value:.3f} s ({value / seconds:.1f} ×)" for name, value in peers.items())
        rows.append((what, f"{seconds:.3f} s", limit, beside or "–"))
        if plain := re.match(r"≤ (\d+(?:\.\d+)?) s", limit):
            wanted[re.sub(r" \(.*", "", what)] = seconds / float(plain[1])
        print(f"{what:<52} {seconds:7.3f} s   {beside}", flush=True)

    with tempfile.TemporaryDirectory(prefix="tagship-bench-") as folder:
        place = Path(folder)
        peers = _installed(PEERS)
        _start_up(add, peers)
        _bootstrap(add, place)
        _planning(add, peers, place)
        builds.measure(add, place, SCRIPTS / "tagship")
        doctors.measure(add, place, SCRIPTS / "tagship")
        versions.measure(add, place, peers, SCRIPTS / "tagship")
        probes.measure(add, place, SCRIPTS / "tagship")
        releases.measure(add, place)
        signatures.measure(add, place, SCRIPTS / "tagship")
        repositories.measure(add)
        publishing.measure(add, place)
        curves = growth.measure(place, SCRIPTS / "tagship", lambda line: print(line, flush=True))
        data = place / "data.json"
        data.write_text(json.dumps({"wanted": wanted, "growth": curves}), encoding="utf-8")
        python = _installed(DRAWS) / "python"
        picture = ROOT / "benchmarks" / "results.svg"
        subprocess.run([python, Path(__file__).with_name("picture.py"), data, picture], check=True)
    _write(rows, curves)
    return 0


def _start_up(add: Add, peers: Path) -> None:
    others = {
        "bare interpreter": median([sys.executable, "-I", "-c", ""]),
        "python-semantic-release": median([peers / "semantic-release", "--version"]),
        "git-cliff (Rust)": median([peers / "git-cliff", "--version"]),
    }
    add("tagship --version", median([SCRIPTS / "tagship", "--version"]), others, "≤ 0.1 s")


def _bootstrap(add: Add, place: Path) -> None:
    """Start-up of an action: the venv made anew with and without uv, then reused."""
    argv = [sys.executable, "-I", "-X", "utf8", ROOT / "actions" / "run.py", "version-bump", "--help"]
    uv_folder = place / "uv"
    uv_folder.mkdir()
    found = shutil.which("uv", path=str(SCRIPTS)) or shutil.which("uv")
    if found:
        shutil.copy2(found, uv_folder / Path(found).name)
    plain = os.pathsep.join(["/usr/bin", "/bin"])
    with_uv = {**clean(), "PATH": os.pathsep.join([str(uv_folder), plain])}
    without = {**clean(), "PATH": plain}
    for name, env, limit in (("with uv", with_uv, "≤ 1 s"), ("without uv", without, "≤ 2.5 s")):
        times = []
        for number in range(COLD_RUNS):
            cache = place / f"cold-{name}-{number}".replace(" ", "-")
            times.append(once(argv, {**env, "RUNNER_TOOL_CACHE": str(cache)}))
        add(f"run.py, cold, {name}", statistics.median(times), {}, limit)
    warm = {**with_uv, "RUNNER_TOOL_CACHE": str(place / "warm")}
    once(argv, warm)
    add("run.py, warm (--help of a command)", median(argv, env=warm), {}, "≤ 0.15 s")


def _planning(add: Add, peers: Path, place: Path) -> None:
    cliff = [peers / "git-cliff", "--bumped-version", "--unreleased", "--offline"]
    for count, mixed, limit in ((100, False, "≤ 0.2 s"), (100, True, "≤ 0.2 s"), (1000, True, "≤ 0.6 s")):
        repository = place / f"{count}-{mixed}"
        packages.make(repository, count, mixed=mixed)
        ours = median([SCRIPTS / "tagship", "build-matrix"], cwd=repository)
        others = {"git ls-files": median(["git", "ls-files"], cwd=repository)}
        others["git-cliff --bumped-version"] = median(cliff, cwd=repository, check=False)
        kind = "Python, npm and Rust" if mixed else "Python"
        add(f"build-matrix, {count:,} packages, {kind}", ours, others, limit)


def _installed(wanted: tuple[str, ...]) -> Path:
    """Install packages once, by uv, into an environment of their own, and return the folder of its programs."""
    venv = CACHE / "-".join(each.replace("==", "-") for each in wanted)
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    if not (venv / "whole").exists():
        uv = shutil.which("uv", path=str(SCRIPTS)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", venv], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", venv, *wanted], check=True)
        (venv / "whole").touch()
    return programs


def _write(rows: list[tuple[str, str, str, str]], curves: Mapping[str, growth.Curve]) -> None:
    header = (
        "# Benchmarks\n\nMedians of one run of `make bench`, whole processes; times depend on the machine, ratios hardly.\n"
        f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores.\n\n"
        "![Time as a part of what was wanted, and how it grows](results.svg)\n\n"
        "| what | median | wanted | beside it, in the same run |\n| --- | ---: | --- | --- |\n"
    )
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    grown = "\n## How time grows\n\n| what | how many: seconds |\n| --- | --- |\n" + "".join(
        f"| {name} | {', '.join(f'{count:,}: {seconds:.3f}' for count, seconds in curve.items())} |\n"
        for name, curve in curves.items()
    )
    (ROOT / "benchmarks" / "RESULTS.md").write_text(header + table + grown, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    raise SystemExit(main())
