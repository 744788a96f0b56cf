"""What a model has learned from: marks of its training samples, by which each is known again.

A mark is a 64-bit hash, so that a model folder tells whether a given sample was learned from
without holding any. Each sample leaves two, one of its id and one of its content: a copy under
another id is found by the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import read_marks
from chemtranslate.batching import batches, unusable
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.protocols import Array, ArrayForm
from chemtranslate.sample import Reject, Sample

Model = GuardedEncoder | GuardedDecoder
BATCH = 1024


def marks(ids: Sequence[str], arrays: Array | Sequence[Array]) -> NDArray[np.uint64]:
    """Return the marks of n samples, for `write_model`.

    Args:
        ids: of the samples; an empty one leaves no mark of its own.
        arrays: (n, *shape), the samples in a model's form. Floating-point ones are rounded to
            whole percents of the sample's largest value, so that a copy on another scale has the
            same mark, and so has one of fewer digits unless a value of it rounds the other way.

    Returns:
        (n, 2) uint64: of the id, of the content.
    """
    both = [
        (_mark(b"id", name.encode()) if name else content, content)
        for name, array in zip(ids, arrays, strict=True)
        for content in (_mark(b"content", _content(np.asarray(array))),)
    ]
    return np.array(both, np.uint64).reshape(-1, 2)


def refuse_learned(models: Sequence[Model], samples: Iterable[Sample]) -> None:
    """Refuse models that have learned from held-out samples.

    Args:
        models: of one modality.
        samples: of that modality.

    Raises:
        InputError: one of the models has learned from some of the samples.
        ArtefactError: a model's folder does not say what it was trained on, or is damaged.
    """
    known = [(model, _known(model)) for model in models]
    counts, firsts, total = [0] * len(models), [""] * len(models), 0
    for batch in batches(samples, BATCH):
        total += len(batch)
        for number, (model, learned) in enumerate(known):
            hits = np.isin(_marks_of(batch, model.form), learned)
            rows = np.flatnonzero(hits.any(1))
            counts[number] += rows.size
            if rows.size and not firsts[number]:
                sample, by_id = batch[rows[0]], bool(hits[rows[0], 0])
                firsts[number] = (
                    f"the first being {sample.id or sample.name} ({sample.place}), known by its "
                    f"{'id' if by_id else 'content'}"
                )
    for model, count, first in zip(models, counts, firsts, strict=True):
        if count:
            raise InputError(
                f"{_named(model)} has learned from {count} of the {total} held-out samples, {first}"
            )


class HeldOut:
    """Samples that nothing may be made of, known again by id or content.

    Args:
        samples: of one modality.
        form: its array form.
    """

    def __init__(self, samples: Iterable[Sample], form: ArrayForm) -> None:
        self._form = form
        self._marks = {mark for sample in samples for mark in self._of(sample)}

    def set_apart(self, records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
        """Pass records on; a sample that is held out is a reject."""
        for record in records:
            if isinstance(record, Sample) and not self._marks.isdisjoint(self._of(record)):
                reason = "found a sample that is held out for testing, expected others"
                yield unusable(record, reason, "held out")
            else:
                yield record

    def _of(self, sample: Sample) -> list[int]:
        found: list[int] = _marks_of([sample], self._form)[0].tolist()
        return found


def _known(model: Model) -> NDArray[np.uint64]:
    learned = read_marks(model.folder) if model.folder is not None else None
    if learned is None:
        raise ArtefactError(
            f"{_named(model)} cannot be checked against held-out samples: its folder does not say "
            "what it was trained on; train it again, which leaves marks of its training samples"
        )
    return learned


def _named(model: Model) -> str:
    return f"{model.role} {model.name} ({model.folder or 'no folder'})"


def _marks_of(samples: Sequence[Sample], form: ArrayForm) -> NDArray[np.uint64]:
    """Return marks of samples, (n, 2); those that the form cannot take have that of their id."""
    found = []
    for sample in samples:
        try:
            found.append(marks([sample.id], [form.to_array(sample)])[0])
        except InputError:
            found.append(np.array([_mark(b"id", sample.id.encode())] * 2, np.uint64))
    return np.stack(found)


def _mark(kind: bytes, content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, person=kind).digest(), "little")


def _content(array: NDArray[Any]) -> bytes:
    if array.dtype.kind in "UO":
        return "\0".join(map(str, array.ravel())).encode()
    if array.dtype.kind == "f":
        largest = float(np.abs(array).max(initial=0))
        array = np.rint(array.astype(np.float64) * (100 / largest if largest else 0))
    return array.astype("<i8").tobytes()
