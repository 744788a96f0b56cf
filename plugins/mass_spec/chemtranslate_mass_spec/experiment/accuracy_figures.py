"""Figures of how well classifiers do, by how much real and synthetic data they learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.panels import FAINT, INK
from chemtranslate_mass_spec.experiment.figure_style import (
    COLOURS,
    LABEL,
    MARKERS,
    dress,
    headline,
    legend_below,
    new_figure,
    percent,
    readable,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Series = tuple[ArrayLike, ArrayLike, ArrayLike]
"""Places, means and half widths of 95 % intervals; accuracies as shares from 0 to 1.

Where there is no interval, its width is NaN.
"""
WHOLE, EITHER = (0.0, 1.0), (-1.0, 1.0)
"""What an accuracy, and a difference of two, can be."""


def accuracy_by_regime(
    rows: Mapping[str, Mapping[str, Series]], chance: float | None = None
) -> Figure:
    """Draw accuracy over the number of real training spectra, a panel for each classifier.

    An interval is cut off at 0 and 100 %; where its width is not a number, none is drawn.

    Args:
        rows: for each classifier and each way of training: numbers of spectra, mean accuracies
            and half widths of their 95 % intervals, as shares from 0 to 1.
        chance: accuracy of guessing.
    """
    # A line at chance would press the lines that matter together.
    guess = "" if chance is None else f" (guessing: {percent(round(chance, 3))})"
    return _panels(
        rows,
        "Accuracy where few real spectra of each chemical are known" + guess,
        "real training spectra of each chemical",
        "accuracy ({})",
        percent,
        WHOLE,
    )


def accuracy_by_ratio(rows: Mapping[str, Mapping[str, Series]]) -> Figure:
    """Draw gains in accuracy over the number of synthetic spectra per real one, and a line at 0.

    Args:
        rows: for each classifier and each number of real spectra: numbers of synthetic spectra per
            real one, mean gains over real only and half widths of their 95 % intervals, as
            differences of shares from -1 to 1; drawn in points.
    """
    return _panels(
        rows,
        "Gain in accuracy over real spectra only, with more and more synthetic spectra",
        "synthetic spectra per real one",
        "gain, percentage points\n({})",
        _points,
        EITHER,
        base=0.0,
    )


def _panels(
    rows: Mapping[str, Mapping[str, Series]],
    title: str,
    across: str,
    up: str,
    printed: Callable[[float, object], str],
    limits: tuple[float, float],
    base: float | None = None,
) -> Figure:
    from matplotlib.ticker import MaxNLocator

    columns = min(3, len(rows))
    depth = -(-len(rows) // columns)
    figure = new_figure(0.9 + 2.9 * depth, {1: 6.2, 2: 8.4}.get(columns, 10.5))
    panels = figure.subplots(depth, columns, sharey=True, squeeze=False).ravel()
    headline(figure, title)
    ways = list(dict.fromkeys(way for found in rows.values() for way in found))
    for axes, (classifier, found) in zip(panels, rows.items(), strict=False):
        places = np.unique(np.concatenate([np.asarray(at, float) for at, _, _ in found.values()]))
        # Places are not evenly spaced (1, 2, 3, 5, 10), so each gets the same room; and lines
        # that meet would hide each other's intervals, so each stands a little aside.
        for number, way in enumerate(ways):
            if way not in found:
                continue
            at, means, widths = (np.asarray(one, float) for one in found[way])
            aside = (number - (len(ways) - 1) / 2) * min(0.1, 0.45 / len(ways))
            drawn = axes.errorbar(
                np.searchsorted(places, at) + aside,
                means,
                within(means, widths, limits),
                color=COLOURS[number % len(COLOURS)],
                marker=MARKERS[number % len(MARKERS)],
                markersize=4.5,
                linewidth=1.4,
                elinewidth=0.9,
                label=readable(way),
            )
            for artist in drawn.get_children():
                artist.set_clip_on(False)  # a sign at an end of the axis is whole
        dress(axes, readable(classifier, 30), across)
        axes.set_xticks(range(len(places)), [f"{place:g}" for place in places])
        axes.set_xlim(-0.4, len(places) - 0.6)
        axes.grid(axis="y", color="#E6E6E6", linewidth=0.6)
        axes.set_axisbelow(True)
        if base is not None:
            axes.axhline(base, color=FAINT, linewidth=0.9, zorder=1)
        # Steps of 2.5 would have labels with and without decimals.
        axes.yaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(printed)
    for axes in panels[len(rows) :]:
        axes.set_visible(False)
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(max(low, limits[0]), min(high, limits[1]))
    every = [widths for found in rows.values() for _, _, widths in found.values()]
    known = any(np.isfinite(np.asarray(widths, float)).any() for widths in every)
    for axes in panels[::columns]:
        shown = up.format("mean, 95 % interval" if known else "mean")
        axes.set_ylabel(shown, fontsize=LABEL, color=INK)
    handles = {
        text: handle
        for axes in panels
        for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    legend_below(figure, handles.values(), handles.keys())
    return figure


def within(
    means: NDArray[np.float64], widths: NDArray[np.float64], limits: tuple[float, float]
) -> NDArray[np.float64] | None:
    """Return how far intervals go down and up, (2, n), and never over the limits.

    Student's t knows nothing of what an accuracy can be.

    Args:
        means: (n,).
        widths: (n,) half widths of the intervals; NaN where there is none.

    Returns:
        zeros where there is no interval; None where there is none at all.
    """
    if not np.isfinite(widths).any():
        return None
    widths = np.nan_to_num(widths)
    least, most = limits
    return np.array([means - np.maximum(means - widths, least),
                     np.minimum(means + widths, most) - means])  # fmt: skip


def _points(gain: float, _: object = None) -> str:
    """Return a difference of shares in points, with its sign."""
    points = round(100 * gain, 6)
    return f"{points:+.3g}".replace("-", "\N{MINUS SIGN}") if points else "0"
