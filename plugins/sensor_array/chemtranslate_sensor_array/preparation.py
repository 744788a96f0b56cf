"""Which readings are fit for training: those of a gas in a known concentration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chemtranslate.preparation import fit_for_training
from chemtranslate.sample import Reject, Sample
from chemtranslate_sensor_array.channels import LOGS
from chemtranslate_sensor_array.reading import CONCENTRATION


def prepare(records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
    """Yield every record again, as a sample fit for training or as a reject; a `Preparer`."""
    return fit_for_training(records, LOGS, {"no concentration": _no_gas})


def _no_gas(sample: Sample) -> str:
    """Say that a reading may be one of clean air, "" where it is of a gas."""
    ppmv = sample.metadata.get(CONCENTRATION, "")
    if not ppmv:
        return f"states no {CONCENTRATION}, expected a concentration: it may be of clean air"
    return "" if float(ppmv) > 0 else f"found {ppmv} ppmv, expected more than clean air"
