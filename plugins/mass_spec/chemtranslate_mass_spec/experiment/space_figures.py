"""Figures of spaces: the hub, spectra encoded into it, and the vector of the sensor alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.panels import INK, TRANSLATED
from chemtranslate_mass_spec.experiment.figure_style import (
    COLOURS,
    LABEL,
    MARKERS,
    REST,
    SMALL,
    dark,
    dress,
    headline,
    name_points,
    new_figure,
    percent,
    readable,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = NDArray[np.floating]
DENSITY = ("#D3E3F0", "#6BAED6", "#2171B5", "#08306B")
"""Colours from one pair of chemicals to the most in a cell."""
CELLS = 46
"""Cells of the density from left to right."""
BANDS = 10
"""Bands of Tanimoto similarity, each of which has a median."""
FEWEST = 5
"""Pairs that a band needs for a median."""
LABELS = 8
"""Labels that are told apart by colour; the others are one."""


def distances_follow_structure(
    cosines: Numbers, tanimotos: Numbers, pairs: Sequence[tuple[str, str, float, float]]
) -> Figure:
    """Draw how near two chemicals are in the hub over how alike their structures are (Figure 4).

    Args:
        cosines: (p,) of the hub vectors of p pairs of chemicals.
        tanimotos: (p,) similarities of their fingerprints.
        pairs: name, name, cosine and Tanimoto similarity of pairs to point out.
    """
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.ticker import NullFormatter

    figure = new_figure(4.6)
    axes = figure.subplots()
    dress(
        axes,
        "Nearness in the hub, over likeness of structure",
        "similarity of the structures (Tanimoto)",
        "similarity in the hub (cosine)",
    )
    low = min([0.0, *cosines.tolist(), *(cosine for _, _, cosine, _ in pairs)])
    cells = axes.hexbin(
        tanimotos,
        cosines,
        gridsize=(CELLS, CELLS * 2 // 5),
        extent=(0, 1, low, 1),
        norm=LogNorm(),
        cmap=LinearSegmentedColormap.from_list("blues", DENSITY),
        mincnt=1,
        linewidths=0.2,
    )
    counts = cells.get_array()
    # At least a power of ten, or the bar would have no numbers.
    cells.set_clim(1, max(10.0, float(counts.max()) if counts is not None and counts.size else 0))
    bar = figure.colorbar(cells, ax=axes, pad=0.02, aspect=30)
    bar.set_label("pairs of chemicals", fontsize=LABEL, color=INK)
    bar.ax.tick_params(labelsize=SMALL)
    bar.ax.yaxis.set_major_formatter("{x:,.0f}")
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.outline.set_visible(False)
    middles, medians = _medians(tanimotos, cosines)
    axes.plot(middles, medians, color=INK, linewidth=1.4, label="median")
    axes.legend(loc="lower right", frameon=False, fontsize=SMALL, labelcolor=INK)
    axes.set_xlim(-0.02, 1.03)
    axes.set_ylim(low - 0.03, 1.06)
    if pairs:
        marked = np.array([(tanimoto, cosine) for _, _, cosine, tanimoto in pairs])
        axes.plot(
            *marked.T,
            linestyle="none",
            marker="o",
            markersize=6,
            color=TRANSLATED,
            markeredgecolor="white",
            zorder=7,
        )
        names = [f"{shortened(one, 34)} – {shortened(other, 34)}" for one, other, _, _ in pairs]
        name_points(axes, names, marked, keep_off=np.column_stack([tanimotos, cosines]))
    return figure


def encoded_around_points(
    encoded: Numbers, own: NDArray[np.integer], points: Numbers, names: Sequence[str]
) -> Figure:
    """Draw encoded spectra around the points of their chemicals, in the plane (Figure 6).

    The plane is that of the two principal axes of all that is shown.

    Args:
        encoded: (n, d) spectra in the hub.
        own: (n,) number of each spectrum's chemical.
        points: (m, d) of the chemicals.
        names: of the m chemicals.
    """
    plane, shares = _plane(np.concatenate([points, encoded]))
    stars, dots = plane[: len(points)], plane[len(points) :]
    figure = new_figure(5.2)
    axes = figure.subplots()
    title = "Encoded spectra and the points of their chemicals (stars)"
    dress(axes, title, *_principal(shares))
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(points))]
    for number, colour in enumerate(colours):
        mine = dots[own == number]
        marker = MARKERS[number % len(MARKERS)]
        for dot in mine:
            axes.plot(
                *np.array([stars[number], dot]).T, color=colour, linewidth=0.5, alpha=0.35, zorder=1
            )
        axes.scatter(
            mine[:, 0],
            mine[:, 1],
            s=16,
            color=colour,
            marker=marker,
            linewidths=0,
            alpha=0.8,
            zorder=2,
        )
    axes.scatter(
        stars[:, 0],
        stars[:, 1],
        s=150,
        c=colours,
        marker="*",
        edgecolors="white",
        linewidths=0.8,
        zorder=5,
    )
    _air(axes, plane)
    name_points(axes, names, stars, [dark(colour) for colour in colours], keep_off=dots)
    axes.set_xticks([])
    axes.set_yticks([])
    return figure


def what_z_knows(vectors: Numbers, labels: Sequence[str] | NDArray[np.str_], title: str) -> Figure:
    """Draw vectors of the sensor alone in the plane, coloured by what they may know.

    The plane is that of their two principal axes.

    Args:
        vectors: (n, z).
        labels: (n,) of their spectra, such as the instrument; the LABELS most frequent ones have
            colours.
        title: of the figure.
    """
    every = np.asarray(labels, dtype=object)
    kinds, counts = np.unique(every.astype(str), return_counts=True)
    chosen = [str(kinds[number]) for number in np.argsort(-counts, kind="stable")[:LABELS]]
    z, shares = _plane(vectors)
    figure = new_figure(4.4)
    axes = figure.subplots()
    dress(axes, "", *_principal(shares))
    headline(figure, title)
    size = float(np.clip(9000 / max(1, len(z)), 5, 22))
    rest = ~np.isin(every.astype(str), chosen)
    if rest.any():
        label = f"{len(kinds) - len(chosen)} others ({int(rest.sum()):,})"
        axes.scatter(
            z[rest, 0], z[rest, 1], s=size * 0.7, color=REST, linewidths=0, alpha=0.6, label=label
        )
    for kind, colour, marker in zip(chosen, COLOURS, MARKERS, strict=False):
        mine = every.astype(str) == kind
        axes.scatter(
            z[mine, 0],
            z[mine, 1],
            s=size,
            color=colour,
            marker=marker,
            linewidths=0,
            alpha=0.75,
            label=f"{readable(kind or 'not given', 28)} ({int(mine.sum()):,})",
        )
    _air(axes, z)
    axes.set_xticks([])
    axes.set_yticks([])
    handles, texts = axes.get_legend_handles_labels()
    if rest.any():
        handles, texts = [*handles[1:], handles[0]], [*texts[1:], texts[0]]
    legend = figure.legend(
        handles, texts, loc="outside right center", frameon=False, fontsize=SMALL, labelcolor=INK
    )
    for handle in legend.legend_handles:
        handle.set_sizes([28])  # type: ignore[union-attr]
        handle.set_alpha(1)  # type: ignore[union-attr]
    return figure


def _medians(across: Numbers, up: Numbers) -> tuple[list[float], list[float]]:
    edges = np.linspace(0, 1, BANDS + 1)
    band = np.clip(np.digitize(across, edges) - 1, 0, BANDS - 1)
    found = [number for number in range(BANDS) if (band == number).sum() >= FEWEST]
    return (
        [float(edges[number] + 0.5 / BANDS) for number in found],
        [float(np.median(up[band == number])) for number in found],
    )


def _principal(shares: NDArray[np.float64]) -> tuple[str, str]:
    """Name the two principal axes with their shares of the variance."""
    first, second = (percent(round(float(share), 2)) for share in shares)
    return f"first principal axis ({first} of the variance)", f"second principal axis ({second})"


def _plane(vectors: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n, d) vectors on their two principal axes, (n, 2), and their shares of variance."""
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, 0, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(vectors), 2))
    count = min(2, len(strengths))
    plane[:, :count] = left[:, :count] * strengths[:count]
    shares = np.zeros(2)
    shares[:count] = strengths[:count] ** 2 / max(float((strengths**2).sum()), 1e-12)
    return plane, shares


def _air(axes: Axes, points: Numbers) -> None:
    low, high = points.min(0), points.max(0)
    air = 0.08 * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - air[0], high[0] + air[0])
    axes.set_ylim(low[1] - air[1], high[1] + air[1])
