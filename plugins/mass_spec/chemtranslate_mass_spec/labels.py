"""Where things go in the drawing of a spectrum so that nothing covers a peak or a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LETTER = 4.6
"""Width of a figure of a label, points."""
LABEL_HEIGHT = 11.0
"""Height of a label with its air, percent of the base peak."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in m/z and percent of the base peak."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Tell whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


def label_positions(
    mz: Numbers,
    heights: Numbers,
    count: int,
    faintest: float,
    per_point: float,
) -> Iterator[tuple[float, float, str]]:
    """Yield place and text of the labels of the strongest peaks, strongest first.

    A label is left out where it would meet another one or a peak.

    Args:
        mz, heights: (n,), heights in percent of the base peak.
        count: labels, at most.
        faintest: percent of the base peak that a peak with a label has at least.
        per_point: m/z per point of the picture.
    """
    placed: list[Box] = []
    for index in np.argsort(-heights, kind="stable"):
        x, y = float(mz[index]), float(heights[index])
        if len(placed) == count or y < faintest:
            return
        text = str(int(np.floor(x + 0.5)))
        reach = (len(text) * LETTER / 2 + 1.0) * per_point
        box = Box(x - reach, y, x + reach, y + LABEL_HEIGHT)
        crossed = (np.abs(mz - x) < reach) & (heights > y)
        if crossed.any() or any(box.meets(other) for other in placed):
            continue
        placed.append(box)
        yield x, y, text


def free_place(
    mz: Numbers,
    heights: Numbers,
    limits: tuple[float, float],
    ceiling: float,
    share: float,
    wanted: Sequence[float],
) -> tuple[float, Box]:
    """Find room for a picture above the peaks; where there is none, the m/z axis is lengthened.

    Args:
        mz, heights: (n,), heights in percent of the base peak.
        limits: ends of the m/z axis.
        ceiling: upper end of the intensity axis.
        share: width of the picture as a share of the m/z axis.
        wanted: heights in percent of the base peak, best first.

    Returns:
        upper end of the m/z axis, which is the given one or a larger one; the place.
    """
    low, high = limits
    width = share * (high - low)
    lefts = np.linspace(low, high - width, 60)
    floors = (
        np.array(
            [_highest(mz, heights, left - 0.08 * width, left + 1.08 * width) for left in lefts]
        )
        + LABEL_HEIGHT
    )
    for height in wanted:
        fitting = np.flatnonzero(floors + height <= ceiling)
        if fitting.size:
            # Of places equally free the rightmost: light fragments crowd on the left.
            left = float(lefts[fitting[floors[fitting] <= floors[fitting].min() + 3.0][-1]])
            return high, Box(left, ceiling - height, left + width, ceiling)
    width = share * (high - low) / (1 - share)
    return high + width, Box(high, ceiling - wanted[0], high + width, ceiling)


def _highest(mz: Numbers, heights: Numbers, left: float, right: float) -> float:
    return float(heights[(mz > left) & (mz < right)].max(initial=0.0))
