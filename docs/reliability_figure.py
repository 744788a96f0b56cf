"""Draw `reliability.png` of `identification.md` from `docs/results/identification.json`.

    python docs/reliability_figure.py [--output docs/images]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from chemtranslate.panels import FAINT, INK, MEASURED, plain
from pages.identification import NAMING
from pages.places import IMAGES, RESULTS, measured

mpl.use("Agg")


def main() -> None:
    """Draw a panel for each kind of list."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--output", type=Path, default=IMAGES)
    args = parser.parse_args()
    found = measured(RESULTS / NAMING)
    if not found:
        raise SystemExit(f"found no docs/results/{NAMING}: run benchmarks/identification.py")
    lists = found["identification"]["reliability"]
    figure = Figure((3.0 * len(lists), 3.3), facecolor="white", layout="constrained")
    panels = figure.subplots(1, len(lists), sharey=True)
    for axes, (name, rows) in zip(panels, lists.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
        stated = [row["stated"] for row in rows.values()]
        right = [row["right"] for row in rows.values()]
        counts = [row["unknowns"] for row in rows.values()]
        axes.plot(stated, right, color=MEASURED, linewidth=1, alpha=0.5)
        axes.scatter(stated, right, s=[max(6, n / 2) for n in counts], color=MEASURED)
        for x, y, n in zip(stated, right, counts, strict=True):
            axes.annotate(str(n), (x, y), xytext=(6, -9), textcoords="offset points", fontsize=7,
                          color=INK)
        axes.set_title(f"among {name}", fontsize=9, color=INK)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal")
        axes.set_xlabel("stated probability", fontsize=8, color=INK)
        axes.tick_params(labelsize=7)
        plain(axes)
    panels[0].set_ylabel("right", fontsize=8, color=INK)
    figure.savefig(args.output / "reliability.png", dpi=150)


if __name__ == "__main__":
    main()
