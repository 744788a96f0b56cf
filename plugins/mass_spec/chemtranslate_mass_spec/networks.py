"""Sizes of the paper's networks, which are plain stacks (`chemtranslate.learning.networks`).

Layer sizes of Table I (encoder) and Table II (general decoder) of the GC-MS paper; the output
layer is linear, as hub vectors are signed and intensities are clipped when a spectrum is made.
"""

from __future__ import annotations

TABLE_1 = (797, 765, 733, 701, 669, 637, 605, 573, 541, 512)
"""Width of every layer of the encoder; the decoder has them in reverse (Table II)."""


def sizes(bins: int) -> tuple[int, ...]:
    """Return Table I's widths; for another number of bins, as many that narrow as evenly."""
    if bins == TABLE_1[0]:
        return TABLE_1
    steps = len(TABLE_1) - 1
    return tuple(round(bins + (TABLE_1[-1] - bins) * i / steps) for i in range(steps + 1))
