"""How alike two peak lists are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.protocols import Array
from chemtranslate_nmr.grid import CARBON_FORM, PROTON_FORM, Grid


def matched(one: NDArray[np.float64], other: NDArray[np.float64], tolerance: float) -> float:
    """Return 2m / (n1 + n2), where m shifts of two ascending lists pair up; 0 where one is empty.

    Each shift pairs with one of the other list at most, no farther than `tolerance` away; no other
    pairing has more pairs.
    """
    pairs = left = right = 0
    while left < len(one) and right < len(other):
        apart = one[left] - other[right]
        if abs(apart) <= tolerance * (1 + 1e-9):
            pairs, left, right = pairs + 1, left + 1, right + 1
        elif apart < 0:
            left += 1
        else:
            right += 1
    return 2 * pairs / max(len(one) + len(other), 1)


def metrics(
    predicted: Array, measured: Array, form: Grid
) -> Mapping[str, NDArray[np.float64]]:
    """Return figures of n pairs of arrays, (n,) each: share of the peaks that match, cosine."""
    tolerance = form.nucleus.tolerance
    alike = [
        matched(_shifts(one, form), _shifts(other, form), tolerance)
        for one, other in zip(predicted, measured, strict=True)
    ]
    a, b = np.asarray(predicted, np.float64), np.asarray(measured, np.float64)
    lengths = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    cosine = np.divide((a * b).sum(-1), lengths, out=np.zeros(len(a)), where=lengths > 0)
    return {f"peaks matched within {tolerance:g} ppm": np.array(alike), "cosine": cosine}


carbon_metrics = partial(metrics, form=CARBON_FORM)
proton_metrics = partial(metrics, form=PROTON_FORM)


def _shifts(array: Array, form: Grid) -> NDArray[np.float64]:
    try:
        return form.to_signal(array).shifts
    except InputError:
        return np.zeros(0)
