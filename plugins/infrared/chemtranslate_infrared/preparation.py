"""Which infrared spectra are fit for training: of gases, on the whole of the grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chemtranslate.preparation import fit_for_training
from chemtranslate.sample import Reject, Sample
from chemtranslate_infrared.grid import FORM


def prepare(records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
    """Yield every record again, as a sample fit for training or as a reject; a `Preparer`."""
    return fit_for_training(records, FORM, {"other state": _other_state})


def _other_state(sample: Sample) -> str:
    """Say that a record is not of a gas, "" where it is, or where it does not say."""
    for label, text in sample.metadata.items():
        if label.upper() == "STATE" and text and not text.upper().startswith(("GAS", "VAP")):
            return f"found STATE={text}, expected gas: bands of liquids and solids lie elsewhere"
    return ""
