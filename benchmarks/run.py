"""``make bench``: what start-up, planning and our own part of a release cost, as medians of this run, beside peers.

Absolute times depend on the machine; quote the ratios. Peers come from PyPI into ``.cache/bench``, pinned below. The
results are printed and written to ``benchmarks/RESULTS.md``.
"""

import compileall
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import releases
import versions
from clock import Add, clean, median, once

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache" / "bench"
PEERS: Final = ("python-semantic-release==10.6.1", "git-cliff==2.13.1")
COLD_RUNS: Final = 3
SCRIPTS: Final = Path(sys.executable).parent


def main() -> int:
    """Measure everything, print and write the table."""
    compileall.compile_dir(ROOT / "src" / "tagship", quiet=1)  # as an installer leaves it
    rows: list[tuple[str, str, str, str]] = []

    def add(what: str, seconds: float, peers: Mapping[str, float], limit: str) -> None:
        beside = ", ".join(f"{name} {value:.3f} s ({value / seconds:.1f} ×)" for name, value in peers.items())
        rows.append((what, f"{seconds:.3f} s", limit, beside or "–"))
        print(f"{what:<52} {seconds:7.3f} s   {beside}", flush=True)

    with tempfile.TemporaryDirectory(prefix="tagship-bench-") as folder:
        place = Path(folder)
        peers = _peers()
        _start_up(add, peers)
        _bootstrap(add, place)
        _planning(add, peers, place)
        _own_part(add, place)
        versions.measure(add, place, peers, SCRIPTS / "tagship")
        releases.measure(add, place)
    _write(rows)
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
    repository = place / "hundred"
    _packages(repository, 100)
    ours = median([SCRIPTS / "tagship", "build-matrix"], cwd=repository)
    others = {"git ls-files": median(["git", "ls-files"], cwd=repository)}
    cliff = [peers / "git-cliff", "--bumped-version", "--unreleased", "--offline"]
    others["git-cliff --bumped-version"] = median(cliff, cwd=repository, check=False)
    add("build-matrix, 100 packages", ours, others, "≤ 0.2 s")


def _own_part(add: Add, place: Path) -> None:
    """Release the demonstration and leave out the time spent inside git, uv, twine and cyclonedx-py."""
    from tagship import cli
    from tagship.adapters import shell

    inside = 0.0
    run = shell.SystemShell.run

    def timed(self: shell.SystemShell, *args: object, **options: object) -> object:
        nonlocal inside
        began = time.perf_counter()
        try:
            return run(self, *args, **options)  # type: ignore[arg-type]
        finally:
            inside += time.perf_counter() - began

    project = place / "weather-mcp"
    shutil.copytree(ROOT / "examples" / "python-server", project, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    _git(project, "init", "-q")
    _git(project, "add", ".")
    _git(project, "commit", "-q", "-m", "feat: begin")
    shell.SystemShell.run = timed  # type: ignore[assignment, method-assign]
    os.environ["XDG_DATA_HOME"] = str(place / "data")
    began = time.perf_counter()
    with open(os.devnull, "w", encoding="utf-8") as quiet:  # noqa: PTH123
        kept, sys.stderr = sys.stderr, quiet
        try:
            code = cli.main(["release", "--working-directory", str(project)])
        finally:
            sys.stderr = kept
            shell.SystemShell.run = run  # type: ignore[method-assign]
    total = time.perf_counter() - began
    if code:
        raise SystemExit(f"the release ended with {code}")
    add("release of the example, our own part", total - inside, {"whole, with all tools": total}, "≤ 2 s")


def _packages(folder: Path, count: int) -> None:
    for number in range(count):
        package = folder / "packages" / f"server-{number:03}"
        module = package / "src" / f"server_{number:03}"
        module.mkdir(parents=True)
        (module / "__init__.py").write_text('__version__ = "1.4.0"\n', encoding="utf-8")
        (package / "README.md").write_text("# A server\n" * 20, encoding="utf-8")
        (package / "pyproject.toml").write_text(_MANIFEST.format(number=number), encoding="utf-8")
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "feat: a hundred servers")
    _git(folder, "tag", "v1.4.0")


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@tagship.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def _peers() -> Path:
    """Install the peers once, by uv, and return the folder of their programs."""
    venv = CACHE / "-".join(peer.replace("==", "-") for peer in PEERS)
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    if not (programs / "semantic-release").exists():
        uv = shutil.which("uv", path=str(SCRIPTS)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", venv], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", venv, *PEERS], check=True)
    return programs


def _write(rows: list[tuple[str, str, str, str]]) -> None:
    header = (
        "# Benchmarks\n\nMedians of one run of `make bench`, whole processes; times depend on the machine, ratios hardly.\n"
        f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores.\n\n"
        "| what | median | wanted | beside it, in the same run |\n| --- | ---: | --- | --- |\n"
    )
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    (ROOT / "benchmarks" / "RESULTS.md").write_text(header + table, encoding="utf-8", newline="\n")


_MANIFEST: Final = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "server-{number:03}"
version = "1.4.0"
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = ["mcp>=2,<3"]

[project.scripts]
server-{number:03} = "server_{number:03}:main"
"""

if __name__ == "__main__":
    raise SystemExit(main())
