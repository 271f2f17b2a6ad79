"""How time grows with what there is: commits, packages, assets, artifacts; the same commands as in the other figures."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import histories
import packages
from clock import clean, median, once

Curve = Mapping[int, float]
"""Seconds by how many there are."""
Show = Callable[[str], None]

_RUNS: Final = 3
_COMMITS: Final = (1_000, 4_000, 16_000, 64_000)
_PACKAGES: Final = (10, 40, 160, 640)
_FILES: Final = (10, 40, 160, 640)


def measure(place: Path, tagship: Path, show: Show) -> dict[str, Curve]:
    """Return a curve per thing that grows, by its name."""
    curves: dict[str, Curve] = {}
    for name, points in (
        ("commits: next version", _commits(place, tagship)),
        ("packages: plan", _packages(place, tagship)),
        ("assets: release into a folder", _assets(place, tagship)),
        ("artifacts: sign with a key", _artifacts(place, tagship)),
    ):
        curves[name] = dict(points)
        show(f"{name:<52} " + ", ".join(f"{count:,}: {seconds:.3f} s" for count, seconds in curves[name].items()))
    return curves


def _commits(place: Path, tagship: Path) -> Iterator[tuple[int, float]]:
    for count in _COMMITS:
        folder = place / f"commits-{count}"
        histories.make(folder, count, releases=count // 20)
        yield count, median([tagship, "version-bump", "--mode", "none"], cwd=folder, runs=_RUNS)
        shutil.rmtree(folder)


def _packages(place: Path, tagship: Path) -> Iterator[tuple[int, float]]:
    for count in _PACKAGES:
        folder = place / f"packages-{count}"
        packages.make(folder, count, mixed=True)
        yield count, median([tagship, "build-matrix"], cwd=folder, runs=_RUNS)
        shutil.rmtree(folder)


def _assets(place: Path, tagship: Path) -> Iterator[tuple[int, float]]:
    """Release loose files anew each time: what was released is taken away before the next run."""
    for count in _FILES:
        folder = _files(place / f"assets-{count}", count)
        argv = [
            tagship,
            "release-assets",
            "--forge",
            "directory",
            "--files",
            "*.bin",
            "--tag",
            "v1.0.0",
            "--body",
            "notes",
        ]
        times = []
        for _ in range(_RUNS):
            shutil.rmtree(folder / "releases", ignore_errors=True)
            times.append(once([str(word) for word in argv], clean(), cwd=folder))
        yield count, sorted(times)[_RUNS // 2]
        shutil.rmtree(folder)


def _artifacts(place: Path, tagship: Path) -> Iterator[tuple[int, float]]:
    key = place / "growth-key.pem"
    once([tagship, "sign-and-attest", "--generate-key", key], clean(), cwd=place)
    env = {**clean(), "TAGSHIP_KEY": str(key)}
    argv: list[str | Path] = [
        tagship,
        "sign-and-attest",
        "--files",
        "*.bin",
        "--signers",
        "key",
    ]
    for count in _FILES:
        folder = _files(place / f"artifacts-{count}", count)
        yield count, median(argv, cwd=folder, env=env, runs=_RUNS)
        shutil.rmtree(folder)


def _files(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"file-{number:04}.bin").write_bytes(os.urandom(10_000))
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder
