"""Mirror plots: a measured spectrum above, its translation below, the molecule beside the peaks.

How alike two spectra are is judged by eye long before it is judged by a number; this module makes
the picture for the eye and prints the number in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.panels import (
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
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.labels import free_place, label_positions
from chemtranslate_mass_spec.molecule_drawing import (
    STRUCTURE,
    STRUCTURE_HEIGHTS,
    drawing,
    molecule_of,
    put,
)
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_mass_spec.spectrum import Spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VISIBLE = 1.0
"""Percent of the base peak from which a peak has a say in the range of m/z that is shown."""
COLUMNS = 2
WIDTH, ALONE = 4.9, 6.9
"""Width of the axes of a panel, and of a panel that stands alone, inches."""
MIRRORED, PLAIN = 2.5, 1.5
"""Height of the axes of a panel with two spectra and with one, inches."""
LEFT, RIGHT, BOTTOM, BETWEEN, NAME = 0.62, 0.15, 0.45, 0.62, 0.32
"""Margins around all panels, between two of them, and for a panel's name, inches."""
LINE = 0.3
"""Height of the title and of the legend, inches."""
ROOM = 122.0
"""Percent of the base peak that the intensity axis reaches: labels stand above the peaks."""
LABELS = 9
"""m/z labels in each half of a panel, at most."""
FAINTEST_LABEL = 4.0
"""Percent of the base peak below which a peak gets no label."""


def plot(
    above: Sequence[Sample],
    below: Sequence[Sample] | None,
    stream: IO[bytes],
    kind: str = "png",
    title: str = "",
) -> None:
    """Draw mass spectra, several as a grid of two columns.

    A sample of `below` belongs to the sample of `above` that its field `Source_id` names, else to
    the one with its own id, and hangs under it upside down. Between the two stands their weighted
    cosine similarity (Eq. 1 of the paper), on whole m/z as the models see them. The molecule is
    drawn where the chemical of a sample of `above` has a structure that can be read.

    Args:
        above: mass spectra, one panel each.
        below: their translations, fewer or more of them, in any order; None draws `above` alone.
        stream: where to write.
        kind: "png", "svg" or "pdf".
        title: line above the panels.

    Raises:
        InputError: there is nothing to draw, the kind is another one, a signal is no mass
            spectrum, or `below` has samples and none belongs to one of `above`.
        MissingExtraError: matplotlib is not installed.
    """
    new_figure = figure_for(above, kind, "mass spectra")
    belonging = partners(above, below or (), "spectra")
    columns = min(COLUMNS, len(above))
    rows = -(-len(above) // columns)
    mirrored = any(partner is not None for partner in belonging)
    size = (WIDTH if columns > 1 else ALONE, MIRRORED if mirrored else PLAIN)
    head = LINE * (bool(title) + mirrored) + 0.1
    width = LEFT + columns * size[0] + (columns - 1) * BETWEEN + RIGHT
    height = head + rows * (NAME + size[1] + BOTTOM)
    figure = new_figure(figsize=(width, height), facecolor="white")
    for number, (sample, partner) in enumerate(zip(above, belonging, strict=True)):
        row, column = divmod(number, columns)
        left = LEFT + column * (size[0] + BETWEEN)
        top = height - head - row * (NAME + size[1] + BOTTOM) - NAME
        axes = figure.add_axes(
            (left / width, (top - size[1]) / height, size[0] / width, size[1] / height)
        )
        _panel(axes, sample, partner, size)
        if column == 0:
            axes.set_ylabel("relative intensity (%)", fontsize=8.5, color=INK)
        if number + columns >= len(above):
            axes.set_xlabel("$m/z$", fontsize=9, color=INK)
    if title:
        figure.text(
            LEFT / width,
            1 - 0.6 * LINE / height,
            title,
            fontsize=12.5,
            fontweight="bold",
            color=INK,
            va="center",
        )
    if mirrored:
        line = 1 - (bool(title) + 0.55) * LINE / height
        _legend(figure, word_for(belonging), LEFT / width, line)
    figure.savefig(stream, format=kind, dpi=160)


def _panel(axes: Axes, sample: Sample, partner: Sample | None, size: tuple[float, float]) -> None:
    halves = [(_peaks(sample), 1.0, MEASURED)]
    if partner is not None:
        halves.append((_peaks(partner), -1.0, TRANSLATED))
    low, high = _limits(np.concatenate([mz[heights >= VISIBLE] for (mz, heights), _, _ in halves]))
    molecule = molecule_of(sample.chemical.smiles) if sample.chemical else None
    box = None
    if molecule is not None:
        mz, heights = halves[0][0]
        high, box = free_place(
            mz, heights, (low, high), ROOM, STRUCTURE / size[0], STRUCTURE_HEIGHTS
        )
    axes.set_xlim(low, high)
    axes.set_ylim(-ROOM if partner is not None else 0, ROOM)
    for (mz, heights), sign, colour in halves:
        axes.vlines(mz, 0, sign * heights, color=colour, linewidth=1.5)
        per_point = (high - low) / size[0] / 72
        for x, y, text in label_positions(mz, heights, LABELS, FAINTEST_LABEL, per_point):
            axes.annotate(
                text,
                (x, sign * y),
                (0, 2 * sign),
                textcoords="offset points",
                ha="center",
                va="bottom" if sign > 0 else "top",
                fontsize=7,
                color=INK,
            )
    _dress(axes, sample, partner)
    if molecule is not None and box is not None:
        percents = 2 * ROOM if partner is not None else ROOM
        put(
            axes,
            drawing(
                molecule,
                (box.right - box.left) / (high - low) * size[0],
                (box.top - box.bottom) / percents * size[1],
            ),
            box,
        )


def _dress(axes: Axes, sample: Sample, partner: Sample | None) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    ticks = (-100, -50, 0, 50, 100) if partner is not None else (0, 50, 100)
    axes.set_yticks(ticks, [str(abs(tick)) for tick in ticks])
    plain(axes)
    axes.set_title(heading(sample), loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)
    if partner is not None:
        axes.set_title(
            f"weighted cosine {_similarity(sample, partner)}",
            loc="right",
            fontsize=8.5,
            color=INK,
            pad=5,
        )


def _peaks(sample: Sample) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return m/z and intensity in percent of the base peak, both (n,), peaks above zero only."""
    spectrum = sample.signal
    if not isinstance(spectrum, Spectrum):
        raise InputError(
            f"{sample.id}: found a signal of type {type(spectrum).__name__}, "
            "expected a mass spectrum"
        )
    present = spectrum.intensities > 0
    heights = spectrum.intensities[present]
    return spectrum.mz[present], heights / heights.max() * 100.0


def _limits(masses: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the m/z axis: the peaks and some air, never less than 40 units."""
    low, high = float(masses.min()), float(masses.max())
    air = max(0.04 * (high - low), 4.0, (40.0 - (high - low)) / 2)
    return max(0.0, low - air), high + air


def _similarity(one: Sample, other: Sample) -> str:
    try:
        arrays = FORM.to_array(one)[None], FORM.to_array(other)[None]
    except InputError:
        return "not defined"
    return f"{float(weighted_cosine(*arrays)[0]):.2f}"


def _legend(figure: Figure, word: str, left: float, line: float) -> None:
    from matplotlib.lines import Line2D

    figure.legend(
        handles=[
            Line2D([], [], color=colour, linewidth=2.5, label=label)
            for colour, label in ((MEASURED, "measured"), (TRANSLATED, word))
        ],
        loc="center left",
        bbox_to_anchor=(left, line),
        ncols=2,
        frameon=False,
        fontsize=9,
        handlelength=1.2,
        borderpad=0,
        borderaxespad=0,
        labelcolor=INK,
    )
