"""Figures of counts and scores: how many spectra there are, and how well things work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.panels import FAINT, INK, MEASURED, TRANSLATED
from chemtranslate_mass_spec.experiment.figure_style import (
    COLOURS,
    REST,
    SMALL,
    dress,
    fitting,
    headline,
    legend_below,
    new_figure,
    percent,
    readable,
    rgb,
    wrapped,
)
from chemtranslate_mass_spec.experiment.replicates import LEAST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GOOD = 0.9
"""Similarity ratio from which a spectrum is as good as a real replicate, for the paper."""
LONGEST = 30
"""Spectra of a chemical from which Figure 3 counts "so many or more"."""
NAMED = 24
"""Chemicals that a confusion matrix names on its axes, at most."""
PALE = 0.4
"""Power of a share that is the depth of its colour."""
WORST, WORDS = 3, 0.85
"""Confusions that are named below a matrix, and the height that they take, inches."""


def spectra_per_chemical(counts: NDArray[np.integer], least: int = LEAST) -> Figure:
    """Draw how many chemicals have how many spectra (Figure 3).

    Args:
        counts: (m,) spectra of each chemical.
        least: spectra from which a chemical takes part; those are coloured.
    """
    from matplotlib.ticker import MaxNLocator

    counts = np.asarray(counts)
    longest = min(int(counts.max(initial=1)), max(LONGEST, least))
    places = np.arange(1, longest + 1)
    heights = np.bincount(np.minimum(counts, longest), minlength=longest + 1)[1:]
    figure = new_figure(3.6)
    axes = figure.subplots()
    chosen = places >= least
    taking, left = counts[counts >= least], counts[counts < least]
    for which, colour, text in (
        (chosen, MEASURED, f"take part: {_amount(taking)}"),
        (~chosen, REST, f"too few spectra: {_amount(left)}"),
    ):
        if heights[which].any():
            axes.bar(places[which], heights[which], 0.82, color=colour, label=text)
    if heights.max() > 50 * max(1, int(heights[chosen].max(initial=0))):
        axes.set_yscale("log")
        axes.set_ylim(0.7, heights.max() * 1.6)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    dress(axes, f"Chemicals with {least} or more spectra take part",
          "number of spectra of a chemical", "number of chemicals")  # fmt: skip
    step = 1 if longest <= 15 else 5
    ticks = sorted({1, least, longest, *range(step, longest, step)})
    more = f"≥{longest}" if counts.max(initial=0) > longest else str(longest)
    axes.set_xticks(ticks, [*map(str, ticks[:-1]), more])
    legend_below(figure, *axes.get_legend_handles_labels())
    return figure


def ratio_histograms(ratios: Mapping[str, ArrayLike]) -> Figure:
    """Draw the similarity ratios of test spectra, one histogram over the other (Figure 9).

    Args:
        ratios: (n,) of each way of making spectra; what is not finite is left out, what lies
            beyond the axis is counted at its end.
    """
    values = {way: np.asarray(found, np.float64).ravel() for way, found in ratios.items()}
    values = {way: found[np.isfinite(found)] for way, found in values.items()}
    every = np.concatenate([np.ones(1), *values.values()])
    top = max(1.2, float(np.ceil(np.percentile(every, 99) * 10) / 10))
    edges = np.linspace(0, top, round(top / 0.05) + 1)
    figure = new_figure(3.7)
    axes = figure.subplots()
    dress(
        axes,
        "How close made spectra come to real ones",
        "similarity ratio (1: as alike as real spectra of the chemical are to each other)",
        "share of the test spectra",
    )
    for (way, found), colour in zip(values.items(), _colours(len(values)), strict=True):
        share = f"{percent(round(float((found > GOOD).mean()), 2))}" if len(found) else "none"
        axes.hist(
            np.clip(found, 0, top),
            edges.tolist(),
            weights=np.full(len(found), 1 / max(1, len(found))),
            histtype="stepfilled",
            facecolor=(*rgb(colour), 0.28),
            edgecolor=colour,
            linewidth=1.4,
            label=f"{readable(way)}: {share} above {GOOD}",
        )
    axes.axvline(GOOD, color=INK, linewidth=1, linestyle=(0, (4, 3)), label=f"ratio of {GOOD}")
    axes.set_xlim(0, top)
    axes.yaxis.set_major_formatter(percent)
    legend_below(figure, *axes.get_legend_handles_labels())
    return figure


def confusion(matrices: Mapping[str, ArrayLike], names: Sequence[str]) -> Figure:
    """Draw confusion matrices, right answers in blue and mistakes in vermilion (Figure 10).

    Args:
        matrices: (m, m) of each way, spectra of a row's chemical that were given to a column's;
            counts or shares.
        names: of the m chemicals.
    """
    columns = min(2, len(matrices))
    rows = -(-len(matrices) // columns)
    named = len(names) <= NAMED
    height = 4.7 if named else 4.0
    figure = new_figure(0.8 + (height + WORDS) * rows, 8.4 if columns > 1 else 6.2)
    grid = figure.subplots(
        2 * rows, columns, squeeze=False, gridspec_kw={"height_ratios": [height, WORDS] * rows}
    )
    panels, below = grid[::2].ravel(), grid[1::2].ravel()
    headline(figure, "Spectra of a chemical (row), and the chemical they were taken for (column)")
    for axes, (way, matrix) in zip(panels, matrices.items(), strict=False):
        axes.set_anchor("W")
        counts = np.asarray(matrix, np.float64)
        axes.imshow(_coloured(_shares(counts)), interpolation="nearest", aspect="equal")
        right = np.trace(counts) / max(float(counts.sum()), 1e-12)
        dress(
            axes,
            f"{wrapped(way, 26 if named else 38)}\n{percent(round(right, 2))} right",
            "chemical named",
            "chemical measured",
        )
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color(FAINT)
        ticks = range(len(names)) if named else ()
        texts = [readable(names[tick], 20) for tick in ticks]
        axes.set_xticks(ticks, texts, rotation=90, fontsize=SMALL - 1)
        axes.set_yticks(ticks, texts, fontsize=SMALL - 1)
    for axes in (*panels[len(matrices) :], *below):
        axes.set_axis_off()
    _key(figure)
    # How long a line may be is known when all has its place.
    figure.draw_without_rendering()
    for axes, matrix in zip(below, matrices.values(), strict=False):
        words = _worst(np.asarray(matrix, np.float64), names, axes)
        text = axes.text(0, 1, words, fontsize=SMALL, color=INK, va="top", linespacing=1.35)
        text.set_in_layout(False)
    return figure


def _coloured(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the picture of a matrix of shares, (m, m, 3).

    The colour grows deep fast, so that rare mistakes are seen.
    """
    depth = shares[:, :, None] ** PALE
    colours = np.broadcast_to(np.array(rgb(TRANSLATED)), (*shares.shape, 3)).copy()
    colours[np.eye(len(shares), dtype=bool)] = rgb(MEASURED)
    return np.asarray(1 - depth * (1 - colours))


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix whose rows sum to one; to nothing, where there is nothing."""
    return np.asarray(counts / np.maximum(counts.sum(1, keepdims=True), 1e-12))


def _worst(counts: NDArray[np.float64], names: Sequence[str], axes: Axes) -> str:
    """Return the most frequent confusions in words, on lines as long as the axes are wide."""
    wrong = _shares(counts) * (1 - np.eye(len(counts)))
    lines = []
    for place in np.argsort(-wrong, axis=None, kind="stable")[:WORST]:
        one, other = divmod(int(place), len(names))
        if wrong[one, other] > 0:
            share = percent(round(float(wrong[one, other]), 2))
            lines.append(fitting(axes, f"{{}} for {{}}: {share}", (names[one], names[other])))
    return "\n".join(["most often mistaken:", *lines] if lines else ["none mistaken"])


def _key(figure: Figure) -> None:
    from matplotlib.patches import Patch

    shares = (0.05, 0.25, 1.0)
    figure.legend(
        handles=[
            Patch(facecolor=tuple(1 - share**PALE * (1 - np.array(rgb(colour)))),
                  label=f"{kind} {percent(share)}")
            for share in shares
            for kind, colour in (("right", MEASURED), ("mistaken", TRANSLATED))
        ],
        loc="outside lower left",
        ncols=len(shares),
        frameon=False,
        fontsize=SMALL,
        handlelength=1,
        columnspacing=1.2,
        labelcolor=INK,
    )  # fmt: skip


def _amount(counts: NDArray[np.integer]) -> str:
    return f"{len(counts):,} chemicals, {int(counts.sum()):,} spectra"


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
