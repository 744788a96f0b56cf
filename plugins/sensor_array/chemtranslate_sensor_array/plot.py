"""Readings as heat maps: a row a feature, a column a sensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.panels import INK, figure_for, heading, partners
from chemtranslate.sample import Sample
from chemtranslate_sensor_array.channels import LOGS, SHAPE
from chemtranslate_sensor_array.reading import CONCENTRATION
from chemtranslate_sensor_array.similarity import correlation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

FEATURES = (
    *("change", "relative change"),
    *(f"{way} {smoothing}" for way in ("rise", "fall") for smoothing in ("0.001", "0.01", "0.1")),
)
"""As they are called beside the rows; rise and fall with the constant of their smoothing."""
WIDTH, HEIGHT = 4.2, 2.4
"""Of a panel, inches."""


def plot(
    above: Sequence[Sample],
    below: Sequence[Sample] | None,
    stream: IO[bytes],
    kind: str = "png",
    title: str = "",
) -> None:
    """Draw readings, one panel each, and on the right of each its translation.

    Colours are natural logarithms of the responses, on one scale for all panels; where there are
    two, the correlation of their logarithms stands above the right one.

    Args:
        above: readings, one panel each.
        below: translations, in any order, each drawn beside the one that it names in `Source_id` or
            whose id it has; None draws `above` alone.
        stream: where to write.
        kind: "png", "svg" or "pdf".
        title: line above the panels.

    Raises:
        InputError: there is nothing to draw, the kind is another one, a signal is no reading of
            16 x 8 channels, or `below` has samples and none belongs to one of `above`.
        MissingExtraError: matplotlib is not installed.
    """
    new_figure = figure_for(above, kind, "readings")
    columns = 2 if below else 1
    belonging = partners(above, below or (), "readings")
    rows = [pair[:columns] for pair in zip(above, belonging, strict=True)]
    tables = [[None if one is None else _logs(one) for one in row] for row in rows]
    drawn = [table for row in tables for table in row if table is not None]
    limits = (min(table.min() for table in drawn), max(table.max() for table in drawn))
    figure = new_figure(
        (WIDTH * columns + 1, HEIGHT * len(rows) + 0.6), facecolor="white", layout="constrained"
    )
    panels = figure.subplots(len(rows), columns, sharex=True, sharey=True, squeeze=False)
    for axes, samples, logs in zip(panels, rows, tables, strict=True):
        image = _heat(axes[0], logs[0], _title(samples[0]), limits)
        if columns == 2:
            _beside(axes[1], logs, limits)
    bar = figure.colorbar(image, ax=panels, shrink=0.8, aspect=30)
    bar.set_label("log of the response", fontsize=9, color=INK)
    figure.supxlabel("sensor", fontsize=9, color=INK)
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", color=INK)
    figure.savefig(stream, format=kind, dpi=160)


def _logs(sample: Sample) -> NDArray[np.float32]:
    try:
        return LOGS.to_array(sample).reshape(SHAPE)
    except InputError as error:
        raise InputError(f"{sample.id}: {error}") from None


def _title(sample: Sample | None) -> str:
    if sample is None:
        return ""
    ppmv = sample.metadata.get(CONCENTRATION, "")
    return heading(sample) + (f", {float(ppmv):g} ppmv" if ppmv else "")


def _beside(
    axes: Axes, logs: Sequence[NDArray[np.float32] | None], limits: tuple[float, float]
) -> None:
    """Draw a translation; an empty panel where there is none."""
    first, second = logs
    if first is None or second is None:
        axes.set_axis_off()
        return
    alike = float(correlation(first.reshape(-1), second.reshape(-1)))
    _heat(axes, second, f"translated, correlation {alike:.2f}", limits)


def _heat(
    axes: Axes, logs: NDArray[np.float32] | None, title: str, limits: tuple[float, float]
) -> AxesImage:
    image = axes.imshow(
        np.zeros(SHAPE).T if logs is None else logs.T,
        cmap="viridis", aspect="auto", vmin=limits[0], vmax=limits[1],
    )
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold", color=INK)
    axes.set_xticks(range(0, SHAPE[0], 3), [str(sensor + 1) for sensor in range(0, SHAPE[0], 3)])
    axes.set_yticks(range(SHAPE[1]), FEATURES)
    axes.tick_params(labelsize=7, length=2, labelcolor=INK)
    return image
