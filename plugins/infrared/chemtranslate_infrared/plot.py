"""Infrared spectra as spectroscopists draw them: wavenumbers fall to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import numpy as np

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
from chemtranslate_infrared.grid import FORM
from chemtranslate_infrared.similarity import cosine
from chemtranslate_infrared.spectrum import InfraredSpectrum

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
    """Draw infrared spectra, one panel each, and over each in another colour its translation.

    Absorbances are scaled to the strongest band between 552 and 3844 1/cm; where there are two,
    their cosine on the grid of the models stands beside the name.

    Args:
        above: spectra, one panel each.
        below: translations, in any order, each drawn over the one that it names in `Source_id` or
            whose id it has; None draws `above` alone.
        stream: where to write.
        kind: "png", "svg" or "pdf".
        title: line above the panels.

    Raises:
        InputError: there is nothing to draw, the kind is another one, a signal is no infrared
            spectrum, or `below` has samples and none belongs to one of `above`.
        MissingExtraError: matplotlib is not installed.
    """
    new_figure = figure_for(above, kind, "infrared spectra")
    belonging = partners(above, below or (), "spectra")
    figure = new_figure((WIDTH, HEIGHT * len(above) + 0.7), facecolor="white", layout="constrained")
    panels = figure.subplots(len(above), 1, sharex=True, squeeze=False)[:, 0]
    for axes, sample, partner in zip(panels, above, belonging, strict=True):
        _line(axes, sample, MEASURED, "measured" if partner else "")
        if partner:
            _line(axes, partner, TRANSLATED, word_for([partner]))
            axes.legend(loc="upper left", frameon=False, fontsize=8, labelcolor="linecolor")
            axes.set_title(f"cosine {_alike(sample, partner)}", loc="right", fontsize=8.5)
        axes.set_title(heading(sample, 60), loc="left", fontsize=10, fontweight="bold", color=INK)
        axes.set_ylim(0, 1.08)
        plain(axes)
    panels[-1].set_xlim(FORM.wavenumbers[-1], FORM.wavenumbers[0])
    panels[-1].set_xlabel("wavenumber (1/cm)", fontsize=9, color=INK)
    figure.supylabel("absorbance, strongest band = 1", fontsize=9, color=INK)
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", color=INK, x=0.02, ha="left")
    figure.savefig(stream, format=kind, dpi=160)


def _line(axes: Axes, sample: Sample, colour: str, label: str) -> None:
    spectrum = sample.signal
    if not isinstance(spectrum, InfraredSpectrum):
        raise InputError(
            f"{sample.id}: found a signal of type {type(spectrum).__name__}, expected an infrared "
            "spectrum"
        )
    x, y = spectrum.wavenumbers, spectrum.absorbances
    shown = (x >= FORM.wavenumbers[0]) & (x <= FORM.wavenumbers[-1])
    strongest = float(np.nanmax(y[shown], initial=0.0))
    axes.plot(x, y / strongest if strongest > 0 else y, color=colour, linewidth=1, label=label)


def _alike(one: Sample, other: Sample) -> str:
    try:
        return f"{float(cosine(FORM.to_array(one), FORM.to_array(other))):.2f}"
    except InputError:
        return "not defined"
