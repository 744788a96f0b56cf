"""A reading: what an array of gas sensors gives for one exposure to a gas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import InputError

BATCH, CONCENTRATION = "batch", "ppmv"
"""Metadata of a reading: when it was measured, and how much gas there was."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Features of each sensor's response.

    Attributes:
        values: (sensors, features) float64, finite, in the sensors' own units.
    """

    values: NDArray[np.float64]

    @classmethod
    def of(cls, values: ArrayLike) -> Reading:
        """Return the reading of a table.

        Raises:
            InputError: it is no table (sensors, features), or a value is not finite.
        """
        table = np.asarray(values, np.float64)
        if table.ndim != 2 or not table.size:
            raise InputError(f"found values of shape {table.shape}, expected (sensors, features)")
        if (wrong := np.argwhere(~np.isfinite(table))).size:
            sensor, feature = wrong[0]
            raise InputError(
                f"found {table[sensor, feature]} for sensor {sensor + 1}, feature {feature + 1}, "
                "expected a finite number"
            )
        return cls(table)


def number_of(text: str, what: str) -> float:
    """Return a finite number as it is written.

    Args:
        what: it is, for the message.

    Raises:
        InputError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"found {text[:40]!r} as {what}, expected a finite number")
    return value


def concentration_of(text: str) -> float:
    """Return a concentration in ppmv; InputError if it is no number from 0."""
    value = number_of(text, "the concentration")
    if value < 0:
        raise InputError(f"found a concentration of {text} ppmv, expected a number from 0")
    return value
