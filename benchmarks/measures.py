"""What several benchmarks count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 5000


def ranks(
    scores: NDArray[np.float32], own: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return how many of the candidates come before the right one; of its equals, half.

    Args:
        scores: (n, m).
        own: (n,) numbers of the right candidates.
        columns: the candidates that count, the right ones among them.
    """
    right = scores[np.arange(len(own)), own][:, None]
    among = scores[:, columns]
    return (among > right).sum(1) + ((among == right).sum(1) - 1) / 2


def difference(one: NDArray[np.float64], ours: NDArray[np.float64]) -> list[float]:
    """Return the mean difference of n chemicals and the ends of its 95 % interval."""
    rows = np.random.default_rng(0).integers(len(ours), size=(DRAWS, len(ours)))
    apart = one - ours
    ends = np.quantile(apart[rows].mean(1), (0.025, 0.975))
    return [round(float(v), 4) + 0.0 for v in (apart.mean(), *ends)]
