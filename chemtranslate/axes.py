"""The principal axes of a hub, and how vectors of several sensors are combined along them.

An encoder that minimises the squared distance to a chemical's point gives the mean of what is left
possible, with an error that is known along each principal axis of the hub from chemicals it has not
learned from. With errors that are normal, and independent between sensors, Bayes' rule combines
such means axis by axis: a sensor counts where it knows something, and what all of them owe to the
prior that they share is counted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chemtranslate.protocols import Vectors

LEAST = 1e-3
"""Share of an axis's variance that an error is at least taken for."""


@dataclass(frozen=True)
class Axes:
    """Principal axes of a hub.

    Attributes:
        mean: (d,) of its chemicals' points.
        axes: (d, d), a column each.
        variance: (d,) of the points along them.
    """

    mean: Vectors
    axes: Vectors
    variance: Vectors

    @classmethod
    def of(cls, points: Vectors) -> Axes:
        """Return the principal axes of (n, d) points."""
        mean = points.mean(0, dtype=np.float64)
        variance, axes = np.linalg.eigh(np.cov(points, rowvar=False, dtype=np.float64))
        floor = variance.max() * 1e-6
        return cls(
            mean.astype(np.float32),
            axes.astype(np.float32),
            variance.clip(floor).astype(np.float32),
        )

    def error(self, predicted: Vectors, points: Vectors) -> Vectors:
        """Return the mean square error of n vectors along each axis, (n, d) twice -> (d,)."""
        error: Vectors = (((predicted - points) @ self.axes) ** 2).mean(0).astype(np.float32)
        return error

    def fused(self, vectors: Sequence[Vectors], errors: Sequence[Vectors | None]) -> Vectors:
        """Combine several sensors' vectors of the same n unknowns.

        Args:
            vectors: (n, d) of each sensor.
            errors: (d,) of each, as `error` returns them; where one is not known, all sensors
                count alike.

        Returns:
            (n, d).
        """
        known = [error for error in errors if error is not None]
        if len(known) < len(errors):
            plain: Vectors = np.mean(vectors, 0).astype(np.float32)
            return plain
        # An error beyond the variance says that the sensor knows nothing: it counts for nothing.
        trust = [1 / error.clip(LEAST * self.variance, self.variance) for error in known]
        shared = (len(vectors) - 1) / self.variance
        along = np.zeros_like(vectors[0])
        for weight, each in zip(trust, vectors, strict=True):
            along += weight * ((each - self.mean) @ self.axes)
        found: Vectors = (along / (np.sum(trust, 0) - shared)) @ self.axes.T + self.mean
        return found
