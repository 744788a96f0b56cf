"""Figures of single spectra: measured, damaged, memorised, and made.

All spectra are (bins,) or (n, bins), index k is m/z k + 1, base peak 100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.panels import INK, MEASURED, TRANSLATED
from chemtranslate_mass_spec.experiment.figure_style import (
    COLOURS,
    LABEL,
    LETTERS,
    REST,
    SMALL,
    TITLE,
    WIDTH,
    Colour,
    dark,
    dress,
    headline,
    new_figure,
    readable,
    wrapped,
)
from chemtranslate_mass_spec.labels import free_place, label_positions
from chemtranslate_mass_spec.molecule_drawing import (
    STRUCTURE,
    STRUCTURE_HEIGHTS,
    drawing,
    molecule_of,
    put,
)
from chemtranslate_mass_spec.similarity import weighted_cosine

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Spectra = NDArray[np.floating]
OTHERS = COLOURS[2]
VISIBLE, TRACE = 1.0, 0.1
"""Percent of the base peak from which a peak has a say in the range of m/z; and is drawn."""
ROOM = 122.0
"""Percent of the base peak that the intensity axis reaches where peaks have labels."""
PEAK_LABELS, FAINTEST_LABEL = 8, 3.0
INTENSITY, MASS = "relative intensity (%)", "$m/z$"


def spectrum_with_structure(spectrum: Spectra, smiles: str, name: str) -> Figure:
    """Draw a spectrum, its strongest peaks labelled, and its molecule beside them (Figure 2).

    Args:
        spectrum: (bins,).
        smiles: structure of the chemical; none is drawn where it cannot be read.
        name: of the chemical.
    """
    width, height = WIDTH - 0.85, 2.3
    title = wrapped(name, int(LETTERS * width))
    figure = new_figure(height + 0.85 + title.count("\n") * 1.2 * TITLE / 72)
    # The molecule needs to know how large the axes are, so no layout may change them.
    figure.set_layout_engine("none")
    total = figure.get_figheight()
    axes = figure.add_axes((0.7 / WIDTH, 0.5 / total, width / WIDTH, height / total))
    dress(axes, title, MASS, INTENSITY)
    mz, heights = _peaks(spectrum)
    low, high = _limits(spectrum)
    molecule, box = molecule_of(smiles), None
    if molecule is not None:
        shares = STRUCTURE / width, STRUCTURE_HEIGHTS
        high, box = free_place(mz, heights, (low, high), ROOM, *shares)
    _sticks(axes, spectrum, MEASURED, (low, high), ROOM, 1.5)
    for x, y, text in label_positions(
        mz, heights, PEAK_LABELS, FAINTEST_LABEL, (high - low) / width / 72
    ):
        axes.annotate(
            text, (x, y), (0, 2), textcoords="offset points", ha="center", fontsize=SMALL, color=INK
        )
    if molecule is not None and box is not None:
        size = (box.right - box.left) / (high - low) * width, (box.top - box.bottom) / ROOM * height
        put(axes, drawing(molecule, *size), box)
    return figure


def damaged_versions(spectrum: Spectra, damaged: Spectra, name: str) -> Figure:
    """Draw versions of a spectrum that miss some of its peaks (Figure 7).

    A removed peak is shown faint, and marked below the axis, where small ones are seen too. What is
    left is relative to its own base peak.

    Args:
        spectrum: (bins,) as measured.
        damaged: (n, bins), the paper shows four.
        name: of the chemical.
    """
    figure = new_figure(1.2 + 0.95 * (1 + len(damaged)))
    panels = figure.subplots(1 + len(damaged), sharex=True, squeeze=False)[:, 0]
    headline(figure, "Peaks removed at random, none added", name)
    limits, peaks = _limits(spectrum), spectrum > 0
    _sticks(panels[0], spectrum, MEASURED, limits)
    _say(panels[0], f"as measured, {int(peaks.sum())} peaks")
    for axes, version in zip(panels[1:], damaged, strict=True):
        removed = peaks & (version <= 0)
        _sticks(axes, np.where(removed, spectrum, 0), REST, limits, width=2.4)
        _sticks(axes, version, MEASURED, limits)
        gone = np.flatnonzero(removed) + 1.0
        axes.plot(
            gone,
            np.full(len(gone), -9.0),
            linestyle="none",
            marker="^",
            markersize=3.5,
            color=TRANSLATED,
            markeredgewidth=0,
        )
        axes.set_ylim(-16, 106)
        _say(axes, f"{len(gone)} of {int(peaks.sum())} peaks removed", dark(TRANSLATED))
        dress(axes)
        axes.tick_params(bottom=axes is panels[-1])
        axes.spines["bottom"].set_visible(False)
    dress(panels[0])
    _name_axes(figure)
    return figure


def memorisation(
    inputs: Spectra, outputs: Mapping[str, Spectra], name: str, diversity: Mapping[str, float]
) -> Figure:
    """Draw what decoders make of different inputs of one chemical (Figure 8).

    A decoder that has memorised its chemical gives the same output for every input.

    Args:
        inputs: (k, bins), a column each.
        outputs: (k, bins) of each decoder, a row each.
        name: of the chemical.
        diversity: of each decoder, how different its outputs are over how different the inputs
            are; near 0 where it has memorised.
    """
    count = len(inputs)
    figure = new_figure(1.0 + 1.25 * (1 + len(outputs)), max(WIDTH, min(2.3 * count, 11.0)))
    panels = figure.subplots(1 + len(outputs), count, sharex=True, sharey=True, squeeze=False)
    headline(figure, "Different inputs, and what decoders make of them", name)
    limits = _limits(np.concatenate([inputs, *outputs.values()]))
    rows: list[tuple[str, Spectra, str]] = [("input", inputs, MEASURED)]
    rows += [
        (_with_ratio(way, diversity), made, colour)
        for (way, made), colour in zip(outputs.items(), _cycle(len(outputs)), strict=True)
    ]
    for line, (title, spectra, colour) in zip(panels, rows, strict=True):
        for axes, spectrum in zip(line, spectra, strict=True):
            _sticks(axes, spectrum, colour, limits)
            dress(axes)
        _head(line[0], title, colour)
    _name_axes(figure)
    return figure


def siblings(
    spectrum: Spectra,
    made: Spectra,
    measured: Spectra,
    name: str,
    others: str = "other spectra",
    origins: Sequence[str] = (),
) -> Figure:
    """Draw a spectrum, siblings made from it, and other real spectra of the same chemical.

    Each panel tells its weighted cosine (Eq. 1) to the first spectrum.

    Args:
        spectrum: (bins,) the measured source.
        made: (n, bins) siblings sampled from it.
        measured: (k, bins) other real spectra; as many as `made` are drawn, k may be 0.
        name: of the chemical.
        others: what the other real spectra are.
        origins: who measured the source, and each of the others, where that is known.
    """
    source, *origins = origins or [""] * (1 + len(measured))
    columns: list[tuple[str, Spectra, str, Sequence[str]]] = [
        ("made from it", made, TRANSLATED, [""] * len(made))
    ]
    if len(measured):
        columns.append((others, measured[: len(made)], OTHERS, origins))
    depth = len(made)
    figure = new_figure(1.2 + 1.0 * (1 + depth))
    grid = figure.add_gridspec(1 + depth, len(columns))
    limits = _limits(np.concatenate([spectrum[None], *(spectra for _, spectra, _, _ in columns)]))
    top = figure.add_subplot(grid[0, :])
    headline(figure, "Siblings of a measured spectrum", name)
    _sticks(top, spectrum, MEASURED, limits)
    dress(top)
    _head(top, "measured, the source", MEASURED)
    _say(top, readable(source))
    for column, (title, spectra, colour, whose) in enumerate(columns):
        for row, (other, origin) in enumerate(zip(spectra, whose, strict=False)):
            axes = figure.add_subplot(grid[1 + row, column])
            _sticks(axes, other, colour, limits)
            dress(axes)
            if row == 0:
                _head(axes, title, colour, above=1)
            axes.tick_params(labelbottom=row == len(spectra) - 1)
            if row < depth - 1:
                # The numbers under a column that ends early need no room: there is nothing below.
                axes.xaxis.set_in_layout(False)
            alike = f"cosine {float(weighted_cosine(spectrum[None], other[None])[0]):.2f}"
            _say(axes, f"{readable(origin, 28)}, {alike}" if origin else alike)
    _name_axes(figure)
    return figure


def _sticks(
    axes: Axes,
    spectrum: Spectra,
    colour: str,
    limits: tuple[float, float],
    ceiling: float = 106.0,
    width: float = 1.1,
) -> None:
    mz, heights = _peaks(spectrum)
    axes.vlines(mz, 0, heights, color=colour, linewidth=width)
    axes.axhline(0, color=INK, linewidth=0.7)
    axes.set_xlim(*limits)
    axes.set_ylim(0, ceiling)
    axes.set_yticks((0, 50, 100))


def _peaks(spectrum: Spectra) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return m/z and intensity of the peaks of a (bins,) spectrum that can be seen."""
    bins = np.flatnonzero(spectrum >= TRACE)
    return np.asarray(bins + 1.0), np.asarray(spectrum[bins], np.float64)


def _limits(spectra: Spectra) -> tuple[float, float]:
    """Return the ends of an m/z axis for (bins,) or (n, bins): the peaks and some air."""
    seen = np.flatnonzero(np.atleast_2d(spectra).max(0) >= VISIBLE) + 1.0
    low, high = (float(seen[0]), float(seen[-1])) if len(seen) else (1.0, float(spectra.shape[-1]))
    air = max(0.03 * (high - low), 4.0)
    return max(0.0, low - air), high + air


def _head(axes: Axes, text: str, colour: str, above: int = 0) -> None:
    """Write the heading of a row or column; it may be wider than its axes.

    Args:
        above: lines that have room below it.
    """
    axes.set_title(" \n" * above + " ", loc="left", fontsize=LABEL, pad=3)  # keeps the room for it
    heading = axes.annotate(
        text,
        (0, 1),
        (0, 3 + 1.25 * LABEL * above),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=LABEL,
        fontweight="bold",
        color=dark(colour),
        annotation_clip=False,
    )
    heading.set_in_layout(False)


def _say(axes: Axes, text: str, colour: Colour = INK) -> None:
    """Write a line above the right end of axes, where no peak can be."""
    axes.set_title(text, loc="right", fontsize=SMALL, color=colour, pad=2)


def _name_axes(figure: Figure) -> None:
    figure.supxlabel(MASS, fontsize=LABEL, color=INK)
    figure.supylabel(INTENSITY, fontsize=LABEL, color=INK)


def _with_ratio(way: str, diversity: Mapping[str, float]) -> str:
    ratio = f": diversity {diversity[way]:.2f} of the inputs'" if way in diversity else ""
    return readable(way, 50) + ratio


def _cycle(count: int) -> list[str]:
    return [COLOURS[1 + number % (len(COLOURS) - 1)] for number in range(count)]
