"""The figures as a picture, drawn by matplotlib in an environment of its own: ``python picture.py DATA.json PICTURE.svg``.

``DATA.json``: ``{"wanted": {what: ratio to what was wanted}, "growth": {what: {count: seconds}}}``. Ratios and multiples only:
they hardly depend on the machine.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

plt.switch_backend("svg")
mpl.rcParams.update({"svg.hashsalt": "tagship", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9})

BLUE, ORANGE, GREY = "#1f6feb", "#d9730d", "#8b949e"


def draw(data: dict[str, Any], picture: Path) -> None:
    """Draw what was wanted beside what was measured, and how time grows."""
    wanted = dict(sorted(data["wanted"].items(), key=lambda pair: pair[1]))
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 0.28 * len(wanted) + 1.6), gridspec_kw={"width_ratios": [1, 1.1]}, layout="constrained"
    )
    _bars(left, wanted)
    _curves(right, data["growth"])
    figure.savefig(picture, metadata={"Date": None, "Creator": None}, facecolor="white")


def _bars(axes: Any, wanted: dict[str, float]) -> None:
    axes.barh(list(wanted), list(wanted.values()), color=[BLUE if ratio <= 1 else ORANGE for ratio in wanted.values()])
    axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
    axes.set_title("time, as a part of what was wanted (1 = the limit)", loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _curves(axes: Any, growth: dict[str, dict[str, float]]) -> None:
    for (name, curve), colour in zip(growth.items(), (BLUE, ORANGE, "#2da44e", "#8250df"), strict=True):
        counts, seconds = [int(count) for count in curve], list(curve.values())
        axes.plot(
            [count / counts[0] for count in counts],
            [value / seconds[0] for value in seconds],
            marker="o",
            color=colour,
            label=f"{name} (from {counts[0]:,})",
        )
    axes.plot([1, 64], [1, 64], color=GREY, linestyle="--", linewidth=1, label="as many times as many")
    axes.set(xscale="log", yscale="log", xlabel="how many times as many", ylabel="how many times as long")
    axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
    axes.set_yticks([1, 4, 16, 64], ["1", "4", "16", "64"])
    axes.minorticks_off()
    axes.set_title("how time grows", loc="left")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
