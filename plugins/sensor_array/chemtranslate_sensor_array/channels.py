"""The array forms of a reading: values, their logarithms, or ratios that drift does not touch.

Metal oxide sensors drift by factors: a sensor's sensitivity falls over the months, and a stronger
response of all sensors says how much gas there is, not which. Logarithms make differences of such
factors; what is left once means are taken off is a ratio, from which they cancel.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.batching import finite
from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_sensor_array.reading import Reading

SHAPE = (16, 8)
"""Sensors and features. The features: change of the resistance, the same relative to that in clean
air, and the extremes of rise and fall, each smoothed in three ways."""
FLOORS = np.array([100.0] + 7 * [0.1])
"""Per feature, in its own unit: below it a logarithm goes over into a straight line. Nearly all
responses of the first two batches lie above."""
SIGNS = np.array(5 * [1.0] + 3 * [-1.0])
"""Per feature: the extremes of the fall are negative."""

Kind = Literal["values", "logs", "between", "within", "ratios"]


class Channels:
    """Reading of 16 sensors x 8 features <-> (128,) float32; fulfils `ArrayForm`.

    The arrays are not standardised: a model keeps the means and deviations of what it learned from.

    Args:
        kind: "values" as they are; their "logs", with the sign of a response; logs less their mean
            over the sensors ("between", ratios of sensors), over the features ("within", ratios
            within a sensor), or less both ("ratios").
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.shape: tuple[int, ...] = (SHAPE[0] * SHAPE[1],)
        self.dtype = "float32"
        self.projection = _projection(kind)

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the reading of a sample as (128,) float32, sensor after sensor.

        Raises:
            InputError: the signal is no reading, or one of another number of channels.
        """
        reading = sample.signal
        if not isinstance(reading, Reading):
            raise InputError(
                f"found a signal of type {type(reading).__name__}, expected a sensor array's "
                "reading"
            )
        if reading.values.shape != SHAPE:
            sensors, features = reading.values.shape
            raise InputError(
                f"found {sensors} sensors with {features} features, expected {SHAPE[0]} with "
                f"{SHAPE[1]}"
            )
        array: NDArray[np.float64] = reading.values.reshape(-1)
        if self.kind != "values":
            array = np.arcsinh(reading.values * SIGNS / FLOORS).reshape(-1) @ self.projection
        return array.astype(np.float32)

    def to_signal(self, array: ArrayLike) -> Reading:
        """Return a measured or decoded (128,) array of values or logs as a reading.

        Raises:
            InputError: the shape is another one, a value is not finite, or the array holds ratios,
                which do not say how strong a response is.
        """
        table = finite(array, self.shape).reshape(SHAPE)
        if self.kind not in ("values", "logs"):
            raise InputError("found ratios, expected values or logs: ratios make no reading")
        return Reading.of(
            table if self.kind == "values" else np.sinh(table.clip(-30, 30)) * FLOORS * SIGNS
        )


def _projection(kind: Kind) -> NDArray[np.float64]:
    """Return the symmetric (128, 128) matrix that takes means off logs."""
    sensors, features = (np.eye(size) for size in SHAPE)
    if kind in ("between", "ratios"):
        sensors = sensors - 1 / SHAPE[0]
    if kind in ("within", "ratios"):
        features = features - 1 / SHAPE[1]
    return np.asarray(np.kron(sensors, features), np.float64)


VALUES = Channels("values")
LOGS = Channels("logs")
RATIOS = Channels("ratios")
