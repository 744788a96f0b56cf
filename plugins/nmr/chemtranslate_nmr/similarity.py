"""How alike two peak lists are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.protocols import Array
from chemtranslate.search import cosine
from chemtranslate_nmr.grid import CARBON_FORM, PROTON_FORM, Grid

Shifts = NDArray[np.float64]


def matched(one: Shifts, other: Shifts, tolerance: float) -> float:
    """Return `matched_pairs` of one pair of lists."""
    return float(matched_pairs([one], [other], tolerance)[0])


def matched_pairs(
    ones: Sequence[Shifts], others: Sequence[Shifts], tolerance: float
) -> NDArray[np.float64]:
    """Return 2m / (n1 + n2) of each pair of ascending lists; 0 where one is empty.

    m shifts of the two pair up: each with one of the other list at most, no farther than
    `tolerance` away; no other pairing has more pairs. All lists are walked through at once.
    """
    (a, ends_a), (b, ends_b) = _table(ones), _table(others)
    at_a, at_b, pairs = (np.zeros(len(ones), np.intp) for _ in range(3))
    rows = np.flatnonzero((ends_a > 0) & (ends_b > 0))
    while rows.size:
        apart = a[rows, at_a[rows]] - b[rows, at_b[rows]]
        near = np.abs(apart) <= tolerance * (1 + 1e-9)
        pairs[rows] += near
        at_a[rows] += near | (apart < 0)
        at_b[rows] += near | (apart > 0)
        rows = rows[(at_a[rows] < ends_a[rows]) & (at_b[rows] < ends_b[rows])]
    share: NDArray[np.float64] = 2 * pairs / np.maximum(ends_a + ends_b, 1)
    return share


def _table(lists: Sequence[Shifts]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return n lists as rows of one table, and their lengths."""
    ends = np.array([len(one) for one in lists], np.intp)
    table = np.zeros((len(lists), ends.max(initial=0)))
    table[np.arange(table.shape[1]) < ends[:, None]] = np.concatenate([np.zeros(0), *lists])
    return table, ends


def metrics(
    predicted: Array, measured: Array, form: Grid
) -> Mapping[str, NDArray[np.float64]]:
    """Return figures of n pairs of arrays, (n,) each: share of the peaks that match, cosine."""
    tolerance = form.nucleus.tolerance
    ones, others = (
        [_shifts(array.tobytes(), form) for array in np.asarray(many, form.dtype)]
        for many in (predicted, measured)
    )
    alike = matched_pairs(ones, others, tolerance)
    return {
        f"peaks matched within {tolerance:g} ppm": alike,
        "cosine": cosine(predicted, measured),
    }


carbon_metrics = partial(metrics, form=CARBON_FORM)
proton_metrics = partial(metrics, form=PROTON_FORM)


@lru_cache(1 << 17)
def _shifts(array: bytes, form: Grid) -> Shifts:
    """Return the shifts of an array, which comes as bytes so that it is decoded once."""
    try:
        return form.to_signal(np.frombuffer(array, form.dtype)).shifts
    except InputError:
        return np.zeros(0)
