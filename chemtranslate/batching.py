"""Samples in batches: streams cut into lists, lists turned into arrays, and what falls out.

Whatever cannot be used becomes a reject with its reason; the others of its batch go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import InputError, StructureError
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Place, Reject, Sample

T = TypeVar("T")
OnReject = Callable[[Reject], None]


def refuse(reject: Reject) -> None:
    """Raise the first reject as an InputError: the library's default."""
    raise InputError(str(reject))


def as_arrays(
    samples: Iterable[Sample],
    form: ArrayForm,
    on_reject: OnReject,
) -> tuple[list[Sample], list[NDArray[Any]]]:
    """Return the samples that `form` can take, and their arrays; the others are rejected."""
    usable, arrays = [], []
    for sample in samples:
        try:
            arrays.append(form.to_array(sample))
        except InputError as error:
            on_reject(unusable(sample, str(error)))
        else:
            usable.append(sample)
    return usable, arrays


def applied(
    function: Callable[[NDArray[Any]], T],
    samples: list[Sample],
    arrays: list[NDArray[Any]],
    on_reject: OnReject,
) -> Iterator[tuple[list[Sample], T]]:
    """Yield what a function makes of a batch; where a sample spoils it, of the others in parts.

    Args:
        function: takes the stacked arrays; a StructureError says that one cannot be drawn.
        samples, arrays: n each.
    """
    if not samples:
        return
    try:
        yield samples, function(np.stack(arrays))
    except StructureError as error:
        if len(samples) == 1:
            on_reject(unusable(samples[0], str(error)))
            return
        half = len(samples) // 2
        yield from applied(function, samples[:half], arrays[:half], on_reject)
        yield from applied(function, samples[half:], arrays[half:], on_reject)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of at most `size`."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch


def unusable(sample: Sample, reason: str, kind: str = "unusable") -> Reject:
    """Return the reject of a sound sample that this task has no use for."""
    return Reject(sample.place or Place("(memory)", 0), sample.id or sample.name, reason, kind)


def finite(array: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return what is to become a signal, as float64.

    Raises:
        InputError: the shape is another one, or a value is not finite.
    """
    values = np.asarray(array, np.float64)
    if values.shape != shape or not np.isfinite(values).all():
        raise InputError(
            f"found an array of shape {values.shape} with {int((~np.isfinite(values)).sum())} "
            f"values that are not finite, expected finite numbers of shape {shape}"
        )
    return values
