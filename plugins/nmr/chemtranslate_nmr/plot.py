"""Peak lists as spectroscopists draw them: sticks, ppm falling to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.panels import (
    FAINT,
    INK,
    MEASURED,
    TRANSLATED,
    figure_for,
    heading,
    partners,
    plain,
    word_for,
)
from chemtranslate.sample import Sample
from chemtranslate_nmr.nucleus import NUCLEI
from chemtranslate_nmr.peaklist import PeakList
from chemtranslate_nmr.similarity import matched

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 7.2, 1.9
"""Of a panel, inches."""


def plot(
    above: Sequence[Sample],
    below: Sequence[Sample] | None,
    stream: IO[bytes],
    kind: str = "png",
    title: str = "",
) -> None:
    """Draw peak lists, one panel each, and beneath each, hanging, its translation.

    A stick is as high as there are nuclei of its shift; where there are two lists, the share of
    their peaks that match stands beside the name.

    Args:
        above: peak lists, one panel each.
        below: translations, in any order, each drawn beneath the one that it names in `Source_id`
            or whose id it has; None draws `above` alone.
        stream: where to write.
        kind: "png", "svg" or "pdf".
        title: line above the panels.

    Raises:
        InputError: there is nothing to draw, the kind is another one, a signal is no peak list, or
            `below` has samples and none belongs to one of `above`.
        MissingExtraError: matplotlib is not installed.
    """
    new_figure = figure_for(above, kind, "peak lists")
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    belonging = partners(above, below or (), "peak lists")
    figure = new_figure((WIDTH, HEIGHT * len(above) + 0.7), facecolor="white", layout="constrained")
    panels = figure.subplots(len(above), 1, sharex=True, squeeze=False)[:, 0]
    drawn = []
    for axes, sample, partner in zip(panels, above, belonging, strict=True):
        drawn.append(_sticks(axes, sample, MEASURED, 1))
        if partner:
            drawn.append(_sticks(axes, partner, TRANSLATED, -1))
            _label(axes, 0.93, "measured", MEASURED)
            _label(axes, 0.07, word_for([partner]), TRANSLATED)
            axes.set_title(_alike(sample.signal, partner.signal), loc="right", fontsize=8.5)
        axes.axhline(0, color=FAINT, linewidth=0.8)
        axes.set_title(heading(sample, 60), loc="left", fontsize=10, fontweight="bold", color=INK)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))
        axes.margins(y=0.12)
        plain(axes)
    nuclei = {peaks.nucleus for peaks in drawn}
    low = min(*(NUCLEI[one].shown[0] for one in nuclei), *(p.shifts[0] for p in drawn))
    high = max(*(NUCLEI[one].shown[1] for one in nuclei), *(p.shifts[-1] for p in drawn))
    edge = 0.02 * (high - low)
    panels[-1].set_xlim(high + edge, low - edge)
    panels[-1].set_xlabel(f"{', '.join(sorted(nuclei))} shift (ppm)", fontsize=9, color=INK)
    figure.supylabel("nuclei", fontsize=9, color=INK)
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", color=INK, x=0.02, ha="left")
    figure.savefig(stream, format=kind, dpi=160)


def _sticks(axes: Axes, sample: Sample, colour: str, side: int) -> PeakList:
    """Draw a peak list up (side 1) or down (-1) from zero; return it."""
    peaks = sample.signal
    if not isinstance(peaks, PeakList):
        raise InputError(
            f"{sample.id}: found a signal of type {type(peaks).__name__}, expected an NMR peak list"
        )
    shifts, heights = np.unique(peaks.shifts, return_counts=True)
    axes.vlines(shifts, 0, side * heights, color=colour, linewidth=1.3)
    return peaks


def _label(axes: Axes, height: float, text: str, colour: str) -> None:
    """Write a word at the left edge, over what is drawn there."""
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
    axes.text(
        0.01, height, text, color=colour, fontsize=8, va="center", transform=axes.transAxes,
        bbox=ground,
    )


def _alike(one: PeakList, other: PeakList) -> str:
    if one.nucleus != other.nucleus:
        return f"{one.nucleus} above, {other.nucleus} below"
    tolerance = NUCLEI[one.nucleus].tolerance
    share = matched(one.shifts, other.shifts, tolerance)
    return f"{share:.0%} of the peaks match within {tolerance:g} ppm"
