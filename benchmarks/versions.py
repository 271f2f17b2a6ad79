"""Next versions and changelogs in big histories, beside the peers that compute them."""

from collections.abc import Mapping
from pathlib import Path

import histories
from clock import Add, median, peak_megabytes


def measure(add: Add, place: Path, peers: Path, tagship: Path) -> None:
    """Time the next version at 8,000 and 100,000 commits, its memory, and a changelog of 6,000 commits."""
    _next_version(add, place / "thousands", peers, tagship, commits=8_000, limit="≤ 0.2 s")
    _next_version(add, place / "hundred-thousand", peers, tagship, commits=100_000, limit="≤ 0.4 s, ≤ 100 MB")
    _changelog(add, place / "long", peers, tagship)


def _next_version(add: Add, folder: Path, peers: Path, tagship: Path, *, commits: int, limit: str) -> None:
    histories.make(folder, commits, releases=600)
    ours: list[str | Path] = [tagship, "version-bump", "--mode", "none"]
    beside: dict[str, float] = {
        "git-cliff --unreleased": median(_cliff(peers, "--unreleased"), cwd=folder, check=False)
    }
    if commits <= 10_000:  # noqa: PLR2004
        beside["git-cliff"] = median(_cliff(peers), cwd=folder, check=False, runs=1)
        beside["python-semantic-release"] = median(_semantic(peers), cwd=folder, check=False, runs=3)
    else:
        beside["git tag --merged"] = median(["git", "tag", "--merged", "HEAD"], cwd=folder)
    megabytes = peak_megabytes(ours, cwd=folder)
    add(f"next version, {commits:,} commits, 600 tags ({megabytes:.0f} MB)", median(ours, cwd=folder), beside, limit)


def _changelog(add: Add, folder: Path, peers: Path, tagship: Path) -> None:
    """Both write the section of everything since a first tag; the project's manifest is the same."""
    histories.make(folder, 6_001, releases=1, since=6_000)
    ours: list[str | Path] = [tagship, "version-bump", "--mode", "none", "--json"]
    cliff: list[str | Path] = [peers / "git-cliff", "--unreleased", "--offline"]
    beside: Mapping[str, float] = {
        "git-cliff --unreleased": median(cliff, cwd=folder, check=False),
        "git log": median(["git", "log", "--format=%H%n%B", "v0.1.0.."], cwd=folder),
    }
    add("changelog of 6,000 commits", median(ours, cwd=folder), beside, "≤ 0.6 s")


def _cliff(peers: Path, *options: str) -> list[str | Path]:
    return [peers / "git-cliff", "--bumped-version", "--offline", *options]


def _semantic(peers: Path) -> list[str | Path]:
    return [peers / "semantic-release", "--noop", "version", "--print"]
