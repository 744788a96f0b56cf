"""Several sensors, the same unknowns: which samples belong together, and what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemtranslate.batching import OnReject, unusable
from chemtranslate.errors import InputError
from chemtranslate.protocols import Vectors
from chemtranslate.sample import Reject, Sample

if TYPE_CHECKING:
    from chemtranslate.translator import Translator

@dataclass(frozen=True)
class Fused:
    """Unknowns that one sensor or several have measured.

    Attributes:
        samples: n, of the first sensor.
        vectors: (n, d), what all sensors of each say together.
        sensors: the modalities that took part, for each.
    """

    samples: list[Sample]
    vectors: Vectors
    sensors: list[tuple[str, ...]]


def fuse(
    translator: Translator,
    records: Mapping[str, Iterable[Sample | Reject]],
    on_reject: OnReject,
) -> Fused:
    """Do what `Translator.fuse` promises."""
    first, *others = (
        _Seen.of(translator, modality, measured, on_reject)
        for modality, measured in records.items()
    )
    vectors, there = [first.vectors], [np.ones(len(first.samples), bool)]
    for other in others:
        rows = partners(first, other)
        vectors.append(other.vectors[rows] if other.samples else np.zeros_like(first.vectors))
        there.append(rows >= 0)
        for row in sorted(set(range(len(other.samples))) - set(rows.tolist())):
            alone = other.samples[row]
            reason = f"found no {first.modality} sample of the id {alone.id!r}"
            on_reject(unusable(alone, reason, "no partner"))
    errors = [translator.encoder(modality).error for modality in records]
    together = np.zeros_like(first.vectors)
    for pattern, rows in _patterns(np.array(there)):
        together[rows] = translator.hub.axes.fused(
            [vectors[sensor][rows] for sensor in pattern], [errors[sensor] for sensor in pattern]
        )
    sensors = [
        tuple(modality for modality, one in zip(records, took_part, strict=True) if one)
        for took_part in zip(*there, strict=True)
    ]
    return Fused(first.samples, together, sensors)


@dataclass(frozen=True)
class _Seen:
    """What one sensor saw.

    Attributes:
        modality: its name.
        samples, vectors: n usable ones, (n, d).
        lost: how many others there were.
    """

    modality: str
    samples: list[Sample]
    vectors: Vectors
    lost: int = 0

    @classmethod
    def of(
        cls,
        translator: Translator,
        modality: str,
        records: Iterable[Sample | Reject],
        on_reject: OnReject,
    ) -> _Seen:
        lost = 0

        def reject(one: Reject) -> None:
            nonlocal lost
            lost += 1
            on_reject(one)

        def usable() -> Iterator[Sample]:
            for record in records:
                if isinstance(record, Reject):
                    reject(record)
                else:
                    yield record

        samples: list[Sample] = []
        blocks = [np.zeros((0, translator.hub.dimensions), np.float32)]
        for embedded in translator.embed(usable(), source=modality, on_reject=reject):
            samples += embedded.samples
            blocks.append(embedded.vectors)
        return cls(modality, samples, np.concatenate(blocks), lost)


def partners(first: _Seen, other: _Seen) -> NDArray[np.intp]:
    """Find another sensor's sample of each of n unknowns: by id, or by order where no id fits.

    Returns:
        (n,) numbers of samples, -1 where an unknown has none.

    Raises:
        InputError: an id that is looked up stands twice, or neither ids nor counts fit.
    """
    ids, own = ([sample.id for sample in seen.samples] for seen in (first, other))
    if set(own) & set(ids):
        _expect_once(other)
        rows = {name: row for row, name in enumerate(own)}
        return np.array([rows.get(name, -1) for name in ids], np.intp)
    if len(own) == len(ids) and not first.lost + other.lost:
        return np.arange(len(ids))
    lost = f", {first.lost + other.lost} more unusable" if first.lost + other.lost else ""
    raise InputError(
        f"found {len(ids)} {first.modality} and {len(own)} {other.modality} samples without a "
        f"common id{lost}; expected the same ids, or as many samples in the same order"
    )


def _expect_once(seen: _Seen) -> None:
    counts = Counter(sample.id for sample in seen.samples)
    for name, count in counts.items():
        if count > 1:
            places = ", ".join(str(s.place) for s in seen.samples if s.id == name and s.place)
            raise InputError(
                f"found {count} {seen.modality} samples with the id {name!r} ({places}), expected "
                "one for each unknown"
            )


def _patterns(there: NDArray[np.bool_]) -> Iterator[tuple[Sequence[int], NDArray[np.intp]]]:
    """Yield each combination of sensors that occurs, and which unknowns have it.

    Args:
        there: (sensors, n).
    """
    for pattern in np.unique(there, axis=1).T:
        yield np.flatnonzero(pattern).tolist(), np.flatnonzero((pattern == there.T).all(1))
