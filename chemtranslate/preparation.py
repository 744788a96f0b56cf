"""What a preparation does whatever the sensor: it sets aside what no model can learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from chemtranslate.batching import unusable
from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError, StructureError
from chemtranslate.origin import is_synthetic, not_measured
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Reject, Sample

Check = Callable[[Sample], str]
"""Says why a sample is not fit for training, "" where it is."""


def fit_for_training(
    records: Iterable[Sample | Reject],
    form: ArrayForm,
    checks: dict[str, Check] | None = None,
) -> Iterator[Sample | Reject]:
    """Yield every record again, as a sample or as a reject with its kind and reason.

    Set aside are: malformed records, synthetic ones, those without a structure that can be
    standardised, those that the array form does not take, those that a check finds unfit, and
    those that give the same array as an earlier one of the same chemical.

    Args:
        form: the modality's array form.
        checks: by the kind under which their rejects are counted; made before the array.
    """
    seen: dict[bytes, str] = {}
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        if is_synthetic(record.metadata):
            yield not_measured(record)
            continue
        try:
            _, key = standardise(record.chemical.smiles if record.chemical else "")
        except StructureError as error:
            yield unusable(record, str(error), "no structure")
            continue
        found = ((kind, check(record)) for kind, check in (checks or {}).items())
        unfit = next(((kind, reason) for kind, reason in found if reason), None)
        if unfit:
            yield unusable(record, unfit[1], unfit[0])
            continue
        try:
            array = form.to_array(record)
        except InputError as error:
            yield unusable(record, str(error), "not of the form")
            continue
        mark = hashlib.sha256(key.encode() + array.tobytes()).digest()
        if mark in seen:
            yield unusable(record, f"the same signal as {seen[mark]}", "duplicate")
            continue
        seen[mark] = record.id
        yield record
